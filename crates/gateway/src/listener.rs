//! Takes connections, HTTP and HTTPS on the same port, and reads requests within limits.

use crate::{
    pipeline::{Gateway, Inbound},
    places::{Activity, NoPlace, Place, Places, Running},
    shares::{Share, Shares},
    tls::Authority,
    within::within,
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
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

/// The most connections at once; idle ones make room for more, and without any more wait in the
/// kernel's queue.
const MAX_CONNECTIONS: usize = 4_096;
/// The most connections at once from inside sandboxes; more are turned away, so that no function
/// keeps the others' clients out.
const MAX_GUESTS: usize = 1_024;
/// The most KiB of request bodies in memory at once, over all connections.
const MAX_BODIES_KIB: usize = 256 << 10;
/// What one client may have of these: half, so that two are needed to keep others out.
const MAX_OF_ADDRESS: usize = MAX_CONNECTIONS / 2;
const MAX_OF_ACCOUNT: usize = MAX_GUESTS / 4;
const MAX_BODIES_OF_CLIENT: usize = MAX_BODIES_KIB / 2;
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
/// How long to wait before looking again for connections that could go.
const ALL_WORK: Duration = Duration::from_millis(50);
/// How long a connection has to close itself then.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// The largest body of a request to no service in particular.
const DEFAULT_BODY_BYTES: usize = 16 << 20;
/// The first byte of a TLS handshake.
const TLS_HANDSHAKE: u8 = 0x16;

/// Who is at the other end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Client {
    /// Somebody with this address.
    Address(IpAddr),
    /// A function of this account.
    Guest(Arc<str>),
}

impl Client {
    fn address(&self) -> IpAddr {
        match self {
            Self::Address(address) => *address,
            Self::Guest(_) => IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
        }
    }
}

/// The limits that all connections share.
pub struct Connections {
    places: Arc<Places<Client>>,
    guests: Arc<Places<Client>>,
    bodies: Arc<Semaphore>,
    bodies_of: Arc<Shares<Client>>,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            places: Places::new(MAX_CONNECTIONS, MAX_OF_ADDRESS),
            guests: Places::new(MAX_GUESTS, MAX_OF_ACCOUNT),
            bodies: Arc::new(Semaphore::new(MAX_BODIES_KIB)),
            bodies_of: Shares::new(MAX_BODIES_OF_CLIENT),
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
            match self.listener.accept().await {
                Ok((stream, peer)) => {
                    let client = Client::Address(peer.ip().to_canonical());
                    let places = &gateway.connections().places;
                    let place = loop {
                        match places.take(&client) {
                            // Some may soon only be waiting, which frees no place by itself.
                            Err(NoPlace::All) => drop(timeout(ALL_WORK, places.room()).await),
                            other => break other,
                        }
                    };
                    let Ok(place) = place else { continue };
                    let acceptor = self.tls.acceptor();
                    serve_connection(gateway.clone(), stream, Some(acceptor), client, place);
                }
                // Out of descriptors, most likely: let some connections end.
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    }
}

/// Serves a connection accepted elsewhere, inside a sandbox of `account`; plain HTTP only.
pub fn serve_stream(gateway: Arc<Gateway>, stream: TcpStream, account: &str) {
    let client = Client::Guest(account.into());
    if let Ok(place) = gateway.connections().guests.take(&client) {
        serve_connection(gateway, stream, None, client, place);
    }
}

fn serve_connection(
    gateway: Arc<Gateway>,
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    client: Client,
    mut place: Place<Client>,
) {
    tokio::spawn(async move {
        let activity = place.activity.clone();
        let mut work = pin!(speak(gateway, stream, tls, client, activity.clone()));
        tokio::select! {
            biased;
            () = work.as_mut() => return,
            () = place.evicted() => {}
        }
        // A request that began since the place was given away is answered first.
        while activity.works() {
            tokio::select! {
                biased;
                () = work.as_mut() => return,
                () = sleep(CLOSE_TIMEOUT / 10) => {}
            }
        }
    });
}

