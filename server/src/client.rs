//! A small signing client, for the commands that talk to a running instance.

use crate::data::Access;
use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use service_kit::clock::Clock;
use sigv4::Credentials;
use std::{error::Error, time::Duration};
use tokio::net::TcpStream;

/// How long to wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Whose name to sign in, and where.
#[derive(Clone)]
pub struct Client {
    /// `127.0.0.1:4566`.
    authority: String,
    credentials: Credentials,
    region: String,
}

impl Client {
    /// The administrator of the instance that `access` describes.
    pub fn administrator(access: &Access) -> Self {
        let credentials = Credentials {
            access_key_id: access.access_key_id.clone(),
            secret_access_key: access.secret_access_key.clone(),
            session_token: None,
        };
        let endpoint = &access.endpoint;
        let authority = endpoint.split_once("://").map_or(&**endpoint, |(_, rest)| rest).to_owned();
        Self { authority, credentials, region: access.region.clone() }
    }

    /// The same instance in another's name.
    #[must_use]
    pub fn signing_as(&self, credentials: Credentials) -> Self {
        Self { credentials, ..self.clone() }
    }

    /// What requests are signed with.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The instance's `host:port`.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Sends `request`, signed for `service`, and reads the whole answer. A request without a
    /// `host` header gets the instance's own.
    ///
    /// # Errors
    /// What keeps it from being sent or answered.
    pub async fn signed(
        &self,
        service: &str,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Box<dyn Error>> {
        let (mut parts, body) = request.into_parts();
        self.name_host(&mut parts)?;
        let now = Clock::system().now().as_secs();
        sigv4::sign(&mut parts, &body, &self.credentials, &self.region, service, now)
            .map_err(|failure| format!("the request cannot be signed: {failure:?}"))?;
        self.send(Request::from_parts(parts, body)).await
    }

    /// Sends `request` without a signature.
    ///
    /// # Errors
    /// As [`Client::signed`].
    pub async fn unsigned(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Box<dyn Error>> {
        let (mut parts, body) = request.into_parts();
        self.name_host(&mut parts)?;
        self.send(Request::from_parts(parts, body)).await
    }

    /// A signed `GET` of `path`.
    ///
    /// # Errors
    /// As [`Client::signed`].
    pub async fn get(&self, service: &str, path: &str) -> Result<Response<Bytes>, Box<dyn Error>> {
        let request = Request::builder().method(Method::GET).uri(path).body(Bytes::new())?;
        self.signed(service, request).await
    }

    fn name_host(&self, parts: &mut http::request::Parts) -> Result<(), Box<dyn Error>> {
        if !parts.headers.contains_key(header::HOST) {
            parts.headers.insert(header::HOST, self.authority.parse()?);
        }
        Ok(())
    }

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Box<dyn Error>> {
        let answer = tokio::time::timeout(TIMEOUT, async {
            let stream = TcpStream::connect(&self.authority).await.map_err(|error| {
                format!("nothing answers at {}: {error}; start it with: heist up", self.authority)
            })?;
            let io = TokioIo::new(stream);
            let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await?;
            let connection = tokio::spawn(connection);
            let (parts, body) = sender.send_request(request.map(Full::new)).await?.into_parts();
            let body = body.collect().await?.to_bytes();
            connection.abort();
            Ok::<_, Box<dyn Error>>(Response::from_parts(parts, body))
        });
        answer.await.map_err(|_| format!("{} did not answer in a minute", self.authority))?
    }
}
