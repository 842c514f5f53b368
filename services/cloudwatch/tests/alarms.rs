//! Alarms through the whole pipeline, on a clock that is moved by hand.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Client, Cloud, START};

const NOW: i64 = START.as_secs();

async fn call(
    client: &Client<'_>,
    service: &'static str,
    operation: &'static str,
    input: Value,
) -> Value {
    let outcome = client.call(service, operation, input).await;
    outcome.unwrap_or_else(|failure| panic!("{operation}: {} {}", failure.code, failure.message))
}

async fn refused(client: &Client<'_>, operation: &'static str, input: Value) -> String {
    let failure = client.call("cloudwatch", operation, input).await.unwrap_err();
    failure.code.to_owned()
}

fn alarm(more: Value) -> Value {
    let mut input = json!({"AlarmName": "errors", "Namespace": "app", "MetricName": "Errors",
        "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanThreshold"});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

async fn put(client: &Client<'_>, at: i64, value: f64) {
    let datum = json!({"MetricName": "Errors", "Timestamp": at, "Value": value});
    let input = json!({"Namespace": "app", "MetricData": [datum]});
    call(client, "cloudwatch", "PutMetricData", input).await;
}

async fn state(client: &Client<'_>) -> Value {
    let answer = call(client, "cloudwatch", "DescribeAlarms", json!({})).await;
    answer["MetricAlarms"][0].clone()
}

/// Waits until the alarm is in that state, as jobs get round to it.
async fn becomes(cloud: &Cloud, client: &Client<'_>, value: &str) -> Value {
    cloud
        .eventually(async || {
            let alarm = state(client).await;
            (alarm["StateValue"] == value).then_some(alarm)
        })
        .await
}

/// A topic, and a queue that hears it.
async fn heard(client: &Client<'_>) -> (String, String) {
    let topic = call(client, "sns", "CreateTopic", json!({"Name": "news"})).await;
    let topic = topic["TopicArn"].as_str().unwrap().to_owned();
    let queue = call(client, "sqs", "CreateQueue", json!({"QueueName": "ear"})).await;
    let url = queue["QueueUrl"].as_str().unwrap().to_owned();
    let account = topic.split(':').nth(4).unwrap();
    let arn = format!("arn:aws:sqs:us-east-1:{account}:ear");
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": arn}]});
    let input = json!({"QueueUrl": url, "Attributes": {"Policy": policy.to_string()}});
    call(client, "sqs", "SetQueueAttributes", input).await;
    let input = json!({"TopicArn": topic, "Protocol": "sqs", "Endpoint": arn});
    call(client, "sns", "Subscribe", input).await;
    (topic, url)
}

async fn message(cloud: &Cloud, client: &Client<'_>, url: &str) -> Value {
    let text = cloud
        .eventually(async || {
            let input = json!({"QueueUrl": url, "MaxNumberOfMessages": 1});
            let answer = call(client, "sqs", "ReceiveMessage", input).await;
            let message = answer["Messages"].get(0)?.clone();
            let input = json!({"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]});
            call(client, "sqs", "DeleteMessage", input).await;
            Some(message["Body"].as_str().unwrap().to_owned())
        })
        .await;
    let envelope: Value = serde_json::from_str(&text).unwrap();
    serde_json::from_str(envelope["Message"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn an_alarm_goes_off_is_told_and_ends() {
    let cloud = Cloud::start(&[&cloudwatch::SERVICE, &sns::SERVICE, &sqs::SERVICE]).await;
    let admin = cloud.admin();
    let (topic, url) = heard(&admin).await;
    let input = alarm(json!({"AlarmActions": [topic], "OKActions": [topic],
        "TreatMissingData": "notBreaching"}));
    call(&admin, "cloudwatch", "PutMetricAlarm", input).await;
    becomes(&cloud, &admin, "OK").await;
    assert_eq!(message(&cloud, &admin, &url).await["OldStateValue"], "INSUFFICIENT_DATA");
    put(&admin, NOW, 5.0).await;
    cloud.clock().advance(Duration::from_secs(60));
    let alarm = becomes(&cloud, &admin, "ALARM").await;
    let reason = alarm["StateReason"].as_str().unwrap();
    assert!(
        reason.starts_with("Threshold Crossed: 1 out of the last 1 datapoint [5.0 ("),
        "{reason}"
    );
    assert!(reason.contains("was greater than the threshold (1.0)"), "{reason}");
    let told = message(&cloud, &admin, &url).await;
    assert_eq!(told["AlarmName"], "errors");
    assert_eq!(told["NewStateValue"], "ALARM");
    assert_eq!(told["Trigger"]["Statistic"], "SUM");
    // Two more minutes are looked at, for what may be missing.
    cloud.clock().advance(Duration::from_secs(240));
    becomes(&cloud, &admin, "OK").await;
    assert_eq!(message(&cloud, &admin, &url).await["NewStateValue"], "OK");
    let input = json!({"AlarmName": "errors", "HistoryItemType": "StateUpdate",
        "ScanBy": "TimestampAscending"});
    let history = call(&admin, "cloudwatch", "DescribeAlarmHistory", input).await;
    let items = history["AlarmHistoryItems"].as_array().unwrap();
    let summaries: Vec<_> = items.iter().map(|it| it["HistorySummary"].clone()).collect();
    assert_eq!(
        summaries,
        [
            "Alarm updated from INSUFFICIENT_DATA to OK",
            "Alarm updated from OK to ALARM",
            "Alarm updated from ALARM to OK",
        ]
    );
}

#[tokio::test]
async fn a_state_can_be_set_and_actions_switched_off() {
    let cloud = Cloud::start(&[&cloudwatch::SERVICE, &sns::SERVICE, &sqs::SERVICE]).await;
    let admin = cloud.admin();
    let (topic, url) = heard(&admin).await;
    let input = alarm(json!({"AlarmActions": [topic], "TreatMissingData": "ignore"}));
    call(&admin, "cloudwatch", "PutMetricAlarm", input).await;
    let names = json!({"AlarmNames": ["errors"]});
    call(&admin, "cloudwatch", "DisableAlarmActions", names.clone()).await;
    let set =
        |value: &str| json!({"AlarmName": "errors", "StateValue": value, "StateReason": "a drill"});
    call(&admin, "cloudwatch", "SetAlarmState", set("ALARM")).await;
    assert_eq!(state(&admin).await["StateReason"], "a drill");
    call(&admin, "cloudwatch", "SetAlarmState", set("OK")).await;
    call(&admin, "cloudwatch", "EnableAlarmActions", names.clone()).await;
    call(&admin, "cloudwatch", "SetAlarmState", set("ALARM")).await;
    // The first change was not told: this is the second one.
    assert_eq!(message(&cloud, &admin, &url).await["OldStateValue"], "OK");
    let action = cloud
        .eventually(async || {
            let input = json!({"AlarmName": "errors", "HistoryItemType": "Action"});
            let history = call(&admin, "cloudwatch", "DescribeAlarmHistory", input).await;
            history["AlarmHistoryItems"].get(0).cloned()
        })
        .await;
    let summary = action["HistorySummary"].as_str().unwrap();
    assert_eq!(summary, format!("Successfully executed action {topic}"));
    call(&admin, "cloudwatch", "DeleteAlarms", names).await;
    assert_eq!(state(&admin).await, Value::Null);
    assert_eq!(refused(&admin, "SetAlarmState", set("OK")).await, "ResourceNotFound");
}

#[tokio::test]
async fn what_cannot_be_watched_is_refused() {
    let cloud = Cloud::start(&[&cloudwatch::SERVICE]).await;
    let admin = cloud.admin();
    for (more, code) in [
        (json!({"Period": 45}), "InvalidParameterValueException"),
        (json!({"EvaluationPeriods": 2000}), "InvalidParameterCombinationException"),
        (json!({"DatapointsToAlarm": 2}), "InvalidParameterCombinationException"),
        (json!({"ExtendedStatistic": "p99"}), "InvalidParameterCombinationException"),
        (json!({"TreatMissingData": "never"}), "InvalidParameterValueException"),
        (json!({"AlarmActions": ["arn:aws:automate:us-east-1:ec2:stop"]}), "NotImplemented"),
        (json!({"Metrics": []}), "NotImplemented"),
        (json!({"Tags": [{"Key": "aws:x", "Value": "y"}]}), "InvalidParameterValueException"),
    ] {
        assert_eq!(refused(&admin, "PutMetricAlarm", alarm(more.clone())).await, code, "{more}");
    }
}

#[tokio::test]
async fn alarms_are_found_and_tagged() {
    let cloud = Cloud::start(&[&cloudwatch::SERVICE]).await;
    let admin = cloud.admin();
    for name in ["a-1", "a-2", "b-1"] {
        let input = alarm(json!({"AlarmName": name, "Tags": [{"Key": "k", "Value": name}]}));
        call(&admin, "cloudwatch", "PutMetricAlarm", input).await;
    }
    let names = async |input: Value| {
        let answer = call(&admin, "cloudwatch", "DescribeAlarms", input).await;
        let alarms = answer["MetricAlarms"].as_array().unwrap().clone();
        let names = alarms.iter().map(|it| it["AlarmName"].as_str().unwrap().to_owned());
        (names.collect::<Vec<_>>(), answer["NextToken"].clone())
    };
    assert_eq!(names(json!({"AlarmNamePrefix": "a-"})).await.0, ["a-1", "a-2"]);
    assert_eq!(names(json!({"AlarmNames": ["b-1", "none"]})).await.0, ["b-1"]);
    assert!(names(json!({"AlarmTypes": ["CompositeAlarm"]})).await.0.is_empty());
    let (first, token) = names(json!({"MaxRecords": 2})).await;
    let (second, end) = names(json!({"MaxRecords": 2, "NextToken": token})).await;
    assert_eq!([first, second].concat(), ["a-1", "a-2", "b-1"]);
    assert!(end.is_null());
    let input = json!({"Namespace": "app", "MetricName": "Errors"});
    let answer = call(&admin, "cloudwatch", "DescribeAlarmsForMetric", input).await;
    assert_eq!(answer["MetricAlarms"].as_array().unwrap().len(), 3);
    let arn = &answer["MetricAlarms"][0]["AlarmArn"];
    let input = json!({"ResourceARN": arn, "Tags": [{"Key": "more", "Value": "1"}]});
    call(&admin, "cloudwatch", "TagResource", input).await;
    let input = json!({"ResourceARN": arn, "TagKeys": ["k"]});
    call(&admin, "cloudwatch", "UntagResource", input).await;
    let tags = call(&admin, "cloudwatch", "ListTagsForResource", json!({"ResourceARN": arn})).await;
    assert_eq!(tags["Tags"], json!([{"Key": "more", "Value": "1"}]));
}
