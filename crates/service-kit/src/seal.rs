//! Encryption of small secrets under the instance's root key.
//!
//! Every purpose has a key of its own, derived from the root key, and every sealed text is bound
//! to a context, so that one row's secret cannot be moved into another row.

use crate::{entropy::Entropy, fault::Fault};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf,
};

/// The root key's length in bytes.
pub const ROOT_KEY_BYTES: usize = 32;

/// The first byte of everything sealed, so that the form may change.
const FORM: u8 = 1;

/// Seals and opens under the root key.
pub struct Seal {
    root: hkdf::Prk,
    entropy: Entropy,
}

struct KeyLength;

impl hkdf::KeyType for KeyLength {
    fn len(&self) -> usize {
        ROOT_KEY_BYTES
    }
}

impl Seal {
    /// Seals under `root`.
    pub fn new(root: &[u8; ROOT_KEY_BYTES], entropy: Entropy) -> Self {
        Self { root: hkdf::Salt::new(hkdf::HKDF_SHA256, b"heist").extract(root), entropy }
    }

    fn key(&self, purpose: &str) -> Result<LessSafeKey, Fault> {
        let mut bytes = [0; ROOT_KEY_BYTES];
        self.root
            .expand(&[purpose.as_bytes()], KeyLength)
            .and_then(|okm| okm.fill(&mut bytes))
            .map_err(|_| Fault::internal("key derivation failed"))?;
        let key = UnboundKey::new(&AES_256_GCM, &bytes)
            .map_err(|_| Fault::internal("key derivation failed"))?;
        Ok(LessSafeKey::new(key))
    }

    /// Encrypts `plain` for `purpose`, bound to `context`.
    ///
    /// # Errors
    /// [`Fault::Internal`] when the cipher refuses, which only absurd lengths make it do.
    pub fn seal(&self, purpose: &str, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, Fault> {
        let nonce = self.entropy.bytes::<NONCE_LEN>();
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + plain.len() + AES_256_GCM.tag_len());
        sealed.push(FORM);
        sealed.extend(nonce);
        let mut body = plain.to_vec();
        self.key(purpose)?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context),
                &mut body,
            )
            .map_err(|_| Fault::internal("sealing failed"))?;
        sealed.extend(body);
        Ok(sealed)
    }

    /// Opens what [`Seal::seal`] made; none if it is damaged, forged or was made for another
    /// purpose or context.
    pub fn open(&self, purpose: &str, context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let body = sealed.strip_prefix(&[FORM])?;
        let (nonce, body) = body.split_at_checked(NONCE_LEN)?;
        let mut body = body.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let key = self.key(purpose).ok()?;
        let plain = key.open_in_place(nonce, Aad::from(context), &mut body).ok()?;
        Some(plain.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_purpose_and_context_open() {
        let seal = Seal::new(&[7; 32], Entropy::seeded(1));
        let sealed = seal.seal("token", b"AKIA1", b"secret").unwrap();
        assert_eq!(seal.open("token", b"AKIA1", &sealed).as_deref(), Some(&b"secret"[..]));
        assert_eq!(seal.open("token", b"AKIA2", &sealed), None);
        assert_eq!(seal.open("other", b"AKIA1", &sealed), None);
        for bit in 0..sealed.len() * 8 {
            let mut forged = sealed.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(seal.open("token", b"AKIA1", &forged), None, "bit {bit}");
        }
    }
}
