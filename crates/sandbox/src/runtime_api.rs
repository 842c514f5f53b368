//! The Lambda Runtime API: what a runtime inside asks for events and gives answers to.
//!
//! See "Using the Lambda runtime API for custom runtimes" in the AWS Lambda Developer Guide.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::spec::{Invocation, Outcome};

/// The largest answer: 6 MB and 100 KB for the envelope.
pub(crate) const RESPONSE_LIMIT: usize = 6_291_556;
/// A larger one is read and thrown away up to here, so that the runtime can read the refusal.
const DISCARD_LIMIT: usize = 64 * 1024 * 1024;
/// The largest error document.
const ERROR_LIMIT: usize = 1024 * 1024;
/// Connections at once; runtimes use one.
const CONNECTIONS: usize = 16;

const VERSION: &str = "/2018-06-01/runtime/";

/// What an initialization came to.
#[derive(Debug)]
pub(crate) enum Initialized {
    /// The runtime asks for its first event.
    Ready,
    /// The runtime reported an error.
    Failed { error_type: String, body: Bytes },
}

/// The state between the host, which offers events, and the runtime, which fetches them.
pub(crate) struct RuntimeApi {
    state: Mutex<State>,
}

struct State {
    init: Option<oneshot::Sender<Initialized>>,
    /// A runtime's open request for the next event.
    waiting: Option<oneshot::Sender<Invocation>>,
    /// An event that no runtime has fetched yet.
    offered: Option<Invocation>,
    /// The event that waits for its answer.
    current: Option<Current>,
}

struct Current {
    request_id: String,
    fetched: bool,
    answer: oneshot::Sender<Outcome>,
}

impl RuntimeApi {
    /// Gives the state, and what tells about the initialization.
    pub(crate) fn new() -> (Arc<RuntimeApi>, oneshot::Receiver<Initialized>) {
        let (init, receiver) = oneshot::channel();
        let state = State { init: Some(init), waiting: None, offered: None, current: None };
        (Arc::new(RuntimeApi { state: Mutex::new(state) }), receiver)
    }

    /// Offers an event to the runtime; the answer comes through the receiver.
    pub(crate) fn offer(&self, invocation: Invocation) -> oneshot::Receiver<Outcome> {
        let (answer, receiver) = oneshot::channel();
        let mut state = self.state.lock();
        let request_id = invocation.request_id.clone();
        state.current = Some(Current { request_id, fetched: false, answer });
        let unsent = match state.waiting.take() {
            Some(waiting) => waiting.send(invocation).err(),
            None => Some(invocation),
        };
        state.offered = unsent;
        receiver
    }

    /// Serves the runtime's connections until dropped.
    pub(crate) async fn serve(self: Arc<RuntimeApi>, listener: TcpListener) {
        let mut connections = JoinSet::new();
        loop {
            while connections.len() >= CONNECTIONS {
                connections.join_next().await;
            }
            if let Ok((stream, _)) = listener.accept().await {
                connections.spawn(Arc::clone(&self).connection(stream));
            }
            while connections.try_join_next().is_some() {}
        }
    }

    async fn connection(self: Arc<RuntimeApi>, stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        let service = service_fn(move |request| {
            let api = Arc::clone(&self);
            async move { Ok::<_, Infallible>(api.handle(request).await) }
        });
        let mut http = hyper::server::conn::http1::Builder::new();
        http.max_buf_size(256 * 1024).pipeline_flush(true);
        let _ = http.serve_connection(TokioIo::new(stream), service).await;
    }

    async fn handle(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let Some(path) = parts.uri.path().strip_prefix(VERSION) else {
            return not_found();
        };
        match (parts.method, path) {
            (Method::GET, "invocation/next") => self.next().await,
            (Method::POST, "init/error") => self.init_error(&parts.headers, body).await,
            (Method::POST, path) => {
                let call = path.strip_prefix("invocation/").and_then(|rest| rest.split_once('/'));
                match call {
                    Some((id, "response")) => self.response(id, &parts.headers, body).await,
                    Some((id, "error")) => self.error(id, &parts.headers, body).await,
                    _ => not_found(),
                }
            }
            _ => not_found(),
        }
    }

    async fn next(&self) -> Response<Full<Bytes>> {
        let fetch = {
            let mut state = self.state.lock();
            if let Some(init) = state.init.take() {
                let _ = init.send(Initialized::Ready);
            }
            if state.current.as_ref().is_some_and(|current| current.fetched) {
                return refuse(
                    StatusCode::FORBIDDEN,
                    "InvalidStateTransition",
                    "Transition from Running to Ready is not allowed before the response",
                );
            }
            match state.offered.take() {
                Some(invocation) => Ok(invocation),
                None => {
                    let (sender, receiver) = oneshot::channel();
                    state.waiting = Some(sender);
                    Err(receiver)
                }
            }
        };
        let invocation = match fetch {
            Ok(invocation) => invocation,
            Err(receiver) => match receiver.await {
                Ok(invocation) => invocation,
                Err(_) => {
                    return refuse(StatusCode::FORBIDDEN, "InvalidStateTransition", "replaced");
                }
            },
        };
        if let Some(current) = &mut self.state.lock().current {
            current.fetched = true;
        }
        event(invocation)
    }

