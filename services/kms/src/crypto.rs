//! What asymmetric and HMAC keys do, on plain bytes: no state, no clock.
//!
//! Private keys are PKCS #8 and public keys SubjectPublicKeyInfo, both in DER, as in the API.

pub mod agreement;
pub mod encryption;
pub mod mac;
pub mod pair;
pub mod prehashed;
pub mod signing;
pub mod wrapping;

use service_kit::prelude::*;
use tokio::sync::Semaphore;

/// How much of it is done at once, however many ask: the rest waits its turn, so that other
/// requests keep a processor.
static TURNS: Semaphore = Semaphore::const_new(2);

/// Runs work that takes a processor's time, such as finding primes, beside the async workers.
///
/// # Errors
/// [`Fault::Internal`] when it gives nothing, or panics.
pub async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Option<T> + Send + 'static,
) -> Result<T, Fault> {
    let _turn = TURNS.acquire().await.map_err(Fault::internal)?;
    let done = tokio::task::spawn_blocking(work).await.map_err(Fault::internal)?;
    done.ok_or_else(|| Fault::internal("the cryptographic library refused"))
}
