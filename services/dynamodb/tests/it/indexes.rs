//! Secondary indexes through the API: made, written with items, queried, added and dropped online.

use serde_json::{Value, json};
use testkit::{Client, Cloud};

async fn ok(client: &Client<'_>, operation: &'static str, mut input: Value) -> Value {
    input["TableName"] = "music".into();
    client.call("dynamodb", operation, input).await.unwrap()
}

async fn refused(client: &Client<'_>, operation: &'static str, mut input: Value) -> String {
    input["TableName"] = "music".into();
    client.call("dynamodb", operation, input).await.unwrap_err().message
}

fn schema(hash: &str, range: &str) -> Value {
    json!([
        {"AttributeName": hash, "KeyType": "HASH"}, {"AttributeName": range, "KeyType": "RANGE"},
    ])
}

fn definitions(names: &[(&str, &str)]) -> Value {
    let one = |(name, kind): &(&str, &str)| json!({"AttributeName": name, "AttributeType": kind});
    names.iter().map(one).collect()
}

fn music() -> Value {
    json!({
        "AttributeDefinitions": definitions(
            &[("artist", "S"), ("year", "N"), ("genre", "S"), ("plays", "N"), ("label", "S")]),
        "KeySchema": schema("artist", "year"),
        "BillingMode": "PAY_PER_REQUEST",
        "LocalSecondaryIndexes": [{
            "IndexName": "by-plays", "KeySchema": schema("artist", "plays"),
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by-genre", "KeySchema": schema("genre", "plays"),
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["title"]},
            },
            {
                "IndexName": "by-label",
                "KeySchema": [{"AttributeName": "label", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            },
        ],
    })
}

async fn cloud() -> Cloud {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    ok(&cloud.admin(), "CreateTable", music()).await;
    cloud
}

fn key(artist: &str, year: i64) -> Value {
    json!({"artist": {"S": artist}, "year": {"N": year.to_string()}})
}

fn song(artist: &str, year: i64, genre: &str, plays: i64) -> Value {
    let mut song = key(artist, year);
    song["genre"] = json!({"S": genre});
    song["plays"] = json!({"N": plays.to_string()});
    song["title"] = json!({"S": format!("{artist}-{year}")});
    song["text"] = json!({"S": "la"});
    song
}

async fn query(client: &Client<'_>, index: &str, hash: (&str, &str), more: Value) -> Value {
    let mut input = json!({
        "IndexName": index, "KeyConditionExpression": "#h = :h",
        "ExpressionAttributeNames": {"#h": hash.0},
        "ExpressionAttributeValues": {":h": {"S": hash.1}},
    });
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    ok(client, "Query", input).await
}

fn titles(page: &Value) -> Vec<&str> {
    let title = |item: &'_ Value| item["title"]["S"].as_str().map(str::len);
    assert!(page["Items"].as_array().unwrap().iter().all(|item| title(item).is_some()), "{page}");
    page["Items"].as_array().unwrap().iter().map(|i| i["title"]["S"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn entries_follow_their_items() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    for (artist, year, genre, plays) in
        [("a", 1, "rock", 100), ("a", 2, "rock", -5), ("b", 1, "rock", 7), ("b", 2, "jazz", 7)]
    {
        ok(&admin, "PutItem", json!({"Item": song(artist, year, genre, plays)})).await;
    }
    let rock = query(&admin, "by-genre", ("genre", "rock"), json!({})).await;
    assert_eq!(titles(&rock), ["a-2", "b-1", "a-1"]);
    assert_eq!(rock["Items"][0].get("text"), None, "{rock}");
    let update = json!({
        "Key": key("a", 2), "UpdateExpression": "SET genre = :g, plays = :p",
        "ExpressionAttributeValues": {":g": {"S": "jazz"}, ":p": {"N": "8"}},
    });
    ok(&admin, "UpdateItem", update).await;
    ok(&admin, "DeleteItem", json!({"Key": key("a", 1)})).await;
    // Without the sort key it has no entry.
    let remove = json!({"Key": key("b", 1), "UpdateExpression": "REMOVE plays"});
    ok(&admin, "UpdateItem", remove).await;
    let rock = query(&admin, "by-genre", ("genre", "rock"), json!({})).await;
    assert_eq!(rock["Count"], 0);
    let jazz = query(&admin, "by-genre", ("genre", "jazz"), json!({"ScanIndexForward": false}));
    assert_eq!(titles(&jazz.await), ["a-2", "b-2"]);
    let scan = ok(&admin, "Scan", json!({"IndexName": "by-genre"})).await;
    assert_eq!(scan["Count"], 2);
}

#[tokio::test]
async fn pages_go_on_between_equal_keys() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    for year in 0..5 {
        for artist in ["a", "b"] {
            ok(&admin, "PutItem", json!({"Item": song(artist, year, "rock", year / 2)})).await;
        }
    }
    for forward in [true, false] {
        let mut start = Value::Null;
        let mut seen = Vec::new();
        loop {
            let mut more = json!({"Limit": 1, "ScanIndexForward": forward});
            if !start.is_null() {
                more["ExclusiveStartKey"] = start;
            }
            let page = query(&admin, "by-genre", ("genre", "rock"), more).await;
            seen.extend(titles(&page).into_iter().map(str::to_owned));
            start = page["LastEvaluatedKey"].clone();
            if start.is_null() {
                break;
            }
            assert_eq!(start.as_object().unwrap().len(), 4);
        }
        assert_eq!(seen.len(), 10);
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 10);
    }
    let mut start = song("a", 1, "rock", 0);
    start.as_object_mut().unwrap().retain(|name, _| !["title", "text"].contains(&name.as_str()));
    for missing in ["artist", "genre", "plays"] {
        let mut wrong = start.clone();
        wrong.as_object_mut().unwrap().remove(missing);
        let input = json!({
            "IndexName": "by-genre", "KeyConditionExpression": "genre = :h",
            "ExpressionAttributeValues": {":h": {"S": "rock"}}, "ExclusiveStartKey": wrong,
        });
        let text = "The provided starting key is invalid";
        assert_eq!(refused(&admin, "Query", input).await, text);
        let scan = json!({"IndexName": "by-genre", "ExclusiveStartKey": wrong});
        assert_eq!(refused(&admin, "Scan", scan).await, text);
    }
    let more = json!({"ExclusiveStartKey": start, "Limit": 2});
    let page = query(&admin, "by-genre", ("genre", "rock"), more).await;
    let all = query(&admin, "by-genre", ("genre", "rock"), json!({})).await;
    let all = titles(&all);
    let behind = all.iter().skip_while(|title| **title != "a-1").skip(1).take(2);
    assert!(titles(&page).iter().eq(behind), "{all:?}");
}

#[tokio::test]
async fn local_indexes_fetch_what_they_lack_and_tell_their_size() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    for (year, plays) in [(1, 30), (2, 20), (3, 10)] {
        let put = json!({
            "Item": song("a", year, "rock", plays), "ReturnItemCollectionMetrics": "SIZE",
            "ReturnConsumedCapacity": "INDEXES",
        });
        let put = ok(&admin, "PutItem", put).await;
        let metrics = &put["ItemCollectionMetrics"];
        assert_eq!(metrics["ItemCollectionKey"], json!({"artist": {"S": "a"}}));
        assert_eq!(metrics["SizeEstimateRangeGB"], json!([0.0, 1.0]));
        assert_eq!(
            put["ConsumedCapacity"],
            json!({
                "TableName": "music", "CapacityUnits": 3.0, "Table": {"CapacityUnits": 1.0},
                "LocalSecondaryIndexes": {"by-plays": {"CapacityUnits": 1.0}},
                "GlobalSecondaryIndexes": {"by-genre": {"CapacityUnits": 1.0}},
            })
        );
    }
    let told = json!({"ReturnConsumedCapacity": "INDEXES", "ConsistentRead": true});
    let keys = query(&admin, "by-plays", ("artist", "a"), told.clone()).await;
    assert_eq!(
        keys["Items"][0],
        json!({
            "artist": {"S": "a"}, "year": {"N": "3"}, "plays": {"N": "10"},
        })
    );
    assert_eq!(keys["ConsumedCapacity"]["Table"]["CapacityUnits"], 0.0);
    let mut all = told;
    all["Select"] = "ALL_ATTRIBUTES".into();
    let all = query(&admin, "by-plays", ("artist", "a"), all).await;
    assert_eq!(titles(&all), ["a-3", "a-2", "a-1"]);
    assert_eq!(all["ConsumedCapacity"]["CapacityUnits"], 4.0);
    let range = json!({
        "IndexName": "by-plays", "KeyConditionExpression": "artist = :a AND plays BETWEEN :l AND :h",
        "ExpressionAttributeValues": {":a": {"S": "a"}, ":l": {"N": "15"}, ":h": {"N": "30"}},
        "ProjectionExpression": "title",
    });
    assert_eq!(titles(&ok(&admin, "Query", range).await), ["a-2", "a-1"]);
}

