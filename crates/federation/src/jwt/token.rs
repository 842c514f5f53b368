//! A token taken apart.

use super::json::Unique;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

/// The longest token that is read; STS takes no longer one.
const MAX_BYTES: usize = 20_000;

/// How a token is signed. Only these can be asked for: neither none nor a shared secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
}

impl Algorithm {
    /// The algorithm of this name, exactly as spelled.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "RS384" => Some(Self::Rs384),
            "RS512" => Some(Self::Rs512),
            "ES256" => Some(Self::Es256),
            "ES384" => Some(Self::Es384),
            _ => None,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
        }
    }
}

/// Why a token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is no signed token of the compact form.
    Malformed,
    /// It is signed in a way that is not taken: `none`, a shared secret, something unknown.
    Algorithm,
    /// It does not say which key it is signed with.
    NoKeyId,
    /// The provider has no such key.
    UnknownKey,
    /// The signature is not the key's.
    Signature,
}

/// A token whose form is right. What it claims is only claimed until [`super::KeySet::verify`].
#[derive(Debug)]
pub struct Token<'a> {
    /// How it is signed.
    pub algorithm: Algorithm,
    /// Which key it is signed with.
    pub key_id: String,
    /// What it claims.
    pub claims: Map<String, Value>,
    /// Header and claims as they are signed.
    pub(super) signed: &'a str,
    pub(super) signature: Vec<u8>,
}

impl<'a> Token<'a> {
    /// Takes `text` apart.
    ///
    /// # Errors
    /// [`Refused`] for what is not a token of a form that can be trusted.
    pub fn parse(text: &'a str) -> Result<Self, Refused> {
        if text.len() > MAX_BYTES {
            return Err(Refused::Malformed);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(Refused::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(Refused::Malformed)?;
        let header = object(header)?;
        let claims = object(claims)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Refused::Malformed)?;
        // Extensions that must be understood are not; an unencoded payload is one of them.
        if header.contains_key("crit") || header.contains_key("b64") {
            return Err(Refused::Malformed);
        }
        let text = |name: &str| header.get(name).and_then(Value::as_str);
        let algorithm = text("alg").and_then(Algorithm::named).ok_or(Refused::Algorithm)?;
        let key_id = text("kid").filter(|id| !id.is_empty()).ok_or(Refused::NoKeyId)?.to_owned();
        Ok(Self { algorithm, key_id, claims, signed, signature })
    }

    /// A claim that is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// A claim that is a moment, in whole seconds since 1970.
    pub fn seconds(&self, name: &str) -> Option<i64> {
        let number = self.claims.get(name)?;
        number.as_i64().or_else(|| {
            let number = number.as_f64()?;
            // Beyond this no issuer's clock goes.
            (0.0..=1e12).contains(&number).then_some(number as i64)
        })
    }

    /// A claim that is text or a list of texts; none if it is anything else.
    pub fn texts(&self, name: &str) -> Option<Vec<String>> {
        match self.claims.get(name)? {
            Value::String(one) => Some(vec![one.clone()]),
            Value::Array(many) => many.iter().map(|one| Some(one.as_str()?.to_owned())).collect(),
            _ => None,
        }
    }
}

fn object(part: &str) -> Result<Map<String, Value>, Refused> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Refused::Malformed)?;
    serde_json::from_slice::<Unique>(&bytes).map(|it| it.0).map_err(|_| Refused::Malformed)
}
