//! REST with XML documents.

use crate::{Answering, Incoming, WireError, error, respond, rest, set_header, xml};
use bytes::Bytes;
use http::Response;
use shape::{Failure, Location, Member, Schema, Signature, Value};

/// What AWS starts its XML documents with.
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

pub(crate) enum Xml {}

impl rest::Format for Xml {
    const CONTENT_TYPE: &'static str = "application/xml";

    fn read_body(
        operation: &'static str,
        schema: &'static Schema,
        body: &[u8],
    ) -> Result<Value, WireError> {
        xml::decode_body(operation, schema, body)
    }

    fn read_payload(
        operation: &'static str,
        member: &Member,
        body: &[u8],
    ) -> Result<Value, WireError> {
        xml::decode_payload(operation, member, body)
    }

    fn write_body(schema: &'static Schema, output: &Value, answering: &Answering) -> Vec<u8> {
        let has = |member: &Member| member.location == Location::Body;
        document(schema.name, answering, |to| xml::content(to, schema, output, has))
    }

    fn write_payload(member: &Member, value: &Value, answering: &Answering) -> Vec<u8> {
        let root = member.wire_name.unwrap_or(member.schema().name);
        let schema = member.schema();
        document(root, answering, |to| xml::content(to, schema, value, |_| true))
    }
}

fn document(root: &str, answering: &Answering, content: impl FnOnce(&mut String)) -> Vec<u8> {
    let mut text = String::from(DECLARATION);
    xml::open_root(&mut text, root, answering.xml_namespace);
    content(&mut text);
    text.push_str("</");
    text.push_str(root);
    text.push('>');
    text.into_bytes()
}

pub(crate) fn decode(operation: &Signature, incoming: &Incoming) -> Result<Value, WireError> {
    rest::decode::<Xml>(operation, incoming)
}

pub(crate) fn encode(
    operation: &Signature,
    output: &Value,
    answering: &Answering,
) -> Response<Bytes> {
    let mut response = rest::encode::<Xml>(operation, output, answering);
    set_header(&mut response, "x-amz-request-id", answering.request_id);
    response
}

/// The error as S3 has it, without the wrapper that other services put around it.
pub(crate) fn encode_failure(failure: &Failure, answering: &Answering) -> Response<Bytes> {
    let mut body = String::from(DECLARATION);
    xml::element(&mut body, "Error", |to| {
        error::elements(to, failure, failure.code);
        xml::text_element(to, "RequestId", answering.request_id);
    });
    let headers = [
        ("content-type", "application/xml"),
        ("x-amzn-requestid", answering.request_id),
        ("x-amz-request-id", answering.request_id),
    ];
    let mut response = respond(failure.status, headers, body);
    error::retry_header(&mut response, failure);
    response
}
