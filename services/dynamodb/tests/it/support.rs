//! Calls to DynamoDB that must be answered, or refused.

use bytes::Bytes;
use http::Request;
use serde_json::Value;
use testkit::Client;

/// What `client` sends to call `operation`.
pub fn request(client: &Client<'_>, operation: &str, input: &Value) -> Request<Bytes> {
    let request = Request::post("/")
        .header("host", "dynamodb.us-east-1.amazonaws.com")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .body(Bytes::from(input.to_string()))
        .unwrap();
    client.sign("dynamodb", request)
}

/// The answer to a call.
pub async fn ok(client: &Client<'_>, operation: &'static str, input: Value) -> Value {
    client.call("dynamodb", operation, input).await.unwrap()
}

/// The code and the message of a refusal.
pub async fn refused(
    client: &Client<'_>,
    operation: &'static str,
    input: Value,
) -> (String, String) {
    let failure = client.call("dynamodb", operation, input).await.unwrap_err();
    (failure.code.to_owned(), failure.message)
}
