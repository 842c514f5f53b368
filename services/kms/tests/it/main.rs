//! KMS through the whole pipeline, in process, on a clock that stands still until it is moved.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod algorithms;
mod conditions;
mod imports;
mod keys;
mod regions;
mod states;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use testkit::{Client, Cloud};

async fn cloud() -> Cloud {
    Cloud::start(&[&iam::SERVICE, &kms::SERVICE]).await
}

async fn call(client: &Client<'_>, operation: &'static str, input: Value) -> Value {
    client.call("kms", operation, input).await.unwrap_or_else(|failure| {
        panic!("{operation}: {} {} {:?}", failure.code, failure.message, failure.cause)
    })
}

async fn code(client: &Client<'_>, operation: &'static str, input: Value) -> &'static str {
    client.call("kms", operation, input).await.err().map_or("", |failure| failure.code)
}

async fn key(client: &Client<'_>, input: Value) -> String {
    let made = call(client, "CreateKey", input).await;
    made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned()
}

async fn metadata(client: &Client<'_>, key: &str) -> Value {
    call(client, "DescribeKey", json!({"KeyId": key})).await["KeyMetadata"].take()
}

fn bytes(blob: &Value) -> Vec<u8> {
    STANDARD.decode(blob.as_str().unwrap()).unwrap()
}

fn blob(bytes: &[u8]) -> Value {
    STANDARD.encode(bytes).into()
}
