//! Encryption with a key's material, and the form of ciphertexts.
//!
//! A ciphertext says which key and which generation of its material it needs. Each is encrypted
//! under a key of its own, derived from the material by a random salt, so that the number of
//! messages under one key has no practical bound. Header and encryption context are
//! authenticated, not stored twice.

use crate::{
    crypto::encryption, error::KmsError, key::Key, key_ref::KeyRef, material, regions,
    shapes::EncryptionAlgorithmSpec,
};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf,
};
use service_kit::prelude::*;

/// An encryption context: sorted, so that the order in a request does not matter.
pub type EncryptionContext = BTreeMap<String, String>;

/// The first byte of every ciphertext.
const FORM: u8 = 1;
const SALT_BYTES: usize = 16;
const KEY_BYTES: usize = 32;
/// AWS's limit for a whole encryption context.
const MAX_CONTEXT_BYTES: usize = 8_192;

/// What a ciphertext says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub scope: Scope,
    pub key_id: String,
    pub generation: u32,
}

impl Header {
    fn write(&self) -> Vec<u8> {
        let mut bytes = vec![FORM];
        for text in [&*self.scope.account, &*self.scope.region, &*self.key_id] {
            // Accounts, regions and key ids are far shorter than 256 bytes.
            bytes.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
            bytes.extend(text.as_bytes());
        }
        bytes.extend(self.generation.to_be_bytes());
        bytes
    }

    /// The header of `blob` and what follows it; none when this is no ciphertext of ours.
    pub fn read(blob: &[u8]) -> Option<(Self, &[u8])> {
        let mut rest = blob.strip_prefix(&[FORM])?;
        let mut text = || {
            let (&length, after) = rest.split_first()?;
            let (text, after) = after.split_at_checked(length.into())?;
            rest = after;
            std::str::from_utf8(text).ok().map(str::to_owned)
        };
        let (account, region, key_id) = (text()?, text()?, text()?);
        let (generation, body) = rest.split_first_chunk::<4>()?;
        let generation = u32::from_be_bytes(*generation);
        Some((Self { scope: Scope::new(account, region), key_id, generation }, body))
    }

    /// The key that the ciphertext was made with, as `region` sees it: a multi-Region key is there
    /// under the same id.
    pub fn key_ref(&self, region: &str) -> KeyRef {
        let scope = match regions::is_multi_region_id(&self.key_id) {
            true => Scope::new(&*self.scope.account, region),
            false => self.scope.clone(),
        };
        KeyRef::of_id(scope, &self.key_id)
    }

    /// Whether the ciphertext was made with `key`, or with another of the same material.
    pub fn is_of(&self, key: &Key) -> bool {
        let here = *self.scope.region == *key.region || key.regions.is_some();
        self.key_id == key.id && *self.scope.account == *key.account && here
    }
}

/// Refuses contexts that are too long.
///
/// # Errors
/// A validation fault.
pub fn check_context(context: &EncryptionContext) -> Result<(), KmsError> {
    let bytes: usize = context.iter().map(|(key, value)| key.len() + value.len()).sum();
    match bytes <= MAX_CONTEXT_BYTES {
        true => Ok(()),
        false => Err(KmsError::invalid("EncryptionContext is too long.")),
    }
}

