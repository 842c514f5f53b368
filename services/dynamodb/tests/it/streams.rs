//! Streams through the API: what is recorded, how it is read, and when it goes.

use crate::support::ok;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Client, Cloud};

const HOUR: Duration = Duration::from_secs(3600);

async fn cloud() -> Cloud {
    Cloud::start(&[&dynamodb::SERVICE, &dynamodb::STREAMS, &iam::SERVICE, &kms::SERVICE]).await
}

async fn streams(client: &Client<'_>, operation: &'static str, input: Value) -> Value {
    client.call("dynamodbstreams", operation, input).await.unwrap()
}

/// The code and message of what is refused.
async fn refused(
    client: &Client<'_>,
    service: &'static str,
    operation: &'static str,
    input: Value,
) -> (&'static str, String) {
    let failure = client.call(service, operation, input).await.unwrap_err();
    (failure.code, failure.message)
}

/// A table called `log` whose stream, if there is a view, has it; gives the stream's ARN.
async fn table(client: &Client<'_>, view: Option<&str>) -> String {
    let mut input = json!({
        "TableName": "log",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    });
    if let Some(view) = view {
        input["StreamSpecification"] = json!({"StreamEnabled": true, "StreamViewType": view});
    }
    let made = ok(client, "CreateTable", input).await;
    made["TableDescription"]["LatestStreamArn"].as_str().unwrap_or_default().to_owned()
}

async fn switch(client: &Client<'_>, specification: Value) -> Value {
    let input = json!({"TableName": "log", "StreamSpecification": specification});
    ok(client, "UpdateTable", input).await["TableDescription"].take()
}

fn on(view: &str) -> Value {
    json!({"StreamEnabled": true, "StreamViewType": view})
}

async fn put(client: &Client<'_>, id: &str, n: u32) {
    let item = json!({"id": {"S": id}, "n": {"N": n.to_string()}});
    ok(client, "PutItem", json!({"TableName": "log", "Item": item})).await;
}

async fn describe(client: &Client<'_>, arn: &str) -> Value {
    let answer = streams(client, "DescribeStream", json!({"StreamArn": arn})).await;
    answer["StreamDescription"].clone()
}

async fn shards(client: &Client<'_>, arn: &str) -> Vec<Value> {
    describe(client, arn).await["Shards"].as_array().unwrap().clone()
}

async fn iterator(client: &Client<'_>, arn: &str, shard: &Value, kind: &str) -> String {
    let input = json!({
        "StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": kind,
    });
    let answer = streams(client, "GetShardIterator", input).await;
    answer["ShardIterator"].as_str().unwrap().to_owned()
}

/// The records from `iterator` on, and the next iterator, if there is one.
async fn read(client: &Client<'_>, iterator: &str) -> (Vec<Value>, Option<String>) {
    let answer = streams(client, "GetRecords", json!({"ShardIterator": iterator})).await;
    let next = answer["NextShardIterator"].as_str().map(str::to_owned);
    (answer["Records"].as_array().unwrap().clone(), next)
}

/// All records of the stream, oldest first.
async fn records(client: &Client<'_>, arn: &str) -> Vec<Value> {
    let mut all = Vec::new();
    for shard in shards(client, arn).await {
        let mut next = Some(iterator(client, arn, &shard, "TRIM_HORIZON").await);
        while let Some(iterator) = next {
            let (found, following) = read(client, &iterator).await;
            if found.is_empty() {
                break;
            }
            all.extend(found);
            next = following;
        }
    }
    all
}

/// What happened, in short: `INSERT a`.
fn events(records: &[Value]) -> Vec<String> {
    let event = |record: &Value| {
        let (name, id) = (&record["eventName"], &record["dynamodb"]["Keys"]["id"]["S"]);
        format!("{} {}", name.as_str().unwrap(), id.as_str().unwrap())
    };
    records.iter().map(event).collect()
}