#[tokio::test]
async fn what_indexes_cannot_do_is_refused() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let read = |more: Value| {
        let mut input = json!({
            "IndexName": "by-genre", "KeyConditionExpression": "genre = :g",
            "ExpressionAttributeValues": {":g": {"S": "rock"}},
        });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let mut wrong = song("a", 1, "rock", 1);
    wrong["plays"] = json!({"S": "many"});
    let mut empty = song("a", 1, "", 1);
    empty["label"] = json!({"S": "x"});
    let mismatch = "One or more parameter values were invalid: Type mismatch for Index Key plays \
                    Expected: N Actual: S IndexName: by-plays";
    let update = json!({
        "Key": key("a", 1), "UpdateExpression": "SET genre = :g",
        "ExpressionAttributeValues": {":g": {"N": "1"}},
    });
    let cases = [
        ("PutItem", json!({"Item": wrong}), mismatch),
        (
            "PutItem",
            json!({"Item": empty}),
            "One or more parameter values are not valid. A value specified for a secondary index \
             key is not supported. The AttributeValue for a key attribute cannot contain an empty \
             string value. IndexName: by-genre, IndexKey: genre",
        ),
        (
            "UpdateItem",
            update,
            "One or more parameter values were invalid: Type mismatch for Index Key genre \
             Expected: S Actual: N IndexName: by-genre",
        ),
        (
            "Query",
            read(json!({"ConsistentRead": true})),
            "Consistent reads are not supported on global secondary indexes",
        ),
        (
            "Query",
            read(json!({"Select": "ALL_ATTRIBUTES"})),
            "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not \
             supported for global secondary index by-genre because its projection type is not ALL",
        ),
        (
            "Query",
            read(json!({"ProjectionExpression": "title, #t",
                        "ExpressionAttributeNames": {"#t": "text"}})),
            "One or more parameter values were invalid: Global secondary index by-genre does not \
             project [text]",
        ),
        (
            "Query",
            read(json!({"FilterExpression": "genre = :g"})),
            "Filter Expression can only contain non-primary key attributes: Primary key \
             attribute: genre",
        ),
    ];
    for (operation, input, wanted) in cases {
        assert_eq!(refused(&admin, operation, input).await, wanted);
    }
    assert_eq!(ok(&admin, "Scan", json!({})).await["Count"], 0);
    let mut stored = song("a", 1, "rock", 1);
    stored["amount"] = json!({"N": "1"});
    ok(&admin, "PutItem", json!({"Item": stored})).await;
    let update = |text: &str| json!({"Key": key("a", 1), "UpdateExpression": text});
    for (text, wanted) in [
        (
            "SET genre = amount",
            "The update expression attempted to update the secondary index key to unsupported type",
        ),
        (
            "REMOVE genre.#x",
            "Key attributes must be scalars; list random access '[]' and map lookup '.' are not \
             allowed: IndexKey: genre",
        ),
    ] {
        let mut update = update(text);
        if text.contains('#') {
            update["ExpressionAttributeNames"] = json!({"#x": "x"});
        }
        assert_eq!(refused(&admin, "UpdateItem", update).await, wanted);
    }
}

