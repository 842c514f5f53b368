//! Groups, streams and events through the whole pipeline.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Client, Cloud, START};

const NOW: i64 = START.as_millis();

async fn call(client: &Client<'_>, operation: &'static str, input: Value) -> Value {
    let outcome = client.call("logs", operation, input).await;
    outcome.unwrap_or_else(|failure| panic!("{operation}: {} {}", failure.code, failure.message))
}

async fn code(client: &Client<'_>, operation: &'static str, input: Value) -> &'static str {
    client.call("logs", operation, input).await.unwrap_err().code
}

async fn stream(client: &Client<'_>, group: &str, stream: &str) {
    // Several streams share the group.
    client.call("logs", "CreateLogGroup", json!({"logGroupName": group})).await.ok();
    call(client, "CreateLogStream", json!({"logGroupName": group, "logStreamName": stream})).await;
}

async fn put(client: &Client<'_>, stream: &str, events: &[(i64, &str)]) -> Value {
    let event = |(time, message): &(i64, &str)| json!({"timestamp": time, "message": message});
    let events: Vec<_> = events.iter().map(event).collect();
    let input = json!({"logGroupName": "g", "logStreamName": stream, "logEvents": events});
    call(client, "PutLogEvents", input).await
}

fn messages(answer: &Value) -> Vec<&str> {
    let events = answer["events"].as_array().unwrap();
    events.iter().map(|event| event["message"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn groups_are_made_listed_tagged_and_protected() {
    let cloud = Cloud::start(&[&logs::SERVICE]).await;
    let admin = cloud.admin();
    for name in ["/a/1", "/a/2", "/b/1"] {
        let input = json!({"logGroupName": name, "tags": {"team": "x"}});
        call(&admin, "CreateLogGroup", input).await;
    }
    let again = code(&admin, "CreateLogGroup", json!({"logGroupName": "/a/1"})).await;
    assert_eq!(again, "ResourceAlreadyExistsException");
    let input = json!({"logGroupNamePrefix": "/a/", "limit": 1});
    let first = call(&admin, "DescribeLogGroups", input).await;
    assert_eq!(first["logGroups"][0]["logGroupName"], "/a/1");
    assert_eq!(
        first["logGroups"][0]["arn"],
        "arn:aws:logs:us-east-1:000000000000:log-group:/a/1:*"
    );
    let token = &first["nextToken"];
    let input = json!({"logGroupNamePrefix": "/a/", "limit": 1, "nextToken": token});
    let second = call(&admin, "DescribeLogGroups", input).await;
    assert_eq!(second["logGroups"][0]["logGroupName"], "/a/2");
    assert_eq!(second["nextToken"], Value::Null);
    let found = call(&admin, "DescribeLogGroups", json!({"logGroupNamePattern": "/1"})).await;
    assert_eq!(found["logGroups"].as_array().unwrap().len(), 2);

    let arn = "arn:aws:logs:us-east-1:000000000000:log-group:/b/1";
    call(&admin, "TagResource", json!({"resourceArn": arn, "tags": {"b": "2"}})).await;
    call(&admin, "UntagResource", json!({"resourceArn": arn, "tagKeys": ["team"]})).await;
    let tags = call(&admin, "ListTagsForResource", json!({"resourceArn": arn})).await;
    assert_eq!(tags["tags"], json!({"b": "2"}));

    let protect = |on: bool| json!({"logGroupIdentifier": arn, "deletionProtectionEnabled": on});
    call(&admin, "PutLogGroupDeletionProtection", protect(true)).await;
    let delete = json!({"logGroupName": "/b/1"});
    let refused = admin.call("logs", "DeleteLogGroup", delete).await.unwrap_err();
    assert!(refused.message.contains("deletion protection"), "{}", refused.message);
    call(&admin, "PutLogGroupDeletionProtection", protect(false)).await;
    call(&admin, "DeleteLogGroup", json!({"logGroupName": "/b/1"})).await;
    let gone = code(&admin, "DeleteLogGroup", json!({"logGroupName": "/b/1"})).await;
    assert_eq!(gone, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_stream_is_read_forward_and_backward() {
    let cloud = Cloud::start(&[&logs::SERVICE]).await;
    let admin = cloud.admin();
    stream(&admin, "g", "s").await;
    put(&admin, "s", &[(NOW, "1"), (NOW, "2"), (NOW + 1, "3"), (NOW + 2, "4")]).await;
    let get = |more: Value| {
        let mut input = json!({"logGroupName": "g", "logStreamName": "s", "limit": 2});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        call(&admin, "GetLogEvents", input)
    };
    let last = get(json!({})).await;
    assert_eq!(messages(&last), ["3", "4"]);
    let before = get(json!({"nextToken": last["nextBackwardToken"]})).await;
    assert_eq!(messages(&before), ["1", "2"]);
    let none = get(json!({"nextToken": before["nextBackwardToken"]})).await;
    assert!(messages(&none).is_empty());
    assert_eq!(none["nextBackwardToken"], before["nextBackwardToken"]);

    let head = get(json!({"startFromHead": true})).await;
    assert_eq!(messages(&head), ["1", "2"]);
    let rest = get(json!({"nextToken": head["nextForwardToken"], "startFromHead": true})).await;
    assert_eq!(messages(&rest), ["3", "4"]);
    let end = get(json!({"nextToken": rest["nextForwardToken"], "startFromHead": true})).await;
    assert!(messages(&end).is_empty());
    assert_eq!(end["nextForwardToken"], rest["nextForwardToken"]);
    put(&admin, "s", &[(NOW + 3, "5")]).await;
    let new = get(json!({"nextToken": end["nextForwardToken"], "startFromHead": true})).await;
    assert_eq!(messages(&new), ["5"]);

    let window = get(json!({"startTime": NOW + 1, "endTime": NOW + 2})).await;
    assert_eq!(messages(&window), ["3"]);
    let junk = json!({"logGroupName": "g", "logStreamName": "s", "nextToken": "f/1/s"});
    assert_eq!(code(&admin, "GetLogEvents", junk).await, "InvalidParameterException");
}

#[tokio::test]
async fn a_search_interleaves_streams_and_pages() {
    let cloud = Cloud::start(&[&logs::SERVICE]).await;
    let admin = cloud.admin();
    for name in ["a", "b", "c"] {
        stream(&admin, "g", name).await;
    }
    for step in 0..5 {
        let time = NOW + step * 10;
        put(&admin, "a", &[(time, "a ERROR"), (time + 3, "a fine")]).await;
        put(&admin, "b", &[(time + 1, "b ERROR")]).await;
        put(&admin, "c", &[(time, "c ERROR")]).await;
    }
    let (mut found, mut token, mut pages) = (Vec::new(), Value::Null, 0);
    loop {
        let mut input = json!({"logGroupName": "g", "filterPattern": "ERROR", "limit": 4});
        if !token.is_null() {
            input["nextToken"] = token;
        }
        let page = call(&admin, "FilterLogEvents", input).await;
        found.extend(page["events"].as_array().unwrap().clone());
        pages += 1;
        token = page["nextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert!((4..=5).contains(&pages), "{pages}");
    assert_eq!(found.len(), 15);
    assert!(found.is_sorted_by_key(|event| event["timestamp"].as_i64()));
    let mut ids: Vec<_> = found.iter().map(|event| event["eventId"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 15);

    let only = json!({"logGroupName": "g", "logStreamNames": ["b"], "endTime": NOW + 11});
    assert_eq!(messages(&call(&admin, "FilterLogEvents", only).await), ["b ERROR", "b ERROR"]);
    let bad = json!({"logGroupName": "g", "filterPattern": "{ $.a }"});
    assert_eq!(code(&admin, "FilterLogEvents", bad).await, "InvalidParameterException");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heavy_search_stops_early_and_goes_on_where_it_stopped() {
    let cloud = Cloud::start(&[&logs::SERVICE]).await;
    let admin = cloud.admin();
    let long = "a".repeat(100_000);
    for name in ["a", "b"] {
        stream(&admin, "g", name).await;
        for step in 0..12 {
            put(&admin, name, &[(NOW + step, &long), (NOW + step, "ab")]).await;
        }
    }
    let pattern = "%^a{200}b|^ab%";
    let (mut found, mut empty, mut token) = (0, 0, Value::Null);
    loop {
        let mut input = json!({"logGroupName": "g", "filterPattern": pattern});
        if !token.is_null() {
            input["nextToken"] = token;
        }
        let page = call(&admin, "FilterLogEvents", input).await;
        let messages = messages(&page);
        assert!(messages.iter().all(|message| *message == "ab"));
        found += messages.len();
        empty += usize::from(messages.len() < 24);
        token = page["nextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(found, 24);
    assert!(empty > 1, "more than one call was needed");
}

#[tokio::test]
async fn streams_are_ordered_by_name_or_by_their_last_event() {
    let cloud = Cloud::start(&[&logs::SERVICE]).await;
    let admin = cloud.admin();
    for (name, time) in [("x", 3), ("y", 1), ("z", 2)] {
        stream(&admin, "g", name).await;
        put(&admin, name, &[(NOW + time, "m")]).await;
    }
    let names = |answer: &Value| -> Vec<String> {
        let streams = answer["logStreams"].as_array().unwrap();
        streams.iter().map(|one| one["logStreamName"].as_str().unwrap().to_owned()).collect()
    };
    let by_time = json!({"logGroupName": "g", "orderBy": "LastEventTime", "descending": true,
        "limit": 2});
    let first = call(&admin, "DescribeLogStreams", by_time.clone()).await;
    assert_eq!(names(&first), ["x", "z"]);
    let mut next = by_time;
    next["nextToken"] = first["nextToken"].clone();
    let second = call(&admin, "DescribeLogStreams", next).await;
    assert_eq!(names(&second), ["y"]);
    assert_eq!(second["nextToken"], Value::Null);
    let by_name = call(&admin, "DescribeLogStreams", json!({"logGroupName": "g"})).await;
    assert_eq!(names(&by_name), ["x", "y", "z"]);
    assert_eq!(by_name["logStreams"][0]["lastEventTimestamp"], NOW + 3);
    let group = call(&admin, "DescribeLogGroups", json!({})).await;
    assert_eq!(group["logGroups"][0]["storedBytes"], 3 * 27);
}

#[tokio::test]
async fn expired_events_are_hidden_at_once_and_deleted_in_time() {
    let cloud = Cloud::start(&[&logs::SERVICE]).await;
    let admin = cloud.admin();
    stream(&admin, "g", "s").await;
    let old = NOW - 3 * 86_400_000;
    put(&admin, "s", &[(old, "old")]).await;
    put(&admin, "s", &[(NOW, "new")]).await;
    let policy = |days: i32| json!({"logGroupName": "g", "retentionInDays": days});
    let odd = code(&admin, "PutRetentionPolicy", policy(2)).await;
    assert_eq!(odd, "InvalidParameterException");
    call(&admin, "PutRetentionPolicy", policy(1)).await;
    let seen = call(&admin, "FilterLogEvents", json!({"logGroupName": "g"})).await;
    assert_eq!(messages(&seen), ["new"]);
    let rejected = put(&admin, "s", &[(old, "late")]).await;
    assert_eq!(rejected["rejectedLogEventsInfo"]["expiredLogEventEndIndex"], 1);
    let bytes = async || {
        let groups = call(&admin, "DescribeLogGroups", json!({})).await;
        groups["logGroups"][0]["storedBytes"].as_i64()
    };
    cloud.eventually(async || bytes().await.filter(|bytes| *bytes == 29)).await;
    cloud.clock().advance(Duration::from_secs(2 * 86_400));
    cloud.eventually(async || bytes().await.filter(|bytes| *bytes == 0)).await;
}

#[tokio::test]
async fn a_group_of_the_same_name_does_not_inherit_events() {
    let cloud = Cloud::start(&[&logs::SERVICE]).await;
    let admin = cloud.admin();
    stream(&admin, "g", "s").await;
    put(&admin, "s", &[(NOW, "before")]).await;
    call(&admin, "DeleteLogGroup", json!({"logGroupName": "g"})).await;
    stream(&admin, "g", "s").await;
    let seen = call(&admin, "FilterLogEvents", json!({"logGroupName": "g"})).await;
    assert!(messages(&seen).is_empty());
    let missing = json!({"logGroupName": "g", "logStreamName": "t", "logEvents": [
        {"timestamp": NOW, "message": "m"}]});
    assert_eq!(code(&admin, "PutLogEvents", missing).await, "ResourceNotFoundException");
}