/// Moves the clock by `span` in steps that let background work be done.
async fn pass(cloud: &Cloud, span: Duration) {
    let step = Duration::from_secs(600);
    let mut left = span;
    while !left.is_zero() {
        let now = left.min(step);
        cloud.clock().advance(now);
        left -= now;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn records_hold_what_the_view_says() {
    for (view, has_new, has_old) in [
        ("KEYS_ONLY", false, false),
        ("NEW_IMAGE", true, false),
        ("OLD_IMAGE", false, true),
        ("NEW_AND_OLD_IMAGES", true, true),
    ] {
        let cloud = cloud().await;
        let admin = cloud.admin();
        let arn = table(&admin, Some(view)).await;
        put(&admin, "a", 1).await;
        put(&admin, "a", 1).await;
        put(&admin, "a", 2).await;
        let key = json!({"id": {"S": "a"}});
        for _ in 0..2 {
            ok(&admin, "DeleteItem", json!({"TableName": "log", "Key": key})).await;
        }
        let all = records(&admin, &arn).await;
        assert_eq!(events(&all), ["INSERT a", "MODIFY a", "REMOVE a"], "{view}");
        let image = |n: &str| json!({"id": {"S": "a"}, "n": {"N": n}});
        let old = [None, Some(image("1")), Some(image("2"))];
        let new = [Some(image("1")), Some(image("2")), None];
        for ((record, old), new) in all.iter().zip(old).zip(new) {
            let change = &record["dynamodb"];
            let (old, new) = (old.filter(|_| has_old), new.filter(|_| has_new));
            // "id" and "a", and "n" and a number of one digit.
            let size = 3 + 6 * (usize::from(old.is_some()) + usize::from(new.is_some()));
            assert_eq!(change["Keys"], key);
            assert_eq!(change.get("OldImage"), old.as_ref(), "{view}");
            assert_eq!(change.get("NewImage"), new.as_ref(), "{view}");
            assert_eq!(change["SizeBytes"], size);
            assert_eq!(change["StreamViewType"], view);
            assert_eq!(record["eventVersion"], "1.1");
            assert_eq!(record["eventSource"], "aws:dynamodb");
            assert_eq!(record["awsRegion"], "us-east-1");
            assert!(record.get("userIdentity").is_none());
        }
        let numbers: Vec<&str> =
            all.iter().map(|r| r["dynamodb"]["SequenceNumber"].as_str().unwrap()).collect();
        assert!(numbers.is_sorted() && numbers[0] != numbers[1], "{numbers:?}");
        assert_ne!(all[0]["eventID"], all[1]["eventID"]);
    }
}

#[tokio::test]
async fn every_way_of_writing_is_recorded_in_order() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let arn = table(&admin, Some("KEYS_ONLY")).await;
    let item = |id: &str| json!({"id": {"S": id}});
    let update = json!({
        "TableName": "log", "Key": item("a"), "UpdateExpression": "SET n = :n",
        "ExpressionAttributeValues": {":n": {"N": "1"}},
    });
    ok(&admin, "UpdateItem", update).await;
    let batch = json!({"RequestItems": {"log": [
        {"PutRequest": {"Item": item("b")}}, {"DeleteRequest": {"Key": item("a")}},
        {"DeleteRequest": {"Key": item("nobody")}},
    ]}});
    ok(&admin, "BatchWriteItem", batch).await;
    let part = |id: &str| json!({"Put": {"TableName": "log", "Item": item(id)}});
    let delete = json!({"Delete": {"TableName": "log", "Key": item("b")}});
    let write = json!({"TransactItems": [part("d"), part("c"), delete]});
    ok(&admin, "TransactWriteItems", write).await;
    // What is cancelled leaves nothing.
    let check = json!({"ConditionCheck": {
        "TableName": "log", "Key": item("c"), "ConditionExpression": "attribute_not_exists(id)",
    }});
    let write = json!({"TransactItems": [part("x"), check]});
    refused(&admin, "dynamodb", "TransactWriteItems", write).await;
    for statement in [
        "INSERT INTO log VALUE {'id': 'e'}",
        "UPDATE log SET n = 2 WHERE id = 'e'",
        "DELETE FROM log WHERE id = 'e'",
    ] {
        ok(&admin, "ExecuteStatement", json!({"Statement": statement})).await;
    }
    let wanted = [
        "INSERT a", "INSERT b", "REMOVE a", "INSERT d", "INSERT c", "REMOVE b", "INSERT e",
        "MODIFY e", "REMOVE e",
    ];
    assert_eq!(events(&records(&admin, &arn).await), wanted);
}

#[tokio::test]
async fn expiry_is_told_apart() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let arn = table(&admin, Some("OLD_IMAGE")).await;
    let ttl = json!({"Enabled": true, "AttributeName": "n"});
    let input = json!({"TableName": "log", "TimeToLiveSpecification": ttl});
    ok(&admin, "UpdateTimeToLive", input).await;
    let now = u32::try_from(cloud.clock().now().as_secs()).unwrap();
    put(&admin, "a", now + 10).await;
    let all = cloud
        .eventually(async || {
            cloud.clock().advance(Duration::from_secs(60));
            Some(records(&admin, &arn).await).filter(|all| all.len() == 2)
        })
        .await;
    assert_eq!(events(&all), ["INSERT a", "REMOVE a"]);
    assert!(all[0].get("userIdentity").is_none());
    let identity = json!({"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"});
    assert_eq!(all[1]["userIdentity"], identity);
    assert_eq!(all[1]["dynamodb"]["OldImage"]["n"], json!({"N": (now + 10).to_string()}));
}

