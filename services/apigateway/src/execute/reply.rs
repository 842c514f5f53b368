//! Answers on their way out, and the refusals that API Gateway words itself.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header::CONTENT_TYPE};
use service_kit::prelude::*;
use std::borrow::Cow;

/// An answer without the headers that every answer has.
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers of this answer.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// For `x-amzn-ErrorType`.
    pub error: Option<HeaderValue>,
}

/// Why a request gets no answer of its integration.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    status: u16,
    error: Cow<'static, str>,
    message: Cow<'static, str>,
    /// The member that holds the message: AWS spells it in two ways.
    member: &'static str,
}

impl Refusal {
    fn new(status: u16, error: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, error: error.into(), message: message.into(), member: "message" }
    }

    /// No such API or stage, or the API's endpoint is disabled.
    pub fn forbidden() -> Self {
        Self::new(403, "ForbiddenException", "Forbidden")
    }

    /// No such path or method, or a method that wants a signature did not get one.
    pub fn missing_token() -> Self {
        Self::new(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
    }

    /// The body is over the limit.
    pub fn too_long() -> Self {
        Self::new(413, "RequestTooLargeException", "Request Too Long")
    }

    /// Policies do not allow it.
    pub fn denied(message: String) -> Self {
        Self { member: "Message", ..Self::new(403, "AccessDeniedException", message) }
    }

    /// The signature is not right.
    pub fn unsigned(code: &'static str, message: String) -> Self {
        Self::new(403, code, message)
    }

    /// Parameters are missing.
    pub fn bad_request(message: String) -> Self {
        Self::new(400, "BadRequestException", message)
    }

    /// No template takes the body's type.
    pub fn unsupported_media_type() -> Self {
        Self::new(415, "BadRequestException", "Unsupported Media Type")
    }

    /// The integration failed (502), or could not be asked (500).
    pub fn internal(status: u16) -> Self {
        Self::new(status, "InternalServerErrorException", "Internal server error")
    }

    /// The integration took too long.
    pub fn timed_out() -> Self {
        Self::new(504, "InternalServerErrorException", "Endpoint request timed out")
    }
}

impl From<Fault> for Refusal {
    fn from(_: Fault) -> Self {
        Self::internal(500)
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        let message = serde_json::Value::String(refusal.message.into_owned());
        let body = format!("{{\"{}\":{message}}}", refusal.member);
        Self {
            status: StatusCode::from_u16(refusal.status)
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            headers: json_headers(),
            body: body.into(),
            error: HeaderValue::from_str(&refusal.error).ok(),
        }
    }
}

/// Headers that say the body is JSON, which is also what API Gateway says when nobody else does.
pub fn json_headers() -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers
}
