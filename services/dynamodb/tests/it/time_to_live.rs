//! Time to live through the API: switched on and off, and items that really go.

use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Client, Cloud};

async fn ok(client: &Client<'_>, operation: &'static str, mut input: Value) -> Value {
    input["TableName"] = "sessions".into();
    client.call("dynamodb", operation, input).await.unwrap()
}

async fn cloud() -> Cloud {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let table = json!({
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "user", "AttributeType": "S"},
        ],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-user",
            "KeySchema": [{"AttributeName": "user", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }],
    });
    ok(&cloud.admin(), "CreateTable", table).await;
    cloud
}

fn specification(enabled: bool, attribute: &str) -> Value {
    json!({"TimeToLiveSpecification": {"Enabled": enabled, "AttributeName": attribute}})
}

async fn put(client: &Client<'_>, id: &str, ends: Value) {
    let item = json!({"id": {"S": id}, "user": {"S": "ann"}, "ends": ends});
    ok(client, "PutItem", json!({"Item": item})).await;
}

async fn ids(client: &Client<'_>, input: Value) -> Vec<String> {
    let page = ok(client, "Scan", input).await;
    let id = |item: &Value| item["id"]["S"].as_str().unwrap().to_owned();
    let mut ids: Vec<String> = page["Items"].as_array().unwrap().iter().map(id).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn items_go_when_their_time_has_come() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let now = cloud.clock().now().as_secs();
    let at = |second: i64| json!({"N": (now + second).to_string()});
    // Before it is switched on, and after.
    put(&admin, "old", at(-10)).await;
    put(&admin, "ancient", at(-6 * 365 * 24 * 3600)).await;
    ok(&admin, "UpdateTimeToLive", specification(true, "ends")).await;
    put(&admin, "soon", at(100)).await;
    put(&admin, "later", at(10_000)).await;
    put(&admin, "text", json!({"S": "1"})).await;
    put(&admin, "moved", at(100)).await;
    let longer = json!({
        "Key": {"id": {"S": "moved"}}, "UpdateExpression": "SET ends = :e",
        "ExpressionAttributeValues": {":e": at(10_000)},
    });
    ok(&admin, "UpdateItem", longer).await;
    for _ in 0..5 {
        cloud.clock().advance(Duration::from_secs(60));
        tokio::task::yield_now().await;
    }
    let left = ["ancient", "later", "moved", "text"];
    cloud
        .eventually(async || {
            cloud.clock().advance(Duration::from_secs(60));
            (ids(&admin, json!({})).await == left).then_some(())
        })
        .await;
    assert_eq!(ids(&admin, json!({"IndexName": "by-user"})).await, left);
}

#[tokio::test]
async fn it_is_switched_on_and_off() {
    let cloud = cloud().await;
    let admin = cloud.admin();
    let refused = async |enabled: bool, attribute: &str| {
        let mut input = specification(enabled, attribute);
        input["TableName"] = "sessions".into();
        admin.call("dynamodb", "UpdateTimeToLive", input).await.unwrap_err().message
    };
    assert_eq!(refused(false, "ends").await, "TimeToLive is already disabled");
    let on = ok(&admin, "UpdateTimeToLive", specification(true, "ends")).await;
    assert_eq!(on, specification(true, "ends"));
    assert_eq!(refused(true, "ends").await, "TimeToLive is already enabled");
    assert_eq!(
        refused(true, "other").await,
        "TimeToLive is active on a different AttributeName: current AttributeName is ends"
    );
    let told = ok(&admin, "DescribeTimeToLive", json!({})).await;
    let wanted = json!({"TimeToLiveStatus": "ENABLED", "AttributeName": "ends"});
    assert_eq!(told["TimeToLiveDescription"], wanted);
    ok(&admin, "UpdateTimeToLive", specification(false, "ends")).await;
    let now = cloud.clock().now().as_secs();
    put(&admin, "stays", json!({"N": (now - 1).to_string()})).await;
    let told = ok(&admin, "DescribeTimeToLive", json!({})).await;
    assert_eq!(told["TimeToLiveDescription"], json!({"TimeToLiveStatus": "DISABLED"}));
    cloud.clock().advance(Duration::from_secs(600));
    assert_eq!(ids(&admin, json!({})).await, ["stays"]);
}

/// Items are given more time just as others like them are taken away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_given_more_time_in_time_stays() {
    const ITEMS: u64 = 8;
    let cloud = cloud().await;
    let admin = cloud.admin();
    ok(&admin, "UpdateTimeToLive", specification(true, "ends")).await;
    let random = service_kit::entropy::Entropy::seeded(7);
    let mut ends = [0_i64; ITEMS as usize];
    for _ in 0..60 {
        for (item, end) in ends.iter_mut().enumerate() {
            let now = cloud.clock().now().as_secs();
            let span = [-100, 10, 70, 500][random.below(4) as usize];
            // Some are prolonged as they are, whether still there or not.
            let more = json!({
                "Key": {"id": {"S": item.to_string()}},
                "UpdateExpression": "SET ends = :e, #u = :u",
                "ExpressionAttributeNames": {"#u": "user"},
                "ExpressionAttributeValues": {
                    ":e": {"N": (now + span).to_string()}, ":u": {"S": "ann"},
                },
            });
            if random.below(2) == 0 {
                ok(&admin, "UpdateItem", more).await;
                *end = now + span;
            }
        }
        cloud.clock().advance(Duration::from_secs(random.below(40)));
        tokio::task::yield_now().await;
        let now = cloud.clock().now().as_secs();
        let (there, listed) =
            (ids(&admin, json!({})).await, ids(&admin, json!({"IndexName": "by-user"})).await);
        for (item, end) in ends.iter().enumerate().filter(|(_, end)| **end >= now) {
            let id = item.to_string();
            assert!(there.contains(&id) && listed.contains(&id), "{id} ends at {end}, not {now}");
        }
    }
    cloud
        .eventually(async || {
            cloud.clock().advance(Duration::from_secs(60));
            ids(&admin, json!({})).await.is_empty().then_some(())
        })
        .await;
    assert!(ids(&admin, json!({"IndexName": "by-user"})).await.is_empty());
}
