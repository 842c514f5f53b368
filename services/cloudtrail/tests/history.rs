//! The event history through the whole pipeline; its own calls are what it shows.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Client, Cloud, START};

async fn lookup(client: &Client<'_>, input: Value) -> Value {
    let outcome = client.call("cloudtrail", "LookupEvents", input).await;
    outcome.unwrap_or_else(|failure| panic!("{} {}", failure.code, failure.message))
}

fn names(answer: &Value) -> Vec<&str> {
    let events = answer["Events"].as_array().unwrap();
    events.iter().map(|event| event["EventName"].as_str().unwrap()).collect()
}

async fn some_calls(cloud: &Cloud) {
    for operation in ["ListTrails", "DescribeTrails", "ListTrails"] {
        cloud.admin().call("cloudtrail", operation, json!({})).await.unwrap();
        cloud.clock().advance(Duration::from_secs(10));
    }
}

#[tokio::test]
async fn events_come_newest_first_in_pages() {
    let cloud = Cloud::start(&[&cloudtrail::SERVICE]).await;
    some_calls(&cloud).await;
    let admin = cloud.admin();
    let first = lookup(&admin, json!({"MaxResults": 2})).await;
    assert_eq!(names(&first), ["ListTrails", "DescribeTrails"]);
    let next = json!({"MaxResults": 2, "NextToken": first["NextToken"]});
    let second = lookup(&admin, next).await;
    assert_eq!(names(&second), ["ListTrails"]);
    assert_eq!(second["NextToken"], Value::Null);
    let event = &first["Events"][0];
    assert_eq!(event["ReadOnly"], "true");
    assert_eq!(event["EventSource"], "cloudtrail.amazonaws.com");
    let record: Value = serde_json::from_str(event["CloudTrailEvent"].as_str().unwrap()).unwrap();
    assert_eq!(record["eventVersion"], "1.11");
    assert_eq!(record["eventID"], event["EventId"]);
    assert_eq!(record["sourceIPAddress"], "127.0.0.1");
    assert_eq!(record["eventTime"], "2026-11-23T15:00:20Z");
    assert_eq!(record["managementEvent"], true);
}

