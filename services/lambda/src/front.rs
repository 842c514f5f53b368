//! What Lambda serves beside its API: function URLs, and deployment packages.

use crate::{code_url::CodeFront, url::UrlFront};
use service_kit::{
    call::BoxFuture,
    context::Context,
    front::{Front, Request, Response},
};

/// Serves both.
pub struct LambdaFront;

impl Front for LambdaFront {
    fn claims(&self, host: &str, path: &str) -> bool {
        UrlFront.claims(host, path) || CodeFront.claims(host, path)
    }

    fn handle<'a>(&'a self, cx: Context, request: Request) -> BoxFuture<'a, Response> {
        match UrlFront.claims(&request.host, &request.path) {
            true => UrlFront.handle(cx, request),
            false => CodeFront.handle(cx, request),
        }
    }
}
