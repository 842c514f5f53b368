//! Signed and unsigned HTTP requests to one instance.

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use service_kit::clock::Clock;
use sigv4::Credentials;
use std::{fmt, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

/// How long to wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The most bytes of an answer.
const MAX_ANSWER_BYTES: usize = 64 << 20;

/// Why there is no answer, in words for a person.
#[derive(Clone, Debug)]
pub struct Unanswered(String);

impl Unanswered {
    fn new(why: impl fmt::Display) -> Self {
        Self(why.to_string())
    }
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unanswered {}

/// The way to an instance, in somebody's name or in nobody's.
#[derive(Clone, Debug)]
pub struct Connection {
    authority: String,
    region: String,
    credentials: Option<Credentials>,
    user_agent: Option<HeaderValue>,
}

impl Connection {
    /// The way to the instance at `endpoint`, such as `http://127.0.0.1:4566`, signing for
    /// `region`, in nobody's name.
    pub fn new(endpoint: &str, region: impl Into<String>) -> Self {
        let authority = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
        let authority = authority.trim_end_matches('/').to_owned();
        Self { authority, region: region.into(), credentials: None, user_agent: None }
    }

    /// The same way in the name of whom these credentials are.
    #[must_use]
    pub fn signing_as(&self, credentials: Credentials) -> Self {
        Self { credentials: Some(credentials), ..self.clone() }
    }

    /// The same way in nobody's name.
    #[must_use]
    pub fn unsigned(&self) -> Self {
        Self { credentials: None, ..self.clone() }
    }

    /// The same way for another region.
    #[must_use]
    pub fn within(&self, region: impl Into<String>) -> Self {
        Self { region: region.into(), ..self.clone() }
    }

    /// The same way for a client that calls itself so.
    #[must_use]
    pub fn calling_itself(&self, user_agent: &'static str) -> Self {
        Self { user_agent: Some(HeaderValue::from_static(user_agent)), ..self.clone() }
    }

    /// The instance's `host:port`.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The region that requests are signed for.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// What requests are signed with.
    pub fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    /// Sends `request`, signed for `service` if in somebody's name, and reads the whole answer. A
    /// request without a `host` header gets the instance's own.
    ///
    /// # Errors
    /// What keeps it from being sent or answered.
    pub async fn send(
        &self,
        service: &str,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Unanswered> {
        let (mut parts, body) = request.into_parts();
        if !parts.headers.contains_key(header::HOST) {
            let host = self.authority.parse().map_err(Unanswered::new)?;
            parts.headers.insert(header::HOST, host);
        }
        if let (false, Some(name)) =
            (parts.headers.contains_key(header::USER_AGENT), &self.user_agent)
        {
            parts.headers.insert(header::USER_AGENT, name.clone());
        }
        if let Some(credentials) = &self.credentials {
            let now = Clock::system().now().as_secs();
            sigv4::sign(&mut parts, &body, credentials, &self.region, service, now)
                .map_err(|why| Unanswered(format!("the request cannot be signed: {why}")))?;
        }
        let stream = TcpStream::connect(&self.authority).await.map_err(|error| {
            let place = &self.authority;
            Unanswered(format!("nothing answers at {place}: {error}; start it with: heist up"))
        })?;
        exchange(stream, Request::from_parts(parts, body)).await
    }

    /// A `GET` of `path`, signed for `service` if in somebody's name.
    ///
    /// # Errors
    /// As [`Connection::send`].
    pub async fn get(&self, service: &str, path: &str) -> Result<Response<Bytes>, Unanswered> {
        let request = Request::get(path).body(Bytes::new()).map_err(Unanswered::new)?;
        self.send(service, request).await
    }
}

/// Sends one request over `stream` and reads the whole answer.
///
/// # Errors
/// What keeps it from being sent or answered.
pub async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, Unanswered> {
    let answer = tokio::time::timeout(TIMEOUT, async {
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(Unanswered::new)?;
        let connection = tokio::spawn(connection);
        let answer = sender.send_request(request.map(Full::new)).await.map_err(Unanswered::new)?;
        let (parts, body) = answer.into_parts();
        let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await;
        let body = body.map_err(Unanswered::new)?.to_bytes();
        connection.abort();
        Ok(Response::from_parts(parts, body))
    });
    let late = || Unanswered(format!("no answer came in {} seconds", TIMEOUT.as_secs()));
    answer.await.map_err(|_| late())?
}
