//! What is wrong with a request, and how each protocol says so.

use crate::{Answering, Protocol, json, set_header, text::write_scalar, xml};
use bytes::Bytes;
use http::Response;
use shape::{Failure, Kind, Schema, TimestampFormat};
use std::{borrow::Cow, fmt};

/// A request that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WireError {
    /// It does not follow the protocol; in AWS's words where they are known.
    Malformed(String),
    /// A list stands where something else is wanted.
    NotAList {
        /// The Java type of what is wanted, as AWS names it but for the shape's package.
        java: String,
        /// The shape that this type names, empty for types of Java's own.
        shape: &'static str,
    },
    /// It has a member that AWS may know but we do not: never ignored, since the caller relies on
    /// its effect.
    UnknownMember {
        /// The operation, or the shape where there is no operation.
        operation: &'static str,
        /// Where: `Filters[0].Scope`.
        path: String,
    },
    /// A union with no member, or with several. In JSON whoever reads the value says so.
    NotOneMember {
        /// The union's shape.
        shape: &'static str,
        /// Whether there were several.
        several: bool,
    },
    /// It nests deeper than [`crate::MAX_DEPTH`].
    TooDeep,
    /// Its body, decompressed, is longer than this many bytes.
    TooLarge(usize),
}

impl WireError {
    /// For a list in the place of `wanted`.
    pub(crate) fn not_a_list(wanted: &Schema) -> Self {
        let (java, shape) = java(wanted);
        let java = if java.ends_with('>') { java } else { format!("class {java}") };
        Self::NotAList { java, shape }
    }

    /// This error seen from one level further out, so that paths name every level.
    pub(crate) fn within(self, segment: impl fmt::Display) -> Self {
        match self {
            Self::UnknownMember { operation, path } => {
                let dot = if path.starts_with('[') { "" } else { "." };
                Self::UnknownMember { operation, path: format!("{segment}{dot}{path}") }
            }
            other => other,
        }
    }

    /// The error to answer with on `protocol`, of a service whose shapes and errors are in
    /// `namespace`.
    pub fn into_failure(self, protocol: Protocol, namespace: &str) -> Failure {
        let malformed = match protocol {
            Protocol::AwsQuery => "MalformedInput",
            Protocol::RestXml => "MalformedXML",
            _ => "SerializationException",
        };
        match self {
            Self::NotAList { mut java, shape } => {
                if let Some(place) = java.rfind(shape).filter(|_| !shape.is_empty())
                    && !namespace.is_empty()
                {
                    java.insert_str(place, &format!("{namespace}."));
                }
                let text = Self::NotAList { java, shape }.to_string();
                Failure::new(malformed, 400, text)
            }
            Self::UnknownMember { .. } => Failure::new("NotImplemented", 501, self.to_string()),
            Self::TooLarge(_) => Failure::new("RequestEntityTooLarge", 413, self.to_string()),
            _ => Failure::new(malformed, 400, self.to_string()),
        }
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(message) => formatter.write_str(message),
            Self::NotAList { java, .. } => {
                write!(formatter, "Unrecognized collection type {java}")
            }
            Self::UnknownMember { operation, path } => write!(
                formatter,
                "{operation} has no member {path} here; docs/coverage.md lists what is built"
            ),
            Self::NotOneMember { shape, several } => {
                let found = if *several { "has more than one datatypes set" } else { "is empty" };
                write!(
                    formatter,
                    "Supplied {shape} {found}, must contain exactly one of the supported datatypes"
                )
            }
            Self::TooDeep => formatter.write_str("The request is nested too deeply"),
            Self::TooLarge(limit) => {
                write!(formatter, "The decompressed request body is longer than {limit} bytes")
            }
        }
    }
}

impl std::error::Error for WireError {}

/// The Java type that AWS's servers read `schema` into, and the name of the shape in it.
fn java(schema: &Schema) -> (String, &'static str) {
    let own = |name: &str| (format!("java.{name}"), "");
    match schema.kind {
        Kind::Boolean => own("lang.Boolean"),
        Kind::Integer => own("lang.Integer"),
        Kind::Long => own("lang.Long"),
        Kind::Double => own("lang.Double"),
        Kind::String | Kind::Enum(_) => own("lang.String"),
        Kind::Blob => own("nio.ByteBuffer"),
        Kind::Timestamp => own("util.Date"),
        Kind::Document => own("lang.Object"),
        Kind::List(item) => {
            let (item, shape) = java(item());
            (format!("java.util.List<{item}>"), shape)
        }
        Kind::Map(item) => {
            let (item, shape) = java(item());
            (format!("java.util.Map<java.lang.String, {item}>"), shape)
        }
        Kind::Structure(_) | Kind::Union(_) => (schema.name.into(), schema.name),
    }
}

