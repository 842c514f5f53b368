//! Certificates for AWS's own host names, made on demand by a local authority.

use parking_lot::Mutex;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::{
    ServerConfig,
    crypto::ring::sign::any_supported_type,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use std::{collections::HashMap, fmt, sync::Arc};
use tokio_rustls::TlsAcceptor;

/// The most certificates remembered; names that do not belong to AWS or this host get none.
const MAX_CERTIFICATES: usize = 1_024;

/// What went wrong with a key or certificate.
#[derive(Debug)]
pub struct TlsError(String);

impl fmt::Display for TlsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for TlsError {}

impl From<rcgen::Error> for TlsError {
    fn from(error: rcgen::Error) -> Self {
        Self(error.to_string())
    }
}

/// The local certificate authority.
pub struct Authority {
    certificate: String,
    acceptor: TlsAcceptor,
}

impl Authority {
    /// A fresh authority: its certificate and its private key in PEM form. The key is to be kept
    /// secret, or anybody can pose as AWS to whoever trusts the certificate.
    ///
    /// # Errors
    /// [`TlsError`] when no key can be made.
    pub fn generate() -> Result<(String, String), TlsError> {
        let key = KeyPair::generate()?;
        let certificate = ca_params().self_signed(&key)?;
        Ok((certificate.pem(), key.serialize_pem()))
    }

    /// The authority with this certificate and key, as [`Authority::generate`] made them, for a
    /// server that starts in `year`.
    ///
    /// # Errors
    /// [`TlsError`] when the key is not readable.
    pub fn open(certificate: String, key: &str, year: i32) -> Result<Self, TlsError> {
        let key = KeyPair::from_pem(key)?;
        let issuer = Issuer::new(ca_params(), key);
        let resolver = Resolver { issuer, year, made: Mutex::default() };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError(error.to_string()))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(resolver));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { certificate, acceptor: TlsAcceptor::from(Arc::new(config)) })
    }

    /// The certificate that clients are to trust, in PEM form.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }
}

fn ca_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Heist local authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2050, 1, 1);
    params
}

struct Resolver {
    issuer: Issuer<'static, KeyPair>,
    year: i32,
    made: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl fmt::Debug for Resolver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Resolver")
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // Clients that connect by address send no name.
        let name = hello.server_name().unwrap_or("localhost").to_ascii_lowercase();
        if !is_ours(&name) {
            return None;
        }
        let mut made = self.made.lock();
        if let Some(known) = made.get(&name) {
            return Some(known.clone());
        }
        let key = Arc::new(self.make(&name).ok()?);
        if made.len() >= MAX_CERTIFICATES {
            made.clear();
        }
        made.insert(name, key.clone());
        Some(key)
    }
}

/// Names that people point at this machine: AWS's, and the machine's own.
fn is_ours(name: &str) -> bool {
    const DOMAINS: [&str; 4] = [".amazonaws.com", ".on.aws", ".localhost", ".api.aws"];
    name == "localhost" || DOMAINS.iter().any(|domain| name.ends_with(domain))
}

impl Resolver {
    fn make(&self, name: &str) -> Result<CertifiedKey, TlsError> {
        let mut names = vec![name.to_owned()];
        if name == "localhost" {
            names.extend(["127.0.0.1".to_owned(), "::1".to_owned()]);
        }
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "Heist");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.not_before = rcgen::date_time_ymd(self.year - 1, 1, 1);
        params.not_after = rcgen::date_time_ymd(self.year + 1, 1, 1);
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let der = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let signer = any_supported_type(&der).map_err(|error| TlsError(error.to_string()))?;
        Ok(CertifiedKey::new(chain, signer))
    }
}