#[tokio::test]
async fn definitions_are_checked_as_aws_does() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let admin = cloud.admin();
    let opening = "One or more parameter values were invalid: ";
    let changed = |change: fn(&mut Value)| {
        let mut table = music();
        change(&mut table);
        table
    };
    let cases: [(Value, &str); 8] = [
        (
            changed(|table| table["AttributeDefinitions"][4]["AttributeName"] = "other".into()),
            "Some index key attributes are not defined in AttributeDefinitions. Keys: [label], \
             AttributeDefinitions: [artist, year, genre, plays, other]",
        ),
        (
            changed(|table| {
                table["GlobalSecondaryIndexes"].as_array_mut().unwrap().pop();
            }),
            "Some AttributeDefinitions are not used. AttributeDefinitions: [artist, genre, label, \
             plays, year], keys used: [artist, genre, plays, year]",
        ),
        (
            changed(|table| {
                table["LocalSecondaryIndexes"][0]["KeySchema"] = schema("genre", "year")
            }),
            "Index KeySchema does not have the same leading hash key as table KeySchema for \
             index: by-plays. index hash key: genre, table hash key: artist",
        ),
        (
            changed(|table| {
                table["GlobalSecondaryIndexes"][1]["IndexName"] = "by-plays".into();
            }),
            "Duplicate index name: by-plays",
        ),
        (
            changed(|table| table["GlobalSecondaryIndexes"] = json!([])),
            "List of GlobalSecondaryIndexes is empty",
        ),
        (
            changed(|table| {
                table["GlobalSecondaryIndexes"][1]["Projection"]["NonKeyAttributes"] = json!(["x"]);
            }),
            "ProjectionType is ALL, but NonKeyAttributes is specified",
        ),
        (
            changed(|table| {
                table["BillingMode"] = "PROVISIONED".into();
                table["ProvisionedThroughput"] =
                    json!({"ReadCapacityUnits": 1, "WriteCapacityUnits": 1});
            }),
            "ProvisionedThroughput is not specified for index: by-genre",
        ),
        (
            changed(|table| {
                let index = table["LocalSecondaryIndexes"][0].clone();
                let named = |number: i32| {
                    let mut index = index.clone();
                    index["IndexName"] = format!("index-{number}").into();
                    index
                };
                table["LocalSecondaryIndexes"] = (0..6).map(named).collect();
            }),
            "Number of LocalSecondaryIndexes exceeds per-table limit of 5",
        ),
    ];
    for (table, wanted) in cases {
        assert_eq!(refused(&admin, "CreateTable", table).await, format!("{opening}{wanted}"));
    }
}

