//! One GET request to an issuer: to an address that is allowed, without redirects, for a limited
//! time and a limited answer.

use super::{KeysFault, address::is_public, trust};
use bytes::Bytes;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, pki_types::ServerName};
use std::{net::IpAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// How long one answer may take, from the name's lookup to the last byte.
const PATIENCE: Duration = Duration::from_secs(5);

/// The longest document.
const MAX_BYTES: usize = 256 << 10;

/// The most addresses of a name that are tried.
const MAX_ADDRESSES: usize = 8;

/// Fetches documents of one issuer.
pub(super) struct Fetcher {
    private: bool,
    tls: Arc<ClientConfig>,
}

/// Where a document is.
struct Place {
    secure: bool,
    host: String,
    port: u16,
    path: String,
}

impl Place {
    /// Reads a URL. Without TLS only this machine can be meant.
    fn parse(url: &str, private: bool) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let secure = match uri.scheme_str()? {
            "https" => true,
            "http" if private => false,
            _ => return None,
        };
        if uri.authority()?.as_str().contains('@') {
            return None;
        }
        let host = uri.host()?.trim_matches(['[', ']']).to_ascii_lowercase();
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        // Ports of the public internet's other services are none of an issuer's.
        (private || port == 443).then_some(Self { secure, host, port, path })
    }

    fn may_be(&self, address: IpAddr, private: bool) -> bool {
        if self.secure { private || is_public(address) } else { address.is_loopback() }
    }
}

impl Fetcher {
    /// For an issuer whose certificates may be told by `thumbprints`; `private` lets it be
    /// anywhere.
    pub(super) fn new(private: bool, thumbprints: &[String]) -> Self {
        Self { private, tls: trust::config(thumbprints) }
    }

    /// The document at `url`.
    pub(super) async fn get(&self, url: &str) -> Result<Bytes, KeysFault> {
        let place = Place::parse(url, self.private).ok_or(KeysFault::Answer)?;
        let got = timeout(PATIENCE, self.fetch(&place));
        got.await.unwrap_or(Err(KeysFault::Unreachable))
    }

    async fn fetch(&self, place: &Place) -> Result<Bytes, KeysFault> {
        let stream = self.connect(place).await?;
        if !place.secure {
            return request(stream, place).await;
        }
        let name = ServerName::try_from(place.host.clone()).map_err(|_| KeysFault::Answer)?;
        let connected = TlsConnector::from(self.tls.clone()).connect(name, stream).await;
        let stream = connected.map_err(|error| {
            let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            match cause {
                Some(rustls::Error::InvalidCertificate(_)) => KeysFault::Certificate,
                _ => KeysFault::Unreachable,
            }
        })?;
        request(stream, place).await
    }

    /// Connects to the very addresses that were looked at: a name may lead elsewhere a moment
    /// later.
    async fn connect(&self, place: &Place) -> Result<TcpStream, KeysFault> {
        let found = lookup_host((place.host.as_str(), place.port)).await;
        let addresses = found.map_err(|_| KeysFault::Unreachable)?.take(MAX_ADDRESSES);
        for address in addresses.filter(|it| place.may_be(it.ip(), self.private)) {
            if let Ok(stream) = TcpStream::connect(address).await {
                return Ok(stream);
            }
        }
        Err(KeysFault::Unreachable)
    }
}

async fn request<S>(stream: S, place: &Place) -> Result<Bytes, KeysFault>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let unreachable = |_| KeysFault::Unreachable;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(unreachable)?;
    let connection = Abort(tokio::spawn(connection));
    let request = Request::get(&place.path)
        .header(header::HOST, format!("{}:{}", place.host, place.port))
        .header(header::ACCEPT, "application/json")
        .header(header::USER_AGENT, concat!("heist/", env!("CARGO_PKG_VERSION")))
        .body(Empty::<Bytes>::new())
        .map_err(|_| KeysFault::Answer)?;
    let response = sender.send_request(request).await.map_err(unreachable)?;
    if response.status() != StatusCode::OK {
        return Err(KeysFault::Answer);
    }
    let body = Limited::new(response.into_body(), MAX_BYTES).collect().await;
    drop(connection);
    Ok(body.map_err(|_| KeysFault::Answer)?.to_bytes())
}

/// Ends the connection's task with the request, however that ends.
struct Abort<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Abort<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_where_it_may_be() {
        let place = Place::parse("https://Example.com/keys?v=1", false).unwrap();
        assert_eq!((place.host.as_str(), place.port), ("example.com", 443));
        assert_eq!(place.path, "/keys?v=1");
        let link_local = "169.254.169.254".parse().unwrap();
        assert!(!place.may_be(link_local, false) && place.may_be(link_local, true));
        for url in [
            "http://example.com/keys",
            "https://example.com:22/keys",
            "https://user@example.com/keys",
            "file:///etc/passwd",
            "gopher://example.com",
            "/keys",
        ] {
            assert!(Place::parse(url, false).is_none(), "{url}");
        }
        let local = Place::parse("http://127.0.0.1:8080/keys", true).unwrap();
        assert!(local.may_be("127.0.0.1".parse().unwrap(), true));
        assert!(!local.may_be("10.0.0.1".parse().unwrap(), true), "without TLS");
    }
}
