//! The AWS protocols, one file each: codecs over the schemas of `shape`.
//!
//! A request comes in as an [`Incoming`], becomes a [`shape::Value`] by its operation's input
//! schema, and the answer's value goes out by the output schema; `client` is the other end. Nothing
//! here knows a service.

mod aws_json;
mod aws_query;
mod cbor;
mod client;
mod encoding;
mod error;
pub mod json;
mod limits;
mod rest;
mod rest_json;
mod rest_xml;
mod router;
mod rpc_v2_cbor;
mod text;
mod xml;

pub use encoding::ungzip;
pub use error::WireError;
pub use json::redacted_json;
pub use router::Router;

use bytes::Bytes;
use http::{HeaderMap, Method, Response};
use shape::{Failure, Signature, Value};
use std::borrow::Cow;

/// How deep values may nest, in levels of the schema. DynamoDB, the deepest, allows 32 levels of
/// attributes, which are two levels each, below six of BatchWriteItem; it refuses more by itself.
pub const MAX_DEPTH: usize = 96;

/// A protocol of the AWS APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// AWS JSON 1.0: DynamoDB, SQS, Step Functions.
    AwsJson10,
    /// AWS JSON 1.1: KMS, CloudWatch Logs, CloudTrail, EventBridge.
    AwsJson11,
    /// AWS query: form parameters in, XML out: IAM, STS, SNS, CloudWatch.
    AwsQuery,
    /// REST with JSON documents: Lambda, API Gateway, X-Ray.
    RestJson,
    /// REST with XML documents: S3, Route 53.
    RestXml,
    /// Smithy RPC v2 CBOR: CloudWatch.
    RpcV2Cbor,
}

/// A request as the codecs need it.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// The HTTP method.
    pub method: &'a Method,
    /// The path as sent, with its percent escapes.
    pub path: &'a str,
    /// The query string as sent, without the question mark; may be empty.
    pub query: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body, without content encoding (see [`ungzip`]).
    pub body: &'a Bytes,
}

/// What an answer needs beside its value.
#[derive(Clone, Copy, Debug)]
pub struct Answering<'a> {
    /// The id of this request.
    pub request_id: &'a str,
    /// The namespace of XML answers (query and restXml).
    pub xml_namespace: &'a str,
    /// Whether this JSON or CBOR service once spoke query, so that its errors carry the old code in
    /// `x-amzn-query-error` ("AWS Query-Compatible Protocol").
    pub query_compatible: bool,
    /// What comes before `#` in the `__type` of JSON and CBOR errors, such as
    /// `com.amazonaws.dynamodb.v20120810`; without it `__type` is the bare code.
    pub error_namespace: Option<&'a str>,
}

impl Protocol {
    /// Reads the input of `operation` out of a request.
    ///
    /// # Errors
    /// [`WireError`] when the request is malformed or has a member that the input lacks.
    pub fn decode(self, operation: &Signature, incoming: &Incoming) -> Result<Value, WireError> {
        match self {
            Self::AwsJson10 | Self::AwsJson11 => aws_json::decode(operation, incoming),
            Self::AwsQuery => aws_query::decode(operation, incoming),
            Self::RestJson => rest_json::decode(operation, incoming),
            Self::RestXml => rest_xml::decode(operation, incoming),
            Self::RpcV2Cbor => rpc_v2_cbor::decode(operation, incoming),
        }
    }

    /// The answer that carries `output`, a value of the operation's output schema.
    pub fn encode(
        self,
        operation: &Signature,
        output: &Value,
        answering: &Answering,
    ) -> Response<Bytes> {
        match self {
            Self::AwsJson10 | Self::AwsJson11 => {
                aws_json::encode(self, operation, output, answering)
            }
            Self::AwsQuery => aws_query::encode(operation, output, answering),
            Self::RestJson => rest_json::encode(operation, output, answering),
            Self::RestXml => rest_xml::encode(operation, output, answering),
            Self::RpcV2Cbor => rpc_v2_cbor::encode(operation, output, answering),
        }
    }

    /// The answer that carries an error.
    pub fn encode_failure(self, failure: &Failure, answering: &Answering) -> Response<Bytes> {
        match self {
            Self::AwsJson10 | Self::AwsJson11 => aws_json::encode_failure(self, failure, answering),
            Self::AwsQuery => aws_query::encode_failure(failure, answering),
            Self::RestJson => rest_json::encode_failure(failure, answering),
            Self::RestXml => rest_xml::encode_failure(failure, answering),
            Self::RpcV2Cbor => rpc_v2_cbor::encode_failure(failure, answering),
        }
    }
}

/// The name of the operation that a request asks for, for protocols that say it: the end of
/// `X-Amz-Target`, the `Action` parameter, or the end of `/service/S/operation/O`.
///
/// None for REST protocols, which need a [`Router`], and for requests that do not say it.
pub fn operation_name<'a>(protocol: Protocol, incoming: &Incoming<'a>) -> Option<Cow<'a, str>> {
    match protocol {
        Protocol::AwsJson10 | Protocol::AwsJson11 => aws_json::operation_name(incoming),
        Protocol::AwsQuery => aws_query::operation_name(incoming),
        Protocol::RpcV2Cbor => rpc_v2_cbor::operation_name(incoming),
        Protocol::RestJson | Protocol::RestXml => None,
    }
}

/// The version of the API that a request in the query protocol asks for.
pub fn query_version<'a>(incoming: &Incoming<'a>) -> Option<Cow<'a, str>> {
    aws_query::version(incoming)
}

/// An answer with a status, a body and headers; names and values that HTTP does not allow are
/// left out, since they could only come from a service's own data.
pub(crate) fn respond<'h>(
    status: u16,
    headers: impl IntoIterator<Item = (&'h str, &'h str)>,
    body: impl Into<Bytes>,
) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        set_header(&mut response, name, value);
    }
    response
}

/// Sets a header, or leaves it out where HTTP does not allow its name or value.
pub(crate) fn set_header(response: &mut Response<Bytes>, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) =
        (http::HeaderName::try_from(name), http::HeaderValue::from_bytes(value.as_bytes()))
    {
        response.headers_mut().insert(name, value);
    }
}
