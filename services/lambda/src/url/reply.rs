//! Answers on their way out, and the refusals that Lambda words itself.

use crate::error::LambdaError;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE};
use serde_json::{Value, json};
use service_kit::{front::Response, prelude::*, shape::Failure};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// What AWS says to whoever may not.
const FORBIDDEN: &str = "Forbidden. For troubleshooting Function URL authorization issues, see: \
                         https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";

/// An answer without the headers that every answer has.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers of this answer.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Reply {
    fn refusal(status: StatusCode, kind: &str, body: &Value) -> Self {
        let mut headers = json_headers();
        if let Ok(kind) = HeaderValue::from_str(kind) {
            headers.insert(ERROR_TYPE, kind);
        }
        Self { status, headers, body: body.to_string().into() }
    }

    /// There is no such URL.
    pub fn no_such_url() -> Self {
        let body = json!({"Message": null});
        Self::refusal(StatusCode::FORBIDDEN, "AccessDeniedException", &body)
    }

    /// Policies do not allow it, or a signature is missing.
    pub fn forbidden() -> Self {
        let body = json!({"Message": FORBIDDEN});
        Self::refusal(StatusCode::FORBIDDEN, "AccessDeniedException", &body)
    }

    /// The signature is not right.
    pub fn unsigned(failure: Failure) -> Self {
        Self::failure(failure, "message")
    }

    /// The client's mistakes are told in the member where AWS tells them, others not at all.
    fn failure(failure: Failure, member: &str) -> Self {
        match StatusCode::from_u16(failure.status) {
            Ok(status) if status.is_client_error() => {
                Self::refusal(status, failure.code, &json!({member: failure.message}))
            }
            _ => Self::bad_gateway(),
        }
    }

    /// The function failed, or answered what is no answer.
    pub fn bad_gateway() -> Self {
        let body = Bytes::from_static(b"Internal Server Error");
        Self { status: StatusCode::BAD_GATEWAY, headers: json_headers(), body }
    }

    /// The answer as it goes out, to the request of `cx`.
    pub fn finish(mut self, cx: &Context, trace: Option<&str>) -> Response {
        put(&mut self.headers, REQUEST_ID, cx.request_id());
        if let Some(trace) = trace {
            put(&mut self.headers, TRACE_ID, trace);
        }
        put(&mut self.headers, http::header::DATE, &cx.now().http_date());
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// What could not be run. Too large and too many at once are told; what else stops a function, such
/// as a role that nobody may assume, is not the client's affair.
impl From<LambdaError> for Reply {
    fn from(error: LambdaError) -> Self {
        use LambdaError::{RequestTooLargeException, TooManyRequestsException};
        match error {
            TooManyRequestsException { .. } | RequestTooLargeException { .. } => {
                Self::failure(error.into_failure(), "Message")
            }
            _ => Self::bad_gateway(),
        }
    }
}

impl From<Fault> for Reply {
    fn from(_: Fault) -> Self {
        Self::bad_gateway()
    }
}

/// Headers that say the body is JSON, which is also what Lambda says when nobody else does.
pub fn json_headers() -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Limit;

    #[test]
    fn only_what_the_client_can_change_is_told() {
        let status = |error: LambdaError| Reply::from(error).status.as_u16();
        assert_eq!(status(LambdaError::throttled(Limit::Reserved)), 429);
        assert_eq!(status(LambdaError::too_large(1)), 413);
        assert_eq!(status(Fault::AccessDenied("the role".into()).into()), 502);
        assert_eq!(status(LambdaError::host("no isolation")), 502);
    }
}
