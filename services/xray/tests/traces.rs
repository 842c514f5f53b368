//! Traces through the whole pipeline.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use serde_json::{Value, json};
use service_kit::trace::Segment;
use std::time::Duration;
use testkit::{Client, Cloud, START};

const NOW: i64 = START.as_secs();

async fn call(client: &Client<'_>, operation: &'static str, input: Value) -> Value {
    let outcome = client.call("xray", operation, input).await;
    outcome.unwrap_or_else(|failure| panic!("{operation}: {} {}", failure.code, failure.message))
}

fn trace_id(second: i64) -> String {
    format!("1-{second:08x}-bd862e3fe1be46a994272793")
}

fn api(trace: &str, start: i64, status: u16) -> Value {
    json!({"id": "000000000000000a", "trace_id": trace, "name": "api", "start_time": start,
        "end_time": start + 2, "annotations": {"status": status},
        "http": {"request": {"method": "GET", "url": "http://x/"}, "response": {"status": status}},
        "subsegments": [{"id": "000000000000000b", "name": "worker", "namespace": "remote",
            "start_time": start, "end_time": start + 1}]})
}

fn worker(trace: &str, start: i64) -> Value {
    json!({"id": "000000000000000c", "parent_id": "000000000000000b", "trace_id": trace,
        "name": "worker", "origin": "AWS::Lambda::Function", "start_time": start,
        "end_time": start + 3})
}

async fn put(client: &Client<'_>, documents: &[Value]) -> Value {
    let documents: Vec<_> = documents.iter().map(Value::to_string).collect();
    call(client, "PutTraceSegments", json!({"TraceSegmentDocuments": documents})).await
}

#[tokio::test]
async fn traces_are_summarized_filtered_and_given_whole() {
    let cloud = Cloud::start(&[&xray::SERVICE]).await;
    let admin = cloud.admin();
    let (good, bad) = (trace_id(NOW), trace_id(NOW + 1));
    put(&admin, &[api(&good, NOW, 200), worker(&good, NOW), api(&bad, NOW + 1, 503)]).await;
    let ask =
        |filter: &str| json!({"StartTime": NOW, "EndTime": NOW + 60, "FilterExpression": filter});
    let all = call(&admin, "GetTraceSummaries", ask("")).await;
    assert_eq!(all["TraceSummaries"].as_array().unwrap().len(), 2);
    let first = &all["TraceSummaries"][0];
    assert_eq!(first["Id"], good.as_str());
    assert_eq!(first["Duration"], 3.0);
    assert_eq!(first["ResponseTime"], 2.0);
    assert_eq!(first["EntryPoint"]["Name"], "api");
    assert_eq!(first["Http"]["HttpStatus"], 200);
    let faults = call(&admin, "GetTraceSummaries", ask("fault AND annotation.status = 503")).await;
    assert_eq!(faults["TraceSummaries"].as_array().unwrap().len(), 1);
    assert_eq!(faults["TraceSummaries"][0]["HasFault"], true);
    assert_eq!(faults["TracesProcessedCount"], 2);
    let refused = admin.call("xray", "GetTraceSummaries", ask("groupname = \"x\"")).await;
    assert!(refused.unwrap_err().message.contains("groupname"));

    let unknown = trace_id(NOW + 9);
    let ids = json!({"TraceIds": [good, unknown]});
    let whole = call(&admin, "BatchGetTraces", ids).await;
    assert_eq!(whole["Traces"][0]["Segments"].as_array().unwrap().len(), 2);
    assert_eq!(whole["UnprocessedTraceIds"], json!([unknown]));

    let range = json!({"StartTime": NOW, "EndTime": NOW + 60});
    let graph = call(&admin, "GetServiceGraph", range).await;
    let services = graph["Services"].as_array().unwrap();
    let api = services.iter().find(|one| one["Name"] == "api" && one["Root"] == false).unwrap();
    assert_eq!(api["SummaryStatistics"]["FaultStatistics"]["TotalCount"], 1);
    let lambda = services.iter().find(|one| one["Type"] == "AWS::Lambda::Function").unwrap();
    assert!(
        api["Edges"]
            .as_array()
            .unwrap()
            .iter()
            .any(|edge| { edge["ReferenceId"] == lambda["ReferenceId"] })
    );
}

#[tokio::test]
async fn segments_that_are_none_are_named_and_the_others_kept() {
    let cloud = Cloud::start(&[&xray::SERVICE]).await;
    let admin = cloud.admin();
    let mut bad = api(&trace_id(NOW), NOW, 200);
    bad["trace_id"] = "1-x".into();
    let answer = put(&admin, &[bad, api(&trace_id(NOW), NOW, 200)]).await;
    let unprocessed = &answer["UnprocessedTraceSegments"];
    assert_eq!(unprocessed.as_array().unwrap().len(), 1);
    assert_eq!(unprocessed[0]["ErrorCode"], "InvalidTraceId");
    assert_eq!(unprocessed[0]["Id"], "000000000000000a");
    let mut again = api(&trace_id(NOW), NOW, 200);
    again["in_progress"] = true.into();
    again.as_object_mut().unwrap().remove("end_time");
    put(&admin, &[again]).await;
    let whole = call(&admin, "BatchGetTraces", json!({"TraceIds": [trace_id(NOW)]})).await;
    assert_eq!(whole["Traces"][0]["Duration"], 2.0);
}

#[tokio::test]
async fn the_platforms_segments_are_seen_at_once_and_forgotten_after_thirty_days() {
    let cloud = Cloud::start(&[&xray::SERVICE]).await;
    let admin = cloud.admin();
    let trace_id = trace_id(NOW);
    let cx = cloud.context();
    let document = api(&trace_id, NOW, 200).to_string();
    let segment = Segment { trace_id, id: "000000000000000a".into(), start: START, document };
    cx.platform().segment(cx.scope(), segment);
    let event = json!({"StartTime": NOW, "EndTime": NOW + 60, "TimeRangeType": "Event"});
    let seen = call(&admin, "GetTraceSummaries", event).await;
    assert_eq!(seen["TraceSummaries"].as_array().unwrap().len(), 1);
    cloud.clock().advance(Duration::from_secs(31 * 86_400));
    let left = async || cx.read(|tx| tx.list::<Segment>(())).unwrap().len();
    cloud.eventually(async || (left().await == 0).then_some(())).await;
}

#[tokio::test]
async fn everything_is_sampled() {
    let cloud = Cloud::start(&[&xray::SERVICE]).await;
    let admin = cloud.admin();
    let rules = call(&admin, "GetSamplingRules", json!({})).await;
    let rule = &rules["SamplingRuleRecords"][0]["SamplingRule"];
    assert_eq!((&rule["RuleName"], &rule["FixedRate"]), (&json!("Default"), &json!(1.0)));
    let document = |rule: &str| {
        json!({"RuleName": rule, "ClientID": "000000000000000000000001", "Timestamp": NOW,
            "RequestCount": 1, "SampledCount": 1})
    };
    let input = json!({"SamplingStatisticsDocuments": [document("Default"), document("x")]});
    let targets = call(&admin, "GetSamplingTargets", input).await;
    assert_eq!(targets["SamplingTargetDocuments"][0]["FixedRate"], 1.0);
    assert_eq!(targets["UnprocessedStatistics"][0]["RuleName"], "x");
}