async fn described(client: &Client<'_>, index: &str) -> Option<Value> {
    let table = ok(client, "DescribeTable", json!({})).await["Table"].clone();
    let all = table["GlobalSecondaryIndexes"].as_array().cloned().unwrap_or_default();
    all.into_iter().find(|one| one["IndexName"] == index)
}

#[tokio::test]
async fn an_index_is_added_and_dropped_while_the_table_is_used() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    for year in 0..450 {
        let mut item = song("a", year, "rock", year);
        item["mood"] = if year % 3 == 0 { json!({"N": "1"}) } else { json!({"S": "calm"}) };
        ok(&admin, "PutItem", json!({"Item": item})).await;
    }
    let create = json!({
        "AttributeDefinitions": definitions(&[("mood", "S"), ("year", "N")]),
        "GlobalSecondaryIndexUpdates": [{"Create": {
            "IndexName": "by-mood", "KeySchema": schema("mood", "year"),
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }}],
    });
    let made = ok(&admin, "UpdateTable", create.clone()).await;
    let index = &made["TableDescription"]["GlobalSecondaryIndexes"][2];
    assert_eq!((&index["IndexStatus"], &index["Backfilling"]), (&json!("CREATING"), &json!(true)));
    let again = refused(&admin, "UpdateTable", create).await;
    assert!(again.starts_with("Subscriber limit exceeded") || again.contains("already exists"));
    cloud
        .eventually(async || {
            let index = described(&admin, "by-mood").await?;
            (index["IndexStatus"] == "ACTIVE").then_some(())
        })
        .await;
    let index = described(&admin, "by-mood").await.unwrap();
    assert_eq!((&index["ItemCount"], &index["Backfilling"]), (&json!(300), &Value::Null));
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/music/index/by-mood";
    assert_eq!(index["IndexArn"], arn);
    let calm = query(&admin, "by-mood", ("mood", "calm"), json!({"Select": "COUNT"})).await;
    assert_eq!(calm["Count"], 300);

    let delete = json!({"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "by-mood"}}]});
    ok(&admin, "UpdateTable", delete.clone()).await;
    let gone = json!({"IndexName": "by-mood"});
    let text = "The table does not have the specified index: by-mood";
    assert_eq!(refused(&admin, "Scan", gone).await, text);
    cloud.eventually(async || described(&admin, "by-mood").await.is_none().then_some(())).await;
    let missing = refused(&admin, "UpdateTable", delete).await;
    assert!(missing.starts_with("Requested resource not found: Index "), "{missing}");
}

#[tokio::test]
async fn the_longest_keys_have_entries_too() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let admin = cloud.admin();
    let table = json!({
        "AttributeDefinitions": definitions(&[("id", "S"), ("place", "S"), ("bytes", "B")]),
        "KeySchema": schema("id", "bytes"), "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-place", "KeySchema": schema("place", "bytes"),
            "Projection": {"ProjectionType": "ALL"},
        }],
    });
    ok(&admin, "CreateTable", table).await;
    for place in [1024, 1025, 2048] {
        let place = "x".repeat(place);
        // 1,023 and 1,024 zeros, which take twice as much in a key.
        for bytes in ["AAAA".repeat(341), "AAAA".repeat(341) + "AA=="] {
            let item = json!({
                "id": {"S": "i".repeat(2048)}, "place": {"S": place}, "bytes": {"B": bytes},
            });
            ok(&admin, "PutItem", json!({"Item": item})).await;
        }
        let first = json!({"Limit": 1});
        let page = query(&admin, "by-place", ("place", &place), first).await;
        let start = &page["LastEvaluatedKey"];
        let rest = json!({"ExclusiveStartKey": start});
        let page = query(&admin, "by-place", ("place", &place), rest).await;
        assert_eq!(page["Count"], 1);
    }
    let long = json!({"Item": {
        "id": {"S": "i"}, "place": {"S": "x".repeat(2049)}, "bytes": {"B": "AAAA"},
    }});
    assert_eq!(
        refused(&admin, "PutItem", long).await,
        "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size \
         limit of2048 bytes"
    );
}

