//! Smithy RPC v2 CBOR: `POST /service/{service}/operation/{operation}`.

use crate::{Answering, Incoming, WireError, cbor, error, respond};
use bytes::Bytes;
use http::Response;
use minicbor::Encoder;
use shape::{Failure, Signature, Value};
use std::{borrow::Cow, convert::Infallible};

/// The operation that `/service/GraniteServiceVersion20100801/operation/PutMetricData` names; what
/// comes before `/service/` is the customer's own.
pub(crate) fn operation_name<'a>(incoming: &Incoming<'a>) -> Option<Cow<'a, str>> {
    let (rest, operation) = incoming.path.rsplit_once("/operation/")?;
    let (_, service) = rest.rsplit_once("/service/")?;
    let named = |text: &str| !text.is_empty() && !text.contains('/');
    (named(service) && named(operation)).then(|| operation.into())
}

pub(crate) fn decode(operation: &Signature, incoming: &Incoming) -> Result<Value, WireError> {
    let schema = (operation.input)();
    if incoming.body.is_empty() {
        return Ok(Value::structure(schema));
    }
    cbor::decode(operation.name, schema, incoming.body)
}

pub(crate) fn encode(
    operation: &Signature,
    output: &Value,
    answering: &Answering,
) -> Response<Bytes> {
    answer(200, cbor::encode((operation.output)(), output), answering)
}

pub(crate) fn encode_failure(failure: &Failure, answering: &Answering) -> Response<Bytes> {
    // Writing to memory does not fail.
    let body = document(failure, answering).unwrap_or_default();
    let mut response = answer(failure.status, body, answering);
    error::query_header(&mut response, failure, answering);
    response
}

fn document(
    failure: &Failure,
    answering: &Answering,
) -> Result<Vec<u8>, minicbor::encode::Error<Infallible>> {
    let message = !error::has_message(failure);
    let mut to = Encoder::new(Vec::new());
    to.map(failure.fields.len() as u64 + 1 + u64::from(message))?;
    to.str("__type")?.str(&error::typed(failure, answering))?;
    if message {
        to.str("message")?.str(&failure.message)?;
    }
    for (name, schema, value) in &failure.fields {
        to.str(name)?;
        cbor::write(&mut to, schema, value)?;
    }
    Ok(to.into_writer())
}

fn answer(status: u16, body: Vec<u8>, answering: &Answering) -> Response<Bytes> {
    let headers = [
        ("content-type", "application/cbor"),
        ("smithy-protocol", "rpc-v2-cbor"),
        ("x-amzn-requestid", answering.request_id),
    ];
    respond(status, headers, body)
}
