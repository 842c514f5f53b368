//! Calls to DynamoDB that must be answered, or refused.

use serde_json::Value;
use testkit::Client;

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
