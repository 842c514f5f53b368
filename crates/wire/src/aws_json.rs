//! AWS JSON 1.0 and 1.1: the operation in `X-Amz-Target`, documents both ways.

use crate::{Answering, Incoming, Protocol, WireError, error, json, json::Dialect, respond};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, header::CONTENT_TYPE};
use shape::{Failure, Signature, Value};
use std::borrow::Cow;

/// The operation that `X-Amz-Target: DynamoDB_20120810.PutItem` names.
pub(crate) fn operation_name<'a>(incoming: &Incoming<'a>) -> Option<Cow<'a, str>> {
    let target = incoming.headers.get("x-amz-target")?.to_str().ok()?;
    target.rsplit_once('.').map(|(_, name)| name.into())
}

pub(crate) fn decode(operation: &Signature, incoming: &Incoming) -> Result<Value, WireError> {
    let text = if incoming.body.is_empty() { b"{}" } else { incoming.body.as_ref() };
    json::decode(operation.name, (operation.input)(), text, Dialect::RPC)
}

pub(crate) fn encode(
    protocol: Protocol,
    operation: &Signature,
    output: &Value,
    answering: &Answering,
) -> Response<Bytes> {
    let schema = (operation.output)();
    // An operation that gives nothing answers with nothing, not with an empty document.
    let body = match schema.name == <shape::Empty as shape::Shape>::schema().name {
        true => Vec::new(),
        false => json::encode(schema, output, Dialect::RPC),
    };
    answer(protocol, 200, body, answering)
}

pub(crate) fn encode_failure(
    protocol: Protocol,
    failure: &Failure,
    answering: &Answering,
) -> Response<Bytes> {
    let body = error::document(failure, Some(&error::typed(failure, answering)));
    let mut response = answer(protocol, failure.status, body, answering);
    error::query_header(&mut response, failure, answering);
    response
}

fn answer(
    protocol: Protocol,
    status: u16,
    body: Vec<u8>,
    answering: &Answering,
) -> Response<Bytes> {
    const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
    const SUM: HeaderName = HeaderName::from_static("x-amz-crc32");
    let old = protocol == Protocol::AwsJson10;
    let kind = if old { "application/x-amz-json-1.0" } else { "application/x-amz-json-1.1" };
    // DynamoDB's SDKs compare this sum with the body.
    let sum = old.then(|| crc32fast::hash(&body));
    let mut response = respond(status, [], body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(id) = answering.request_id.parse() {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(sum) = sum {
        headers.insert(SUM, sum.into());
    }
    response
}
