//! Metrics through the whole pipeline.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use serde_json::{Value, json};
use service_kit::metrics::Series;
use std::time::Duration;
use testkit::{Client, Cloud, START};

const NOW: i64 = START.as_secs();

async fn call(client: &Client<'_>, operation: &'static str, input: Value) -> Value {
    let outcome = client.call("cloudwatch", operation, input).await;
    outcome.unwrap_or_else(|failure| panic!("{operation}: {} {}", failure.code, failure.message))
}

async fn code(client: &Client<'_>, operation: &'static str, input: Value) -> &'static str {
    client.call("cloudwatch", operation, input).await.unwrap_err().code
}

async fn put(client: &Client<'_>, name: &str, dimension: &str, values: &[(i64, f64)]) {
    let datum = |(at, value): &(i64, f64)| {
        json!({"MetricName": name, "Timestamp": at, "Value": value, "Unit": "Count",
            "Dimensions": [{"Name": "d", "Value": dimension}]})
    };
    let data: Vec<_> = values.iter().map(datum).collect();
    call(client, "PutMetricData", json!({"Namespace": "app", "MetricData": data})).await;
}

#[tokio::test]
async fn points_are_merged_and_summarized_by_period() {
    let cloud = Cloud::start(&[&cloudwatch::SERVICE]).await;
    let admin = cloud.admin();
    put(&admin, "m", "x", &[(NOW, 1.0), (NOW + 30, 3.0), (NOW + 60, 10.0)]).await;
    put(&admin, "m", "x", &[(NOW + 61, 20.0)]).await;
    let ask = |more: Value| {
        let mut input = json!({"Namespace": "app", "MetricName": "m", "StartTime": NOW,
            "EndTime": NOW + 300, "Period": 60, "Dimensions": [{"Name": "d", "Value": "x"}]});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let simple = json!({"Statistics": ["Sum", "SampleCount", "Maximum"]});
    let answer = call(&admin, "GetMetricStatistics", ask(simple)).await;
    let points = answer["Datapoints"].as_array().unwrap();
    assert_eq!(points.len(), 2);
    assert_eq!(points[0]["Sum"], 4.0);
    assert_eq!(points[1]["SampleCount"], 2.0);
    assert_eq!(points[1]["Unit"], "Count");
    assert_eq!(points[1]["Average"], Value::Null);
    let extended = json!({"ExtendedStatistics": ["p50", "p100"], "Period": 300});
    let answer = call(&admin, "GetMetricStatistics", ask(extended)).await;
    let extended = &answer["Datapoints"][0]["ExtendedStatistics"];
    assert_eq!(*extended, json!({"p50": 3.0, "p100": 20.0}));
    for (more, expected) in [
        (json!({}), "MissingRequiredParameterException"),
        (json!({"Statistics": ["Sum"], "Period": 61}), "InvalidParameterValueException"),
        (json!({"Statistics": ["Sum"], "EndTime": NOW}), "InvalidParameterValueException"),
        (
            json!({"Statistics": ["Sum"], "EndTime": NOW + 90_000}),
            "InvalidParameterCombinationException",
        ),
        (json!({"ExtendedStatistics": ["x9"]}), "InvalidParameterValueException"),
    ] {
        assert_eq!(
            code(&admin, "GetMetricStatistics", ask(more.clone())).await,
            expected,
            "{more}"
        );
    }
}

#[tokio::test]
async fn metrics_are_listed_by_name_and_dimensions_while_they_have_data() {
    let cloud = Cloud::start(&[&cloudwatch::SERVICE]).await;
    let admin = cloud.admin();
    put(&admin, "m", "x", &[(NOW, 1.0)]).await;
    put(&admin, "m", "y", &[(NOW, 1.0), (NOW - 60, 1.0)]).await;
    put(&admin, "n", "x", &[(NOW - 6 * 86_400, 1.0)]).await;
    cloud.context().count(Series::new("AWS/Test", "Calls", &[]), 1.0, "Count");
    let count = async |input: Value| {
        call(&admin, "ListMetrics", input).await["Metrics"].as_array().unwrap().len()
    };
    assert_eq!(count(json!({})).await, 4);
    assert_eq!(count(json!({"Namespace": "app"})).await, 3);
    assert_eq!(count(json!({"Namespace": "AWS/Test"})).await, 1);
    assert_eq!(count(json!({"MetricName": "m"})).await, 2);
    let dimension = json!({"Dimensions": [{"Name": "d", "Value": "x"}]});
    assert_eq!(count(dimension).await, 2);
    assert_eq!(count(json!({"RecentlyActive": "PT3H"})).await, 3);
    cloud.clock().advance(Duration::from_secs(10 * 86_400));
    assert_eq!(count(json!({"Namespace": "app"})).await, 2);
}

#[tokio::test]
async fn queries_calculate_with_each_other_and_page() {
    let cloud = Cloud::start(&[&cloudwatch::SERVICE]).await;
    let admin = cloud.admin();
    put(&admin, "errors", "x", &[(NOW, 1.0), (NOW + 60, 2.0)]).await;
    put(&admin, "calls", "x", &[(NOW, 10.0), (NOW + 60, 4.0), (NOW + 120, 5.0)]).await;
    let metric = |id: &str, name: &str, shown: bool| {
        json!({"Id": id, "ReturnData": shown, "MetricStat": {"Period": 60, "Stat": "Sum",
            "Metric": {"Namespace": "app", "MetricName": name,
                "Dimensions": [{"Name": "d", "Value": "x"}]}}})
    };
    let ask = |queries: Value| {
        json!({"MetricDataQueries": queries, "StartTime": NOW, "EndTime": NOW + 180,
            "ScanBy": "TimestampAscending"})
    };
    let rate = json!({"Id": "rate", "Expression": "100 * FILL(e, 0) / half", "Label": "rate"});
    let half = json!({"Id": "half", "Expression": "c / 2", "ReturnData": false});
    let (errors, calls) = (metric("e", "errors", false), metric("c", "calls", true));
    let input = ask(json!([rate, half, errors, calls]));
    let answer = call(&admin, "GetMetricData", input.clone()).await;
    let results = answer["MetricDataResults"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    assert_eq!(results[0]["Values"], json!([20.0, 100.0, 0.0]));
    assert_eq!(results[1]["Label"], "calls");
    assert_eq!(results[1]["StatusCode"], "Complete");

    let (mut values, mut token) = (Vec::new(), Value::Null);
    loop {
        let mut input = input.clone();
        input["MaxDatapoints"] = 2.into();
        if !token.is_null() {
            input["NextToken"] = token;
        }
        let page = call(&admin, "GetMetricData", input).await;
        for result in page["MetricDataResults"].as_array().unwrap() {
            values.extend(result["Values"].as_array().unwrap().clone());
        }
        token = page["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(json!(values), json!([20.0, 100.0, 0.0, 10.0, 4.0, 5.0]));
    for bad in ["loop + 1", "SEARCH('x', 'Sum', 60)", "1 + 1"] {
        let input = ask(json!([{"Id": "loop", "Expression": bad}]));
        assert_eq!(code(&admin, "GetMetricData", input).await, "ValidationError", "{bad}");
    }
}

#[tokio::test]
async fn what_breaks_the_rules_is_refused() {
    let cloud = Cloud::start(&[&cloudwatch::SERVICE]).await;
    let admin = cloud.admin();
    let ask = |datum: Value| json!({"Namespace": "app", "MetricData": [datum]});
    for (datum, expected) in [
        (json!({"MetricName": "m"}), "MissingRequiredParameterException"),
        (
            json!({"MetricName": "m", "Value": 1.0, "Values": [1.0]}),
            "InvalidParameterCombinationException",
        ),
        (
            json!({"MetricName": "m", "Values": [1.0, 2.0], "Counts": [1.0]}),
            "InvalidParameterValueException",
        ),
        (
            json!({"MetricName": "m", "Value": 1.0, "Timestamp": NOW - 15 * 86_400}),
            "InvalidParameterValueException",
        ),
        (
            json!({"MetricName": "m", "Value": 1.0, "StorageResolution": 7}),
            "InvalidParameterValueException",
        ),
    ] {
        assert_eq!(code(&admin, "PutMetricData", ask(datum.clone())).await, expected, "{datum}");
    }
    let aws = json!({"Namespace": "AWS/Mine", "MetricData": [{"MetricName": "m", "Value": 1.0}]});
    assert_eq!(code(&admin, "PutMetricData", aws).await, "InvalidParameterValueException");
}
