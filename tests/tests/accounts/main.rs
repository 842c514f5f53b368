//! Accounts beside each other on one instance of all services: what is left of one that is erased,
//! and what one that floods takes from the others.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod erase;
mod fair;
#[path = "../../../server/src/services.rs"]
mod services;

use serde_json::{Value, json};
use testkit::Client;

async fn ok(client: &Client<'_>, service: &'static str, name: &'static str, input: Value) -> Value {
    let answer = client.call(service, name, input).await;
    answer.unwrap_or_else(|failure| {
        panic!("{service}:{name}: {} {} {:?}", failure.code, failure.message, failure.cause)
    })
}

fn everything_allowed() -> Value {
    json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}])
}
