//! Global tables through the API: replicas made, written to from all regions, changed and deleted.

use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Client, Cloud};

const HOME: &str = "us-east-1";
const OHIO: &str = "us-east-2";
const OREGON: &str = "us-west-2";
const IRELAND: &str = "eu-west-1";

/// The administrator in `region`.
fn at<'c>(cloud: &'c Cloud, region: &str) -> Client<'c> {
    cloud.admin().in_region(region)
}

async fn ok(client: &Client<'_>, operation: &'static str, input: Value) -> Value {
    let input = named(input);
    client.call("dynamodb", operation, input.clone()).await.unwrap_or_else(|failure| {
        panic!("{operation} {input}: {} {}", failure.code, failure.message)
    })
}

async fn refused(client: &Client<'_>, operation: &'static str, input: Value) -> String {
    let failure = client.call("dynamodb", operation, named(input)).await.unwrap_err();
    format!("{}: {}", failure.code, failure.message)
}

/// `input` about the table, unless it names no single table.
fn named(mut input: Value) -> Value {
    let has_own = ["GlobalTableName", "TransactItems", "RequestItems", "Statement", "RegionName"];
    if !has_own.iter().any(|member| input.get(member).is_some()) {
        input["TableName"] = "music".into();
    }
    input
}

fn music() -> Value {
    json!({
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "genre", "AttributeType": "S"},
        ],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-genre",
            "KeySchema": [{"AttributeName": "genre", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }],
    })
}

async fn cloud() -> Cloud {
    let services = [&dynamodb::SERVICE, &dynamodb::STREAMS, &iam::SERVICE, &kms::SERVICE];
    let cloud = Cloud::start(&services).await;
    ok(&at(&cloud, HOME), "CreateTable", music()).await;
    cloud
}

fn create(region: &str) -> Value {
    json!({"ReplicaUpdates": [{"Create": {"RegionName": region}}]})
}

fn delete(region: &str) -> Value {
    json!({"ReplicaUpdates": [{"Delete": {"RegionName": region}}]})
}

async fn table(cloud: &Cloud, region: &str) -> Value {
    ok(&at(cloud, region), "DescribeTable", json!({})).await["Table"].clone()
}

/// Waits until the table in `region` and all its replicas are ready.
async fn wait(cloud: &Cloud, region: &str) {
    let is_ready = |table: &Value| {
        let replicas = table["Replicas"].as_array().into_iter().flatten();
        let mut states = replicas.map(|replica| &replica["ReplicaStatus"]);
        let indexes = table["GlobalSecondaryIndexes"].as_array().into_iter().flatten();
        let mut indexes = indexes.map(|index| &index["IndexStatus"]);
        table["TableStatus"] == "ACTIVE"
            && states.all(|state| state == "ACTIVE")
            && indexes.all(|state| state == "ACTIVE")
    };
    cloud
        .eventually(async || {
            cloud.clock().advance(Duration::from_secs(1));
            is_ready(&table(cloud, region).await).then_some(())
        })
        .await;
}

/// A table at home with replicas in `regions`.
async fn global(regions: &[&str]) -> Cloud {
    let cloud = cloud().await;
    for region in regions {
        ok(&at(&cloud, HOME), "UpdateTable", create(region)).await;
        wait(&cloud, HOME).await;
    }
    cloud
}

fn song(id: &str, genre: &str, plays: i64) -> Value {
    json!({"id": {"S": id}, "genre": {"S": genre}, "plays": {"N": plays.to_string()}})
}

async fn put(client: &Client<'_>, id: &str, genre: &str, plays: i64) {
    ok(client, "PutItem", json!({"Item": song(id, genre, plays)})).await;
}

/// All items of the table, or of its index, sorted.
async fn all(client: &Client<'_>, index: Option<&str>) -> Vec<String> {
    let mut input = json!({});
    if let Some(index) = index {
        input["IndexName"] = index.into();
    }
    let mut items = Vec::new();
    loop {
        let page = ok(client, "Scan", input.clone()).await;
        items.extend(page["Items"].as_array().unwrap().iter().map(Value::to_string));
        match page.get("LastEvaluatedKey") {
            Some(last) => input["ExclusiveStartKey"] = last.clone(),
            None => break,
        }
    }
    items.sort();
    items
}

/// The items, after a look at all regions: they, and their indexes, must be the same everywhere.
async fn same(cloud: &Cloud, regions: &[&str]) -> Vec<String> {
    let items = all(&at(cloud, regions[0]), None).await;
    for region in regions {
        assert_eq!(all(&at(cloud, region), None).await, items, "{region}");
        let indexed: Vec<_> = items.iter().filter(|item| item.contains("\"genre\"")).collect();
        let found = all(&at(cloud, region), Some("by-genre")).await;
        assert_eq!(found.iter().collect::<Vec<_>>(), indexed, "the index in {region}");
    }
    items
}

