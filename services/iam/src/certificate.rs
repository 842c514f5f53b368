//! X.509 certificates in PEM: read, chained, matched with private keys.

use crate::{
    der::{BIT_STRING, EXPLICIT_1, OCTET_STRING, Reader, trimmed},
    error::IamError,
};
use ring::{rand::SystemRandom, signature};
use service_kit::prelude::Timestamp;
use x509_parser::{
    certificate::X509Certificate, pem::Pem, prelude::FromDer, public_key::PublicKey,
};

/// The most certificates in a chain that are looked at.
const MAX_CHAIN: usize = 20;

/// A certificate in DER with what IAM shows of it.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    der: Vec<u8>,
    /// From when on it is good.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
}

fn malformed(message: impl Into<String>) -> IamError {
    IamError::MalformedCertificateException(message.into())
}

/// The blocks of a PEM text, at most one more than a chain holds.
fn blocks(text: &str) -> Option<Vec<Pem>> {
    let blocks = Pem::iter_from_buffer(text.as_bytes()).take(MAX_CHAIN + 1);
    blocks.collect::<Result<_, _>>().ok()
}

impl Certificate {
    /// Reads the one certificate in `text`.
    ///
    /// # Errors
    /// Malformed.
    pub(crate) fn parse(text: &str) -> Result<Self, IamError> {
        let unreadable = || {
            malformed(
                "Unable to parse certificate. Please ensure the certificate is in PEM format.",
            )
        };
        match blocks(text).as_deref() {
            Some([block]) => Self::of(block).ok_or_else(unreadable),
            _ => Err(unreadable()),
        }
    }

    fn of(block: &Pem) -> Option<Self> {
        if block.label != "CERTIFICATE" {
            return None;
        }
        let (rest, certificate) = X509Certificate::from_der(&block.contents).ok()?;
        let validity = certificate.validity();
        rest.is_empty().then(|| Self {
            not_before: Timestamp::from_secs(validity.not_before.timestamp()),
            not_after: Timestamp::from_secs(validity.not_after.timestamp()),
            der: block.contents.clone(),
        })
    }

    fn x509(&self) -> Option<X509Certificate<'_>> {
        X509Certificate::from_der(&self.der).ok().map(|(_, certificate)| certificate)
    }

    /// Whether these are the same bytes.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.der == other.der
    }

    /// Checks that `text` holds the certificates that lead from this one upwards, each signed by
    /// the next one.
    ///
    /// # Errors
    /// Malformed, with the place of the first that does not fit.
    pub(crate) fn check_chain(&self, text: &str) -> Result<(), IamError> {
        let unreadable = || {
            malformed(
                "Unable to parse certificate chain. Please ensure the chain is in PEM format.",
            )
        };
        let blocks = blocks(text).filter(|blocks| !blocks.is_empty() && blocks.len() <= MAX_CHAIN);
        let mut below = self.clone();
        for (index, block) in blocks.ok_or_else(unreadable)?.iter().enumerate() {
            let above = Self::of(block).ok_or_else(unreadable)?;
            if !below.is_signed_by(&above) {
                return Err(malformed(format!(
                    "Unable to validate certificate chain. The certificate chain must start with \
                     the immediate signing certificate, followed by any intermediaries in order. \
                     The index within the chain of the invalid certificate is: {index}"
                )));
            }
            below = above;
        }
        Ok(())
    }

    fn is_signed_by(&self, issuer: &Self) -> bool {
        let (Some(own), Some(issuer)) = (self.x509(), issuer.x509()) else { return false };
        own.issuer().as_raw() == issuer.subject().as_raw()
            && own.verify_signature(Some(issuer.public_key())).is_ok()
    }

    /// Checks that `text` holds this certificate's private key, not encrypted.
    ///
    /// # Errors
    /// Malformed, or another certificate's.
    pub(crate) fn check_key(&self, text: &str) -> Result<(), IamError> {
        let unreadable = || {
            malformed(
                "Unable to parse private key. Please ensure the key is in PEM format and not \
                 encrypted.",
            )
        };
        let blocks = blocks(text).ok_or_else(unreadable)?;
        // OpenSSL writes the parameters of a curve before the key.
        let block = blocks.iter().find(|block| block.label != "EC PARAMETERS");
        let key = block.and_then(PrivateKey::of).ok_or_else(unreadable)?;
        let own = self.x509().ok_or_else(unreadable)?;
        let public = own.public_key();
        let matches = match (&key, public.parsed()) {
            (PrivateKey::Rsa { modulus, exponent }, Ok(PublicKey::RSA(rsa))) => {
                *modulus == trimmed(rsa.modulus) && *exponent == trimmed(rsa.exponent)
            }
            (PrivateKey::Ec { scalar, public }, Ok(PublicKey::EC(point))) => {
                is_pair(scalar, point.data()).unwrap_or_else(|| *public == Some(point.data()))
            }
            _ => false,
        };
        match matches {
            true => Ok(()),
            false => Err(IamError::KeyPairMismatchException(
                "Private key and certificate do not match.".into(),
            )),
        }
    }
}

/// What a private key tells of its public half.
enum PrivateKey<'a> {
    Rsa { modulus: &'a [u8], exponent: &'a [u8] },
    Ec { scalar: &'a [u8], public: Option<&'a [u8]> },
}

impl<'a> PrivateKey<'a> {
    fn of(block: &'a Pem) -> Option<Self> {
        let der = &block.contents;
        match &*block.label {
            "RSA PRIVATE KEY" => Self::rsa(der),
            "EC PRIVATE KEY" => Self::ec(der),
            "PRIVATE KEY" => {
                let mut info = Reader(der).sequence()?;
                info.unsigned()?;
                info.sequence()?;
                let inner = info.expect(OCTET_STRING)?;
                Self::rsa(inner).or_else(|| Self::ec(inner))
            }
            _ => None,
        }
    }

    /// PKCS #1.
    fn rsa(der: &'a [u8]) -> Option<Self> {
        let mut key = Reader(der).sequence()?;
        key.unsigned()?;
        let (modulus, exponent) = (key.unsigned()?, key.unsigned()?);
        Some(Self::Rsa { modulus, exponent })
    }

    /// SEC 1.
    fn ec(der: &'a [u8]) -> Option<Self> {
        let mut key = Reader(der).sequence()?;
        key.unsigned()?;
        let scalar = key.expect(OCTET_STRING)?;
        let mut public = None;
        while let Some((tag, content)) = key.next() {
            if tag == EXPLICIT_1 {
                public = Reader(content).expect(BIT_STRING).and_then(|bits| bits.get(1..));
            }
        }
        Some(Self::Ec { scalar, public })
    }
}

/// Whether the point is the scalar's; none for curves that ring does not know, where what the key
/// says of itself has to do.
fn is_pair(scalar: &[u8], point: &[u8]) -> Option<bool> {
    let algorithm = match scalar.len() {
        32 => &signature::ECDSA_P256_SHA256_ASN1_SIGNING,
        48 => &signature::ECDSA_P384_SHA384_ASN1_SIGNING,
        _ => return None,
    };
    let random = SystemRandom::new();
    let pair =
        signature::EcdsaKeyPair::from_private_key_and_public_key(algorithm, scalar, point, &random);
    Some(pair.is_ok())
}