#[tokio::test]
async fn an_index_is_a_resource_of_its_own() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE, &iam::SERVICE]).await;
    let admin = cloud.admin();
    ok(&admin, "CreateTable", music()).await;
    admin.call("iam", "CreateUser", json!({"UserName": "ann"})).await.unwrap();
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "dynamodb:Query",
        "Resource": "arn:aws:dynamodb:us-east-1:000000000000:table/music/index/by-genre",
        "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["rock"]}},
    }});
    let put = json!({
        "UserName": "ann", "PolicyName": "p", "PolicyDocument": policy.to_string(),
    });
    admin.call("iam", "PutUserPolicy", put).await.unwrap();
    let made = admin.call("iam", "CreateAccessKey", json!({"UserName": "ann"})).await.unwrap();
    let text = |name: &str| made["AccessKey"][name].as_str().unwrap().to_owned();
    let ann = cloud.client(&text("AccessKeyId"), &text("SecretAccessKey"), None);
    let read = async |index: &str, hash: &str, value: &str| {
        let input = json!({
            "TableName": "music", "IndexName": index, "KeyConditionExpression": "#h = :h",
            "ExpressionAttributeNames": {"#h": hash},
            "ExpressionAttributeValues": {":h": {"S": value}},
        });
        ann.call("dynamodb", "Query", input).await.err().map_or("", |failure| failure.code)
    };
    assert_eq!(read("by-genre", "genre", "rock").await, "");
    assert_eq!(read("by-genre", "genre", "jazz").await, "AccessDeniedException");
    assert_eq!(read("by-label", "label", "rock").await, "AccessDeniedException");
}

