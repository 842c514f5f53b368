//! Takes connections, HTTP and HTTPS on the same port, and reads requests within limits.

use crate::{
    pipeline::{Gateway, Inbound},
    tls::Authority,
};
use bytes::{Bytes, BytesMut};
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use std::{
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

/// The most connections at once; more wait in the kernel's queue.
const MAX_CONNECTIONS: usize = 4_096;
/// The most connections at once from inside sandboxes; more are turned away, so that no function
/// keeps the others' clients out.
const MAX_GUESTS: usize = 1_024;
/// The most KiB of request bodies in memory at once, over all connections.
const MAX_BODIES_KIB: usize = 256 << 10;
/// How long a client may take to send a request's head, to finish TLS, and to send a body.
const HEAD_TIMEOUT: Duration = Duration::from_secs(20);
const TLS_TIMEOUT: Duration = Duration::from_secs(10);
const BODY_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a body waits for others to make room.
const ROOM_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may have no request running: before the first, between two, and while
/// the client takes the last answer. Nothing else ends a connection that says too little to tell
/// HTTP/1 from HTTP/2, or one of HTTP/2 that says nothing.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);
/// How long a connection has to close itself then.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// The largest body of a request to no service in particular.
const DEFAULT_BODY_BYTES: usize = 16 << 20;
/// The first byte of a TLS handshake.
const TLS_HANDSHAKE: u8 = 0x16;

/// The limits that all connections share.
pub struct Connections {
    slots: Arc<Semaphore>,
    guests: Arc<Semaphore>,
    bodies: Arc<Semaphore>,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            slots: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
            guests: Arc::new(Semaphore::new(MAX_GUESTS)),
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
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    }
}

/// Serves a connection accepted elsewhere, inside a sandbox; plain HTTP only.
pub fn serve_stream(gateway: Arc<Gateway>, stream: TcpStream, peer: Option<IpAddr>) {
    let peer = peer.unwrap_or(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));
    if let Ok(slot) = gateway.connections().guests.clone().try_acquire_owned() {
        serve_connection(gateway, stream, None, peer, slot);
    }
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
        let peeked = timeout(HEAD_TIMEOUT, stream.peek(&mut first)).await;
        if !matches!(peeked, Ok(Ok(1))) {
            return;
        }
        match tls {
            Some(tls) if first[0] == TLS_HANDSHAKE => {
                if let Ok(Ok(stream)) = timeout(TLS_TIMEOUT, tls.accept(stream)).await {
                    serve_http(gateway, stream, peer, true).await;
                }
            }
            _ => serve_http(gateway, stream, peer, false).await,
        }
    });
}

/// How HTTP is spoken, versions 1 and 2.
pub fn http() -> auto::Builder<TokioExecutor> {
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    http.http1().preserve_header_case(false).max_buf_size(64 << 10);
    http.http2().timer(TokioTimer::new()).max_concurrent_streams(128);
    http
}

async fn serve_http<S>(gateway: Arc<Gateway>, stream: S, peer: IpAddr, secure: bool)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let activity = Arc::new(Activity::default());
    let service = service_fn(|request| {
        let gateway = gateway.clone();
        let request_runs = Running::begin(&activity);
        async move {
            let answer = serve_request(&gateway, request, peer, secure).await;
            drop(request_runs);
            Ok::<_, Infallible>(answer)
        }
    });
    let http = http();
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    // An error here is a client's that went away or spoke no HTTP; there is nobody to tell.
    tokio::select! {
        biased;
        _ = connection.as_mut() => {}
        () = activity.idle() => {
            connection.as_mut().graceful_shutdown();
            timeout(CLOSE_TIMEOUT, connection).await.ok();
        }
    }
}

/// What a connection does. Looked at only now and then, so that requests need wake nobody.
#[derive(Default)]
struct Activity {
    running: AtomicUsize,
    ended: AtomicUsize,
}

impl Activity {
    /// Resolves when no request has run for [`IDLE_TIMEOUT`], or a little longer.
    async fn idle(&self) {
        const LOOKS: u32 = 5;
        let (mut quiet, mut seen) = (0, 0);
        while quiet < LOOKS {
            sleep(IDLE_TIMEOUT / LOOKS).await;
            let ended = self.ended.load(Ordering::Acquire);
            let still = self.running.load(Ordering::Acquire) == 0 && ended == seen;
            (quiet, seen) = (if still { quiet + 1 } else { 0 }, ended);
        }
    }
}