#[tokio::test]
async fn a_stream_is_switched_on_and_off() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    table(&admin, None).await;
    put(&admin, "before", 1).await;
    let say = async |specification: Value| {
        let input = json!({"TableName": "log", "StreamSpecification": specification});
        refused(&admin, "dynamodb", "UpdateTable", input).await.1
    };
    let opening = "One or more parameter values were invalid: ";
    assert_eq!(
        say(json!({"StreamEnabled": true})).await,
        format!("{opening}If stream is being enabled then UpdateViewType is required")
    );
    assert_eq!(
        say(json!({"StreamEnabled": false, "StreamViewType": "KEYS_ONLY"})).await,
        format!("{opening}If stream is being disabled, then UpdateViewType must not be specified")
    );
    let off = json!({"StreamEnabled": false});
    assert_eq!(say(off.clone()).await, "Table has no stream to disable: TableName: log");
    let told = switch(&admin, on("NEW_IMAGE")).await;
    assert_eq!(told["TableStatus"], "UPDATING");
    assert_eq!(told["StreamSpecification"], on("NEW_IMAGE"));
    assert_eq!(told["LatestStreamLabel"], "2026-11-23T15:00:00.000");
    let first = told["LatestStreamArn"].as_str().unwrap().to_owned();
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/log/stream/2026-11-23T15:00:00.000";
    assert_eq!(first, arn);
    for view in ["NEW_IMAGE", "OLD_IMAGE"] {
        assert_eq!(say(on(view)).await, "Table already has an enabled stream: TableName: log");
    }
    put(&admin, "a", 1).await;
    let told = switch(&admin, off).await;
    assert!(told.get("StreamSpecification").is_none());
    assert_eq!(told["LatestStreamArn"], first.as_str());
    put(&admin, "between", 1).await;
    let told = switch(&admin, on("KEYS_ONLY")).await;
    let second = told["LatestStreamArn"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    put(&admin, "b", 1).await;
    assert_eq!(describe(&admin, &first).await["StreamStatus"], "DISABLED");
    assert_eq!(describe(&admin, &second).await["StreamStatus"], "ENABLED");
    assert_eq!(events(&records(&admin, &first).await), ["INSERT a"]);
    assert_eq!(events(&records(&admin, &second).await), ["INSERT b"]);
    // The closed stream's only shard ends.
    let [shard] = &shards(&admin, &first).await[..] else { panic!("one shard") };
    assert!(shard["SequenceNumberRange"]["EndingSequenceNumber"].is_string());
    let end = iterator(&admin, &first, shard, "LATEST").await;
    assert_eq!(read(&admin, &end).await, (vec![], None));
    ok(&admin, "DeleteTable", json!({"TableName": "log"})).await;
    assert_eq!(describe(&admin, &second).await["StreamStatus"], "DISABLED");
    assert_eq!(events(&records(&admin, &second).await), ["INSERT b"]);
    // The same name, the same moment, another stream.
    let third = table(&admin, Some("KEYS_ONLY")).await;
    let listed = streams(&admin, "ListStreams", json!({"TableName": "log"})).await;
    let arns: Vec<&Value> =
        listed["Streams"].as_array().unwrap().iter().map(|stream| &stream["StreamArn"]).collect();
    assert_eq!(arns, [&json!(first), &json!(second), &json!(third)]);
    // A day later, only what is switched on is left.
    pass(&cloud, 24 * HOUR).await;
    let gone = refused(&admin, "dynamodbstreams", "DescribeStream", json!({"StreamArn": first}));
    let text = format!("Requested resource not found: Stream: {first} not found");
    assert_eq!(gone.await, ("ResourceNotFoundException", text));
    let listed = streams(&admin, "ListStreams", json!({})).await;
    assert_eq!(listed["Streams"].as_array().unwrap().len(), 1);
    assert_eq!(listed["Streams"][0]["StreamArn"], third.as_str());
}

