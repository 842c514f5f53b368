//! The signing key: derived from a secret for one scope, and what it signs.
use std::fmt;

use ring::hmac;

use crate::encode::hex;
use crate::scope::{Scope, TERMINATOR};

/// A key for one secret and one scope. Deriving costs four HMACs, so keep it per access key id
/// and scope; it is worth nothing on another day, in another region or for another service.
#[derive(Clone)]
pub struct SigningKey(hmac::Key);

impl SigningKey {
    /// Derives the key of `secret` for `scope`.
    pub fn derive(secret: &str, scope: &Scope<'_>) -> SigningKey {
        let first = [b"AWS4", secret.as_bytes()].concat();
        let mut key = hmac::Key::new(hmac::HMAC_SHA256, &first);
        for part in [&*scope.date, &scope.region, &scope.service, TERMINATOR] {
            let tag = hmac::sign(&key, part.as_bytes());
            key = hmac::Key::new(hmac::HMAC_SHA256, tag.as_ref());
        }
        SigningKey(key)
    }

    /// The signature of `message` in lower-case hexadecimal.
    pub(crate) fn sign(&self, message: &[u8]) -> String {
        hex(hmac::sign(&self.0, message).as_ref())
    }

    /// Whether `signature` is `message`'s, compared in constant time.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8; 32]) -> bool {
        hmac::verify(&self.0, message, signature).is_ok()
    }
}

/// Never shows the key.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_key_is_derived() {
        // IAM User Guide, "Create a signed AWS API request", derived key of its example.
        let scope =
            Scope { date: "20150830".into(), region: "us-east-1".into(), service: "iam".into() };
        let key = SigningKey::derive("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", &scope);
        let string_to_sign = "AWS4-HMAC-SHA256\n20150830T123600Z\n\
            20150830/us-east-1/iam/aws4_request\n\
            f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59";
        assert_eq!(
            key.sign(string_to_sign.as_bytes()),
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        );
        assert_eq!(format!("{key:?}"), "SigningKey(..)");
    }
}