/// Counts one request among those that its connection runs, until it is dropped.
struct Running(Arc<Activity>);

impl Running {
    fn begin(activity: &Arc<Activity>) -> Self {
        activity.running.fetch_add(1, Ordering::AcqRel);
        Self(activity.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::AcqRel);
        self.0.running.fetch_sub(1, Ordering::AcqRel);
    }
}

async fn serve_request(
    gateway: &Arc<Gateway>,
    request: Request<Incoming>,
    peer: IpAddr,
    secure: bool,
) -> Response<Full<Bytes>> {
    let (mut parts, body) = request.into_parts();
    name_host(&mut parts);
    if parts.headers.get_all(header::HOST).iter().count() > 1 {
        // RFC 9112, section 3.2: whoever stands between may have believed the other one.
        return plain(StatusCode::BAD_REQUEST, "There is more than one Host header.");
    }
    let limit = body_limit(gateway, &parts);
    let length = parts.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if length.and_then(|length| length.parse().ok()).is_some_and(|length: usize| length > limit) {
        return too_large();
    }
    let mut room = Room { bodies: &gateway.connections().bodies, share: None };
    let body = match timeout(BODY_TIMEOUT, read(body, limit, &mut room)).await {
        Ok(Ok(body)) => body,
        Ok(Err(answer)) => return *answer,
        Err(_) => return plain(StatusCode::REQUEST_TIMEOUT, "The request body came too slowly."),
    };
    let inbound = Inbound { parts, body, source_ip: Some(peer), secure };
    gateway.handle(inbound).await.map(Full::new)
}

/// The whole of `body`, at most `limit` bytes. What has come is counted against the room for all
/// bodies, not what is announced: a client that sends nothing keeps nothing from others.
async fn read(
    mut body: Incoming,
    limit: usize,
    room: &mut Room<'_>,
) -> Result<Bytes, Box<Response<Full<Bytes>>>> {
    let (mut first, mut rest) = (Bytes::new(), BytesMut::new());
    while let Some(frame) = body.frame().await {
        let incomplete = |_| plain(StatusCode::BAD_REQUEST, "The request body is incomplete.");
        let Ok(piece) = frame.map_err(incomplete)?.into_data() else { continue };
        let length = first.len() + rest.len() + piece.len();
        if length > limit {
            return Err(too_large().into());
        }
        room.grow_to(length).await?;
        if length == piece.len() {
            first = piece;
            continue;
        }
        // Copied, since a small piece keeps the whole buffer alive that it was read into.
        if !first.is_empty() {
            rest.extend_from_slice(&std::mem::take(&mut first));
        }
        rest.extend_from_slice(&piece);
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
}

/// One request's share of the memory for bodies.
struct Room<'a> {
    bodies: &'a Arc<Semaphore>,
    share: Option<OwnedSemaphorePermit>,
}

impl Room<'_> {
    /// Makes sure of room for `length` bytes. Bodies below a KiB, nearly all there are, need none.
    async fn grow_to(&mut self, length: usize) -> Result<(), Box<Response<Full<Bytes>>>> {
        let held = self.share.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let Some(missing) = (length >> 10).checked_sub(held).filter(|missing| *missing > 0) else {
            return Ok(());
        };
        let missing = u32::try_from(missing).unwrap_or(u32::MAX);
        let more = timeout(ROOM_TIMEOUT, self.bodies.clone().acquire_many_owned(missing)).await;
        let Ok(Ok(more)) = more else {
            let message = "Too many requests are being read; try again.";
            return Err(plain(StatusCode::SERVICE_UNAVAILABLE, message).into());
        };
        match &mut self.share {
            Some(share) => share.merge(more),
            none => *none = Some(more),
        }
        Ok(())
    }
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
        // KEY/DATE/REGION/SERVICE/aws4_request; nothing else in this header has slashes.
        value.split_once('=')?.1.split('/').nth(3)
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
        StatusCode::SERVICE_UNAVAILABLE => "ServiceUnavailable",
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
