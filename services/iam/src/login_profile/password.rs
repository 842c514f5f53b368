//! Passwords as they are kept: salted and slow to guess (PBKDF2-HMAC-SHA-512).

use ring::pbkdf2;
use serde::{Deserialize, Serialize};
use service_kit::{binary, context::Context, fault::Fault};
use std::num::NonZeroU32;

/// The work for one guess (OWASP Password Storage Cheat Sheet, "PBKDF2"). It is kept with each
/// password, so that it may grow.
const ROUNDS: NonZeroU32 = NonZeroU32::new(210_000).expect("not zero");
const SALT_BYTES: usize = 16;
const DIGEST_BYTES: usize = 64;

/// A password, of which only whether a guess is right can be told.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PasswordHash {
    rounds: NonZeroU32,
    #[serde(with = "binary")]
    salt: Vec<u8>,
    #[serde(with = "binary")]
    digest: Vec<u8>,
}

/// Never shows what guesses could be tried on.
impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PasswordHash(..)")
    }
}

impl PasswordHash {
    fn new(password: &str, salt: [u8; SALT_BYTES], rounds: NonZeroU32) -> Self {
        let mut digest = vec![0; DIGEST_BYTES];
        let algorithm = pbkdf2::PBKDF2_HMAC_SHA512;
        pbkdf2::derive(algorithm, rounds, &salt, password.as_bytes(), &mut digest);
        Self { rounds, salt: salt.to_vec(), digest }
    }

    fn is(&self, password: &str) -> bool {
        let algorithm = pbkdf2::PBKDF2_HMAC_SHA512;
        let Self { rounds, salt, digest } = self;
        pbkdf2::verify(algorithm, *rounds, salt, password.as_bytes(), digest).is_ok()
    }
}

/// What is kept of `password`.
///
/// # Errors
/// [`Fault::Internal`] when the instance is stopping.
pub(super) async fn hash(cx: &Context, password: String) -> Result<PasswordHash, Fault> {
    let salt = cx.entropy().bytes::<SALT_BYTES>();
    aside(move || PasswordHash::new(&password, salt, ROUNDS)).await
}

/// Whether `password` is one of `hashes`.
///
/// # Errors
/// [`Fault::Internal`] when the instance is stopping.
pub(super) async fn is_one_of(password: String, hashes: Vec<PasswordHash>) -> Result<bool, Fault> {
    aside(move || hashes.iter().any(|hash| hash.is(&password))).await
}

/// Runs what keeps a core busy where it does not hold up requests.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await.map_err(Fault::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_is_the_password() {
        let rounds = NonZeroU32::new(10).unwrap();
        let hash = PasswordHash::new("correct horse", [7; SALT_BYTES], rounds);
        assert!(hash.is("correct horse"));
        assert!(!hash.is("correct horsf") && !hash.is(""));
        let salted = PasswordHash::new("correct horse", [8; SALT_BYTES], rounds);
        assert_ne!(hash.digest, salted.digest);
        assert_eq!(format!("{hash:?}"), "PasswordHash(..)");
    }
}
