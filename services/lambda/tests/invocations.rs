//! Functions that run: answers, failures, logs, traces, retries.

#![allow(clippy::unwrap_used)] // a test may fail where it stands

mod common;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use common::{blob, cloud, event, isolates, logs, node, provided, segments};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::Cloud;

const ECHO: &str = "exports.handler = async (event, context) => {
    console.log('got', event.name);
    return { event, arn: context.invokedFunctionArn, version: context.functionVersion,
        table: process.env.TABLE, key: process.env.AWS_ACCESS_KEY_ID, trace: process.env._X_AMZN_TRACE_ID };
};";

async fn create(cloud: &Cloud, input: Value) {
    cloud.admin().call("lambda", "CreateFunction", input).await.unwrap();
}

async fn invoke(cloud: &Cloud, input: Value) -> Value {
    cloud.admin().call("lambda", "Invoke", input).await.unwrap()
}

async fn logged(cloud: &Cloud, text: &str) -> Vec<String> {
    cloud
        .eventually(async || {
            let lines = logs(cloud);
            lines.iter().any(|line| line.contains(text)).then_some(lines)
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_answers_and_logs() {
    if !isolates() {
        return;
    }
    let cloud = cloud().await;
    let mut input = node("f", ECHO);
    input["Environment"] = json!({"Variables": {"TABLE": "songs"}});
    create(&cloud, input).await;
    let input =
        json!({"FunctionName": "f", "Payload": event(&json!({"name": "x"})), "LogType": "Tail"});
    let answer = invoke(&cloud, input.clone()).await;
    assert_eq!(answer["StatusCode"], 200);
    assert_eq!(answer["ExecutedVersion"], "$LATEST");
    assert!(answer.get("FunctionError").is_none(), "{answer}");
    let payload = blob(&answer["Payload"]);
    assert_eq!(payload["event"], json!({"name": "x"}));
    assert_eq!(payload["arn"], "arn:aws:lambda:us-east-1:000000000000:function:f");
    assert_eq!(payload["table"], "songs");
    assert!(payload["key"].as_str().unwrap().starts_with("ASIA"));
    let tail = STANDARD.decode(answer["LogResult"].as_str().unwrap()).unwrap();
    let tail = String::from_utf8(tail).unwrap();
    let lines: Vec<&str> = tail.lines().collect();
    assert!(lines[0].starts_with("START RequestId: ") && lines[0].ends_with("Version: $LATEST"));
    assert!(lines[1].contains("got x"), "{tail}");
    assert!(lines[2].starts_with("END RequestId: "));
    assert!(lines[3].contains("Init Duration: "), "{tail}");

    let warm = invoke(&cloud, input).await;
    let tail = STANDARD.decode(warm["LogResult"].as_str().unwrap()).unwrap();
    assert!(!String::from_utf8(tail).unwrap().contains("Init Duration"), "a warm environment");
    assert_eq!(blob(&warm["Payload"])["key"], payload["key"]);
    let lines = logged(&cloud, "REPORT").await;
    assert!(lines[0].starts_with("/aws/lambda/f: INIT_START Runtime Version: nodejs:"));
    assert!(lines[1].starts_with("/aws/lambda/f: START RequestId: "));
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_told_apart() {
    if !isolates() {
        return;
    }
    let cloud = cloud().await;
    let code = "exports.handler = async (event) => {
        if (event.exit) process.exit(1);
        if (event.sleep) await new Promise(done => setTimeout(done, 60000));
        throw new TypeError('no');
    };";
    let mut input = node("f", code);
    input["Timeout"] = json!(1);
    create(&cloud, input).await;
    let failed = async |event_value: Value| {
        let input = json!({"FunctionName": "f", "Payload": event(&event_value)});
        let answer = invoke(&cloud, input).await;
        assert_eq!(answer["FunctionError"], "Unhandled");
        blob(&answer["Payload"])
    };
    let thrown = failed(json!({})).await;
    assert_eq!(
        (&thrown["errorType"], &thrown["errorMessage"]),
        (&json!("TypeError"), &json!("no"))
    );
    let exited = failed(json!({"exit": true})).await;
    assert_eq!(exited["errorType"], "Runtime.ExitError");
    let message = exited["errorMessage"].as_str().unwrap();
    assert!(message.ends_with("Error: Runtime exited with error: exit status 1"), "{message}");
    let late = failed(json!({"sleep": true})).await;
    assert_eq!(late["errorType"], "Sandbox.Timedout");
    let message = late["errorMessage"].as_str().unwrap();
    assert!(message.ends_with("Error: Task timed out after 1.00 seconds"), "{message}");
    logged(&cloud, "Task timed out after 1.00 seconds").await;
    logged(&cloud, "Status: timeout").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_does_not_start_fails_with_its_reason() {
    if !isolates() {
        return;
    }
    let cloud = cloud().await;
    create(&cloud, provided("p", "#!/bin/sh\nexit 3\n")).await;
    let answer = invoke(&cloud, json!({"FunctionName": "p"})).await;
    let payload = blob(&answer["Payload"]);
    assert_eq!(payload["errorType"], "Runtime.ExitError");
    create(&cloud, node("n", "throw new Error('at once')")).await;
    let answer = invoke(&cloud, json!({"FunctionName": "n"})).await;
    assert!(blob(&answer["Payload"])["errorMessage"].as_str().unwrap().contains("at once"));
    logged(&cloud, "Phase: init\tStatus: error").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_take_effect_at_once_and_aliases_choose() {
    if !isolates() {
        return;
    }
    let cloud = cloud().await;
    create(&cloud, node("f", "exports.handler = async () => 1")).await;
    let answer =
        async |name: &str| blob(&invoke(&cloud, json!({"FunctionName": name})).await["Payload"]);
    assert_eq!(answer("f").await, 1);
    let call =
        async |operation, input| cloud.admin().call("lambda", operation, input).await.unwrap();
    call("PublishVersion", json!({"FunctionName": "f"})).await;
    let alias = json!({"FunctionName": "f", "Name": "live", "FunctionVersion": "1"});
    call("CreateAlias", alias).await;
    let code = common::package("index.js", "exports.handler = async () => 2");
    call("UpdateFunctionCode", json!({"FunctionName": "f", "ZipFile": code})).await;
    assert_eq!(answer("f").await, 2);
    assert_eq!(answer("f:live").await, 1);
    assert_eq!(answer("f:1").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_tried_three_times() {
    if !isolates() {
        return;
    }
    let cloud = cloud().await;
    let code = "exports.handler = async (event, context) => { console.log('try', context.awsRequestId); throw new Error('no'); };";
    create(&cloud, node("f", code)).await;
    let input = json!({"FunctionName": "f", "InvocationType": "Event"});
    let answer = invoke(&cloud, input).await;
    assert_eq!(answer["StatusCode"], 202);
    for attempt in 1..=3_usize {
        cloud
            .eventually(async || {
                let tries = logs(&cloud).iter().filter(|it| it.contains("\ttry ")).count();
                (tries == attempt).then_some(())
            })
            .await;
        // The retry is written after the log.
        cloud
            .eventually(async || {
                let jobs = cloud.context().read(|tx| tx.list::<service_kit::job::JobRecord>(()));
                let waiting = jobs.unwrap().iter().any(|job| job.due > cloud.clock().now());
                (waiting || attempt == 3).then_some(())
            })
            .await;
        cloud.clock().advance(Duration::from_secs(121));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_tried_as_often_as_is_set() {
    if !isolates() {
        return;
    }
    let cloud = cloud().await;
    let code = "exports.handler = async () => { console.log('try'); throw new Error('no'); };";
    create(&cloud, node("f", code)).await;
    let set = json!({"FunctionName": "f", "MaximumRetryAttempts": 1});
    cloud.admin().call("lambda", "PutFunctionEventInvokeConfig", set).await.unwrap();
    invoke(&cloud, json!({"FunctionName": "f", "InvocationType": "Event"})).await;
    let jobs = async || {
        let jobs = cloud.context().read(|tx| tx.list::<service_kit::job::JobRecord>(()));
        jobs.unwrap().into_iter().filter(|job| job.kind == "lambda.invoke").collect::<Vec<_>>()
    };
    cloud
        .eventually(async || {
            jobs().await.iter().any(|job| job.due > cloud.clock().now()).then_some(())
        })
        .await;
    cloud.clock().advance(Duration::from_secs(61));
    cloud.eventually(async || jobs().await.is_empty().then_some(())).await;
    let tries = || logs(&cloud).iter().filter(|line| line.contains("\ttry")).count();
    cloud.eventually(async || (tries() == 2).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn active_tracing_leaves_two_segments() {
    if !isolates() {
        return;
    }
    let cloud = cloud().await;
    let mut input = node("f", ECHO);
    input["TracingConfig"] = json!({"Mode": "Active"});
    create(&cloud, input).await;
    let answer = invoke(&cloud, json!({"FunctionName": "f"})).await;
    let trace = blob(&answer["Payload"])["trace"].as_str().unwrap().to_owned();
    let found =
        cloud.eventually(async || Some(segments(&cloud)).filter(|found| found.len() == 2)).await;
    assert_eq!(found[0]["origin"], "AWS::Lambda");
    assert_eq!(found[1]["origin"], "AWS::Lambda::Function");
    assert_eq!(found[1]["parent_id"], found[0]["id"]);
    let names: Vec<_> = found[1]["subsegments"].as_array().unwrap().iter().collect();
    assert_eq!(names.len(), 3, "{names:?}");
    let (root, parent) = (found[1]["trace_id"].as_str(), found[1]["id"].as_str());
    assert_eq!(trace, format!("Root={};Parent={};Sampled=1", root.unwrap(), parent.unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_invocations_at_once_share_the_environments() {
    if !isolates() {
        return;
    }
    let cloud = cloud().await;
    create(&cloud, node("f", "exports.handler = async (event) => event.n")).await;
    let call = async |n: u32| {
        let input = json!({"FunctionName": "f", "Payload": event(&json!({"n": n}))});
        assert_eq!(blob(&invoke(&cloud, input).await["Payload"]), n);
    };
    tokio::join!(call(1), call(2), call(3));
    for n in 4..20 {
        call(n).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_the_answer_is_the_body_and_the_rest_are_headers() {
    if !isolates() {
        return;
    }
    let cloud = cloud().await;
    let code = "exports.handler = async (event, context) => {
        if (event.fail) throw new Error('no');
        return context.clientContext.custom;
    };";
    create(&cloud, node("f", code)).await;
    let send = async |body: &'static str| {
        let request = http::Request::post("/2015-03-31/functions/f/invocations")
            .header("host", "lambda.us-east-1.amazonaws.com")
            .header("x-amz-client-context", STANDARD.encode(r#"{"custom":{"a":1}}"#))
            .header("x-amz-log-type", "Tail");
        let request = request.body(bytes::Bytes::from_static(body.as_bytes())).unwrap();
        cloud.send(cloud.admin().sign("lambda", request)).await
    };
    let answer = send("{}").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.body(), r#"{"a":1}"#);
    assert_eq!(answer.headers()["x-amz-executed-version"], "$LATEST");
    let tail = STANDARD.decode(&answer.headers()["x-amz-log-result"]).unwrap();
    let id = answer.headers()["x-amzn-requestid"].to_str().unwrap();
    assert!(String::from_utf8(tail).unwrap().contains(&format!("START RequestId: {id} ")));
    let failed = send(r#"{"fail": true}"#).await;
    assert_eq!(failed.status(), 200);
    assert_eq!(failed.headers()["x-amz-function-error"], "Unhandled");
    let malformed = send("{").await;
    assert_eq!(malformed.status(), 400);
    assert_eq!(malformed.headers()["x-amzn-errortype"], "InvalidRequestContentException");
}

#[tokio::test(flavor = "multi_thread")]
async fn environments_end_before_their_credentials() {
    if !isolates() {
        return;
    }
    let cloud = cloud().await;
    create(&cloud, node("f", ECHO)).await;
    let key = async || {
        blob(&invoke(&cloud, json!({"FunctionName": "f"})).await["Payload"])["key"].clone()
    };
    let first = key().await;
    assert_eq!(key().await, first);
    cloud.clock().advance(Duration::from_secs(3600));
    assert_ne!(key().await, first);
}
