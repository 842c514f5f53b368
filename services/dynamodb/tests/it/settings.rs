//! A table's settings: classes, on-demand maximums, warm throughput, through the API.

use crate::support::{ok, refused};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Client, Cloud};

async fn invalid(client: &Client<'_>, operation: &'static str, input: Value, message: &str) {
    let (code, said) = refused(client, operation, input).await;
    let said = said.strip_prefix("One or more parameter values were invalid: ").unwrap_or(&said);
    assert_eq!((code.as_str(), said), ("ValidationException", message));
}

/// A table with one global index, paid by request, with what `more` adds.
fn table(more: &Value) -> Value {
    let mut input = json!({
        "TableName": "jobs",
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "owner", "AttributeType": "S"},
        ],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [index(&json!({}))],
    });
    merge(&mut input, more);
    input
}

fn index(more: &Value) -> Value {
    let mut index = json!({
        "IndexName": "by-owner",
        "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    });
    merge(&mut index, more);
    index
}

fn merge(into: &mut Value, more: &Value) {
    for (name, value) in more.as_object().unwrap() {
        into[name] = value.clone();
    }
}

/// A table with reserved capacity.
fn reserved() -> Value {
    let units = json!({"ReadCapacityUnits": 5, "WriteCapacityUnits": 6});
    table(&json!({
        "BillingMode": "PROVISIONED",
        "ProvisionedThroughput": units,
        "GlobalSecondaryIndexes": [index(&json!({"ProvisionedThroughput": units}))],
    }))
}

async fn update(client: &Client<'_>, change: Value) -> Value {
    let mut input = json!({"TableName": "jobs"});
    merge(&mut input, &change);
    ok(client, "UpdateTable", input).await["TableDescription"].clone()
}

async fn cannot(client: &Client<'_>, change: Value, message: &str) {
    let mut input = json!({"TableName": "jobs"});
    merge(&mut input, &change);
    invalid(client, "UpdateTable", input, message).await;
}

async fn described(client: &Client<'_>) -> Value {
    ok(client, "DescribeTable", json!({"TableName": "jobs"})).await["Table"].clone()
}

fn of_index(change: &Value) -> Value {
    let mut action = json!({"IndexName": "by-owner"});
    merge(&mut action, change);
    json!({"GlobalSecondaryIndexUpdates": [{"Update": action}]})
}

#[tokio::test]
async fn on_demand_maximums_are_set_one_by_one_and_taken_away() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let admin = cloud.admin();
    let maximum = json!({"MaxReadRequestUnits": 100});
    ok(&admin, "CreateTable", table(&json!({"OnDemandThroughput": maximum}))).await;
    let there = described(&admin).await;
    assert_eq!(there["OnDemandThroughput"], maximum);
    assert!(there["GlobalSecondaryIndexes"][0].get("OnDemandThroughput").is_none());

    let both = json!({"MaxReadRequestUnits": 100, "MaxWriteRequestUnits": 7});
    let change = json!({"OnDemandThroughput": {"MaxWriteRequestUnits": 7}});
    let answer = update(&admin, change).await;
    assert_eq!((&answer["OnDemandThroughput"], &answer["TableStatus"]), (&both, &json!("ACTIVE")));
    assert_eq!(described(&admin).await["OnDemandThroughput"], both);

    let answer = update(&admin, json!({"OnDemandThroughput": {"MaxReadRequestUnits": -1}})).await;
    let told = json!({"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": 7});
    assert_eq!(answer["OnDemandThroughput"], told);
    let rest = json!({"MaxWriteRequestUnits": 7});
    assert_eq!(described(&admin).await["OnDemandThroughput"], rest);
    update(&admin, json!({"OnDemandThroughput": {"MaxWriteRequestUnits": -1}})).await;
    assert!(described(&admin).await.get("OnDemandThroughput").is_none());

    update(&admin, of_index(&json!({"OnDemandThroughput": both}))).await;
    let there = described(&admin).await;
    assert_eq!(there["GlobalSecondaryIndexes"][0]["OnDemandThroughput"], both);
}

#[tokio::test]
async fn on_demand_maximums_have_their_rules() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let admin = cloud.admin();
    for units in [0, -1, -2] {
        let maximum = json!({"OnDemandThroughput": {"MaxWriteRequestUnits": units}});
        let text = "Requested MaxWriteRequestUnits for OnDemandThroughput for table is outside of \
                    valid range";
        invalid(&admin, "CreateTable", table(&maximum), text).await;
        let with_index = table(&json!({"GlobalSecondaryIndexes": [index(&maximum)]}));
        let text = "Requested MaxWriteRequestUnits for OnDemandThroughput for index : by-owner is \
                    outside of valid range";
        invalid(&admin, "CreateTable", with_index, text).await;
    }
    let mut with_capacity = reserved();
    merge(&mut with_capacity, &json!({"OnDemandThroughput": {"MaxReadRequestUnits": 0}}));
    let text = "MaxReadRequestUnits for OnDemandThroughput cannot be specified when table \
                BillingMode is PROVISIONED.";
    invalid(&admin, "CreateTable", with_capacity, text).await;

    ok(&admin, "CreateTable", table(&json!({}))).await;
    let much = json!({"TableName": "jobs", "OnDemandThroughput": {"MaxReadRequestUnits": 40_001}});
    let (code, message) = refused(&admin, "UpdateTable", much).await;
    assert_eq!(code, "LimitExceededException");
    assert!(message.ends_with("TableMaxReadCapacityUnits of the account in region us-east-1"));
    cannot(&admin, json!({"OnDemandThroughput": {}}), NOTHING).await;

    // With reserved capacity there is nothing to limit, and what was set is forgotten.
    let maximum = json!({"MaxReadRequestUnits": 9});
    update(&admin, json!({"OnDemandThroughput": maximum})).await;
    update(&admin, of_index(&json!({"OnDemandThroughput": maximum}))).await;
    let units = json!({"ReadCapacityUnits": 1, "WriteCapacityUnits": 1});
    let mut change = of_index(&json!({"ProvisionedThroughput": units}));
    merge(&mut change, &json!({"BillingMode": "PROVISIONED", "ProvisionedThroughput": units}));
    update(&admin, change).await;
    let there = described(&admin).await;
    assert!(there.get("OnDemandThroughput").is_none());
    assert!(there["GlobalSecondaryIndexes"][0].get("OnDemandThroughput").is_none());
    let text = "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table \
                BillingMode is PROVISIONED";
    cannot(&admin, json!({"OnDemandThroughput": maximum}), text).await;

    // Both may come in one request.
    let change = json!({"BillingMode": "PAY_PER_REQUEST", "OnDemandThroughput": maximum});
    assert_eq!(update(&admin, change).await["OnDemandThroughput"], maximum);
}

