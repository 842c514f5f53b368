//! A tiny issuer of tokens on the loopback interface.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use parking_lot::Mutex;
use ring::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
        RsaPublicKeyComponents,
    },
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

const RSA: &[u8] = include_bytes!("../../../../crates/federation/tests/data/provider.pk8");

/// What the issuer answers: status and body by path.
type Pages = Arc<Mutex<HashMap<String, (u16, String)>>>;

/// An issuer with an RSA key called `r` and an EC key called `e`.
pub struct Issuer {
    pub url: String,
    rsa: RsaKeyPair,
    ec: EcdsaKeyPair,
    pages: Pages,
    asked: Arc<AtomicUsize>,
}

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Issuer {
    pub async fn start() -> Self {
        Self::with("http://127.0.0.1", None).await
    }

    /// One with TLS, at this URL but for the port.
    pub async fn with(url: &str, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("an issuer");
        let url = format!("{url}:{}", listener.local_addr().expect("an issuer").port());
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let ec = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("an issuer");
        let issuer = Self {
            url,
            rsa: RsaKeyPair::from_pkcs8(RSA).expect("an issuer"),
            ec: EcdsaKeyPair::from_pkcs8(algorithm, ec.as_ref(), &random).expect("an issuer"),
            pages: Pages::default(),
            asked: Arc::default(),
        };
        let discovery = json!({"issuer": issuer.url, "jwks_uri": format!("{}/keys", issuer.url)});
        issuer.show("/.well-known/openid-configuration", 200, discovery.to_string());
        issuer.show("/keys", 200, json!({"keys": [issuer.rsa_jwk(), issuer.ec_jwk()]}).to_string());
        tokio::spawn(serve(listener, tls, issuer.pages.clone(), issuer.asked.clone()));
        issuer
    }

    /// Answers `path` so from now on.
    pub fn show(&self, path: &str, status: u16, body: String) {
        self.pages.lock().insert(path.into(), (status, body));
    }

    /// How many requests it has answered.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Host and port, as condition keys have them.
    pub fn name(&self) -> &str {
        self.url.split_once("://").expect("an issuer").1
    }

    pub fn rsa_jwk(&self) -> Value {
        let key = RsaPublicKeyComponents::<Vec<u8>>::from(self.rsa.public());
        json!({"kty": "RSA", "kid": "r", "use": "sig", "n": encode(key.n), "e": encode(key.e)})
    }

    pub fn ec_jwk(&self) -> Value {
        let point = self.ec.public_key().as_ref();
        let (x, y) = (encode(&point[1..33]), encode(&point[33..]));
        json!({"kty": "EC", "kid": "e", "crv": "P-256", "alg": "ES256", "x": x, "y": y})
    }

    /// A token signed as its header says: with the RSA key unless that is ES256.
    pub fn token(&self, header: Value, claims: &Value) -> String {
        let signed = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let random = SystemRandom::new();
        let signature = if header["alg"] == "ES256" {
            self.ec.sign(&random, signed.as_bytes()).expect("an issuer").as_ref().to_vec()
        } else {
            let mut signature = vec![0; self.rsa.public().modulus_len()];
            self.rsa
                .sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature)
                .expect("an issuer");
            signature
        };
        format!("{signed}.{}", encode(signature))
    }
}

async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    pages: Pages,
    asked: Arc<AtomicUsize>,
) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        match &tls {
            None => answer(stream, &pages, &asked).await,
            Some(tls) => match tls.accept(stream).await {
                Ok(stream) => answer(stream, &pages, &asked).await,
                Err(_) => continue,
            },
        }
    }
}

async fn answer(stream: impl AsyncRead + AsyncWrite + Unpin, pages: &Pages, asked: &AtomicUsize) {
    let mut stream = BufReader::new(stream);
    let mut first = String::new();
    if stream.read_line(&mut first).await.is_err() {
        return;
    }
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.is_err() || line.trim().is_empty() {
            break;
        }
    }
    asked.fetch_add(1, Ordering::SeqCst);
    let path = first.split(' ').nth(1).unwrap_or_default();
    let known = pages.lock().get(path).cloned();
    let (status, body) = known.unwrap_or((404, String::new()));
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
    let answer = format!("{head}location: /keys\r\n\r\n{body}");
    stream.get_mut().write_all(answer.as_bytes()).await.ok();
    stream.get_mut().flush().await.ok();
}
