//! The other end of each protocol: requests as clients write them, answers as clients read them.

mod query;
mod rest;

use crate::{Protocol, WireError, cbor, json, json::Dialect, rest_json::Json, rest_xml::Xml, xml};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, header::CONTENT_TYPE};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use shape::{Signature, Value};
use std::borrow::Cow;

impl Protocol {
    /// The request that asks for `operation` with `input`, a value of its input schema, without
    /// host and signature. `service` is what the protocol calls the service: the prefix of
    /// `X-Amz-Target`, the version of the query API, the service in an RPC path, the namespace of
    /// XML documents; REST with JSON needs none.
    ///
    /// # Errors
    /// [`WireError::Malformed`] for an input that no request can carry, such as an empty label.
    pub fn encode_input(
        self,
        operation: &Signature,
        input: &Value,
        service: &str,
    ) -> Result<Request<Bytes>, WireError> {
        let schema = (operation.input)();
        let document = |kind: &str, body: Vec<u8>| -> (String, Vec<u8>) { (kind.into(), body) };
        let (path, (kind, body)) = match self {
            Self::RestJson => return rest::encode::<Json>(operation, input, service),
            Self::RestXml => return rest::encode::<Xml>(operation, input, service),
            Self::AwsJson10 | Self::AwsJson11 => {
                let version = if self == Self::AwsJson10 { "1.0" } else { "1.1" };
                let kind = format!("application/x-amz-json-{version}");
                ("/".into(), (kind, json::encode(schema, input, Dialect::RPC)))
            }
            Self::AwsQuery => {
                let form = query::encode(operation, input, service)?;
                ("/".into(), document("application/x-www-form-urlencoded", form.into_bytes()))
            }
            Self::RpcV2Cbor => {
                let path = format!("/service/{service}/operation/{}", operation.name);
                (path, document("application/cbor", cbor::encode(schema, input)))
            }
        };
        let mut request = Request::post(path).header(CONTENT_TYPE, kind);
        request = match self {
            Self::AwsJson10 | Self::AwsJson11 => {
                request.header("x-amz-target", format!("{service}.{}", operation.name))
            }
            Self::RpcV2Cbor => request.header("smithy-protocol", "rpc-v2-cbor"),
            _ => request,
        };
        request.body(body.into()).map_err(unsendable)
    }

    /// Reads the output of `operation` out of a successful answer.
    ///
    /// # Errors
    /// [`WireError`] when the answer does not follow the protocol.
    pub fn decode_output(
        self,
        operation: &Signature,
        answer: &Response<Bytes>,
    ) -> Result<Value, WireError> {
        let (name, schema, body) = (operation.name, (operation.output)(), answer.body());
        match self {
            Self::RestJson => rest::decode::<Json>(operation, answer),
            Self::RestXml => rest::decode::<Xml>(operation, answer),
            _ if body.is_empty() => Ok(Value::structure(schema)),
            Self::AwsJson10 | Self::AwsJson11 => json::decode(name, schema, body, Dialect::RPC),
            Self::AwsQuery => xml::decode_child(name, schema, body, &format!("{name}Result")),
            Self::RpcV2Cbor => cbor::decode(name, schema, body),
        }
    }

    /// The code and the message of an answer that is an error; empty where it has none.
    pub fn decode_failure(self, headers: &HeaderMap, body: &[u8]) -> (String, String) {
        match self {
            Self::AwsQuery | Self::RestXml => {
                let texts = xml::texts(body, &["Code", "Message"]);
                let [code, message] = texts.unwrap_or_default();
                (code, message)
            }
            Self::RpcV2Cbor => cbor_failure(body).unwrap_or_default(),
            _ => json_failure(headers, body),
        }
    }
}

fn json_failure(headers: &HeaderMap, body: &[u8]) -> (String, String) {
    let document: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |names: [&str; 2]| {
        let texts = names.into_iter().filter_map(|name| document.get(name)?.as_str());
        texts.map(str::to_owned).next().unwrap_or_default()
    };
    let header = headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok());
    let code = header.map_or_else(|| text(["__type", "code"]), str::to_owned);
    (bare(&code).to_owned(), text(["message", "Message"]))
}

fn cbor_failure(body: &[u8]) -> Option<(String, String)> {
    let mut from = minicbor::Decoder::new(body);
    let (mut code, mut message) = (String::new(), String::new());
    let entries = from.map().ok()?.unwrap_or(0);
    for _ in 0..entries {
        match from.str().ok()? {
            "__type" => code = bare(from.str().ok()?).to_owned(),
            "message" | "Message" => message = from.str().ok()?.to_owned(),
            _ => from.skip().ok()?,
        }
    }
    Some((code, message))
}

/// `com.amazonaws.sqs#QueueDoesNotExist:http://...` without what stands around the code.
fn bare(code: &str) -> &str {
    let code = code.rsplit_once('#').map_or(code, |(_, code)| code);
    code.split_once(':').map_or(code, |(code, _)| code)
}

fn unsendable(why: http::Error) -> WireError {
    WireError::Malformed(format!("No request can carry this input: {why}"))
}

/// What is escaped: all but the unreserved characters of RFC 3986; and slashes, unless they stay.
const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const RESERVED_IN_PATHS: AsciiSet = RESERVED.remove(b'/');

/// `text` with everything escaped that is reserved.
fn escape(text: &str, keep_slashes: bool) -> Cow<'_, str> {
    let reserved = if keep_slashes { &RESERVED_IN_PATHS } else { &RESERVED };
    utf8_percent_encode(text, reserved).into()
}
