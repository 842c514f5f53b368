//! Auto scaling through the API: settings, and capacity that follows what is consumed.

use serde_json::{Value, json};
use shape::Failure;
use std::time::Duration;
use testkit::{Client, Cloud};

async fn cloud(mode: Value) -> Cloud {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let definition = |name: &str| json!({"AttributeName": name, "AttributeType": "S"});
    let mut table = json!({
        "TableName": "music",
        "AttributeDefinitions": [definition("id"), definition("genre")],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-genre", "Projection": {"ProjectionType": "KEYS_ONLY"},
            "KeySchema": [{"AttributeName": "genre", "KeyType": "HASH"}],
        }],
    });
    if mode.is_object() {
        table["ProvisionedThroughput"] = mode.clone();
        table["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"] = mode;
    } else {
        table["BillingMode"] = mode;
    }
    cloud.admin().call("dynamodb", "CreateTable", table).await.unwrap();
    cloud
}

fn units(units: u64) -> Value {
    json!({"ReadCapacityUnits": units, "WriteCapacityUnits": units})
}

fn settings(minimum: u64, maximum: u64, target: f64) -> Value {
    json!({
        "MinimumUnits": minimum, "MaximumUnits": maximum,
        "ScalingPolicyUpdate": {
            "TargetTrackingScalingPolicyConfiguration": {"TargetValue": target},
        },
    })
}

async fn update(client: &Client<'_>, mut input: Value) -> Result<Value, Failure> {
    if input.get("TableName").is_none() {
        input["TableName"] = "music".into();
    }
    client.call("dynamodb", "UpdateTableReplicaAutoScaling", input).await
}

async fn reserved(client: &Client<'_>) -> Value {
    let input = json!({"TableName": "music"});
    client.call("dynamodb", "DescribeTable", input).await.unwrap()["Table"].clone()
}

#[tokio::test]
async fn settings_are_kept_and_told() {
    let cloud = cloud(units(10)).await;
    let admin = cloud.admin();
    let input = json!({"TableName": "music"});
    let none = json!({"AutoScalingDisabled": true, "ScalingPolicies": []});
    let describe = async || {
        let described = admin.call("dynamodb", "DescribeTableReplicaAutoScaling", input.clone());
        described.await.unwrap()["TableAutoScalingDescription"].clone()
    };
    let described = describe().await;
    let replica = &described["Replicas"][0];
    assert_eq!(replica["RegionName"], "us-east-1");
    assert_eq!(replica["ReplicaProvisionedReadCapacityAutoScalingSettings"], none);
    update(
        &admin,
        json!({
            "ProvisionedWriteCapacityAutoScalingUpdate": settings(5, 50, 70.0),
            "ReplicaUpdates": [{
                "RegionName": "us-east-1",
                "ReplicaGlobalSecondaryIndexUpdates": [{
                    "IndexName": "by-genre",
                    "ProvisionedReadCapacityAutoScalingUpdate": settings(1, 9, 50.0),
                }],
            }],
        }),
    )
    .await
    .unwrap();
    let described = describe().await;
    let replica = &described["Replicas"][0];
    assert_eq!(replica["ReplicaProvisionedReadCapacityAutoScalingSettings"], none);
    assert_eq!(
        replica["ReplicaProvisionedWriteCapacityAutoScalingSettings"],
        json!({
            "MinimumUnits": 5, "MaximumUnits": 50,
            "ScalingPolicies": [{
                "PolicyName": "DynamoDBWriteCapacityUtilization:table/music",
                "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70.0},
            }],
        })
    );
    let index = &replica["GlobalSecondaryIndexes"][0];
    assert_eq!(index["IndexName"], "by-genre");
    assert_eq!(index["ProvisionedReadCapacityAutoScalingSettings"]["MaximumUnits"], 9);
    assert_eq!(index["ProvisionedWriteCapacityAutoScalingSettings"], none);
    // The new most holds for what the index has reserved.
    cloud
        .eventually(async || {
            let table = reserved(&admin).await;
            let index = &table["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"];
            (index["ReadCapacityUnits"] == 9).then_some(())
        })
        .await;
    let off = json!({"ProvisionedWriteCapacityAutoScalingUpdate": {"AutoScalingDisabled": true}});
    let told = update(&admin, off).await.unwrap();
    let replica = &told["TableAutoScalingDescription"]["Replicas"][0];
    assert_eq!(replica["ReplicaProvisionedWriteCapacityAutoScalingSettings"], none);
}

