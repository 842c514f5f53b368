//! RSA public keys in the two forms that IAM takes and shows: SSH's and PEM.

use crate::{
    der::{BIT_STRING, INTEGER, Reader, SEQUENCE, element, signed, trimmed},
    error::IamError,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use md5::{Digest as _, Md5};

/// The only type that IAM takes (IAM API Reference, "UploadSSHPublicKey").
const SSH_RSA: &str = "ssh-rsa";
const PEM_LABEL: &str = "PUBLIC KEY";
/// The algorithm in a PEM key: rsaEncryption, without parameters.
const RSA_ENCRYPTION: [u8; 15] =
    [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
/// The size of keys, in bits.
const BITS: std::ops::RangeInclusive<usize> = 2_048..=16_384;

/// An RSA key: two numbers without leading zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicKey {
    exponent: Vec<u8>,
    modulus: Vec<u8>,
}

impl PublicKey {
    /// Reads a key in either form.
    ///
    /// # Errors
    /// In neither form, or no key that can be used.
    pub(crate) fn parse(text: &str) -> Result<Self, IamError> {
        let text = text.trim();
        let key = if text.starts_with("-----BEGIN") {
            pem_content(text).and_then(|der| Self::from_spki(&der))
        } else {
            let mut words = text.split_ascii_whitespace();
            if words.next() != Some(SSH_RSA) {
                return Err(IamError::UnrecognizedPublicKeyEncodingException(
                    "The public key encoding is not recognized.".into(),
                ));
            }
            let blob = words.next().and_then(|word| STANDARD.decode(word).ok());
            blob.and_then(|blob| Self::from_blob(&blob))
        };
        let sized = key.filter(|key| BITS.contains(&bits(&key.modulus)) && key.is_odd());
        sized.ok_or_else(|| {
            IamError::InvalidPublicKeyException("The public key is malformed or invalid.".into())
        })
    }

    /// Both numbers of a key that works are odd.
    fn is_odd(&self) -> bool {
        let odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
        odd(&self.exponent) && odd(&self.modulus)
    }

    /// Reads SSH's binary form (RFC 4253, 6.6).
    pub(crate) fn from_blob(mut blob: &[u8]) -> Option<Self> {
        let kind = field(&mut blob)?;
        let (exponent, modulus) = (field(&mut blob)?, field(&mut blob)?);
        let key = Self { exponent: trimmed(exponent).into(), modulus: trimmed(modulus).into() };
        (kind == SSH_RSA.as_bytes() && blob.is_empty()).then_some(key)
    }

    /// SSH's binary form.
    pub(crate) fn blob(&self) -> Vec<u8> {
        let mut blob = Vec::new();
        let kind = SSH_RSA.as_bytes().to_vec();
        for field in [kind, signed(&self.exponent), signed(&self.modulus)] {
            blob.extend(u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
            blob.extend(field);
        }
        blob
    }

    fn from_spki(der: &[u8]) -> Option<Self> {
        let mut spki = Reader(der).sequence()?;
        let algorithm = spki.expect(SEQUENCE)?;
        if RSA_ENCRYPTION.get(2..) != Some(algorithm) {
            return None;
        }
        let mut key = Reader(spki.bits()?).sequence()?;
        let (modulus, exponent) = (key.unsigned()?.into(), key.unsigned()?.into());
        Some(Self { exponent, modulus })
    }

    /// The form of SSH's key files.
    pub(crate) fn ssh(&self) -> String {
        format!("{SSH_RSA} {}", STANDARD.encode(self.blob()))
    }

    /// PEM.
    pub(crate) fn pem(&self) -> String {
        let number = |number| element(INTEGER, &signed(number));
        let key = [number(&self.modulus), number(&self.exponent)].concat();
        let bits = [vec![0], element(SEQUENCE, &key)].concat();
        let spki = [RSA_ENCRYPTION.to_vec(), element(BIT_STRING, &bits)].concat();
        let text = STANDARD.encode(element(SEQUENCE, &spki));
        let mut pem = format!("-----BEGIN {PEM_LABEL}-----\n");
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (line, after) = rest.split_at(rest.len().min(64));
            pem.push_str(line);
            pem.push('\n');
            rest = after;
        }
        pem + &format!("-----END {PEM_LABEL}-----\n")
    }

    /// The MD5 of SSH's binary form, as `ssh-keygen -E md5 -l` shows it.
    pub(crate) fn fingerprint(&self) -> String {
        let digest = Md5::digest(self.blob());
        let pairs: Vec<_> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        pairs.join(":")
    }
}

/// The next field of SSH's form: its length in four bytes, and itself.
fn field<'a>(blob: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = blob.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (field, rest) = rest.split_at_checked(length)?;
    *blob = rest;
    Some(field)
}

fn bits(number: &[u8]) -> usize {
    let leading = number.first().map_or(0, |byte| byte.leading_zeros());
    (number.len() * 8).saturating_sub(usize::try_from(leading).unwrap_or(0))
}

fn pem_content(text: &str) -> Option<Vec<u8>> {
    let body = text.strip_prefix(&format!("-----BEGIN {PEM_LABEL}-----"))?;
    let body = body.strip_suffix(&format!("-----END {PEM_LABEL}-----"))?;
    let body: String = body.split_ascii_whitespace().collect();
    STANDARD.decode(body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(seed: u8, bytes: usize) -> PublicKey {
        let mut modulus = vec![seed | 1; bytes];
        modulus[0] |= 0x80;
        PublicKey { exponent: vec![1, 0, 1], modulus }
    }

    #[test]
    fn both_forms_say_the_same() {
        for bytes in [256, 257, 512, 2_048] {
            let key = key(0x35, bytes);
            assert_eq!(PublicKey::parse(&key.ssh()).unwrap(), key);
            assert_eq!(PublicKey::parse(&format!("{} ana@home\n", key.ssh())).unwrap(), key);
            assert_eq!(PublicKey::parse(&key.pem()).unwrap(), key);
            assert_eq!(key.fingerprint().len(), 47);
        }
        assert!(key(0x35, 256).ssh().starts_with("ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB"));
    }

    #[test]
    fn other_keys_and_other_text_are_refused() {
        let invalid = |text: &str| {
            matches!(PublicKey::parse(text), Err(IamError::InvalidPublicKeyException(_)))
        };
        assert!(invalid(&key(1, 255).ssh()) && invalid(&key(1, 2_049).pem()));
        assert!(invalid("ssh-rsa !!!!") && invalid("ssh-rsa"));
        assert!(invalid("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"));
        let unknown = PublicKey::parse("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI");
        assert!(matches!(unknown, Err(IamError::UnrecognizedPublicKeyEncodingException(_))));
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in "(ssh-rsa )?[ -~\n]{0,80}",
            blob in prop::collection::vec(any::<u8>(), 0..80)) {
            PublicKey::parse(&text).ok();
            PublicKey::from_blob(&blob);
            PublicKey::from_spki(&blob);
        }
    }
}