#[tokio::test]
async fn a_replica_gets_what_was_there_and_what_comes() {
    let cloud = cloud().await;
    let home = at(&cloud, HOME);
    for number in 0..450 {
        put(&home, &format!("old{number}"), "rock", number).await;
    }
    let answer = ok(&home, "UpdateTable", create(IRELAND)).await["TableDescription"].clone();
    assert_eq!(answer["TableStatus"], "UPDATING");
    assert_eq!(answer["GlobalTableVersion"], "2019.11.21");
    assert_eq!(answer["Replicas"][0]["RegionName"], IRELAND);
    assert_eq!(answer["Replicas"][0]["ReplicaStatus"], "CREATING");
    wait(&cloud, HOME).await;
    let ireland = at(&cloud, IRELAND);
    assert_eq!(same(&cloud, &[HOME, IRELAND]).await.len(), 450);
    put(&ireland, "new", "jazz", 1).await;
    let update = json!({
        "Key": {"id": {"S": "old1"}}, "UpdateExpression": "SET genre = :g",
        "ExpressionAttributeValues": {":g": {"S": "pop"}},
    });
    ok(&ireland, "UpdateItem", update).await;
    ok(&home, "DeleteItem", json!({"Key": {"id": {"S": "old2"}}})).await;
    assert_eq!(same(&cloud, &[HOME, IRELAND]).await.len(), 450);

    let here = table(&cloud, HOME).await;
    let there = table(&cloud, IRELAND).await;
    assert_ne!(here["TableId"], there["TableId"]);
    assert!(there["TableArn"].as_str().unwrap().contains(IRELAND));
    assert_eq!(there["Replicas"][0]["RegionName"], HOME);
    assert_eq!(there["GlobalTableSettingsReplicationMode"], "ENABLED_WITH_OVERRIDES");
    assert!(here.get("MultiRegionConsistency").is_none());
    let replica = &here["Replicas"][0];
    assert!(replica.get("ProvisionedThroughputOverride").is_none());
    assert_eq!(replica["GlobalSecondaryIndexes"][0]["IndexName"], "by-genre");
}

#[tokio::test]
async fn a_replica_is_not_there_while_it_is_made() {
    let cloud = cloud().await;
    let home = at(&cloud, HOME);
    put(&home, "a", "rock", 1).await;
    ok(&home, "UpdateTable", create(OHIO)).await;
    // Unless the replica is ready meanwhile, which may be at any moment.
    let expect = async |region: &str, operation, input: Value, code: &str| {
        let answer = at(&cloud, region).call("dynamodb", operation, named(input)).await;
        let is_ready = table(&cloud, OHIO).await["TableStatus"] != "CREATING";
        assert!(is_ready || answer.unwrap_err().code == code, "{operation}");
    };
    let get = json!({"Key": {"id": {"S": "a"}}});
    expect(OHIO, "GetItem", get, "ResourceNotFoundException").await;
    let off = json!({"DeletionProtectionEnabled": false});
    expect(OHIO, "UpdateTable", off.clone(), "ResourceNotFoundException").await;
    expect(HOME, "UpdateTable", off, "ResourceInUseException").await;
    wait(&cloud, HOME).await;
    assert_eq!(same(&cloud, &[HOME, OHIO]).await.len(), 1);
}

#[tokio::test]
async fn changes_of_replicas_follow_rules() {
    let cloud = global(&[OHIO]).await;
    let (home, ohio) = (at(&cloud, HOME), at(&cloud, OHIO));
    let already = "ValidationException: Failed to create a the new replica of table with name: \
                   \u{2018}music\u{2019} because one or more replicas already existed as tables.";
    assert_eq!(refused(&home, "UpdateTable", create(OHIO)).await, already);
    ok(&at(&cloud, OREGON), "CreateTable", music()).await;
    assert_eq!(refused(&home, "UpdateTable", create(OREGON)).await, already);
    let local = "ValidationException: Cannot add or delete the local region through \
                 ReplicaUpdates. Use CreateTable, DeleteTable, or UpdateTable as required.";
    assert_eq!(refused(&home, "UpdateTable", create(HOME)).await, local);
    let nowhere = refused(&home, "UpdateTable", create("us-fake-1")).await;
    assert!(nowhere.starts_with("ValidationException: Region us-fake-1 is not supported."));
    let stranger = "ValidationException: Update global table operation failed because one or more \
                    replicas were not part of the global table. Please retry the request without \
                    these replicas: [eu-west-1].";
    assert_eq!(refused(&home, "UpdateTable", delete(IRELAND)).await, stranger);
    let two = json!({"ReplicaUpdates": [
        {"Create": {"RegionName": IRELAND}}, {"Create": {"RegionName": "eu-west-2"}},
    ]});
    let several = "ValidationException: Update table operation with more than one create or \
                   delete replica actions not allowed";
    assert_eq!(refused(&home, "UpdateTable", two).await, several);
    let mut mixed = create(IRELAND);
    mixed["DeletionProtectionEnabled"] = true.into();
    let alone = "ValidationException: One or more parameter values were invalid: Replica \
                 modification must be the only operation in the request";
    assert_eq!(refused(&home, "UpdateTable", mixed).await, alone);
    let nothing = json!({"ReplicaUpdates": [{"Update": {"RegionName": OHIO}}]});
    let none = "ValidationException: There are no actions specified in the Replica Update Action \
                of the request.";
    assert_eq!(refused(&home, "UpdateTable", nothing).await, none);
    // The source of a replica has to stay a day, and no replica goes that is protected.
    let source = "ValidationException: Replica cannot be deleted because it has acted as a source \
                  region for new replica(s) being added to the table in the last 24 hours.";
    assert_eq!(refused(&home, "DeleteTable", json!({})).await, source);
    assert_eq!(refused(&ohio, "UpdateTable", delete(HOME)).await, source);
    ok(&ohio, "UpdateTable", json!({"DeletionProtectionEnabled": true})).await;
    assert_eq!(table(&cloud, HOME).await["DeletionProtectionEnabled"], false);
    let protected = "ValidationException: Cannot delete table music in region us-east-2 because \
                     it has deletion protection enabled. Disable deletion protection first.";
    assert_eq!(refused(&home, "UpdateTable", delete(OHIO)).await, protected);
    // Reserved writes would have to scale by themselves.
    let reserved = json!({
        "TableName": "reserved",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
    });
    home.call("dynamodb", "CreateTable", reserved).await.unwrap();
    let mut input = create(IRELAND);
    input["TableName"] = "reserved".into();
    let failure = home.call("dynamodb", "UpdateTable", input).await.unwrap_err();
    let scaled = "Table write capacity should either be Pay-Per-Request or AutoScaled.";
    assert_eq!(failure.message, scaled);
    let settings = json!({
        "TableName": "reserved",
        "ProvisionedWriteCapacityAutoScalingUpdate": {
            "MinimumUnits": 1, "MaximumUnits": 9, "ScalingPolicyUpdate": {
                "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70.0},
            },
        },
    });
    home.call("dynamodb", "UpdateTableReplicaAutoScaling", settings).await.unwrap();
    let mut input = create(IRELAND);
    input["TableName"] = "reserved".into();
    home.call("dynamodb", "UpdateTable", input).await.unwrap();
    let by_name = json!({"TableName": "reserved"});
    let ireland = at(&cloud, IRELAND);
    let found = ireland.call("dynamodb", "DescribeTableReplicaAutoScaling", by_name).await;
    let found = found.unwrap()["TableAutoScalingDescription"]["Replicas"].clone();
    let most = |replica: &Value| {
        let writes = &replica["ReplicaProvisionedWriteCapacityAutoScalingSettings"];
        (replica["RegionName"].clone(), writes["MaximumUnits"].clone())
    };
    let found: Vec<_> = found.as_array().unwrap().iter().map(most).collect();
    assert_eq!(found, [IRELAND, HOME].map(|region| (json!(region), json!(9))));
}

