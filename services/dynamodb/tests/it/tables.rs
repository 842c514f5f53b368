//! Tables through the API: made, described, changed, tagged, listed, deleted.

use crate::support::{ok, refused};
use serde_json::{Value, json};
use testkit::Cloud;

fn music(name: &str) -> Value {
    json!({
        "TableName": name,
        "AttributeDefinitions": [
            {"AttributeName": "artist", "AttributeType": "S"},
            {"AttributeName": "year", "AttributeType": "N"},
        ],
        "KeySchema": [
            {"AttributeName": "artist", "KeyType": "HASH"},
            {"AttributeName": "year", "KeyType": "RANGE"},
        ],
        "BillingMode": "PAY_PER_REQUEST",
    })
}

#[tokio::test]
async fn a_table_is_made_described_and_deleted() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let admin = cloud.admin();
    let made = ok(&admin, "CreateTable", music("music")).await;
    let made = &made["TableDescription"];
    assert_eq!(made["TableStatus"], "CREATING");
    assert_eq!(made["TableArn"], "arn:aws:dynamodb:us-east-1:000000000000:table/music");
    assert_eq!(made["ItemCount"], 0);

    let again = refused(&admin, "CreateTable", music("music")).await;
    assert_eq!(again, ("ResourceInUseException".into(), "Table already exists: music".into()));

    let there = ok(&admin, "DescribeTable", json!({"TableName": made["TableArn"]})).await;
    let there = &there["Table"];
    assert_eq!((&there["TableStatus"], &there["TableId"]), (&json!("ACTIVE"), &made["TableId"]));
    assert_eq!(there["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!(there["KeySchema"][1], json!({"AttributeName": "year", "KeyType": "RANGE"}));

    let gone = ok(&admin, "DeleteTable", json!({"TableName": "music"})).await;
    assert_eq!(gone["TableDescription"]["TableStatus"], "DELETING");
    let missing = refused(&admin, "DescribeTable", json!({"TableName": "music"})).await;
    let text = "Requested resource not found: Table: music not found";
    assert_eq!(missing, ("ResourceNotFoundException".into(), text.into()));
}

#[tokio::test]
async fn a_table_made_anew_is_empty_and_the_old_rows_go() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let admin = cloud.admin();
    let count = async || {
        let described = ok(&admin, "DescribeTable", json!({"TableName": "music"})).await;
        described["Table"]["ItemCount"].clone()
    };
    ok(&admin, "CreateTable", music("music")).await;
    let item = json!({"artist": {"S": "a"}, "year": {"N": "1"}});
    ok(&admin, "PutItem", json!({"TableName": "music", "Item": item})).await;
    assert_eq!(count().await, 1);
    ok(&admin, "DeleteTable", json!({"TableName": "music"})).await;
    let put = json!({"TableName": "music", "Item": item});
    let missing = refused(&admin, "PutItem", put).await;
    assert_eq!(missing.1, "Requested resource not found");
    ok(&admin, "CreateTable", music("music")).await;
    assert_eq!(count().await, 0);
    cloud.clock().advance(std::time::Duration::from_secs(60));
    let rows = || {
        let mut rows = 0;
        cloud
            .context()
            .read(|tx| {
                let all: (&[u8], Option<&[u8]>) = (&[], None);
                tx.visit_bytes(
                    "dynamodb.item",
                    (),
                    all,
                    service_kit::tx::Order::Ascending,
                    |_, _| {
                        rows += 1;
                        std::ops::ControlFlow::Continue(())
                    },
                )
            })
            .unwrap();
        rows
    };
    cloud.eventually(async || (rows() == 0).then_some(())).await;
}