#[tokio::test]
async fn events_are_found_by_attribute_and_time() {
    let cloud = Cloud::start(&[&cloudtrail::SERVICE]).await;
    some_calls(&cloud).await;
    let admin = cloud.admin();
    let all = lookup(&admin, json!({})).await;
    let by = |key: &str, value: &Value| json!({"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]});
    let by_name = lookup(&admin, by("EventName", &json!("DescribeTrails"))).await;
    assert_eq!(names(&by_name), ["DescribeTrails"]);
    let by_id = lookup(&admin, by("EventId", &all["Events"][2]["EventId"])).await;
    assert_eq!(by_id["Events"][0]["EventId"], all["Events"][2]["EventId"]);
    let by_key = lookup(&admin, by("AccessKeyId", &all["Events"][0]["AccessKeyId"])).await;
    assert!(names(&by_key).contains(&"DescribeTrails"));
    assert!(names(&lookup(&admin, by("Username", &json!("nobody"))).await).is_empty());
    assert!(names(&lookup(&admin, by("ReadOnly", &json!("false"))).await).is_empty());
    let start = START.as_secs();
    let by_time = lookup(&admin, json!({"StartTime": start + 5, "EndTime": start + 15})).await;
    assert_eq!(names(&by_time), ["DescribeTrails"]);
    for (input, code) in [
        (json!({"StartTime": 2, "EndTime": 1}), "InvalidTimeRangeException"),
        (json!({"NextToken": "?"}), "InvalidNextTokenException"),
        (
            json!({"LookupAttributes": [{"AttributeKey": "EventId", "AttributeValue": "1"},
                {"AttributeKey": "EventId", "AttributeValue": "2"}]}),
            "InvalidLookupAttributesException",
        ),
    ] {
        let failure = admin.call("cloudtrail", "LookupEvents", input).await.unwrap_err();
        assert_eq!(failure.code, code);
    }
}

#[tokio::test]
async fn events_are_forgotten_after_ninety_days() {
    let cloud = Cloud::start(&[&cloudtrail::SERVICE]).await;
    some_calls(&cloud).await;
    let stored = async || {
        let rows = cloud.context().read(|tx| tx.list::<service_kit::audit::AuditRecord>(()));
        rows.unwrap().len()
    };
    assert_eq!(stored().await, 3);
    cloud.clock().advance(Duration::from_secs(91 * 86_400));
    assert!(names(&lookup(&cloud.admin(), json!({})).await).is_empty());
    // What is left is the look-up itself.
    cloud.eventually(async || (stored().await == 1).then_some(())).await;
}

#[tokio::test]
async fn usage_is_forgotten_after_four_hundred_days() {
    let cloud = Cloud::start(&[&cloudtrail::SERVICE]).await;
    let used = async || {
        cloud.platform().flush_usage(true).await.unwrap();
        let rows = cloud.context().read(|tx| tx.list::<service_kit::usage::Usage>(()));
        rows.unwrap().into_iter().map(|usage| usage.action).collect::<Vec<_>>()
    };
    some_calls(&cloud).await;
    assert_eq!(used().await, ["cloudtrail:DescribeTrails", "cloudtrail:ListTrails"]);
    cloud.clock().advance(Duration::from_secs(401 * 86_400));
    lookup(&cloud.admin(), json!({})).await;
    let left = ["cloudtrail:LookupEvents"];
    cloud.eventually(async || (used().await == left).then_some(())).await;
}

/// What one account does with what another owns, and is allowed to, is in the trails of both.
#[tokio::test]
async fn calls_across_accounts_are_seen_on_both_sides() {
    let cloud = Cloud::start(&[&cloudtrail::SERVICE, &iam::SERVICE, &sns::SERVICE]).await;
    let admin = cloud.admin();
    let topic = admin.call("sns", "CreateTopic", json!({"Name": "news"})).await.unwrap();
    let topic = topic["TopicArn"].as_str().unwrap().to_owned();
    let everything = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
    let stranger = cloud.user_of("111122223333", "stranger", everything).await;
    let ask = async || stranger.call("sns", "GetTopicAttributes", json!({"TopicArn": topic})).await;
    ask().await.unwrap_err();
    cloud.clock().advance(Duration::from_secs(1));
    let add = json!({"TopicArn": topic, "Label": "open", "AWSAccountId": ["111122223333"],
        "ActionName": ["GetTopicAttributes"]});
    admin.call("sns", "AddPermission", add).await.unwrap();
    ask().await.unwrap();
    let by_name = json!({"LookupAttributes": [
        {"AttributeKey": "EventName", "AttributeValue": "GetTopicAttributes"}]});
    let record = |event: &Value| -> Value {
        serde_json::from_str(event["CloudTrailEvent"].as_str().unwrap()).unwrap()
    };
    let seen = lookup(&stranger, by_name.clone()).await;
    assert_eq!(names(&seen).len(), 2, "the refused one, too");
    let [own, refused] = [0, 1].map(|index| record(&seen["Events"][index]));
    assert_eq!(refused["errorCode"], "AuthorizationError");
    let owners = lookup(&admin, by_name).await;
    assert_eq!(names(&owners).len(), 1, "only what was allowed");
    let owners = record(&owners["Events"][0]);
    assert!(own["sharedEventID"].is_string());
    assert_eq!(own["sharedEventID"], owners["sharedEventID"]);
    assert_ne!(own["eventID"], owners["eventID"]);
    let identity = &owners["userIdentity"];
    assert_eq!(identity["type"], "AWSAccount");
    assert_eq!(identity["accountId"], "111122223333");
    assert!(identity.get("userName").is_none() && identity.get("accessKeyId").is_none());
    assert_eq!(own["userIdentity"]["userName"], "stranger");
}
