//! RSAES-OAEP.

use crate::shapes::EncryptionAlgorithmSpec;
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPrivateDecryptingKey,
    OaepPublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey,
};

fn oaep(algorithm: EncryptionAlgorithmSpec) -> Option<&'static OaepAlgorithm> {
    match algorithm {
        EncryptionAlgorithmSpec::RsaesOaepSha1 => Some(&OAEP_SHA1_MGF1SHA1),
        EncryptionAlgorithmSpec::RsaesOaepSha256 => Some(&OAEP_SHA256_MGF1SHA256),
        EncryptionAlgorithmSpec::SymmetricDefault | EncryptionAlgorithmSpec::Sm2Pke => None,
    }
}

/// The longest text that `public` encrypts.
pub fn max_plaintext(algorithm: EncryptionAlgorithmSpec, public: &[u8]) -> Option<usize> {
    let key = PublicEncryptingKey::from_der(public).ok()?;
    Some(OaepPublicEncryptingKey::new(key).ok()?.max_plaintext_size(oaep(algorithm)?))
}

/// `plain` encrypted for the owner of `public`.
pub fn encrypt(algorithm: EncryptionAlgorithmSpec, public: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
    let key = PublicEncryptingKey::from_der(public).ok()?;
    let key = OaepPublicEncryptingKey::new(key).ok()?;
    let mut output = vec![0; key.ciphertext_size()];
    key.encrypt(oaep(algorithm)?, plain, &mut output, None).ok().map(|sealed| sealed.to_vec())
}

/// What was encrypted for the owner of `private`; none if it is damaged.
pub fn decrypt(
    algorithm: EncryptionAlgorithmSpec,
    private: &[u8],
    sealed: &[u8],
) -> Option<Vec<u8>> {
    let key = PrivateDecryptingKey::from_pkcs8(private).ok()?;
    let key = OaepPrivateDecryptingKey::new(key).ok()?;
    let mut output = vec![0; key.min_output_size()];
    key.decrypt(oaep(algorithm)?, sealed, &mut output, None).ok().map(|plain| plain.to_vec())
}