const NOTHING: &str = "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, \
    GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, \
    ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, \
    WarmThroughput or TableClass is required";

fn warm(read: u64, write: u64) -> Value {
    json!({"ReadUnitsPerSecond": read, "WriteUnitsPerSecond": write, "Status": "ACTIVE"})
}

#[tokio::test]
async fn warm_throughput_only_rises() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let admin = cloud.admin();
    let made = ok(&admin, "CreateTable", table(&json!({}))).await;
    assert!(made["TableDescription"].get("WarmThroughput").is_none(), "not told yet");
    let there = described(&admin).await;
    assert_eq!(there["WarmThroughput"], warm(12_000, 4_000));
    assert_eq!(there["GlobalSecondaryIndexes"][0]["WarmThroughput"], warm(12_000, 4_000));

    let answer = update(&admin, json!({"WarmThroughput": {"ReadUnitsPerSecond": 13_000}})).await;
    let mut during = warm(12_000, 4_000);
    merge(&mut during, &json!({"Status": "UPDATING"}));
    assert_eq!((&answer["WarmThroughput"], &answer["TableStatus"]), (&during, &json!("ACTIVE")));
    assert_eq!(described(&admin).await["WarmThroughput"], warm(13_000, 4_000));
    let text = "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than current \
                WarmThroughput, decreasing WarmThroughput is not supported";
    cannot(&admin, json!({"WarmThroughput": {"ReadUnitsPerSecond": 12_999}}), text).await;

    let units =
        json!({"WarmThroughput": {"ReadUnitsPerSecond": 12_001, "WriteUnitsPerSecond": 4_001}});
    update(&admin, of_index(&units)).await;
    let there = described(&admin).await;
    assert_eq!(there["GlobalSecondaryIndexes"][0]["WarmThroughput"], warm(12_001, 4_001));
    let text = "Requested WriteUnitsPerSecond for WarmThroughput for index by-owner is lower than \
                current WarmThroughput, decreasing WarmThroughput is not supported";
    cannot(&admin, of_index(&json!({"WarmThroughput": {"WriteUnitsPerSecond": 1}})), text).await;
}

