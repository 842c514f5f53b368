//! What only a real request shows: the three protocols, and how errors look on each.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use http::{Request, Response};
use service_kit::prelude::Bytes;
use testkit::Cloud;

const HOST: &str = "monitoring.us-east-1.amazonaws.com";
const TARGET: &str = "GraniteServiceVersion20100801";

async fn cloud() -> Cloud {
    Cloud::start(&[&cloudwatch::SERVICE]).await
}

async fn send(cloud: &Cloud, request: http::request::Builder, body: Vec<u8>) -> Response<Bytes> {
    let request = request.header("host", HOST).body(Bytes::from(body)).unwrap();
    cloud.send(cloud.admin().sign("monitoring", request)).await
}

async fn query(cloud: &Cloud, form: &str) -> (u16, String) {
    let request = Request::post("/").header("content-type", "application/x-www-form-urlencoded");
    let body = format!("Version=2010-08-01&{form}").into_bytes();
    let response = send(cloud, request, body).await;
    (response.status().as_u16(), String::from_utf8(response.body().to_vec()).unwrap())
}

async fn cbor(cloud: &Cloud, operation: &str, body: &[u8]) -> Response<Bytes> {
    let request = Request::post(format!("/service/{TARGET}/operation/{operation}"))
        .header("content-type", "application/cbor")
        .header("smithy-protocol", "rpc-v2-cbor");
    send(cloud, request, body.to_vec()).await
}

/// `{"Namespace": "app"}` with `more` members behind it.
fn namespace(more: &[u8], members: u8) -> Vec<u8> {
    [&[0xa0 | members], b"\x69Namespace\x63app".as_slice(), more].concat()
}

#[tokio::test]
async fn what_one_protocol_writes_the_others_read() {
    let cloud = cloud().await;
    let datum = b"\x6aMetricData\x81\xa2\x6aMetricName\x61m\x65Value\xfb\x3f\xf8\0\0\0\0\0\0";
    let written = cbor(&cloud, "PutMetricData", &namespace(datum, 2)).await;
    assert_eq!(written.status(), 200);
    let (status, text) = query(&cloud, "Action=ListMetrics&Namespace=app").await;
    assert_eq!(status, 200, "{text}");
    assert!(text.contains("<MetricName>m</MetricName>"), "{text}");
    let form = "Action=GetMetricStatistics&Namespace=app&MetricName=m&Period=60\
                &StartTime=2026-11-23T14%3A59%3A00Z&EndTime=2026-11-23T15%3A01%3A00Z\
                &Statistics.member.1=Sum";
    let (status, text) = query(&cloud, form).await;
    assert_eq!(status, 200, "{text}");
    assert!(text.contains("<Sum>1.5</Sum>"), "{text}");
    let request = Request::post("/")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", format!("{TARGET}.ListMetrics"));
    let listed = send(&cloud, request, b"{}".to_vec()).await;
    let listed: serde_json::Value = serde_json::from_slice(listed.body()).unwrap();
    assert_eq!(listed["Metrics"][0]["MetricName"], "m");
}

#[tokio::test]
async fn errors_have_each_protocols_code() {
    let cloud = cloud().await;
    let form = "Action=PutMetricData&Namespace=AWS%2FMine&MetricData.member.1.MetricName=m";
    let (status, text) = query(&cloud, form).await;
    assert_eq!(status, 400);
    assert!(text.contains("<Code>InvalidParameterValue</Code>"), "{text}");
    let failed = cbor(&cloud, "PutMetricData", &namespace(&[], 1)).await;
    assert_eq!(failed.status(), 400);
    let text = String::from_utf8_lossy(failed.body()).into_owned();
    assert!(text.contains("MissingRequiredParameterException"), "{text}");
    let code = failed.headers().get("x-amzn-query-error").unwrap().to_str().unwrap();
    assert!(code.starts_with("MissingParameter;"), "{code}");
}
