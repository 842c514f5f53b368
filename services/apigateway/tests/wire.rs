//! The control plane as clients see it: signed REST requests with JSON in AWS's spelling.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod common;

use bytes::Bytes;
use common::{SERVICES, body};
use http::{Method, Request, Response};
use serde_json::{Value, json};
use testkit::Cloud;

async fn ask(cloud: &Cloud, method: Method, path: &str, input: Value) -> Response<Bytes> {
    let body = match input {
        Value::Null => Bytes::new(),
        input => input.to_string().into(),
    };
    let request = Request::builder().method(method).uri(path);
    let request = request.header("host", "localhost:4566").body(body).unwrap();
    cloud.send(cloud.admin().sign("apigateway", request)).await
}

#[tokio::test]
async fn names_and_numbers_are_spelled_as_on_aws() {
    let cloud = Cloud::start(&SERVICES).await;
    let made = ask(&cloud, Method::POST, "/restapis", json!({"name": "shop"})).await;
    assert_eq!(made.status(), 201);
    let made = body(&made);
    let (id, root) = (made["id"].as_str().unwrap(), made["rootResourceId"].as_str().unwrap());
    assert_eq!(made["createdDate"], testkit::START.as_secs());
    assert_eq!(made["endpointConfiguration"], json!({"types": ["EDGE"], "ipAddressType": "ipv4"}));
    assert_eq!(made["apiKeySource"], "HEADER");
    assert_eq!(made["disableExecuteApiEndpoint"], false);

    let resources = format!("/restapis/{id}/resources");
    let stream = json!({"pathPart": "stream"});
    let stream = ask(&cloud, Method::POST, &format!("{resources}/{root}"), stream).await;
    let stream = body(&stream)["id"].as_str().unwrap().to_owned();
    let method = format!("{resources}/{stream}/methods/GET");
    let put = ask(&cloud, Method::PUT, &method, json!({"authorizationType": "NONE"})).await;
    assert_eq!(put.status(), 201);
    let integration = json!({"type": "AWS_PROXY", "httpMethod": "POST", "uri": common::uri("f")});
    let put = ask(&cloud, Method::PUT, &format!("{method}/integration"), integration).await;
    assert_eq!(put.status(), 201, "{:?}", put.body());
    assert_eq!(body(&put)["httpMethod"], "POST");
    let listed = ask(&cloud, Method::GET, &format!("{resources}?embed=methods"), Value::Null).await;
    let listed = body(&listed);
    let listed = listed["item"].as_array().unwrap();
    assert!(listed.iter().any(|one| one["resourceMethods"]["GET"]["httpMethod"] == "GET"));

    let arn = format!("arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2F{id}");
    let tags = format!("/tags/{arn}");
    let tagged = ask(&cloud, Method::PUT, &tags, json!({"tags": {"a": "b"}})).await;
    assert_eq!(tagged.status(), 204, "{:?}", tagged.body());
    assert_eq!(body(&ask(&cloud, Method::GET, &tags, Value::Null).await)["tags"]["a"], "b");
    let untagged = ask(&cloud, Method::DELETE, &format!("{tags}?tagKeys=a"), Value::Null).await;
    assert_eq!(untagged.status(), 204);
    let authorizers = format!("/restapis/{id}/authorizers");
    let none = ask(&cloud, Method::GET, &authorizers, Value::Null).await;
    assert_eq!((none.status().as_u16(), body(&none)), (200, json!({"item": []})));
    let unbuilt = ask(&cloud, Method::POST, &authorizers, json!({"name": "a"})).await;
    assert_eq!(unbuilt.status(), 501);
    let gone = ask(&cloud, Method::DELETE, &format!("/restapis/{id}"), Value::Null).await;
    assert_eq!(gone.status(), 202);
    let gone = ask(&cloud, Method::GET, &format!("/restapis/{id}"), Value::Null).await;
    assert_eq!(gone.status(), 404);
    assert_eq!(gone.headers()["x-amzn-errortype"], "NotFoundException");
    let message = format!("Invalid API identifier specified 000000000000:{id}");
    assert_eq!(body(&gone)["message"], message);
}