/// The authenticated data: header and context, each part with its length before it.
fn authenticated(header: &[u8], context: &EncryptionContext) -> Vec<u8> {
    let mut bytes = header.to_vec();
    for text in context.iter().flat_map(|(key, value)| [key, value]) {
        bytes.extend((text.len() as u64).to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    bytes
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// The cipher for one message.
fn cipher(material: &[u8], salt: &[u8]) -> Option<(LessSafeKey, Nonce)> {
    let mut bytes = [0; KEY_BYTES + NONCE_LEN];
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(material);
    let okm = prk.expand(&[b"kms.message"], Length(bytes.len())).ok()?;
    okm.fill(&mut bytes).ok()?;
    let (key, nonce) = bytes.split_at(KEY_BYTES);
    let key = UnboundKey::new(&AES_256_GCM, key).ok()?;
    Some((LessSafeKey::new(key), Nonce::try_assume_unique_for_key(nonce).ok()?))
}

fn seal(
    material: &[u8],
    header: &Header,
    salt: &[u8],
    context: &EncryptionContext,
    plain: &[u8],
) -> Option<Vec<u8>> {
    let mut blob = header.write();
    let aad = Aad::from(authenticated(&blob, context));
    let (key, nonce) = cipher(material, salt)?;
    let mut body = plain.to_vec();
    key.seal_in_place_append_tag(nonce, aad, &mut body).ok()?;
    blob.extend(salt);
    blob.extend(body);
    Some(blob)
}

fn open(
    material: &[u8],
    header: &Header,
    body: &[u8],
    context: &EncryptionContext,
) -> Option<Vec<u8>> {
    let (salt, body) = body.split_at_checked(SALT_BYTES)?;
    let aad = Aad::from(authenticated(&header.write(), context));
    let (key, nonce) = cipher(material, salt)?;
    let mut body = body.to_vec();
    key.open_in_place(nonce, aad, &mut body).ok().map(|plain| plain.to_vec())
}

/// Encrypts `plain` under the current material of `key`.
///
/// # Errors
/// [`Fault::Internal`] when the material is gone or the cipher refuses.
pub fn encrypt(
    cx: &Context,
    key: &Key,
    context: &EncryptionContext,
    plain: &[u8],
) -> Result<Bytes, KmsError> {
    check_context(context)?;
    let generation = key.generation;
    let header = Header { scope: key.scope(), key_id: key.id.clone(), generation };
    let salt = cx.entropy().bytes::<SALT_BYTES>();
    seal(&material::open(cx, key, generation)?.secret, &header, &salt, context, plain)
        .map(Bytes::from)
        .ok_or_else(|| Fault::internal("encryption failed").into())
}

/// Decrypts the body of a ciphertext with this header.
///
/// # Errors
/// [`KmsError::InvalidCiphertextException`] when it is damaged or the context is another.
pub fn decrypt(
    cx: &Context,
    key: &Key,
    (header, body): (&Header, &[u8]),
    context: &EncryptionContext,
) -> Result<Bytes, KmsError> {
    let Some(material) = material::find(cx, key, header.generation)? else {
        return Err(KmsError::InvalidCiphertextException);
    };
    open(&material.secret, header, body, context)
        .map(Bytes::from)
        .ok_or(KmsError::InvalidCiphertextException)
}

/// Encrypts `plain` with one of the algorithms of `key`.
///
/// # Errors
/// As [`encrypt`], and a validation fault for what RSA cannot encrypt.
pub fn encrypt_as(
    cx: &Context,
    key: &Key,
    algorithm: EncryptionAlgorithmSpec,
    context: &EncryptionContext,
    plain: &[u8],
) -> Result<Bytes, KmsError> {
    if !key.spec.is_asymmetric() {
        return encrypt(cx, key, context, plain);
    }
    refuse_context(context)?;
    let public = material::public(cx, key)?;
    if encryption::max_plaintext(algorithm, &public).is_some_and(|most| plain.len() > most) {
        let (algorithm, spec) = (algorithm.as_str(), key.spec.as_str());
        let message = format!("Plaintext is too long for algorithm {algorithm} and key {spec}.");
        return Err(KmsError::invalid(message));
    }
    encryption::encrypt(algorithm, &public, plain)
        .map(Bytes::from)
        .ok_or_else(|| Fault::internal("encryption failed").into())
}

/// Decrypts what was encrypted with the public half of an asymmetric key.
///
/// # Errors
/// [`KmsError::InvalidCiphertextException`] when it is damaged.
pub fn decrypt_as(
    cx: &Context,
    key: &Key,
    algorithm: EncryptionAlgorithmSpec,
    context: &EncryptionContext,
    blob: &[u8],
) -> Result<Bytes, KmsError> {
    refuse_context(context)?;
    encryption::decrypt(algorithm, &material::current(cx, key)?.secret, blob)
        .map(Bytes::from)
        .ok_or(KmsError::InvalidCiphertextException)
}

/// RSA has nothing that an encryption context could be bound to.
fn refuse_context(context: &EncryptionContext) -> Result<(), KmsError> {
    match context.is_empty() {
        true => Ok(()),
        false => {
            let message = "EncryptionContext is supported only with symmetric encryption keys.";
            Err(KmsError::invalid(message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(pairs: &[(&str, &str)]) -> EncryptionContext {
        pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
    }

    #[test]
    fn only_the_same_context_and_an_intact_blob_open() {
        let header = Header {
            scope: Scope::new("111122223333", "us-east-1"),
            key_id: "k".into(),
            generation: 3,
        };
        let sent = context(&[("a", "1"), ("b", "2")]);
        let blob = seal(&[7; 32], &header, &[9; SALT_BYTES], &sent, b"secret").unwrap();
        let (read, body) = Header::read(&blob).unwrap();
        assert_eq!(read, header);
        assert_eq!(open(&[7; 32], &read, body, &sent).unwrap(), b"secret");
        assert_eq!(open(&[7; 32], &read, body, &context(&[("a", "1")])), None);
        assert_eq!(open(&[7; 32], &read, body, &context(&[("a", "1b"), ("", "2")])), None);
        assert_eq!(open(&[8; 32], &read, body, &sent), None);
        for bit in 0..blob.len() * 8 {
            let mut forged = blob.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            let opened = Header::read(&forged)
                .and_then(|(header, body)| open(&[7; 32], &header, body, &sent));
            assert_eq!(opened, None);
        }
    }

    #[test]
    fn cut_blobs_are_no_ciphertexts() {
        for blob in [&b""[..], b"\x01", b"\x01\x0c1", b"\x02abc", b"\x01\x00\x00\x00\x00"] {
            assert_eq!(Header::read(blob), None);
        }
    }
}
