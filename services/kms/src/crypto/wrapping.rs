//! Wrapped key material on its way in ("Encrypt the key material").

use crate::{crypto::encryption, shapes::EncryptionAlgorithmSpec};
use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrapPadded};

/// How key material was encrypted under a wrapping key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrapping {
    /// What the wrapping key itself encrypts with.
    pub oaep: EncryptionAlgorithmSpec,
    /// Whether that holds an AES key, and the AES key the material.
    pub key_wrap: bool,
}

/// The bytes of an AES key under the wrapping key.
const KEK_BYTES: usize = 32;

/// What was wrapped for the owner of `private`, a key of that many bits; none if it is damaged.
pub fn unwrap(wrapping: Wrapping, bits: u16, private: &[u8], wrapped: &[u8]) -> Option<Vec<u8>> {
    if !wrapping.key_wrap {
        return encryption::decrypt(wrapping.oaep, private, wrapped);
    }
    let (kek, wrapped) = wrapped.split_at_checked(usize::from(bits / 8))?;
    let kek = encryption::decrypt(wrapping.oaep, private, kek)?;
    let kek = AesKek::new(&AES_256, Some(kek).filter(|kek| kek.len() == KEK_BYTES)?.as_slice());
    let mut output = vec![0; wrapped.len()];
    kek.ok()?.unwrap_with_padding(wrapped, &mut output).ok().map(|plain| plain.to_vec())
}