#[tokio::test]
async fn capacity_is_reserved_for_each_index() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let admin = cloud.admin();
    let units = |units: i64| json!({"ReadCapacityUnits": units, "WriteCapacityUnits": units});
    let mut table = music();
    table["BillingMode"] = "PROVISIONED".into();
    table["ProvisionedThroughput"] = units(5);
    for index in table["GlobalSecondaryIndexes"].as_array_mut().unwrap() {
        index["ProvisionedThroughput"] = units(2);
    }
    ok(&admin, "CreateTable", table).await;
    let update = |index: &str, count: i64| {
        json!({"GlobalSecondaryIndexUpdates": [{"Update": {
            "IndexName": index, "ProvisionedThroughput": units(count),
        }}]})
    };
    ok(&admin, "UpdateTable", update("by-genre", 7)).await;
    let reserved = described(&admin, "by-genre").await.unwrap()["ProvisionedThroughput"].clone();
    assert_eq!(reserved["WriteCapacityUnits"], 7);
    assert!(reserved["LastIncreaseDateTime"].is_number(), "{reserved}");
    let same = refused(&admin, "UpdateTable", update("by-genre", 7)).await;
    assert!(same.starts_with("The provisioned throughput for the index by-genre will not change."));
    let local = refused(&admin, "UpdateTable", update("by-plays", 7)).await;
    assert_eq!(local, "Cannot update an index that is not a GlobalSecondaryIndex: by-plays");
    ok(&admin, "UpdateTable", json!({"BillingMode": "PAY_PER_REQUEST"})).await;
    let reserved = described(&admin, "by-genre").await.unwrap()["ProvisionedThroughput"].clone();
    assert_eq!(reserved["WriteCapacityUnits"], 0);
    let back = json!({"BillingMode": "PROVISIONED", "ProvisionedThroughput": units(1)});
    assert_eq!(
        refused(&admin, "UpdateTable", back).await,
        "One or more parameter values were invalid: ProvisionedThroughput must be specified for \
         index: by-genre"
    );
}