#[tokio::test]
async fn warm_throughput_follows_what_is_reserved() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let admin = cloud.admin();
    let low = json!({"WarmThroughput": {"ReadUnitsPerSecond": 1, "WriteUnitsPerSecond": 1}});
    let text = "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than initial \
                throughput for OnDemand. See: https://docs.aws.amazon.com/amazondynamodb/latest/\
                developerguide/on-demand-capacity-mode.html#on-demand-capacity-mode-initial";
    invalid(&admin, "CreateTable", table(&low), text).await;
    let mut input = reserved();
    merge(&mut input, &low);
    let text = "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than \
                ReadCapacityUnits of ProvisionedThroughput";
    invalid(&admin, "CreateTable", input, text).await;

    let mut input = reserved();
    merge(&mut input, &json!({"WarmThroughput": {"WriteUnitsPerSecond": 50}}));
    let made = ok(&admin, "CreateTable", input).await;
    assert_eq!(made["TableDescription"]["WarmThroughput"]["Status"], "UPDATING");
    assert_eq!(described(&admin).await["WarmThroughput"], warm(5, 50));
    for (read, write, peak) in [(70, 60, warm(70, 60)), (1, 1, warm(70, 60))] {
        let units = json!({"ReadCapacityUnits": read, "WriteCapacityUnits": write});
        update(&admin, json!({"ProvisionedThroughput": units})).await;
        assert_eq!(described(&admin).await["WarmThroughput"], peak);
        update(&admin, of_index(&json!({"ProvisionedThroughput": units}))).await;
        let there = described(&admin).await;
        assert_eq!(there["GlobalSecondaryIndexes"][0]["WarmThroughput"], peak);
    }
    update(&admin, json!({"BillingMode": "PAY_PER_REQUEST"})).await;
    let there = described(&admin).await;
    assert_eq!(there["WarmThroughput"], warm(12_000, 4_000));
    assert_eq!(there["GlobalSecondaryIndexes"][0]["WarmThroughput"], warm(12_000, 4_000));
}

#[tokio::test]
async fn classes_change_twice_a_month() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let admin = cloud.admin();
    ok(&admin, "CreateTable", table(&json!({}))).await;
    update(&admin, json!({"TableClass": "STANDARD"})).await;
    assert!(described(&admin).await.get("TableClassSummary").is_none(), "it changes nothing");
    for class in ["STANDARD_INFREQUENT_ACCESS", "STANDARD"] {
        assert_eq!(update(&admin, json!({"TableClass": class})).await["TableStatus"], "UPDATING");
        let summary = described(&admin).await["TableClassSummary"].clone();
        assert_eq!(summary["TableClass"], class);
        assert!(summary["LastUpdateDateTime"].is_number());
    }
    let again = json!({"TableName": "jobs", "TableClass": "STANDARD_INFREQUENT_ACCESS"});
    let text = "Subscriber limit exceeded: Updates to TableClass are limited to 2 times in 30 \
                day(s).";
    let refusal = refused(&admin, "UpdateTable", again.clone()).await;
    assert_eq!(refusal, ("LimitExceededException".into(), text.into()));
    cloud.clock().advance(Duration::from_secs(30 * 24 * 3600));
    ok(&admin, "UpdateTable", again).await;
}

#[tokio::test]
async fn one_request_changes_one_thing() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let admin = cloud.admin();
    ok(&admin, "CreateTable", table(&json!({}))).await;
    cannot(&admin, json!({"GlobalSecondaryIndexUpdates": []}), NOTHING).await;
    let class = json!({"TableClass": "STANDARD", "DeletionProtectionEnabled": true});
    let text = "TableClass modification must be the only operation in the request";
    cannot(&admin, class, text).await;
    let protection = json!({"DeletionProtectionEnabled": true, "BillingMode": "PAY_PER_REQUEST"});
    let text = "DeletionProtection modification must be the only operation in the request";
    cannot(&admin, protection, text).await;
    let mut both = of_index(&json!({"OnDemandThroughput": {"MaxReadRequestUnits": 1}}));
    merge(&mut both, &json!({"OnDemandThroughput": {"MaxReadRequestUnits": 1}}));
    let text = "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request";
    cannot(&admin, both, text).await;
    let nothing = of_index(&json!({}));
    let text = "The only Updates for index: by-owner when TableThroughputMode is PAY_PER_REQUEST \
                can be to OnDemandThroughput, WarmThroughput";
    cannot(&admin, nothing, text).await;
}