#[tokio::test]
async fn a_new_table_needs_a_view() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let create = async |specification: Value| {
        let input = json!({
            "TableName": "new", "StreamSpecification": specification,
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        });
        refused(&admin, "dynamodb", "CreateTable", input).await.1
    };
    let opening = "One or more parameter values were invalid: Table is being created with a stream";
    assert_eq!(
        create(json!({"StreamEnabled": true})).await,
        format!("{opening} enabled, UpdateViewType is required")
    );
    assert_eq!(
        create(json!({"StreamEnabled": false, "StreamViewType": "NEW_IMAGE"})).await,
        format!("{opening} disabled, UpdateViewType should not be specified")
    );
}

#[tokio::test]
async fn iterators_point_where_they_are_asked_to() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let arn = table(&admin, Some("KEYS_ONLY")).await;
    put(&admin, "a", 1).await;
    put(&admin, "b", 1).await;
    let shard = shards(&admin, &arn).await.remove(0);
    let latest = iterator(&admin, &arn, &shard, "LATEST").await;
    let (found, next) = read(&admin, &latest).await;
    assert_eq!(found, Vec::<Value>::new());
    put(&admin, "c", 1).await;
    for iterator in [latest, next.unwrap()] {
        assert_eq!(events(&read(&admin, &iterator).await.0), ["INSERT c"]);
    }
    let all = records(&admin, &arn).await;
    let ask = |kind: &str, number: &Value| {
        json!({
            "StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": kind,
            "SequenceNumber": number,
        })
    };
    let number = &all[1]["dynamodb"]["SequenceNumber"];
    for (kind, wanted) in [
        ("AT_SEQUENCE_NUMBER", &["INSERT b", "INSERT c"][..]),
        ("AFTER_SEQUENCE_NUMBER", &["INSERT c"]),
    ] {
        let answer = streams(&admin, "GetShardIterator", ask(kind, number)).await;
        let (found, _) = read(&admin, answer["ShardIterator"].as_str().unwrap()).await;
        assert_eq!(events(&found), wanted);
    }
    let start = &shard["SequenceNumberRange"]["StartingSequenceNumber"];
    let answer = streams(&admin, "GetShardIterator", ask("AT_SEQUENCE_NUMBER", start)).await;
    let (found, _) = read(&admin, answer["ShardIterator"].as_str().unwrap()).await;
    assert_eq!(found, all);
    for number in [json!("1".repeat(21)), json!("9".repeat(40)), json!("x".repeat(30))] {
        let input = ask("AT_SEQUENCE_NUMBER", &number);
        let (code, _) = refused(&admin, "dynamodbstreams", "GetShardIterator", input).await;
        assert_eq!(code, "ValidationException", "{number}");
    }
    let mut input = ask("TRIM_HORIZON", &Value::Null);
    input["ShardId"] = "shardId-00000000000000000000-00000000".into();
    let (code, _) = refused(&admin, "dynamodbstreams", "GetShardIterator", input).await;
    assert_eq!(code, "ResourceNotFoundException");
}