/// Finds out what is spoken, and speaks it.
async fn speak(
    gateway: Arc<Gateway>,
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    client: Client,
    activity: Arc<Activity>,
) {
    stream.set_nodelay(true).ok();
    let mut first = [0];
    let peeked = timeout(HEAD_TIMEOUT, stream.peek(&mut first)).await;
    if !matches!(peeked, Ok(Ok(1))) {
        return;
    }
    match tls {
        Some(tls) if first[0] == TLS_HANDSHAKE => {
            if let Ok(Ok(stream)) = timeout(TLS_TIMEOUT, tls.accept(stream)).await {
                serve_http(gateway, stream, client, true, activity).await;
            }
        }
        _ => serve_http(gateway, stream, client, false, activity).await,
    }
}

/// How HTTP is spoken, versions 1 and 2.
pub fn http() -> auto::Builder<TokioExecutor> {
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    http.http1().preserve_header_case(false).max_buf_size(64 << 10);
    http.http2().timer(TokioTimer::new()).max_concurrent_streams(128);
    http
}

async fn serve_http<S>(
    gateway: Arc<Gateway>,
    stream: S,
    client: Client,
    secure: bool,
    activity: Arc<Activity>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    // One count of references for each connection: a common one, all cores would wait for.
    let shared = Arc::new((gateway, client));
    let service = service_fn(|request| {
        let shared = shared.clone();
        let mut request_runs = Running::begin(&activity);
        async move {
            let (gateway, client) = &*shared;
            let answer = serve_request(gateway, request, client, secure, &mut request_runs).await;
            // Whoever else has sent a request comes first: answers then go out one right after the
            // other, and clients are woken once for many. That is a fifth of the work of a read.
            tokio::task::yield_now().await;
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
        () = idle(&activity) => {
            connection.as_mut().graceful_shutdown();
            timeout(CLOSE_TIMEOUT, connection).await.ok();
        }
    }
}

/// Resolves when no request has run for [`IDLE_TIMEOUT`], or a little longer.
async fn idle(activity: &Activity) {
    const LOOKS: u32 = 5;
    let (mut quiet, mut seen) = (0, 0);
    while quiet < LOOKS {
        sleep(IDLE_TIMEOUT / LOOKS).await;
        quiet = if activity.rest() == Some(seen) { quiet + 1 } else { 0 };
        seen = activity.rest().unwrap_or(seen);
    }
}

async fn serve_request(
    gateway: &Arc<Gateway>,
    request: Request<Incoming>,
    client: &Client,
    secure: bool,
    runs: &mut Running,
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
    let mut room = Room { of: gateway.connections(), client, share: None, own: None };
    let body = match within(BODY_TIMEOUT, read(body, limit, &mut room)).await {
        Some(Ok(body)) => body,
        Some(Err(answer)) => return *answer,
        None => return plain(StatusCode::REQUEST_TIMEOUT, "The request body came too slowly."),
    };
    runs.is_whole();
    let inbound = Inbound { parts, body, source_ip: Some(client.address()), secure };
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
    of: &'a Connections,
    client: &'a Client,
    share: Option<OwnedSemaphorePermit>,
    /// The same as the client's own account of it.
    own: Option<Share<Client>>,
}

impl Room<'_> {
    /// Makes sure of room for `length` bytes. Bodies below a KiB, nearly all there are, need none.
    async fn grow_to(&mut self, length: usize) -> Result<(), Box<Response<Full<Bytes>>>> {
        let held = self.share.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let Some(missing) = (length >> 10).checked_sub(held).filter(|missing| *missing > 0) else {
            return Ok(());
        };
        let full = || {
            let message = "Too many requests are being read; try again.";
            Box::new(plain(StatusCode::SERVICE_UNAVAILABLE, message))
        };
        let is_free = match &mut self.own {
            Some(own) => own.grow(missing),
            none => {
                *none = self.of.bodies_of.take(self.client, missing);
                none.is_some()
            }
        };
        if !is_free {
            return Err(full());
        }
        let missing = u32::try_from(missing).unwrap_or(u32::MAX);
        let more = self.of.bodies.clone().acquire_many_owned(missing);
        let Ok(Ok(more)) = timeout(ROOM_TIMEOUT, more).await else { return Err(full()) };
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
    // KEY/DATE/REGION/SERVICE/aws4_request; nothing else in this header has slashes.
    let name = authorization.and_then(|it| it.as_bytes().split(|byte| *byte == b'/').nth(3));
    let name = name.and_then(|name| std::str::from_utf8(name).ok());
    let service = name.and_then(|name| gateway.catalog().by_signing_name(name));
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
