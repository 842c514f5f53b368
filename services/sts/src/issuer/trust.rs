//! Whom to believe that a host is the issuer's: whatever the machine trusts, and certificates of
//! the provider's thumbprints (IAM User Guide, "Obtain the thumbprint for an OpenID Connect
//! identity provider").

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{
        CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
    },
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use service_kit::entropy::hex;
use std::sync::{Arc, LazyLock};

/// What the machine trusts, read once.
static MACHINE: LazyLock<Arc<RootCertStore>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Arc::new(roots)
});

/// How to speak TLS with an issuer.
pub(super) fn config(thumbprints: &[String]) -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let algorithms = provider.signature_verification_algorithms;
    let thumbprints = thumbprints.to_vec();
    let verifier = Arc::new(Pinned { provider: provider.clone(), algorithms, thumbprints });
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    // The provider is ring's own, which has every version's suites.
    let builder = builder.unwrap_or_else(|_| ClientConfig::builder());
    let config = builder.dangerous().with_custom_certificate_verifier(verifier);
    Arc::new(config.with_no_client_auth())
}

/// Believes the machine's roots, or a certificate of the chain that has a thumbprint: that one is
/// the root then, and name, dates and signatures are checked all the same.
#[derive(Debug)]
struct Pinned {
    provider: Arc<CryptoProvider>,
    algorithms: WebPkiSupportedAlgorithms,
    thumbprints: Vec<String>,
}

impl Pinned {
    fn pinned(&self, presented: &CertificateDer<'_>) -> bool {
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, presented);
        self.thumbprints.contains(&hex(hash.as_ref()))
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let by = |roots: Arc<RootCertStore>| {
            WebPkiServerVerifier::builder_with_provider(roots, self.provider.clone())
                .build()
                .map_err(|error| Error::General(error.to_string()))?
                .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        };
        let unknown = Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let known = match MACHINE.is_empty() {
            true => Err(unknown.clone()),
            false => by(MACHINE.clone()),
        };
        if known.is_ok() {
            return known;
        }
        let mut roots = RootCertStore::empty();
        let presented = intermediates.iter().chain([end_entity]);
        let pinned = presented.filter(|it| self.pinned(it)).map(|it| it.clone().into_owned());
        roots.add_parsable_certificates(pinned);
        if roots.is_empty() { known.or(Err(unknown)) } else { by(Arc::new(roots)) }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