#[tokio::test]
async fn iterators_expire_and_cannot_be_forged() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let arn = table(&admin, Some("KEYS_ONLY")).await;
    let shard = shards(&admin, &arn).await.remove(0);
    let good = iterator(&admin, &arn, &shard, "TRIM_HORIZON").await;
    let mut forged = good.clone();
    forged.replace_range(forged.len() - 6.., "AAAAAA");
    let elsewhere = good.replace("table/log", "table/lag");
    for wrong in [forged, elsewhere, "x".into(), format!("{arn}|1|"), format!("{arn}|2|AAAA")] {
        let input = json!({"ShardIterator": wrong});
        let (code, text) = refused(&admin, "dynamodbstreams", "GetRecords", input).await;
        assert_eq!((code, text.as_str()), ("ValidationException", "Invalid ShardIterator"));
    }
    cloud.clock().advance(Duration::from_secs(900));
    read(&admin, &good).await;
    cloud.clock().advance(Duration::from_secs(1));
    let input = json!({"ShardIterator": good});
    let (code, text) = refused(&admin, "dynamodbstreams", "GetRecords", input).await;
    assert_eq!((code, text.as_str()), ("ExpiredIteratorException", "Shard iterator has expired"));
}

#[tokio::test]
async fn answers_are_pages() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let arn = table(&admin, Some("NEW_IMAGE")).await;
    for index in 0..7 {
        let text = "x".repeat(300_000);
        let item = json!({"id": {"S": index.to_string()}, "text": {"S": text}});
        ok(&admin, "PutItem", json!({"TableName": "log", "Item": item})).await;
    }
    let shard = shards(&admin, &arn).await.remove(0);
    let mut next = iterator(&admin, &arn, &shard, "TRIM_HORIZON").await;
    for wanted in [3, 3, 1, 0] {
        let (found, following) = read(&admin, &next).await;
        assert_eq!(found.len(), wanted);
        next = following.unwrap();
    }
    let mut next = iterator(&admin, &arn, &shard, "TRIM_HORIZON").await;
    for wanted in [2, 2] {
        let input = json!({"ShardIterator": next, "Limit": 2});
        let answer = streams(&admin, "GetRecords", input).await;
        assert_eq!(answer["Records"].as_array().unwrap().len(), wanted);
        next = answer["NextShardIterator"].as_str().unwrap().to_owned();
    }
    let input = json!({"ShardIterator": next, "Limit": 1001});
    let (code, _) = refused(&admin, "dynamodbstreams", "GetRecords", input).await;
    assert_eq!(code, "ValidationException");
}