#[tokio::test]
async fn settings_that_cannot_be_are_refused() {
    let cloud = cloud(units(10)).await;
    let admin = cloud.admin();
    let write = |settings| json!({"ProvisionedWriteCapacityAutoScalingUpdate": settings});
    let failed = "Failed to update settings for global table with name: \u{2018}music\u{2019}";
    for (input, code, message) in [
        (
            json!({"TableName": "none", "ProvisionedWriteCapacityAutoScalingUpdate": settings(1, 2, 50.0)}),
            "ResourceNotFoundException",
            "Global table with name: 'none' does not exist.".to_owned(),
        ),
        (
            write(json!({})),
            "ValidationException",
            format!(
                "{failed}: Parameters 'MaximumUnits', 'ScalingPolicyUpdate', 'MinimumUnits' are \
             required unless auto scaling is being disabled."
            ),
        ),
        (
            write(settings(3, 2, 50.0)),
            "ValidationException",
            "Maximum capacity cannot be less than minimum capacity".to_owned(),
        ),
        (
            write(settings(1, 2, 90.1)),
            "ValidationException",
            "For predefined metric type DynamoDBWriteCapacityUtilization, target value must be \
             between '10.0' and '90.0', but was '90.1'."
                .to_owned(),
        ),
        (
            json!({"ReplicaUpdates": [{"RegionName": "us-east-1"}]}),
            "ValidationException",
            format!(
                "{failed} because at least one update parameter must be specified for region: \
             \u{2018}us-east-1\u{2019}."
            ),
        ),
    ] {
        let failure = update(&admin, input).await.unwrap_err();
        assert_eq!((failure.code, failure.message), (code, message));
    }
    let elsewhere = json!({"ReplicaUpdates": [{"RegionName": "eu-west-1"}]});
    assert_eq!(update(&admin, elsewhere).await.unwrap_err().code, "ResourceNotFoundException");
    let index = json!({"GlobalSecondaryIndexUpdates": [{
        "IndexName": "none", "ProvisionedWriteCapacityAutoScalingUpdate": settings(1, 2, 50.0),
    }]});
    assert_eq!(update(&admin, index).await.unwrap_err().code, "ResourceNotFoundException");
}

#[tokio::test]
async fn tables_paid_by_request_do_not_scale() {
    let cloud = cloud("PAY_PER_REQUEST".into()).await;
    let admin = cloud.admin();
    let write = |settings| json!({"ProvisionedWriteCapacityAutoScalingUpdate": settings});
    let failure = update(&admin, write(settings(1, 2, 50.0))).await.unwrap_err();
    assert_eq!(failure.code, "ValidationException");
    update(&admin, write(json!({"AutoScalingDisabled": true}))).await.unwrap();
}

#[tokio::test]
async fn capacity_follows_what_is_consumed() {
    let cloud = cloud(units(10)).await;
    let admin = cloud.admin();
    let scaling = json!({"ProvisionedWriteCapacityAutoScalingUpdate": settings(5, 100, 50.0)});
    update(&admin, scaling).await.unwrap();
    let minute = async |kilobytes: usize| {
        let text = "x".repeat((kilobytes * 1024).saturating_sub(100));
        let item = json!({"id": {"S": "a"}, "text": {"S": text}});
        let put = json!({"TableName": "music", "Item": item});
        admin.call("dynamodb", "PutItem", put).await.unwrap();
        cloud.clock().advance(Duration::from_secs(60));
    };
    // Minutes like these go on until capacity has followed.
    let reaches = async |wanted: u64, kilobytes: usize| {
        cloud
            .eventually(async || {
                minute(kilobytes).await;
                let now = reserved(&admin).await["ProvisionedThroughput"].clone();
                (now["WriteCapacityUnits"] == wanted).then_some(now)
            })
            .await
    };
    // 360 units a minute are 6 a second, of which 12 are the double.
    let now = reaches(12, 360).await;
    assert_eq!(now["ReadCapacityUnits"], 10, "reads are not told to scale");
    let now = reaches(5, 1).await;
    assert_eq!(now["NumberOfDecreasesToday"], 1);
    // Deleted with the table, the settings end.
    admin.call("dynamodb", "DeleteTable", json!({"TableName": "music"})).await.unwrap();
    cloud.clock().advance(Duration::from_secs(60));
    let input = json!({"TableName": "music"});
    let gone = admin.call("dynamodb", "DescribeTableReplicaAutoScaling", input).await.unwrap_err();
    assert_eq!(gone.code, "ResourceNotFoundException");
}