#[tokio::test]
async fn replicas_go_and_may_come_again() {
    let cloud = global(&[OHIO, OREGON]).await;
    let home = at(&cloud, HOME);
    put(&home, "a", "rock", 1).await;
    let answer = ok(&home, "UpdateTable", delete(OHIO)).await["TableDescription"].clone();
    assert_eq!(answer["Replicas"][0]["ReplicaStatus"], "DELETING");
    let gone = refused(&at(&cloud, OHIO), "DescribeTable", json!({})).await;
    assert!(gone.starts_with("ResourceNotFoundException"), "{gone}");
    assert_eq!(table(&cloud, OREGON).await["Replicas"].as_array().unwrap().len(), 1);
    put(&home, "b", "rock", 1).await;
    same(&cloud, &[HOME, OREGON]).await;
    // A replica that nothing was copied from may be deleted as a table.
    ok(&at(&cloud, OREGON), "DeleteTable", json!({})).await;
    let alone = table(&cloud, HOME).await;
    for member in ["Replicas", "GlobalTableVersion", "GlobalTableSettingsReplicationMode"] {
        assert!(alone.get(member).is_none(), "{member}");
    }
    put(&home, "c", "rock", 1).await;
    ok(&home, "UpdateTable", create(OHIO)).await;
    wait(&cloud, HOME).await;
    assert_eq!(same(&cloud, &[HOME, OHIO]).await.len(), 3);
    ok(&home, "UpdateTable", delete(OHIO)).await;
    ok(&home, "DeleteTable", json!({})).await;
}

#[tokio::test]
async fn batches_transactions_and_statements_reach_all_replicas() {
    let regions = [HOME, OHIO, IRELAND];
    let cloud = global(&regions[1..]).await;
    let (home, ireland) = (at(&cloud, HOME), at(&cloud, IRELAND));
    let batch = json!({"RequestItems": {"music": [
        {"PutRequest": {"Item": song("b1", "rock", 1)}},
        {"PutRequest": {"Item": song("b2", "jazz", 2)}},
    ]}});
    ok(&ireland, "BatchWriteItem", batch).await;
    let transaction = json!({"TransactItems": [
        {"Put": {"TableName": "music", "Item": song("t1", "folk", 3)}},
        {"Delete": {"TableName": "music", "Key": {"id": {"S": "b1"}}}},
        {"Update": {
            "TableName": "music", "Key": {"id": {"S": "b2"}},
            "UpdateExpression": "REMOVE genre",
        }},
    ]});
    ok(&at(&cloud, OHIO), "TransactWriteItems", transaction).await;
    let insert = json!({"Statement": "INSERT INTO music VALUE {'id': 'p1', 'genre': 'rap'}"});
    ok(&home, "ExecuteStatement", insert).await;
    let items = same(&cloud, &regions).await;
    assert_eq!(items.len(), 3);
    assert!(items.iter().any(|item| item.contains("\"p1\"")));
    // A condition is judged by what all regions see.
    let mut guarded = json!({"Item": song("t1", "folk", 4)});
    guarded["ConditionExpression"] = "attribute_not_exists(id)".into();
    let failed = refused(&ireland, "PutItem", guarded).await;
    assert!(failed.starts_with("ConditionalCheckFailedException"), "{failed}");
}