/// Where an error belongs that AWS's own framework answers, before or around any service.
fn framework(code: &str) -> Option<&'static str> {
    Some(match code {
        "ValidationException" => "com.amazon.coral.validate",
        "ThrottlingException" => "com.amazon.coral.availability",
        "AccessDeniedException"
        | "IncompleteSignatureException"
        | "InternalFailure"
        | "InvalidSignatureException"
        | "MissingAuthenticationTokenException"
        | "SerializationException"
        | "UnknownOperationException"
        | "UnrecognizedClientException" => "com.amazon.coral.service",
        _ => return None,
    })
}

/// The name of the message in a JSON document; the framework spells it both ways.
fn message_key(failure: &Failure) -> &'static str {
    match failure.code {
        "AccessDeniedException" | "SerializationException" => "Message",
        _ => "message",
    }
}

/// The `__type` of a JSON or CBOR error.
pub(crate) fn typed<'a>(failure: &'a Failure, answering: &Answering) -> Cow<'a, str> {
    match answering.error_namespace.map(|own| framework(failure.code).unwrap_or(own)) {
        Some(namespace) => format!("{namespace}#{}", failure.code).into(),
        None => failure.code.into(),
    }
}

/// Whether the error has a field of its own for the message (`Message` in some models).
pub(crate) fn has_message(failure: &Failure) -> bool {
    failure.fields.iter().any(|(name, ..)| name.eq_ignore_ascii_case("message"))
}

/// The JSON document of an error.
pub(crate) fn document(failure: &Failure, kind: Option<&str>) -> Vec<u8> {
    let mut document = serde_json::Map::new();
    if let Some(kind) = kind {
        document.insert("__type".into(), kind.into());
    }
    let rest = kind.is_none();
    if !has_message(failure) {
        let key = if rest { "message" } else { message_key(failure) };
        document.insert(key.into(), failure.message.as_str().into());
    }
    for (name, schema, value) in &failure.fields {
        if rest && is_retry(name) {
            continue;
        }
        document.insert((*name).into(), json::to_json(schema, value));
    }
    serde_json::Value::Object(document).to_string().into_bytes()
}

/// Whose fault it is, as the query protocol says it.
pub(crate) fn fault(failure: &Failure) -> &'static str {
    if failure.status < 500 { "Sender" } else { "Receiver" }
}

/// Sets the header that tells clients the code they knew when the service spoke query.
pub(crate) fn query_header(
    response: &mut Response<Bytes>,
    failure: &Failure,
    answering: &Answering,
) {
    if answering.query_compatible {
        let text = format!("{};{}", failure.query_code(), fault(failure));
        set_header(response, "x-amzn-query-error", &text);
    }
}

/// The code, message and fields of an error as XML elements.
pub(crate) fn elements(to: &mut String, failure: &Failure, code: &str) {
    xml::text_element(to, "Code", code);
    xml::text_element(to, "Message", &failure.message);
    for (name, schema, value) in &failure.fields {
        if !name.eq_ignore_ascii_case("message") {
            xml::element(to, name, |to| xml::content(to, schema, value, |_| true));
        }
    }
}

/// Whether a field of a REST error goes into the `Retry-After` header: the one binding that the
/// models' errors have (`TooManyRequestsException` of Lambda and API Gateway).
fn is_retry(name: &str) -> bool {
    name.eq_ignore_ascii_case("retryAfterSeconds")
}

/// Sets `Retry-After` where the error has it.
pub(crate) fn retry_header(response: &mut Response<Bytes>, failure: &Failure) {
    let seconds = failure.fields.iter().find(|(name, ..)| is_retry(name));
    if let Some((_, _, value)) = seconds
        && let Some(text) = write_scalar(value, TimestampFormat::HttpDate)
    {
        set_header(response, "retry-after", &text);
    }
}
