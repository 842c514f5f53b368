//! The URL in GetFunction's answer: where the deployment package can be fetched for ten minutes.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use service_kit::{
    call::BoxFuture,
    front::{Front, Request, Response},
    prelude::*,
};

/// The path that packages are served below.
const PATH: &str = "/_aws/lambda/code/";
/// The purpose that URLs are sealed for.
const PURPOSE: &str = "lambda-code";
/// How long a URL is good, as on AWS.
const VALID: Duration = Duration::from_secs(600);
/// The longest token that we try to open.
const MAX_TOKEN_CHARS: usize = 1_024;

#[derive(Serialize, Deserialize)]
struct Ticket {
    blob: String,
    expires: Timestamp,
}

/// A URL that gives the package in `blob` to whoever has it.
///
/// # Errors
/// [`Fault`] when it cannot be sealed.
pub fn location(cx: &Context, blob: &str) -> Result<String, Fault> {
    let ticket = Ticket { blob: blob.to_owned(), expires: cx.now() + VALID };
    let plain = serde_json::to_vec(&ticket).map_err(Fault::internal)?;
    let sealed = cx.platform().seal().seal(PURPOSE, b"", &plain)?;
    let port = cx.platform().settings().port;
    Ok(format!("http://localhost:{port}{PATH}{}", URL_SAFE_NO_PAD.encode(sealed)))
}

/// Serves deployment packages.
pub struct CodeFront;

impl Front for CodeFront {
    fn claims(&self, _: &str, path: &str) -> bool {
        path.starts_with(PATH)
    }

    fn handle<'a>(&'a self, cx: Context, request: Request) -> BoxFuture<'a, Response> {
        Box::pin(async move {
            let Some(blob) = ticket(&cx, &request) else {
                return answer(StatusCode::FORBIDDEN, "text/plain", "This URL is not good.".into());
            };
            match cx.platform().store().get_blob(blob).await {
                Ok(Some(package)) => answer(StatusCode::OK, "application/zip", package),
                _ => answer(StatusCode::NOT_FOUND, "text/plain", "The package is gone.".into()),
            }
        })
    }
}

fn ticket(cx: &Context, request: &Request) -> Option<String> {
    if request.method != http::Method::GET {
        return None;
    }
    let token = request.path.strip_prefix(PATH).filter(|it| it.len() <= MAX_TOKEN_CHARS)?;
    let sealed = URL_SAFE_NO_PAD.decode(token).ok()?;
    let plain = cx.platform().seal().open(PURPOSE, b"", &sealed)?;
    let ticket: Ticket = serde_json::from_slice(&plain).ok()?;
    (cx.now() < ticket.expires).then_some(ticket.blob)
}

fn answer(status: StatusCode, content_type: &'static str, body: Bytes) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let value = http::HeaderValue::from_static(content_type);
    response.headers_mut().insert(http::header::CONTENT_TYPE, value);
    response
}
