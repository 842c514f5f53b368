//! Message authentication codes.

use crate::shapes::MacAlgorithmSpec;
use aws_lc_rs::hmac;

fn key(algorithm: MacAlgorithmSpec, secret: &[u8]) -> hmac::Key {
    let algorithm = match algorithm {
        MacAlgorithmSpec::HmacSha224 => hmac::HMAC_SHA224,
        MacAlgorithmSpec::HmacSha256 => hmac::HMAC_SHA256,
        MacAlgorithmSpec::HmacSha384 => hmac::HMAC_SHA384,
        MacAlgorithmSpec::HmacSha512 => hmac::HMAC_SHA512,
    };
    hmac::Key::new(algorithm, secret)
}

/// The code of `message` under `secret`.
pub fn generate(algorithm: MacAlgorithmSpec, secret: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&key(algorithm, secret), message).as_ref().to_vec()
}

/// Whether `mac` is the code of `message` under `secret`; compared in constant time.
pub fn verify(algorithm: MacAlgorithmSpec, secret: &[u8], message: &[u8], mac: &[u8]) -> bool {
    hmac::verify(&key(algorithm, secret), message, mac).is_ok()
}
