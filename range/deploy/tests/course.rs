//! A realistic stack, made and deleted.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod common;

use bytes::Bytes;
use common::{Here, cloud, deploy_with};
use deploy::Stack;
use http::{Request, Response};
use serde_json::{Value, json};
use testkit::Cloud;

const COURSE: &str = include_str!("data/course.yaml");

async fn ask(cloud: &Cloud, method: &str, url: &str) -> Response<Bytes> {
    let (host, path) = url.trim_start_matches("https://").split_once('/').unwrap();
    let request = Request::builder().method(method).uri(format!("/{path}/stream"));
    let request = request.header("host", host).header("user-agent", "test");
    cloud.send(request.body(Bytes::new()).unwrap()).await
}

#[tokio::test]
async fn the_course_deploys_twice_and_goes_without_a_trace() {
    let cloud = cloud().await;
    let here = Here::new(&cloud);
    let before = here.counts().await;
    let first = deploy_with(&here, "first", COURSE, &[]).await.unwrap();
    let parameters = [("Stage", "test"), ("Lock", "true")];
    let second = deploy_with(&here, "second", COURSE, &parameters).await.unwrap();
    assert_eq!(here.counts().await, [2, 2, 2, 4, 2, 2, 2]);

    let post = ask(&cloud, "POST", &first.outputs["Url"]).await;
    assert_eq!(post.status(), 200);
    assert_eq!(serde_json::from_slice::<Value>(post.body()).unwrap(), json!({"added": true}));
    assert_eq!(post.headers()["a"], "b");
    assert_eq!(ask(&cloud, "GET", &second.outputs["Url"]).await.status(), 403);
    assert_eq!(first.outputs.get("Lock"), None);
    assert_eq!(second.outputs["Lock"], "closed");
    assert!(first.outputs["Table"].starts_with("first-Items-"), "{first:?}");

    let function = here
        .ask(
            "lambda",
            "GetFunction",
            json!({"FunctionName": first.resources["Handler"].physical_id}),
        )
        .await;
    let configuration = &function["Configuration"];
    assert_eq!(configuration["MemorySize"], 256);
    assert_eq!(configuration["Environment"]["Variables"]["TABLE"], first.outputs["Table"]);

    here.ask("sns", "Publish", json!({"TopicArn": first.outputs["Topic"], "Message": "m"})).await;
    let queue = json!({"QueueUrl": first.resources["Inbox"].physical_id});
    let received = cloud
        .eventually(async || {
            let answer = here.ask("sqs", "ReceiveMessage", queue.clone()).await;
            answer["Messages"][0]["Body"].as_str().map(str::to_owned)
        })
        .await;
    assert!(received.contains("\"Message\""), "{received}");

    let kept = serde_json::to_string(&first).unwrap();
    let first: Stack = serde_json::from_str(&kept).unwrap();
    deploy::delete(&first, &here, &|_| {}).await.unwrap();
    assert_eq!(here.counts().await, [1, 1, 1, 2, 1, 1, 1]);
    deploy::delete(&second, &here, &|_| {}).await.unwrap();
    assert_eq!(here.counts().await, before);
    deploy::delete(&second, &here, &|_| {}).await.unwrap();
}
