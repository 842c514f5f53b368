//! REST with JSON documents.

use crate::{
    Answering, Incoming, WireError, error,
    json::{self, Dialect},
    respond, rest,
};
use bytes::Bytes;
use http::Response;
use shape::{Failure, Member, Schema, Signature, Value};

pub(crate) enum Json {}

impl rest::Format for Json {
    const CONTENT_TYPE: &'static str = "application/json";

    fn read_body(
        operation: &'static str,
        schema: &'static Schema,
        body: &[u8],
    ) -> Result<Value, WireError> {
        json::decode(operation, schema, body, Dialect::REST_BODY)
    }

    fn read_payload(
        operation: &'static str,
        member: &Member,
        body: &[u8],
    ) -> Result<Value, WireError> {
        json::decode(operation, member.schema(), body, Dialect::REST_PAYLOAD)
    }

    fn write_body(schema: &'static Schema, output: &Value, _: &Answering) -> Vec<u8> {
        json::encode(schema, output, Dialect::REST_BODY)
    }

    fn write_payload(member: &Member, value: &Value, _: &Answering) -> Vec<u8> {
        json::encode(member.schema(), value, Dialect::REST_PAYLOAD)
    }
}

pub(crate) fn decode(operation: &Signature, incoming: &Incoming) -> Result<Value, WireError> {
    rest::decode::<Json>(operation, incoming)
}

pub(crate) fn encode(
    operation: &Signature,
    output: &Value,
    answering: &Answering,
) -> Response<Bytes> {
    rest::encode::<Json>(operation, output, answering)
}

pub(crate) fn encode_failure(failure: &Failure, answering: &Answering) -> Response<Bytes> {
    let headers = [
        ("content-type", "application/json"),
        ("x-amzn-requestid", answering.request_id),
        ("x-amzn-errortype", failure.code),
    ];
    let mut response = respond(failure.status, headers, error::document(failure, None));
    error::retry_header(&mut response, failure);
    response
}
