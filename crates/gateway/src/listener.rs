//! Takes connections, HTTP and HTTPS on the same port, and reads requests within limits.

use crate::{
    pipeline::{Gateway, Inbound},
    tls::Authority,
};
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use std::{
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_rustls::TlsAcceptor;

/// The most connections at once; more wait in the kernel's queue.
const MAX_CONNECTIONS: usize = 4_096;
/// The most KiB of request bodies in memory at once, over all connections.
const MAX_BODIES_KIB: usize = 256 << 10;
/// How long a client may take to send a request's head, to finish TLS, and to send a body.
const HEAD_TIMEOUT: Duration = Duration::from_secs(20);
const TLS_TIMEOUT: Duration = Duration::from_secs(10);
const BODY_TIMEOUT: Duration = Duration::from_secs(60);
/// The largest body of a request to no service in particular.
const DEFAULT_BODY_BYTES: usize = 16 << 20;
/// The first byte of a TLS handshake.
const TLS_HANDSHAKE: u8 = 0x16;

/// The limits that all connections share.
pub struct Connections {
    slots: Arc<Semaphore>,
    bodies: Arc<Semaphore>,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            slots: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
            bodies: Arc::new(Semaphore::new(MAX_BODIES_KIB)),
        }
    }
}

/// A bound port.
pub struct Listener {
    listener: TcpListener,
    tls: Arc<Authority>,
}

impl Listener {
    /// Binds `address`; port 0 takes any free one.
    ///
    /// # Errors
    /// The system's, such as an address in use.
    pub async fn bind(address: SocketAddr, tls: Arc<Authority>) -> io::Result<Self> {
        Ok(Self { listener: TcpListener::bind(address).await?, tls })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system's.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves connections for as long as it is polled.
    pub async fn serve(self, gateway: Arc<Gateway>) {
        loop {
            let Ok(slot) = gateway.connections().slots.clone().acquire_owned().await else {
                return;
            };
            match self.listener.accept().await {
                Ok((stream, peer)) => {
                    let acceptor = self.tls.acceptor();
                    serve_connection(gateway.clone(), stream, Some(acceptor), peer.ip(), slot);
                }
                // Out of descriptors, most likely: let some connections end.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }
}

/// Serves a connection accepted elsewhere; plain HTTP only.
pub fn serve_stream(gateway: Arc<Gateway>, stream: TcpStream, peer: Option<IpAddr>) {
    let peer = peer.unwrap_or(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));
    tokio::spawn(async move {
        let Ok(slot) = gateway.connections().slots.clone().acquire_owned().await else { return };
        serve_connection(gateway, stream, None, peer, slot);
    });
}

fn serve_connection(
    gateway: Arc<Gateway>,
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    peer: IpAddr,
    slot: OwnedSemaphorePermit,
) {
    tokio::spawn(async move {
        let _slot = slot;
        stream.set_nodelay(true).ok();
        let mut first = [0];
        let peeked = tokio::time::timeout(HEAD_TIMEOUT, stream.peek(&mut first)).await;
        if !matches!(peeked, Ok(Ok(1))) {
            return;
        }
        match tls {
            Some(tls) if first[0] == TLS_HANDSHAKE => {
                if let Ok(Ok(stream)) = tokio::time::timeout(TLS_TIMEOUT, tls.accept(stream)).await
                {
                    serve_http(gateway, stream, peer, true).await;
                }
            }
            _ => serve_http(gateway, stream, peer, false).await,
        }
    });
}

async fn serve_http<S>(gateway: Arc<Gateway>, stream: S, peer: IpAddr, secure: bool)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| {
        let gateway = gateway.clone();
        async move { Ok::<_, Infallible>(serve_request(&gateway, request, peer, secure).await) }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    builder.http1().preserve_header_case(false).max_buf_size(64 << 10);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(128);
    // An error here is a client's that went away or spoke no HTTP; there is nobody to tell.
    builder.serve_connection(TokioIo::new(stream), service).await.ok();
}

async fn serve_request(
    gateway: &Arc<Gateway>,
    request: Request<Incoming>,
    peer: IpAddr,
    secure: bool,
) -> Response<Full<Bytes>> {
    let (mut parts, body) = request.into_parts();
    name_host(&mut parts);
    let limit = body_limit(gateway, &parts);
    let length = parts.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let announced = length.and_then(|length| length.parse().ok()).unwrap_or(limit);
    if length.is_some() && announced > limit {
        return too_large();
    }
    // Short bodies of known length, nearly all there are, need no share of the budget.
    let kib = u32::try_from(announced.min(limit) >> 10).unwrap_or(u32::MAX);
    let has_body = !hyper::body::Body::is_end_stream(&body);
    let _share = match kib {
        1.. if has_body => gateway.connections().bodies.clone().acquire_many_owned(kib).await.ok(),
        _ => None,
    };
    let body = match tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, limit).collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return too_large(),
        Ok(Err(_)) => return plain(StatusCode::BAD_REQUEST, "The request body is incomplete."),
        Err(_) => return plain(StatusCode::REQUEST_TIMEOUT, "The request body came too slowly."),
    };
    let inbound = Inbound { parts, body, source_ip: Some(peer), secure };
    gateway.handle(inbound).await.map(Full::new)
}

/// HTTP/2 has no `Host` header, but signatures cover it.
fn name_host(parts: &mut http::request::Parts) {
    if !parts.headers.contains_key(header::HOST)
        && let Some(authority) = parts.uri.authority()
        && let Ok(host) = authority.as_str().parse()
    {
        parts.headers.insert(header::HOST, host);
    }
}

/// The largest body of a request with this head: what the service that it is signed for allows.
fn body_limit(gateway: &Gateway, parts: &http::request::Parts) -> usize {
    let authorization = parts.headers.get(header::AUTHORIZATION);
    let scope = authorization.and_then(|value| value.to_str().ok()).and_then(|value| {
        let (_, credential) = value.split_once("Credential=")?;
        credential.split(',').next()?.split('/').nth(3)
    });
    let service = scope.and_then(|name| gateway.catalog().by_signing_name(name));
    service.map_or(DEFAULT_BODY_BYTES, |service| service.max_body_bytes)
}

fn too_large() -> Response<Full<Bytes>> {
    plain(StatusCode::PAYLOAD_TOO_LARGE, "Request must be smaller than this service allows.")
}

fn plain(status: StatusCode, message: &str) -> Response<Full<Bytes>> {
    let code = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "RequestEntityTooLargeException",
        StatusCode::REQUEST_TIMEOUT => "RequestTimeout",
        _ => "IncompleteBody",
    };
    let body = serde_json::json!({"__type": code, "message": message}).to_string();
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let json = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response.headers_mut().insert("x-amzn-errortype", http::HeaderValue::from_static(code));
    response
}
