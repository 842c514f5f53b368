//! The keys that a provider publishes (RFC 7517).

use super::{Algorithm, Refused, Token};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde::Deserialize;

/// The most keys of a set that are read (IAM User Guide, "Create an OpenID Connect (OIDC) identity
/// provider in IAM": 100 RSA and 100 EC keys).
pub const MAX_KEYS: usize = 200;

/// A key that verifies.
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
}

struct Key {
    id: String,
    /// What the set says it is for; only that, then.
    algorithm: Option<String>,
    material: Material,
}

/// A provider's keys.
#[derive(Default)]
pub struct KeySet(Vec<Key>);

/// A set as written.
#[derive(Deserialize)]
struct Written {
    keys: Vec<serde_json::Value>,
}

/// A key as written. Its private half, should a provider publish it, is not read.
#[derive(Deserialize)]
struct WrittenKey {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Reads a set. Keys that sign nothing that is taken here are left out.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let written: Written = serde_json::from_slice(text).ok()?;
        if written.keys.len() > MAX_KEYS {
            return None;
        }
        Some(Self(written.keys.into_iter().filter_map(key).collect()))
    }

    /// Whether there is a key of this id.
    pub fn has(&self, id: &str) -> bool {
        self.0.iter().any(|key| key.id == id)
    }

    /// Whether one of these keys signed `token`.
    ///
    /// # Errors
    /// [`Refused`] when there is no such key or the signature is not its own.
    pub fn verify(&self, token: &Token<'_>) -> Result<(), Refused> {
        let mut named = self.0.iter().filter(|key| key.id == token.key_id).peekable();
        if named.peek().is_none() {
            return Err(Refused::UnknownKey);
        }
        if named.any(|key| key.signed(token)) { Ok(()) } else { Err(Refused::Signature) }
    }
}

impl Key {
    /// The algorithm is the token's to choose only among those of the key's own kind.
    fn signed(&self, token: &Token<'_>) -> bool {
        if self.algorithm.as_ref().is_some_and(|only| only != token.algorithm.name()) {
            return false;
        }
        let (message, signature) = (token.signed.as_bytes(), token.signature.as_slice());
        let rsa = |parameters, n: &[u8], e: &[u8]| {
            RsaPublicKeyComponents { n, e }.verify(parameters, message, signature).is_ok()
        };
        match (&self.material, token.algorithm) {
            (Material::Rsa { n, e }, Algorithm::Rs256) => rsa(&RSA_PKCS1_2048_8192_SHA256, n, e),
            (Material::Rsa { n, e }, Algorithm::Rs384) => rsa(&RSA_PKCS1_2048_8192_SHA384, n, e),
            (Material::Rsa { n, e }, Algorithm::Rs512) => rsa(&RSA_PKCS1_2048_8192_SHA512, n, e),
            (Material::P256(point), Algorithm::Es256) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                    .verify(message, signature)
                    .is_ok()
            }
            (Material::P384(point), Algorithm::Es384) => {
                UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point)
                    .verify(message, signature)
                    .is_ok()
            }
            _ => false,
        }
    }
}

fn key(written: serde_json::Value) -> Option<Key> {
    let written: WrittenKey = serde_json::from_value(written).ok()?;
    if written.purpose.as_deref().is_some_and(|purpose| purpose != "sig") {
        return None;
    }
    let bytes =
        |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_ref()?.trim_end_matches('=')).ok();
    let point = |length: usize| {
        let (x, y) = (bytes(&written.x)?, bytes(&written.y)?);
        (x.len() == length && y.len() == length).then(|| [vec![4], x, y].concat())
    };
    let material = match (written.kty.as_str(), written.crv.as_deref()) {
        // Some write the modulus with a leading zero, which is no part of the number.
        ("RSA", _) => {
            let n = bytes(&written.n)?;
            let start = n.iter().position(|byte| *byte != 0)?;
            Material::Rsa { n: n.get(start..)?.to_vec(), e: bytes(&written.e)? }
        }
        ("EC", Some("P-256")) => Material::P256(point(32)?),
        ("EC", Some("P-384")) => Material::P384(point(48)?),
        _ => return None,
    };
    Some(Key { id: written.kid?, algorithm: written.alg, material })
}
