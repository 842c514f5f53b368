//! Encryption of small secrets under the instance's root key.
//!
//! Every purpose has a key of its own, derived from the root key, and every sealed text is bound
//! to a context, so that one row's secret cannot be moved into another row.

use crate::{cipher, entropy::Entropy, fault::Fault};
use ring::hkdf;

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

    fn key(&self, purpose: &str) -> Result<[u8; ROOT_KEY_BYTES], Fault> {
        let mut bytes = [0; ROOT_KEY_BYTES];
        self.root
            .expand(&[purpose.as_bytes()], KeyLength)
            .and_then(|okm| okm.fill(&mut bytes))
            .map_err(|_| Fault::internal("key derivation failed"))?;
        Ok(bytes)
    }

    /// Encrypts `plain` for `purpose`, bound to `context`.
    ///
    /// # Errors
    /// [`Fault::Internal`] when the cipher refuses, which only absurd lengths make it do.
    pub fn seal(&self, purpose: &str, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, Fault> {
        let key = self.key(purpose)?;
        let mut sealed = cipher::encrypt(&self.entropy, &key, context, plain.to_vec())?;
        sealed.insert(0, FORM);
        Ok(sealed)
    }

    /// Opens what [`Seal::seal`] made; none if it is damaged, forged or was made for another
    /// purpose or context.
    pub fn open(&self, purpose: &str, context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let sealed = sealed.strip_prefix(&[FORM])?;
        cipher::decrypt(&self.key(purpose).ok()?, context, sealed)
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
