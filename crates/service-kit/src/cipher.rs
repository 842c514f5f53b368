//! Encryption under a given key: AES-256-GCM, a random nonce before each text.

use crate::{entropy::Entropy, fault::Fault};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

fn key(bytes: &[u8]) -> Option<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, bytes).ok().map(LessSafeKey::new)
}

/// Encrypts `plain` under the 32 bytes of `key`, bound to `context`.
///
/// # Errors
/// [`Fault::Internal`] when the cipher refuses: a key of another length, an absurd text.
pub fn encrypt(
    entropy: &Entropy,
    key: &[u8],
    context: &[u8],
    mut plain: Vec<u8>,
) -> Result<Vec<u8>, Fault> {
    let bytes = entropy.bytes::<NONCE_LEN>();
    let nonce = Nonce::assume_unique_for_key(bytes);
    self::key(key)
        .and_then(|key| key.seal_in_place_append_tag(nonce, Aad::from(context), &mut plain).ok())
        .ok_or_else(|| Fault::internal("encryption failed"))?;
    Ok([bytes.as_slice(), &plain].concat())
}

/// What [`encrypt`] made of it; none if it is damaged, forged or bound to another context.
pub fn decrypt(key: &[u8], context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, body) = sealed.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut body = body.to_vec();
    let plain = self::key(key)?.open_in_place(nonce, Aad::from(context), &mut body).ok()?;
    Some(plain.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_opens_only_with_its_key_and_context() {
        let entropy = Entropy::seeded(1);
        let sealed = encrypt(&entropy, &[1; 32], b"m-1", b"hello".to_vec()).unwrap();
        assert_ne!(&sealed[NONCE_LEN..NONCE_LEN + 5], b"hello");
        assert_eq!(decrypt(&[1; 32], b"m-1", &sealed).unwrap(), b"hello");
        assert_eq!(decrypt(&[1; 32], b"m-2", &sealed), None);
        assert_eq!(decrypt(&[3; 32], b"m-1", &sealed), None);
        assert_eq!(decrypt(&[1; 32], b"m-1", &sealed[..5]), None);
        assert!(encrypt(&entropy, &[1; 31], b"", Vec::new()).is_err());
    }
}
