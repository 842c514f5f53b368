//! What single requests cost in process: signature, decision, operation, JSON, without sockets or
//! disk. Run by hand on an optimised build, under `valgrind --tool=callgrind` to count instructions:
//! `cargo test -p dynamodb --release --test it -- cost --ignored --nocapture`, with `COST_OF` naming
//! one operation, `COST_ROUNDS` how often.

use crate::support::request;
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::Cloud;

const TABLE: &str = "cost";
const LISTED: usize = 25;

/// What one sending of `request` takes, of many; each must be answered well.
#[allow(clippy::disallowed_methods, reason = "a measurement needs the real clock")]
async fn cost(cloud: &Cloud, request: &Request<Bytes>, rounds: u32) -> Duration {
    let start = std::time::Instant::now();
    for _ in 0..rounds {
        assert_eq!(cloud.send(request.clone()).await.status(), 200);
    }
    start.elapsed() / rounds
}

#[tokio::test]
#[ignore = "a measurement"]
async fn of_a_request() {
    let cloud = Cloud::start(&[&dynamodb::SERVICE]).await;
    let admin = cloud.admin();
    let send = async |operation: &str, input: Value| {
        assert_eq!(cloud.send(request(&admin, operation, &input)).await.status(), 200);
    };
    let keys = [("shelf", "S", "HASH"), ("place", "N", "RANGE")];
    let table = json!({
        "TableName": TABLE,
        "AttributeDefinitions": keys.map(|(name, kind, _)| json!({"AttributeName": name, "AttributeType": kind})),
        "KeySchema": keys.map(|(name, _, role)| json!({"AttributeName": name, "KeyType": role})),
        "BillingMode": "PAY_PER_REQUEST",
    });
    send("CreateTable", table).await;
    let item = |shelf: &str, place: usize, bytes: usize| {
        json!({"shelf": {"S": shelf}, "place": {"N": place.to_string()},
            "body": {"S": "x".repeat(bytes)}})
    };
    for place in 0..LISTED {
        send("PutItem", json!({"TableName": TABLE, "Item": item("many", place, 100)})).await;
    }
    let big = item("one", 1, 1_000);
    send("PutItem", json!({"TableName": TABLE, "Item": big})).await;
    let key = json!({"shelf": {"S": "one"}, "place": {"N": "1"}});
    let inputs = [
        ("GetItem", json!({"TableName": TABLE, "Key": key})),
        ("PutItem", json!({"TableName": TABLE, "Item": big})),
        (
            "Query",
            json!({
                "TableName": TABLE,
                "KeyConditionExpression": "shelf = :shelf",
                "ExpressionAttributeValues": {":shelf": {"S": "many"}},
            }),
        ),
    ];
    let of = std::env::var("COST_OF").unwrap_or_default();
    let rounds = std::env::var("COST_ROUNDS").ok().and_then(|text| text.parse().ok());
    for (operation, input) in inputs.iter().filter(|(name, _)| name.contains(&of)) {
        let request = request(&admin, operation, input);
        let each = cost(&cloud, &request, rounds.unwrap_or(100_000)).await;
        println!("{operation}: {each:?}");
    }
}
