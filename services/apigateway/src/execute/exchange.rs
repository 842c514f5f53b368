//! One request and its answer: ids, times and the headers that every answer carries.

use super::{reply::Reply, tracing::Tracing};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, header::DATE};
use service_kit::{context::Context, front::Response, prelude::*};
use std::sync::OnceLock;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const EXTENDED_ID: HeaderName = HeaderName::from_static("x-amz-apigw-id");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");
/// Gives sixteen characters that end in `=`, as the ids of AWS do.
const EXTENDED_ID_BYTES: usize = 11;

/// What became of the call to the integration.
pub struct Integrated {
    /// How long it took.
    pub latency: Duration,
    /// When it began.
    pub start: Timestamp,
    /// The status it answered with.
    pub status: u16,
    /// The function called.
    pub function: String,
    /// The subsegment that the called function's segment is below.
    pub subsegment: Option<String>,
}

/// A request being served.
pub struct Exchange {
    /// When it came.
    pub start: Timestamp,
    /// The request's second id.
    pub extended_id: String,
    /// The trace it belongs to.
    pub tracing: Tracing,
    integrated: OnceLock<Integrated>,
}

impl Exchange {
    /// Begins to serve the request of `cx`.
    pub fn begin(cx: &Context) -> Self {
        Self {
            start: cx.now(),
            extended_id: STANDARD.encode(cx.entropy().bytes::<EXTENDED_ID_BYTES>()),
            tracing: Tracing::default(),
            integrated: OnceLock::new(),
        }
    }

    /// Notes how the call to the integration went.
    pub fn note(&self, integrated: Integrated) {
        self.integrated.set(integrated).ok();
    }

    /// How the call to the integration went, if there was one.
    pub fn integrated(&self) -> Option<&Integrated> {
        self.integrated.get()
    }

    /// How long the integration took, if it was asked.
    pub fn integration_latency(&self) -> Option<Duration> {
        self.integrated.get().map(|integrated| integrated.latency)
    }

    /// `reply` with the headers that every answer has.
    pub fn finish(&self, cx: &Context, reply: Reply) -> Response {
        let Reply { status, mut headers, body, error } = reply;
        put(&mut headers, REQUEST_ID, cx.request_id());
        put(&mut headers, EXTENDED_ID, &self.extended_id);
        if let Some(trace) = self.tracing.header() {
            put(&mut headers, TRACE_ID, trace);
        }
        put(&mut headers, DATE, &cx.now().http_date());
        if let Some(error) = error {
            headers.insert(ERROR_TYPE, error);
        }
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