#[tokio::test]
async fn an_index_added_under_load_holds_each_item_once() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let create = json!({
        "TableName": "music", "AttributeDefinitions": definitions(&[("mood", "S")]),
        "GlobalSecondaryIndexUpdates": [{"Create": {
            "IndexName": "by-mood", "KeySchema": [{"AttributeName": "mood", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }}],
    });
    let put = async |round: i64, year: i64| {
        let mut item = key("a", year);
        item["mood"] = json!({"S": format!("mood {}", round % 3)});
        let put = json!({"TableName": "music", "Item": item});
        admin.call("dynamodb", "PutItem", put).await.unwrap();
    };
    let writing = async {
        for round in 0..30 {
            let (a, b) = (round % 7, (round * 3) % 7);
            tokio::join!(put(round, a), put(round + 1, b), put(round + 2, a));
            tokio::task::yield_now().await;
        }
    };
    let changing = async {
        tokio::task::yield_now().await;
        admin.call("dynamodb", "UpdateTable", create).await.unwrap();
    };
    tokio::join!(writing, changing);
    cloud
        .eventually(async || {
            cloud.clock().advance(std::time::Duration::from_secs(1));
            let index = described(&admin, "by-mood").await?;
            (index["IndexStatus"] == "ACTIVE").then_some(())
        })
        .await;
    let found = async |input: Value| {
        let page = ok(&admin, "Scan", input).await;
        let row = |item: &Value| {
            let text = |name: &str, kind: &str| item[name][kind].as_str().unwrap().to_owned();
            (text("year", "N"), text("mood", "S"))
        };
        let mut rows: Vec<_> = page["Items"].as_array().unwrap().iter().map(row).collect();
        rows.sort();
        rows
    };
    assert_eq!(found(json!({"IndexName": "by-mood"})).await, found(json!({})).await);
}

#[tokio::test]
async fn keys_of_several_attributes_find_their_items() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let admin = cloud.admin();
    let part = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
    let table = json!({
        "AttributeDefinitions": definitions(
            &[("id", "S"), ("land", "S"), ("city", "S"), ("day", "N"), ("hour", "N")]),
        "KeySchema": [part("id", "HASH")], "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [{
            "IndexName": "where-when",
            "KeySchema": [part("land", "HASH"), part("city", "HASH"),
                          part("day", "RANGE"), part("hour", "RANGE")],
            "Projection": {"ProjectionType": "ALL"},
        }],
    });
    ok(&admin, "CreateTable", table).await;
    for day in 1..4 {
        for hour in [1, 10, 2] {
            let item = json!({
                "id": {"S": format!("{day}.{hour}")}, "land": {"S": "x"}, "city": {"S": "y"},
                "day": {"N": day.to_string()}, "hour": {"N": hour.to_string()},
            });
            ok(&admin, "PutItem", json!({"Item": item})).await;
        }
    }
    let find = async |condition: &str, more: Value| {
        let mut values = json!({":l": {"S": "x"}, ":c": {"S": "y"}});
        values.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let mut input = json!({
            "TableName": "music", "IndexName": "where-when",
            "KeyConditionExpression": format!("land = :l AND city = :c{condition}"),
            "ExpressionAttributeValues": values,
        });
        for (placeholder, name) in [("#d", "day"), ("#h", "hour")] {
            if condition.contains(placeholder) {
                input["ExpressionAttributeNames"][placeholder] = name.into();
            }
        }
        let page = admin.call("dynamodb", "Query", input).await;
        page.map(|page| {
            let id = |item: &Value| item["id"]["S"].as_str().unwrap().to_owned();
            page["Items"].as_array().unwrap().iter().map(id).collect::<Vec<_>>().join(" ")
        })
    };
    let (two, ten) = (json!({"N": "2"}), json!({"N": "10"}));
    let all = find("", json!({})).await.unwrap();
    assert_eq!(all, "1.1 1.2 1.10 2.1 2.2 2.10 3.1 3.2 3.10");
    let late = find(" AND #d > :d", json!({":d": two})).await.unwrap();
    assert_eq!(late, "3.1 3.2 3.10");
    let morning = find(" AND #d = :d AND #h < :h", json!({":d": two, ":h": ten})).await.unwrap();
    assert_eq!(morning, "2.1 2.2");
    let gap = find(" AND #h < :h", json!({":h": ten})).await.unwrap_err();
    let text = "RANGE key attributes day must have equality conditions specified in the query \
                because a condition is present on key attribute hour";
    assert_eq!(gap.message, text);
}

