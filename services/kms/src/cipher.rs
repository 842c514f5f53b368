//! Encryption with a key's material, and the form of ciphertexts.
//!
//! A ciphertext says which key and which generation of its material it needs. Each is encrypted
//! under a key of its own, derived from the material by a random salt, so that the number of
//! messages under one key has no practical bound. Header and encryption context are
//! authenticated, not stored twice.

use crate::{
    error::KmsError,
    key::{Key, Material},
    key_ref::KeyRef,
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

    /// The key that the ciphertext was made with.
    pub fn key_ref(&self) -> KeyRef {
        KeyRef::of_id(self.scope.clone(), &self.key_id)
    }
}

/// What a key's sealed material is bound to.
pub fn material_context(key_id: &str, generation: u32) -> Vec<u8> {
    format!("{key_id}/{generation}").into_bytes()
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

/// The material of `key` of that generation, opened.
fn material(cx: &Context, key: &Key, generation: u32) -> Result<Option<Vec<u8>>, KmsError> {
    let row = cx.read(|tx| {
        tx.within(key.scope()).get::<Material>((&key.id, generation)).map_err(KmsError::from)
    })?;
    let Some(row) = row else { return Ok(None) };
    let bound_to = material_context(&key.id, generation);
    let plain = cx.platform().seal().open("kms.material", &bound_to, &row.sealed);
    plain.map(Some).ok_or_else(|| {
        Fault::internal(format!("material {generation} of {} does not open", key.arn())).into()
    })
}

/// The id of the material of that generation.
///
/// # Errors
/// [`Fault::Internal`] when storage fails or the material is gone.
pub fn material_id(cx: &Context, key: &Key, generation: u32) -> Result<String, KmsError> {
    if generation == key.generation {
        return Ok(key.material_id.clone());
    }
    let row = cx.read(|tx| tx.within(key.scope()).get::<Material>((&key.id, generation)))?;
    row.map(|row| row.id).ok_or_else(|| Fault::internal("a key's material is gone").into())
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
    material(cx, key, generation)?
        .and_then(|material| seal(&material, &header, &salt, context, plain))
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
    material(cx, key, header.generation)?
        .and_then(|material| open(&material, header, body, context))
        .map(Bytes::from)
        .ok_or(KmsError::InvalidCiphertextException)
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