#[tokio::test]
async fn throughput_and_protection_change() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let admin = cloud.admin();
    let mut table = music("music");
    table["BillingMode"] = "PROVISIONED".into();
    let bare = refused(&admin, "CreateTable", table.clone()).await;
    assert!(bare.1.ends_with("must both be specified when BillingMode is PROVISIONED"), "{bare:?}");
    table["ProvisionedThroughput"] = json!({"ReadCapacityUnits": 5, "WriteCapacityUnits": 5});
    table["DeletionProtectionEnabled"] = true.into();
    ok(&admin, "CreateTable", table.clone()).await;

    let same =
        json!({"TableName": "music", "ProvisionedThroughput": table["ProvisionedThroughput"]});
    let same = refused(&admin, "UpdateTable", same).await;
    assert!(same.1.starts_with("The provisioned throughput for the table will not change."));

    let protected = refused(&admin, "DeleteTable", json!({"TableName": "music"})).await;
    assert!(protected.1.starts_with("Resource cannot be deleted"), "{protected:?}");

    let mut other = table["AttributeDefinitions"].clone();
    other[1]["AttributeType"] = "S".into();
    let other = json!({
        "TableName": "music", "AttributeDefinitions": other, "DeletionProtectionEnabled": true,
    });
    let other = refused(&admin, "UpdateTable", other).await;
    assert!(other.1.contains("Attributes cannot be redefined."), "{other:?}");

    let off = json!({"TableName": "music", "DeletionProtectionEnabled": false});
    ok(&admin, "UpdateTable", off).await;
    let change = json!({
        "AttributeDefinitions": table["AttributeDefinitions"],
        "TableName": "music", "BillingMode": "PAY_PER_REQUEST",
    });
    let changed = ok(&admin, "UpdateTable", change).await;
    assert_eq!(changed["TableDescription"]["ProvisionedThroughput"]["ReadCapacityUnits"], 0);
    ok(&admin, "DeleteTable", json!({"TableName": "music"})).await;
}

#[tokio::test]
async fn keys_that_make_no_sense_are_refused() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let admin = cloud.admin();
    let mut undefined = music("music");
    undefined["AttributeDefinitions"][1]["AttributeName"] = "other".into();
    let found = refused(&admin, "CreateTable", undefined).await;
    assert_eq!(
        found.1,
        "One or more parameter values were invalid: Some index key attributes are not defined in \
         AttributeDefinitions. Keys: [artist, year], AttributeDefinitions: [artist, other]"
    );
    let mut twice = music("music");
    twice["KeySchema"][1]["AttributeName"] = "artist".into();
    let found = refused(&admin, "CreateTable", twice).await;
    let text = "Both the Hash Key and the Range Key element in the KeySchema have the same name";
    assert_eq!(found.1, text);
    let found = refused(&admin, "CreateTable", music("a b c")).await;
    let text = "1 validation error detected: Value 'a b c' at 'tableName' failed to satisfy \
                constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+";
    assert_eq!(found.1, text);
}