#[tokio::test]
async fn shards_follow_each_other() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let arn = table(&admin, Some("KEYS_ONLY")).await;
    put(&admin, "a", 1).await;
    let first = shards(&admin, &arn).await.remove(0);
    let held = iterator(&admin, &arn, &first, "TRIM_HORIZON").await;
    pass(&cloud, 4 * HOUR).await;
    let both = cloud
        .eventually(async || Some(shards(&admin, &arn).await).filter(|shards| shards.len() == 2))
        .await;
    put(&admin, "b", 1).await;
    assert_eq!(both[0]["ShardId"], first["ShardId"]);
    assert!(both[0].get("ParentShardId").is_none());
    assert_eq!(both[1]["ParentShardId"], first["ShardId"]);
    let end = &both[0]["SequenceNumberRange"]["EndingSequenceNumber"];
    let start = &both[1]["SequenceNumberRange"]["StartingSequenceNumber"];
    assert!(end.as_str() < start.as_str());
    assert!(both[1]["SequenceNumberRange"].get("EndingSequenceNumber").is_none());
    // The old shard ends, the new one goes on; nothing is lost between them.
    refused(&admin, "dynamodbstreams", "GetRecords", json!({"ShardIterator": held})).await;
    let old = iterator(&admin, &arn, &first, "TRIM_HORIZON").await;
    let (found, next) = read(&admin, &old).await;
    assert_eq!((events(&found), next), (vec!["INSERT a".to_owned()], None));
    let new = iterator(&admin, &arn, &both[1], "TRIM_HORIZON").await;
    let (found, next) = read(&admin, &new).await;
    assert_eq!((events(&found), next.is_some()), (vec!["INSERT b".to_owned()], true));
    // By pages and by parent.
    let input = json!({"StreamArn": arn, "Limit": 1});
    let page = streams(&admin, "DescribeStream", input).await["StreamDescription"].take();
    assert_eq!(page["Shards"].as_array().unwrap().len(), 1);
    let last = &page["LastEvaluatedShardId"];
    assert_eq!(*last, first["ShardId"]);
    let input = json!({"StreamArn": arn, "ExclusiveStartShardId": last});
    let page = streams(&admin, "DescribeStream", input).await["StreamDescription"].take();
    assert_eq!(page["Shards"], json!([both[1]]));
    assert!(page.get("LastEvaluatedShardId").is_none());
    let filter = json!({"Type": "CHILD_SHARDS", "ShardId": first["ShardId"]});
    let input = json!({"StreamArn": arn, "ShardFilter": filter});
    let page = streams(&admin, "DescribeStream", input).await["StreamDescription"].take();
    assert_eq!(page["Shards"], json!([both[1]]));
}

#[tokio::test]
async fn records_go_after_a_day() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let arn = table(&admin, Some("KEYS_ONLY")).await;
    put(&admin, "a", 1).await;
    pass(&cloud, HOUR).await;
    put(&admin, "b", 1).await;
    let first = shards(&admin, &arn).await.remove(0);
    let all = records(&admin, &arn).await;
    pass(&cloud, 23 * HOUR - Duration::from_secs(1)).await;
    let held = iterator(&admin, &arn, &first, "TRIM_HORIZON").await;
    let ask = |number: &Value, kind: &str| {
        json!({
            "StreamArn": arn, "ShardId": first["ShardId"], "ShardIteratorType": kind,
            "SequenceNumber": number,
        })
    };
    let number = &all[0]["dynamodb"]["SequenceNumber"];
    let trimmed = "The data you are trying to access has been trimmed";
    // Streams are looked after every ten minutes.
    cloud.clock().advance(Duration::from_secs(600));
    let told = cloud
        .eventually(async || {
            let input = ask(number, "AT_SEQUENCE_NUMBER");
            admin.call("dynamodbstreams", "GetShardIterator", input).await.err()
        })
        .await;
    assert_eq!((told.code, told.message.as_str()), ("TrimmedDataAccessException", trimmed));
    let told = refused(&admin, "dynamodbstreams", "GetRecords", json!({"ShardIterator": held}));
    assert_eq!(told.await, ("TrimmedDataAccessException", trimmed.into()));
    assert_eq!(events(&records(&admin, &arn).await), ["INSERT b"]);
    // What follows the last one trimmed is still there.
    let answer = streams(&admin, "GetShardIterator", ask(number, "AFTER_SEQUENCE_NUMBER")).await;
    let (found, _) = read(&admin, answer["ShardIterator"].as_str().unwrap()).await;
    assert_eq!(events(&found), ["INSERT b"]);
    // Shards go too, and are never many.
    pass(&cloud, 10 * HOUR).await;
    let left = cloud
        .eventually(async || {
            cloud.clock().advance(Duration::from_secs(600));
            let left = shards(&admin, &arn).await;
            Some(left).filter(|left| left.iter().all(|shard| shard["ShardId"] != first["ShardId"]))
        })
        .await;
    assert!((2..=8).contains(&left.len()), "{}", left.len());
}

