//! Requests that are no AWS API call: what a service serves on hosts and paths of its own.

use crate::{call::BoxFuture, context::Context};
use bytes::Bytes;
use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use std::{borrow::Cow, net::IpAddr};

/// A request to a service's own host or path.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The host asked for, without port, in lower case.
    pub host: String,
    /// The raw path.
    pub path: String,
    /// The raw query without `?`; empty if there is none.
    pub query: String,
    /// All headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
    /// Where it came from.
    pub source_ip: Option<IpAddr>,
    /// Whether over TLS.
    pub secure: bool,
}

/// An answer of a front.
pub type Response = http::Response<Bytes>;

/// Serves requests to hosts or paths that a service claims.
pub trait Front: Send + Sync {
    /// Whether a request to this host (without port) and raw path is this front's.
    fn claims(&self, host: &str, path: &str) -> bool;

    /// Answers a claimed request. The context is anonymous, in the default account; the front
    /// finds the owner of what is asked for and goes on in that scope.
    fn handle<'a>(&'a self, cx: Context, request: Request) -> BoxFuture<'a, Response>;
}

/// A name or value of a query string as what it stands for: `+` is a space, `%2B` a plus; what is
/// no escape stays as it is.
pub fn decode_query(text: &str) -> Cow<'_, str> {
    if !text.contains('+') {
        return percent_decode_str(text).decode_utf8_lossy();
    }
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned().into()
}