#[tokio::test]
async fn names_are_listed_by_pages_and_tags_are_kept() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let admin = cloud.admin();
    for name in ["ccc", "aaa", "bbb"] {
        ok(&admin, "CreateTable", music(name)).await;
    }
    let first = ok(&admin, "ListTables", json!({"Limit": 2})).await;
    assert_eq!(first["TableNames"], json!(["aaa", "bbb"]));
    let start = &first["LastEvaluatedTableName"];
    let rest = ok(&admin, "ListTables", json!({"ExclusiveStartTableName": start})).await;
    assert_eq!(rest, json!({"TableNames": ["ccc"]}));

    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/aaa";
    let tags = json!([{"Key": "team", "Value": "red"}, {"Key": "tier", "Value": "1"}]);
    ok(&admin, "TagResource", json!({"ResourceArn": arn, "Tags": tags})).await;
    ok(&admin, "UntagResource", json!({"ResourceArn": arn, "TagKeys": ["tier"]})).await;
    let kept = ok(&admin, "ListTagsOfResource", json!({"ResourceArn": arn})).await;
    assert_eq!(kept, json!({"Tags": [{"Key": "team", "Value": "red"}]}));
    let many: Vec<Value> = (10..30).map(|n| json!({"Key": n.to_string(), "Value": "x"})).collect();
    ok(&admin, "TagResource", json!({"ResourceArn": arn, "Tags": many})).await;
    let all = ok(&admin, "ListTagsOfResource", json!({"ResourceArn": arn})).await;
    assert_eq!((all["Tags"].as_array().unwrap().len(), all.get("NextToken")), (21, None));
    // A token is the last key of the page before, in base64: here "29".
    let rest = json!({"ResourceArn": arn, "NextToken": "Mjk="});
    let rest = ok(&admin, "ListTagsOfResource", rest).await;
    assert_eq!(rest, json!({"Tags": [{"Key": "team", "Value": "red"}]}));

    let ttl = ok(&admin, "DescribeTimeToLive", json!({"TableName": "aaa"})).await;
    assert_eq!(ttl["TimeToLiveDescription"]["TimeToLiveStatus"], "DISABLED");
    let backups = ok(&admin, "DescribeContinuousBackups", json!({"TableName": "aaa"})).await;
    let backups = &backups["ContinuousBackupsDescription"];
    assert_eq!(backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"], "DISABLED");
}

#[tokio::test]
async fn capacity_has_its_quotas() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let admin = cloud.admin();
    let table = |name: &str, read: u64| {
        json!({
            "TableName": name,
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "ProvisionedThroughput": {"ReadCapacityUnits": read, "WriteCapacityUnits": 5},
        })
    };
    let failure = admin.call("dynamodb", "CreateTable", table("one", 40_001)).await.unwrap_err();
    assert_eq!(failure.code, "LimitExceededException");
    assert_eq!(
        failure.message,
        "The requested ReadCapacityUnits, 40001, is above the per table maximum for the account in \
         us-east-1. Per table maximum: 40000. Refer to the Amazon DynamoDB Developer Guide for \
         current limits and how to request higher limits."
    );
    for name in ["one", "two"] {
        admin.call("dynamodb", "CreateTable", table(name, 40_000)).await.unwrap();
    }
    let failure = admin.call("dynamodb", "CreateTable", table("three", 1)).await.unwrap_err();
    assert_eq!(failure.code, "LimitExceededException");
    assert!(failure.message.starts_with(
        "This request would have caused the ReadCapacityUnits limit to be exceeded for the account \
         in us-east-1. Current ReadCapacityUnits reserved by the account: 80000. Limit: 80000. \
         Requested: 1."
    ));
    let elsewhere = cloud.admin().in_region("eu-west-1");
    elsewhere.call("dynamodb", "CreateTable", table("three", 1)).await.unwrap();
    let change = |read: u64, write: u64| {
        let units = json!({"ReadCapacityUnits": read, "WriteCapacityUnits": write});
        let input = json!({"TableName": "one", "ProvisionedThroughput": units});
        admin.call("dynamodb", "UpdateTable", input)
    };
    for read in [9, 8, 7, 6] {
        change(read, 5).await.unwrap();
    }
    let failure = change(5, 5).await.unwrap_err();
    assert_eq!(failure.code, "LimitExceededException");
    assert!(failure.message.contains("Number of decreases today: 4."), "{}", failure.message);
    change(5, 6).await.unwrap_err();
    change(7, 6).await.unwrap();
    let describe = async || {
        let input = json!({"TableName": "one"});
        let table = admin.call("dynamodb", "DescribeTable", input).await.unwrap();
        table["Table"]["ProvisionedThroughput"]["NumberOfDecreasesToday"].clone()
    };
    assert_eq!(describe().await, 4);
    cloud.clock().advance(std::time::Duration::from_secs(3600));
    change(5, 5).await.unwrap();
    assert_eq!(describe().await, 5);
    cloud.clock().advance(std::time::Duration::from_secs(24 * 3600));
    assert_eq!(describe().await, 0);
}