    async fn response(
        &self,
        id: &str,
        headers: &HeaderMap,
        body: Incoming,
    ) -> Response<Full<Bytes>> {
        if !self.expects(id) {
            return invalid_request_id();
        }
        let body = match collect(body, headers, RESPONSE_LIMIT).await {
            Ok(body) => body,
            Err(Unread::Broken) => {
                return refuse(StatusCode::BAD_REQUEST, "InvalidBody", "cut off");
            }
            Err(Unread::TooLarge(size)) => {
                self.answer(id, too_large(size));
                let message =
                    format!("Exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes).");
                return refuse(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &message);
            }
        };
        self.finish(id, Outcome::Response(body))
    }

    async fn error(&self, id: &str, headers: &HeaderMap, body: Incoming) -> Response<Full<Bytes>> {
        if !self.expects(id) {
            return invalid_request_id();
        }
        match collect(body, headers, ERROR_LIMIT).await {
            Ok(body) => self.finish(id, Outcome::Error { error_type: error_type(headers), body }),
            Err(_) => refuse(StatusCode::BAD_REQUEST, "InvalidErrorShape", "too large or cut off"),
        }
    }

    async fn init_error(&self, headers: &HeaderMap, body: Incoming) -> Response<Full<Bytes>> {
        let Ok(body) = collect(body, headers, ERROR_LIMIT).await else {
            return refuse(StatusCode::BAD_REQUEST, "InvalidErrorShape", "too large or cut off");
        };
        let Some(init) = self.state.lock().init.take() else {
            return refuse(StatusCode::FORBIDDEN, "InvalidStateTransition", "already initialized");
        };
        let _ = init.send(Initialized::Failed { error_type: error_type(headers), body });
        accepted()
    }

    fn expects(&self, id: &str) -> bool {
        let state = self.state.lock();
        state.current.as_ref().is_some_and(|current| current.request_id == id && current.fetched)
    }

    fn finish(&self, id: &str, outcome: Outcome) -> Response<Full<Bytes>> {
        if self.answer(id, outcome) { accepted() } else { invalid_request_id() }
    }

    fn answer(&self, id: &str, outcome: Outcome) -> bool {
        let mut state = self.state.lock();
        match state.current.take_if(|current| current.request_id == id) {
            Some(current) => current.answer.send(outcome).is_ok(),
            None => false,
        }
    }
}

enum Unread {
    Broken,
    TooLarge(usize),
}

/// Reads a body up to a limit; a larger one is read to its end, within reason, to learn its size.
async fn collect(mut body: Incoming, headers: &HeaderMap, limit: usize) -> Result<Bytes, Unread> {
    let declared = headers.get(http::header::CONTENT_LENGTH);
    let declared = declared.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let mut first = None;
    let mut all = BytesMut::new();
    let mut size = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() else { continue };
        size += data.len();
        if size > limit {
            if size > DISCARD_LIMIT {
                break;
            }
            continue;
        }
        match first.take() {
            None if all.is_empty() && declared == Some(size) => first = Some(data), // no copy
            None => {
                all.reserve(declared.map_or(0, |declared| declared.min(limit) - all.len()));
                all.extend_from_slice(&data);
            }
            Some(before) => {
                all.extend_from_slice(&before);
                all.extend_from_slice(&data);
            }
        }
    }
    match first {
        _ if size > limit => Err(Unread::TooLarge(declared.unwrap_or(size).max(size))),
        Some(whole) => Ok(whole),
        None => Ok(all.freeze()),
    }
}

fn error_type(headers: &HeaderMap) -> String {
    let value = headers.get("lambda-runtime-function-error-type");
    value.and_then(|value| value.to_str().ok()).unwrap_or("Unhandled").to_owned()
}

fn too_large(size: usize) -> Outcome {
    let error_type = "Function.ResponseSizeTooLarge".to_owned();
    let message = format!(
        "Response payload size ({size} bytes) exceeded maximum allowed payload size \
         ({RESPONSE_LIMIT} bytes)."
    );
    Outcome::Error { body: document(&error_type, &message), error_type }
}

/// An error document as the platform itself writes it.
pub(crate) fn document(error_type: &str, message: &str) -> Bytes {
    let document = serde_json::json!({ "errorMessage": message, "errorType": error_type });
    document.to_string().into()
}

fn event(invocation: Invocation) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(invocation.payload));
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    headers.insert("lambda-runtime-deadline-ms", HeaderValue::from(deadline(invocation.timeout)));
    let given = [
        ("lambda-runtime-aws-request-id", Some(invocation.request_id)),
        ("lambda-runtime-invoked-function-arn", Some(invocation.function_arn)),
        ("lambda-runtime-trace-id", invocation.trace_id),
        ("lambda-runtime-client-context", invocation.client_context),
        ("lambda-runtime-cognito-identity", invocation.cognito_identity),
    ];
    for (name, value) in given {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            headers.insert(name, value);
        }
    }
    response
}

/// The deadline in milliseconds since 1970, on the clock that function code itself reads.
#[allow(clippy::disallowed_methods)] // the process inside sees the host's clock, not a moved one
fn deadline(timeout: Duration) -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from((since + timeout).as_millis()).unwrap_or(u64::MAX)
}

fn reply(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    response
}

fn accepted() -> Response<Full<Bytes>> {
    reply(StatusCode::ACCEPTED, Bytes::from_static(b"{\"status\":\"OK\"}\n"))
}

fn refuse(status: StatusCode, error_type: &str, message: &str) -> Response<Full<Bytes>> {
    reply(status, document(error_type, message))
}

fn invalid_request_id() -> Response<Full<Bytes>> {
    refuse(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID")
}

fn not_found() -> Response<Full<Bytes>> {
    refuse(StatusCode::NOT_FOUND, "NotFound", "this Runtime API has no such path")
}