mod model {
    //! What an index holds is what a scan and a filter would find.
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    struct Write {
        key: (u8, i64),
        /// Genre and plays; none deletes.
        item: Option<(Option<u8>, Option<i64>)>,
        update: bool,
        /// Whether in a transaction.
        transact: bool,
    }

    fn write() -> impl Strategy<Value = Write> {
        let item = prop::option::of((prop::option::of(0..3_u8), prop::option::of(-3..3_i64)));
        ((0..3_u8, 0..4_i64), item, any::<bool>(), any::<bool>())
            .prop_map(|(key, item, update, transact)| Write { key, item, update, transact })
    }

    fn attributes(write: &Write) -> Value {
        let mut item = key(&write.key.0.to_string(), write.key.1);
        let (genre, plays) = write.item.unwrap_or_default();
        if let Some(genre) = genre {
            item["genre"] = json!({"S": format!("g{genre}")});
        }
        if let Some(plays) = plays {
            item["plays"] = json!({"N": plays.to_string()});
        }
        item
    }

    async fn apply(client: &Client<'_>, write: &Write) {
        let (action, mut input) = request(write);
        if !write.transact {
            let operation = match action {
                "Put" => "PutItem",
                "Update" => "UpdateItem",
                _ => "DeleteItem",
            };
            ok(client, operation, input).await;
            return;
        }
        input["TableName"] = "music".into();
        let transaction = json!({"TransactItems": [{action: input}]});
        client.call("dynamodb", "TransactWriteItems", transaction).await.unwrap();
    }

    fn request(write: &Write) -> (&'static str, Value) {
        let named = key(&write.key.0.to_string(), write.key.1);
        let item = attributes(write);
        if write.item.is_none() {
            return ("Delete", json!({"Key": named}));
        }
        if !write.update {
            return ("Put", json!({"Item": item}));
        }
        let (mut set, mut remove, mut values) = (Vec::new(), Vec::new(), json!({}));
        for name in ["genre", "plays"] {
            match item.get(name) {
                Some(value) => {
                    set.push(format!("{name} = :{name}"));
                    values[format!(":{name}")] = value.clone();
                }
                None => remove.push(name),
            }
        }
        let mut text = String::new();
        if !set.is_empty() {
            text += &format!("SET {} ", set.join(", "));
        }
        if !remove.is_empty() {
            text += &format!("REMOVE {}", remove.join(", "));
        }
        let mut input = json!({"Key": named, "UpdateExpression": text});
        if !set.is_empty() {
            input["ExpressionAttributeValues"] = values;
        }
        ("Update", input)
    }

    fn in_order(item: &Value) -> String {
        let names: std::collections::BTreeMap<_, _> = item.as_object().unwrap().iter().collect();
        format!("{names:?}")
    }

    fn sorted(items: &Value) -> Vec<String> {
        let mut all: Vec<String> = items.as_array().unwrap().iter().map(in_order).collect();
        all.sort();
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
        #[test]
        fn indexes_hold_what_a_scan_would_find(writes in prop::collection::vec(write(), 1..40)) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let cloud = cloud().await;
                let admin = cloud.admin();
                for write in &writes {
                    apply(&admin, write).await;
                }
                let table = ok(&admin, "Scan", json!({})).await["Items"].clone();
                let has = |item: &Value, names: &[&str]| names.iter().all(|name| item.get(name).is_some());
                for (index, names) in [("by-genre", &["genre", "plays"][..]), ("by-plays", &["plays"])] {
                    let held = ok(&admin, "Scan", json!({"IndexName": index})).await["Items"].clone();
                    let wanted: Value = table
                        .as_array()
                        .unwrap()
                        .iter()
                        .filter(|item| has(item, names))
                        .map(|item| {
                            let mut item = item.clone();
                            if index == "by-plays" {
                                item.as_object_mut().unwrap().remove("genre");
                            }
                            item
                        })
                        .collect();
                    assert_eq!(sorted(&held), sorted(&wanted), "{index}");
                }
            });
        }
    }
}