#[tokio::test]
async fn settings_are_shared_but_for_some() {
    let cloud = global(&[OHIO]).await;
    let (home, ohio) = (at(&cloud, HOME), at(&cloud, OHIO));
    for number in 0..30 {
        put(&home, &format!("s{number}"), "rock", number % 3).await;
    }
    // A new index, asked for in one region, is there in both, and so is its end.
    let index = json!({
        "AttributeDefinitions": [{"AttributeName": "plays", "AttributeType": "N"}],
        "GlobalSecondaryIndexUpdates": [{"Create": {
            "IndexName": "by-plays",
            "KeySchema": [{"AttributeName": "plays", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }}],
    });
    ok(&ohio, "UpdateTable", index).await;
    wait(&cloud, HOME).await;
    wait(&cloud, OHIO).await;
    put(&home, "more", "rock", 1).await;
    for client in [&home, &ohio] {
        assert_eq!(all(client, Some("by-plays")).await.len(), 31);
    }
    let drop = json!({"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "by-plays"}}]});
    ok(&home, "UpdateTable", drop).await;
    for region in [HOME, OHIO] {
        cloud
            .eventually(async || {
                cloud.clock().advance(Duration::from_secs(1));
                let indexes = table(&cloud, region).await["GlobalSecondaryIndexes"].clone();
                (indexes.as_array().unwrap().len() == 1).then_some(())
            })
            .await;
    }
    // Writes are reserved everywhere; reads too, unless a replica has its own.
    let reserve = |read: u64, write: u64| {
        json!({
            "BillingMode": "PROVISIONED",
            "ProvisionedThroughput": {"ReadCapacityUnits": read, "WriteCapacityUnits": write},
            "GlobalSecondaryIndexUpdates": [{"Update": {
                "IndexName": "by-genre",
                "ProvisionedThroughput": {"ReadCapacityUnits": read, "WriteCapacityUnits": write},
            }}],
        })
    };
    let reserved = async |region: &str| {
        let throughput = table(&cloud, region).await["ProvisionedThroughput"].clone();
        [&throughput["ReadCapacityUnits"], &throughput["WriteCapacityUnits"]]
            .map(|units| units.as_u64().unwrap())
    };
    ok(&home, "UpdateTable", reserve(5, 6)).await;
    assert_eq!(reserved(OHIO).await, [5, 6]);
    let own = json!({"ReplicaUpdates": [{"Update": {
        "RegionName": OHIO, "ProvisionedThroughputOverride": {"ReadCapacityUnits": 9},
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-genre", "ProvisionedThroughputOverride": {"ReadCapacityUnits": 8},
        }],
        "TableClassOverride": "STANDARD_INFREQUENT_ACCESS",
    }}]});
    ok(&home, "UpdateTable", own).await;
    let replica = table(&cloud, HOME).await["Replicas"][0].clone();
    assert_eq!(replica["ProvisionedThroughputOverride"], json!({"ReadCapacityUnits": 9}));
    let index = &replica["GlobalSecondaryIndexes"][0];
    assert_eq!(index["ProvisionedThroughputOverride"], json!({"ReadCapacityUnits": 8}));
    let class = &replica["ReplicaTableClassSummary"]["TableClass"];
    assert_eq!(class, "STANDARD_INFREQUENT_ACCESS");
    ok(&home, "UpdateTable", reserve(3, 4)).await;
    assert_eq!((reserved(HOME).await, reserved(OHIO).await), ([3, 4], [9, 4]));
    let same = json!({"ReplicaUpdates": [{"Update": {
        "RegionName": OHIO, "ProvisionedThroughputOverride": {"ReadCapacityUnits": 3},
    }}]});
    ok(&home, "UpdateTable", same).await;
    let replica = table(&cloud, HOME).await["Replicas"][0].clone();
    assert!(replica.get("ProvisionedThroughputOverride").is_none());
    // Tags are each table's own.
    let arn = table(&cloud, HOME).await["TableArn"].clone();
    let tag = json!({"ResourceArn": arn, "Tags": [{"Key": "team", "Value": "red"}]});
    home.call("dynamodb", "TagResource", tag).await.unwrap();
    let arn = table(&cloud, OHIO).await["TableArn"].clone();
    let tags = ohio.call("dynamodb", "ListTagsOfResource", json!({"ResourceArn": arn})).await;
    assert!(tags.unwrap()["Tags"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn items_expire_everywhere() {
    let cloud = cloud().await;
    let home = at(&cloud, HOME);
    let expire = |enabled: bool| json!({"TimeToLiveSpecification": {"Enabled": enabled, "AttributeName": "plays"}});
    ok(&home, "UpdateTimeToLive", expire(true)).await;
    let now = cloud.clock().now().as_secs();
    put(&home, "before", "rock", now + 100).await;
    for region in [OHIO, IRELAND] {
        ok(&home, "UpdateTable", create(region)).await;
        wait(&cloud, HOME).await;
    }
    let ohio = at(&cloud, OHIO);
    put(&ohio, "soon", "rock", now + 200).await;
    put(&ohio, "late", "rock", now + 100_000).await;
    cloud
        .eventually(async || {
            cloud.clock().advance(Duration::from_secs(60));
            (all(&home, None).await.len() == 1).then_some(())
        })
        .await;
    assert_eq!(same(&cloud, &[HOME, OHIO, IRELAND]).await.len(), 1);
    let described = async |region: &str| {
        let told = ok(&at(&cloud, region), "DescribeTimeToLive", json!({})).await;
        told["TimeToLiveDescription"]["TimeToLiveStatus"].clone()
    };
    assert_eq!(described(IRELAND).await, "ENABLED");
    ok(&at(&cloud, IRELAND), "UpdateTimeToLive", expire(false)).await;
    assert_eq!(described(HOME).await, "DISABLED");
    ok(&ohio, "UpdateTimeToLive", expire(true)).await;
    assert_eq!(described(HOME).await, "ENABLED");
}

/// What the stream of the table in `region` recorded: what happened, to what, and who did it.
async fn recorded(cloud: &Cloud, region: &str) -> Vec<String> {
    let client = at(cloud, region);
    let arn = table(cloud, region).await["LatestStreamArn"].clone();
    let ask =
        async |operation, input| client.call("dynamodbstreams", operation, input).await.unwrap();
    let described = ask("DescribeStream", json!({"StreamArn": arn})).await;
    let mut all = Vec::new();
    for shard in described["StreamDescription"]["Shards"].as_array().unwrap() {
        let input = json!({
            "StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON",
        });
        let iterator = ask("GetShardIterator", input).await["ShardIterator"].clone();
        let records = ask("GetRecords", json!({"ShardIterator": iterator})).await;
        for record in records["Records"].as_array().unwrap() {
            let id = &record["dynamodb"]["Keys"]["id"]["S"];
            let by = record["userIdentity"]["PrincipalId"].as_str().unwrap_or("-");
            let (event, id) = (record["eventName"].as_str().unwrap(), id.as_str().unwrap());
            all.push(format!("{event} {id} {by}"));
        }
    }
    all
}

#[tokio::test]
async fn each_replica_has_a_stream_of_its_own() {
    let cloud = cloud().await;
    let (home, ohio) = (at(&cloud, HOME), at(&cloud, OHIO));
    put(&home, "before", "rock", 1).await;
    let answer = ok(&home, "UpdateTable", create(OHIO)).await["TableDescription"].clone();
    let view = json!({"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"});
    assert_eq!(answer["StreamSpecification"], view);
    wait(&cloud, HOME).await;
    wait(&cloud, OHIO).await;
    assert_eq!(table(&cloud, OHIO).await["StreamSpecification"], view);
    let expire = json!({"TimeToLiveSpecification": {"Enabled": true, "AttributeName": "plays"}});
    ok(&home, "UpdateTimeToLive", expire).await;
    let now = cloud.clock().now().as_secs();
    put(&ohio, "a", "rock", now + 60).await;
    ok(&home, "DeleteItem", json!({"Key": {"id": {"S": "before"}}})).await;
    let wanted = ["INSERT a -", "REMOVE before -"];
    assert_eq!(recorded(&cloud, HOME).await, wanted);
    assert_eq!(recorded(&cloud, OHIO).await, wanted);
    // The region in which an item expires says so; elsewhere it is deleted.
    cloud
        .eventually(async || {
            cloud.clock().advance(Duration::from_secs(60));
            all(&home, None).await.is_empty().then_some(())
        })
        .await;
    let mut last = Vec::new();
    for region in [HOME, OHIO] {
        last.extend(recorded(&cloud, region).await.pop());
    }
    last.sort();
    assert_eq!(last, ["REMOVE a -", "REMOVE a dynamodb.amazonaws.com"]);
    let off = json!({"StreamSpecification": {"StreamEnabled": false}});
    let needed = "ValidationException: One or more parameter values were invalid: Disabling \
                  Stream is not allowed for a Global Table replica.";
    assert_eq!(refused(&ohio, "UpdateTable", off).await, needed);
}

fn strong(replicas: &[&str], witness: Option<&str>) -> Value {
    let creates: Vec<Value> =
        replicas.iter().map(|region| json!({"Create": {"RegionName": region}})).collect();
    let mut input = json!({"MultiRegionConsistency": "STRONG", "ReplicaUpdates": creates});
    if let Some(witness) = witness {
        input["GlobalTableWitnessUpdates"] = json!([{"Create": {"RegionName": witness}}]);
    }
    input
}

#[tokio::test]
async fn strong_consistency_takes_three_regions() {
    let cloud = cloud().await;
    let home = at(&cloud, HOME);
    let wrong = async |input: Value| refused(&home, "UpdateTable", input).await;
    let count = "ValidationException: Unsupported replica count for global tables with \
                 MultiRegionConsistency set to STRONG.";
    assert_eq!(wrong(strong(&[OHIO], None)).await, count);
    let regions = "ValidationException: Unsupported Region(s) specified for global tables with \
                   MultiRegionConsistency set to STRONG: [us-west-1].";
    assert_eq!(wrong(strong(&[OHIO, "us-west-1"], None)).await, regions);
    let mut weak = strong(&[OHIO], Some(OREGON));
    weak["MultiRegionConsistency"] = "EVENTUAL".into();
    let witness = "ValidationException: MultiRegionConsistency must be set as STRONG when \
                   GlobalTableWitnessUpdates parameter is present.";
    assert_eq!(wrong(weak).await, witness);
    let twice = "ValidationException: Cannot target multiple regions with the same action";
    assert_eq!(wrong(strong(&[OHIO], Some(OHIO))).await, twice);
    let alone = wrong(json!({"MultiRegionConsistency": "STRONG"})).await;
    assert!(alone.starts_with("ValidationException: At least one of"), "{alone}");
    assert!(!alone.contains("MultiRegionConsistency"), "{alone}");
    put(&home, "a", "rock", 1).await;
    assert!(wrong(strong(&[OHIO, OREGON], None)).await.contains("must be empty"));
    ok(&home, "DeleteItem", json!({"Key": {"id": {"S": "a"}}})).await;

    ok(&home, "UpdateTable", strong(&[OHIO], Some(OREGON))).await;
    wait(&cloud, HOME).await;
    let described = table(&cloud, OHIO).await;
    assert_eq!(described["MultiRegionConsistency"], "STRONG");
    let witness = json!([{"RegionName": OREGON, "WitnessStatus": "ACTIVE"}]);
    assert_eq!(described["GlobalTableWitnesses"], witness);
    put(&at(&cloud, OHIO), "b", "rock", 1).await;
    same(&cloud, &[HOME, OHIO]).await;
    // A witness is no table.
    let none = refused(&at(&cloud, OREGON), "DescribeTable", json!({})).await;
    assert!(none.starts_with("ResourceNotFoundException"), "{none}");

    let transaction = json!({"TransactItems": [
        {"Put": {"TableName": "music", "Item": song("t1", "folk", 3)}},
    ]});
    let unsupported = refused(&home, "TransactWriteItems", transaction).await;
    assert!(unsupported.starts_with("ValidationException"), "{unsupported}");
    let get = json!({"TransactItems": [
        {"Get": {"TableName": "music", "Key": {"id": {"S": "b"}}}},
    ]});
    let unsupported = refused(&home, "TransactGetItems", get).await;
    assert!(unsupported.starts_with("ValidationException"), "{unsupported}");
    let expire = json!({"TimeToLiveSpecification": {"Enabled": true, "AttributeName": "plays"}});
    let unsupported = refused(&home, "UpdateTimeToLive", expire).await;
    assert!(unsupported.starts_with("ValidationException"), "{unsupported}");
    let frozen = "ValidationException: Cannot add replicas to a global table with strong \
                  MultiRegionConsistency";
    assert_eq!(wrong(create("us-west-1")).await, frozen);
    let witness = "ValidationException: Update table delete operation does not include all \
                   witnesses.";
    assert_eq!(wrong(delete(OHIO)).await, witness);
    let only = "ValidationException: Deletion of only one table replica is not supported for \
                global tables with MultiRegionConsistency set to STRONG.";
    assert_eq!(refused(&home, "DeleteTable", json!({})).await, only);

    let mut end = delete(OHIO);
    end["GlobalTableWitnessUpdates"] = json!([{"Delete": {"RegionName": OREGON}}]);
    ok(&home, "UpdateTable", end).await;
    let described = table(&cloud, HOME).await;
    assert!(described.get("MultiRegionConsistency").is_none());
    ok(&home, "DeleteItem", json!({"Key": {"id": {"S": "b"}}})).await;
    ok(&home, "UpdateTable", strong(&[OHIO, OREGON], None)).await;
    wait(&cloud, HOME).await;
    assert_eq!(wrong(delete(OHIO)).await, only);
    let both = json!({"ReplicaUpdates": [
        {"Delete": {"RegionName": OHIO}}, {"Delete": {"RegionName": OREGON}},
    ]});
    ok(&home, "UpdateTable", both).await;
    ok(&home, "DeleteTable", json!({})).await;
}

#[tokio::test]
async fn replicas_are_encrypted_under_keys_of_their_regions() {
    let cloud = cloud().await;
    let home = at(&cloud, HOME);
    let key = async |region: &str| {
        let made = at(&cloud, region).call("kms", "CreateKey", json!({})).await.unwrap();
        made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
    };
    let (mine, theirs) = (key(HOME).await, key(OHIO).await);
    put(&home, "a", "rock", 1).await;
    let mut unneeded = create(OHIO);
    unneeded["ReplicaUpdates"][0]["Create"]["KMSMasterKeyId"] = theirs.clone().into();
    let each = "ValidationException: One or more parameter values were invalid: KMSMasterKeyId \
                must be specified for each replica.";
    assert_eq!(refused(&home, "UpdateTable", unneeded.clone()).await, each);
    let sse = json!({"SSESpecification": {
        "Enabled": true, "SSEType": "KMS", "KMSMasterKeyId": mine,
    }});
    ok(&home, "UpdateTable", sse).await;
    assert_eq!(refused(&home, "UpdateTable", create(OHIO)).await, each);
    ok(&home, "UpdateTable", unneeded).await;
    wait(&cloud, HOME).await;
    let replica = table(&cloud, HOME).await["Replicas"][0].clone();
    assert_eq!(replica["KMSMasterKeyId"], theirs.as_str());
    put(&at(&cloud, OHIO), "b", "rock", 1).await;
    put(&home, "c", "rock", 1).await;
    assert_eq!(same(&cloud, &[HOME, OHIO]).await.len(), 3);
}

#[tokio::test]
async fn a_region_is_judged_by_its_own_policies() {
    let cloud = global(&[OHIO]).await;
    let allow = |actions: Value, region: &str| {
        json!({
            "Effect": "Allow", "Action": actions,
            "Resource": format!("arn:aws:dynamodb:{region}:000000000000:table/music"),
        })
    };
    // Writing at home is enough for a write to reach all replicas.
    let writer = cloud.user("writer", allow(json!("dynamodb:PutItem"), HOME)).await;
    put(&writer, "a", "rock", 1).await;
    same(&cloud, &[HOME, OHIO]).await;
    let writer = writer.in_region(OHIO);
    let denied = refused(&writer, "PutItem", json!({"Item": song("b", "rock", 1)})).await;
    assert!(denied.starts_with("AccessDeniedException"), "{denied}");
    // Whoever makes a replica needs to be allowed where it is to be, too.
    let maker = cloud.user("maker", allow(json!("dynamodb:UpdateTable"), HOME)).await;
    let denied = refused(&maker, "UpdateTable", create(IRELAND)).await;
    assert!(denied.contains("eu-west-1"), "{denied}");
    let denied = refused(&maker, "UpdateTable", delete(OHIO)).await;
    assert!(denied.contains("us-east-2"), "{denied}");
    let statements = json!([
        allow(json!("dynamodb:UpdateTable"), HOME),
        allow(
            json!([
                "dynamodb:CreateTable",
                "dynamodb:CreateTableReplica",
                "dynamodb:Scan",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
                "dynamodb:PutItem",
                "dynamodb:GetItem",
                "dynamodb:DeleteItem",
                "dynamodb:BatchWriteItem",
            ]),
            IRELAND
        ),
    ]);
    let maker = cloud.user("allowed", statements).await;
    ok(&maker, "UpdateTable", create(IRELAND)).await;
}

/// A small generator of numbers, so that a failure can be repeated.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// A write of a random kind to one of a few items.
fn any_write(numbers: &mut Numbers, items: u64) -> (&'static str, Value) {
    let id = format!("i{}", numbers.below(items));
    let genre = ["rock", "jazz", "pop", "folk"][numbers.below(4) as usize];
    let key = json!({"id": {"S": id}});
    let plays = i64::try_from(numbers.below(1000)).unwrap();
    match numbers.below(6) {
        0 => ("DeleteItem", json!({"Key": key})),
        1 => {
            let update = json!({
                "Key": key, "UpdateExpression": "ADD plays :n SET genre = :g",
                "ExpressionAttributeValues": {":n": {"N": "1"}, ":g": {"S": genre}},
            });
            ("UpdateItem", update)
        }
        2 => ("UpdateItem", json!({"Key": key, "UpdateExpression": "REMOVE genre"})),
        3 => {
            let other = format!("x{}", numbers.below(items));
            let batch = json!({"RequestItems": {"music": [
                {"PutRequest": {"Item": song(&id, genre, plays)}},
                {"DeleteRequest": {"Key": {"id": {"S": other}}}},
            ]}});
            ("BatchWriteItem", batch)
        }
        4 => {
            let other = format!("x{}", numbers.below(items));
            let transaction = json!({"TransactItems": [
                {"Put": {"TableName": "music", "Item": song(&other, genre, plays)}},
                {"Delete": {"TableName": "music", "Key": key}},
            ]});
            ("TransactWriteItems", transaction)
        }
        _ => ("PutItem", json!({"Item": song(&id, genre, plays)})),
    }
}

/// Does a write of a random kind; again, if another's transaction is at work on the item.
async fn write_anything(client: &Client<'_>, numbers: &mut Numbers, items: u64) {
    let (operation, input) = any_write(numbers, items);
    let input = named(input);
    loop {
        match client.call("dynamodb", operation, input.clone()).await {
            Ok(_) => return,
            Err(failure) if failure.message.contains("TransactionConflict") => {}
            Err(failure) if failure.code == "TransactionConflictException" => {}
            Err(failure) => panic!("{operation} {input}: {} {}", failure.code, failure.message),
        }
        tokio::task::yield_now().await;
    }
}

/// Whatever is written from whatever region, and whichever replicas come and go meanwhile, all
/// replicas and their indexes are the same at any moment that one looks.
#[tokio::test]
async fn replicas_are_equal_after_anything() {
    for seed in 1..=4 {
        let cloud = global(&[OHIO]).await;
        let mut numbers = Numbers(seed);
        let mut regions = vec![HOME, OHIO];
        for round in 0..40 {
            for _ in 0..8 {
                let region = regions[numbers.below(regions.len() as u64) as usize];
                write_anything(&at(&cloud, region), &mut numbers, 12).await;
            }
            match round % 10 {
                3 if !regions.contains(&IRELAND) => {
                    ok(&at(&cloud, HOME), "UpdateTable", create(IRELAND)).await;
                    write_anything(&at(&cloud, OHIO), &mut numbers, 12).await;
                    wait(&cloud, HOME).await;
                    regions.push(IRELAND);
                }
                8 if regions.contains(&IRELAND) => {
                    ok(&at(&cloud, HOME), "UpdateTable", delete(IRELAND)).await;
                    regions.pop();
                }
                _ => {}
            }
            same(&cloud, &regions).await;
        }
    }
}

/// Several writers go on in all regions while a replica is made of a table with many items.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writes_go_on_while_a_replica_is_made() {
    for seed in 1..=3 {
        let cloud = global(&[OHIO]).await;
        for chunk in 0..40 {
            let requests: Vec<Value> = (0..25)
                .map(|at| json!({"PutRequest": {"Item": song(&format!("i{}", chunk * 25 + at), "rock", 0)}}))
                .collect();
            let batch = json!({"RequestItems": {"music": requests}});
            ok(&at(&cloud, HOME), "BatchWriteItem", batch).await;
        }
        let writer = async |number: u64, region: &'static str| {
            let mut numbers = Numbers(seed * 100 + number);
            for _ in 0..120 {
                write_anything(&at(&cloud, region), &mut numbers, 1000).await;
                tokio::task::yield_now().await;
            }
        };
        let maker = async {
            tokio::task::yield_now().await;
            ok(&at(&cloud, OHIO), "UpdateTable", create(IRELAND)).await;
            wait(&cloud, OHIO).await;
        };
        tokio::join!(writer(1, HOME), writer(2, OHIO), writer(3, HOME), writer(4, OHIO), maker);
        assert!(same(&cloud, &[HOME, OHIO, IRELAND]).await.len() > 500);
    }
}

async fn legacy_cloud() -> Cloud {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let mut table = music();
    table["StreamSpecification"] =
        json!({"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"});
    for region in [HOME, OHIO, IRELAND] {
        ok(&at(&cloud, region), "CreateTable", table.clone()).await;
    }
    ok(&at(&cloud, OREGON), "CreateTable", music()).await;
    cloud
}

fn legacy(regions: &[&str]) -> Value {
    let regions: Vec<Value> = regions.iter().map(|name| json!({"RegionName": name})).collect();
    json!({"GlobalTableName": "music", "ReplicationGroup": regions})
}

#[tokio::test]
async fn version_2017_joins_tables() {
    let cloud = legacy_cloud().await;
    let home = at(&cloud, HOME);
    let by_name = || json!({"GlobalTableName": "music"});
    let missing = refused(&home, "DescribeGlobalTable", by_name()).await;
    assert!(missing.starts_with("GlobalTableNotFoundException"), "{missing}");
    let none = refused(&home, "CreateGlobalTable", legacy(&[HOME, "eu-west-2"])).await;
    assert!(none.starts_with("TableNotFoundException"), "{none}");
    let none = refused(&home, "CreateGlobalTable", legacy(&[HOME, OREGON])).await;
    assert!(none.contains("must have a stream"), "{none}");
    put(&home, "a", "rock", 1).await;
    let full = refused(&home, "CreateGlobalTable", legacy(&[HOME, OHIO])).await;
    assert!(full.contains("is not empty"), "{full}");
    ok(&home, "DeleteItem", json!({"Key": {"id": {"S": "a"}}})).await;
    let made = ok(&home, "CreateGlobalTable", legacy(&[HOME, OHIO])).await;
    let description = &made["GlobalTableDescription"];
    assert_eq!(description["GlobalTableStatus"], "CREATING");
    let arn = "arn:aws:dynamodb::000000000000:global-table/music";
    assert_eq!(description["GlobalTableArn"], arn);
    put(&home, "b", "rock", 1).await;
    put(&at(&cloud, OHIO), "c", "jazz", 1).await;
    let ready = async || {
        cloud.clock().advance(Duration::from_secs(1));
        let found = ok(&home, "DescribeGlobalTable", by_name()).await;
        (found["GlobalTableDescription"]["GlobalTableStatus"] == "ACTIVE").then_some(())
    };
    cloud.eventually(ready).await;
    assert_eq!(same(&cloud, &[HOME, OHIO]).await.len(), 2);
    assert_eq!(table(&cloud, HOME).await["GlobalTableVersion"], "2017.11.29");
    let again = refused(&home, "CreateGlobalTable", legacy(&[HOME, OHIO])).await;
    assert!(again.starts_with("GlobalTableAlreadyExistsException"), "{again}");

    let update = |kind: &str, region: &str| json!({"GlobalTableName": "music", "ReplicaUpdates": [{kind: {"RegionName": region}}]});
    let twice = refused(&home, "UpdateGlobalTable", update("Create", OHIO)).await;
    assert!(twice.starts_with("ReplicaAlreadyExistsException"), "{twice}");
    let stranger = refused(&home, "UpdateGlobalTable", update("Delete", IRELAND)).await;
    assert!(stranger.starts_with("ReplicaNotFoundException"), "{stranger}");
    let full = refused(&home, "UpdateGlobalTable", update("Create", IRELAND)).await;
    assert!(full.contains("is not empty"), "{full}");
    for id in ["b", "c"] {
        ok(&home, "DeleteItem", json!({"Key": {"id": {"S": id}}})).await;
    }
    ok(&home, "UpdateGlobalTable", update("Create", IRELAND)).await;
    put(&at(&cloud, IRELAND), "d", "rock", 1).await;
    cloud.eventually(ready).await;
    assert_eq!(same(&cloud, &[HOME, OHIO, IRELAND]).await.len(), 1);
    // What leaves is a table of its own.
    ok(&home, "UpdateGlobalTable", update("Delete", IRELAND)).await;
    put(&home, "e", "rock", 1).await;
    assert_eq!(all(&at(&cloud, IRELAND), None).await.len(), 1);
    assert_eq!(same(&cloud, &[HOME, OHIO]).await.len(), 2);
    let listed = ok(&home, "ListGlobalTables", json!({"RegionName": OHIO})).await;
    let wanted = json!([{
        "GlobalTableName": "music",
        "ReplicationGroup": [{"RegionName": HOME}, {"RegionName": OHIO}],
    }]);
    assert_eq!(listed["GlobalTables"], wanted);
    let listed = ok(&home, "ListGlobalTables", json!({"RegionName": IRELAND})).await;
    assert_eq!(listed["GlobalTables"], json!([]));
}

#[tokio::test]
async fn version_2017_has_settings() {
    let cloud = legacy_cloud().await;
    let home = at(&cloud, HOME);
    ok(&home, "CreateGlobalTable", legacy(&[HOME, OHIO])).await;
    let replicas = [HOME, OHIO].map(|region| {
        json!({
            "RegionName": region, "ReplicaProvisionedReadCapacityUnits": region.len(),
            "ReplicaGlobalSecondaryIndexSettingsUpdate": [
                {"IndexName": "by-genre", "ProvisionedReadCapacityUnits": 2},
            ],
        })
    });
    let input = json!({
        "GlobalTableName": "music", "GlobalTableBillingMode": "PROVISIONED",
        "GlobalTableProvisionedWriteCapacityUnits": 7,
        "GlobalTableGlobalSecondaryIndexSettingsUpdate": [
            {"IndexName": "by-genre", "ProvisionedWriteCapacityUnits": 3},
        ],
        "ReplicaSettingsUpdate": replicas,
    });
    ok(&home, "UpdateGlobalTableSettings", input.clone()).await;
    let by_name = json!({"GlobalTableName": "music"});
    let settings = ok(&home, "DescribeGlobalTableSettings", by_name).await;
    for replica in settings["ReplicaSettings"].as_array().unwrap() {
        assert_eq!(replica["ReplicaProvisionedWriteCapacityUnits"], 7);
        assert_eq!(replica["ReplicaProvisionedReadCapacityUnits"], 9);
        let index = &replica["ReplicaGlobalSecondaryIndexSettings"][0];
        assert_eq!(index["ProvisionedWriteCapacityUnits"], 3);
    }
    let mut wrong = input.clone();
    wrong["ReplicaSettingsUpdate"][1]["RegionName"] = IRELAND.into();
    let stranger = refused(&home, "UpdateGlobalTableSettings", wrong).await;
    assert!(stranger.starts_with("ReplicaNotFoundException"), "{stranger}");
    let mut wrong = input;
    wrong["GlobalTableGlobalSecondaryIndexSettingsUpdate"][0]["IndexName"] = "by-nothing".into();
    let missing = refused(&home, "UpdateGlobalTableSettings", wrong).await;
    assert!(missing.starts_with("IndexNotFoundException"), "{missing}");
}