#[tokio::test]
async fn lists_are_pages() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    for _ in 0..3 {
        table(&admin, Some("KEYS_ONLY")).await;
        ok(&admin, "DeleteTable", json!({"TableName": "log"})).await;
    }
    let (mut seen, mut start) = (Vec::new(), Value::Null);
    loop {
        let mut input = json!({"Limit": 2, "TableName": "log"});
        if start.is_string() {
            input["ExclusiveStartStreamArn"] = start;
        }
        let mut page = streams(&admin, "ListStreams", input).await;
        seen.extend(page["Streams"].as_array().unwrap().clone());
        start = page["LastEvaluatedStreamArn"].take();
        if start.is_null() {
            break;
        }
    }
    assert_eq!(seen.len(), 3);
    assert_eq!(seen[0]["StreamLabel"], "2026-11-23T15:00:00.000");
    assert_eq!(seen[2]["StreamLabel"], "2026-11-23T15:00:00.002");
    let none = streams(&admin, "ListStreams", json!({"TableName": "other"})).await;
    assert_eq!(none["Streams"], json!([]));
    let input = json!({"StreamArn": "arn:aws:dynamodb:us-east-1:000000000000:table/log"});
    let (code, text) = refused(&admin, "dynamodbstreams", "DescribeStream", input).await;
    assert_eq!((code, text.as_str()), ("ValidationException", "Invalid StreamArn"));
}

#[tokio::test]
async fn policies_name_streams() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let arn = table(&admin, Some("KEYS_ONLY")).await;
    let stream = "arn:aws:dynamodb:us-east-1:000000000000:table/log/stream/*";
    let reader = json!([
        {"Effect": "Allow", "Resource": stream, "Action": [
            "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator",
            "dynamodb:ListStreams",
        ]},
    ]);
    let ann = cloud.user("ann", reader).await;
    assert!(records(&ann, &arn).await.is_empty());
    streams(&ann, "ListStreams", json!({"TableName": "log"})).await;
    let all = refused(&ann, "dynamodbstreams", "ListStreams", json!({})).await;
    assert_eq!(all.0, "AccessDeniedException");
    let table = "arn:aws:dynamodb:us-east-1:000000000000:table/log";
    let statement = json!({"Effect": "Allow", "Resource": table, "Action": "dynamodb:*"});
    let bob = cloud.user("bob", statement).await;
    let shard = shards(&admin, &arn).await.remove(0);
    let iterator = iterator(&admin, &arn, &shard, "LATEST").await;
    let at = json!({
        "StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "LATEST",
    });
    for (operation, input) in [
        ("DescribeStream", json!({"StreamArn": arn})),
        ("GetShardIterator", at),
        ("GetRecords", json!({"ShardIterator": iterator})),
        ("ListStreams", json!({"TableName": "log"})),
    ] {
        let (code, _) = refused(&bob, "dynamodbstreams", operation, input).await;
        assert_eq!(code, "AccessDeniedException", "{operation}");
    }
}

#[tokio::test]
async fn a_streams_policy_lets_other_accounts_read_it() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let arn = table(&admin, Some("KEYS_ONLY")).await;
    put(&admin, "a", 1).await;
    let statement = json!({"Effect": "Allow", "Resource": "*", "Action": "dynamodb:*"});
    let zoe = cloud.user_of("111122223333", "zoe", statement).await;
    let input = json!({"StreamArn": arn});
    let (code, _) = refused(&zoe, "dynamodbstreams", "DescribeStream", input).await;
    assert_eq!(code, "AccessDeniedException");
    let statement = json!({
        "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Resource": arn, "Action": [
            "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator",
        ],
    });
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let input = json!({"ResourceArn": arn, "Policy": policy});
    ok(&admin, "PutResourcePolicy", input).await;
    assert_eq!(events(&records(&zoe, &arn).await), ["INSERT a"]);
}

#[tokio::test]
async fn records_of_an_encrypted_table_need_its_key() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let key = admin.call("kms", "CreateKey", json!({})).await.unwrap();
    let key = key["KeyMetadata"]["KeyId"].clone();
    let input = json!({
        "TableName": "log",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST", "StreamSpecification": on("NEW_IMAGE"),
        "SSESpecification": {"Enabled": true, "SSEType": "KMS", "KMSMasterKeyId": key},
    });
    let made = ok(&admin, "CreateTable", input).await;
    let arn = made["TableDescription"]["LatestStreamArn"].as_str().unwrap().to_owned();
    put(&admin, "a", 1).await;
    assert_eq!(events(&records(&admin, &arn).await), ["INSERT a"]);
    // The stream outlives its table, the way to its key included.
    ok(&admin, "DeleteTable", json!({"TableName": "log"})).await;
    cloud.clock().advance(Duration::from_secs(301));
    assert_eq!(events(&records(&admin, &arn).await), ["INSERT a"]);
    admin.call("kms", "DisableKey", json!({"KeyId": key})).await.unwrap();
    cloud.clock().advance(Duration::from_secs(301));
    let shard = shards(&admin, &arn).await.remove(0);
    let iterator = iterator(&admin, &arn, &shard, "TRIM_HORIZON").await;
    let input = json!({"ShardIterator": iterator});
    let (code, _) = refused(&admin, "dynamodbstreams", "GetRecords", input).await;
    assert_eq!(code, "AccessDeniedException");
}

/// Each item's records are the links of one chain that ends in what is stored: no change is lost,
/// doubled or out of order, whoever else writes and whenever the stream is switched on.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_items_records_are_a_chain() {
    const WRITERS: usize = 8;
    const EACH: u32 = 40;
    let cloud = cloud().await;
    table(&cloud.admin(), None).await;
    let arn = std::sync::Mutex::new(String::new());
    let write = async |writer: usize| {
        let admin = cloud.admin();
        for n in 0..EACH {
            let id = format!("item-{}", (writer + n as usize) % 3);
            put(&admin, &id, n * 100 + u32::try_from(writer).unwrap()).await;
            if writer == 0 && n == EACH / 8 {
                let told = switch(&admin, on("NEW_AND_OLD_IMAGES")).await;
                *arn.lock().unwrap() = told["LatestStreamArn"].as_str().unwrap().to_owned();
                cloud.clock().advance(Duration::from_millis(100));
            }
            tokio::task::yield_now().await;
        }
    };
    let (a, b, c, d) = (write(0), write(1), write(2), write(3));
    let (e, f, g, h) = (write(4), write(5), write(6), write(WRITERS - 1));
    tokio::join!(a, b, c, d, e, f, g, h);
    let admin = cloud.admin();
    // It opens once no request works with the table as it was.
    cloud
        .eventually(async || {
            cloud.clock().advance(Duration::from_millis(100));
            let told = ok(&admin, "DescribeTable", json!({"TableName": "log"})).await;
            (told["Table"]["TableStatus"] == "ACTIVE").then_some(())
        })
        .await;
    for n in 0..3 {
        put(&admin, &format!("item-{n}"), 999_999).await;
    }
    let arn = arn.lock().unwrap().clone();
    let all = records(&admin, &arn).await;
    assert!(all.len() >= 3, "{}", all.len());
    let mut last = std::collections::BTreeMap::new();
    for record in &all {
        let change = &record["dynamodb"];
        let id = change["Keys"]["id"]["S"].as_str().unwrap();
        if let Some(before) = last.insert(id, &change["NewImage"]) {
            assert_eq!(before, &change["OldImage"], "{id}");
        }
    }
    for (id, image) in last {
        let key = json!({"TableName": "log", "Key": {"id": {"S": id}}});
        assert_eq!(ok(&admin, "GetItem", key).await["Item"], *image);
    }
}
