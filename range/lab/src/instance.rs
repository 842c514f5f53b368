//! The instance that the lab is done on, as the lab needs it.

use bytes::Bytes;
use client::{Cloud, Credentials};
use http::{Request, Response};

/// In whose name a request goes.
#[derive(Clone, Debug)]
pub enum Signer {
    /// Of whoever does the lab.
    Person,
    /// In nobody's: unsigned.
    Nobody,
    /// In that of whoever has these keys.
    Holder(Credentials),
}

/// The running instance.
pub trait Instance: Sync {
    /// Its APIs, as one principal sees them.
    type Cloud: Cloud;

    /// Its APIs, as `signer` sees them.
    fn cloud(&self, signer: &Signer) -> Self::Cloud;

    /// Sends a request to a stage of one of its APIs; the request has no `host`.
    ///
    /// # Errors
    /// Why no answer came.
    fn send(
        &self,
        signer: &Signer,
        request: Request<Bytes>,
    ) -> impl Future<Output = Result<Response<Bytes>, String>> + Send;

    /// Where it is, such as `http://127.0.0.1:4566`.
    fn endpoint(&self) -> &str;

    /// A word that has never been used.
    fn mark(&self) -> String;
}

/// Whoever watches, told while things take their time.
pub trait Watcher: Send {
    /// Something was seen to hold.
    fn seen(&mut self, what: &str);

    /// Something is still waited for.
    fn waiting(&mut self, what: &str);
}

/// Nobody watches.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl Watcher for Unwatched {
    fn seen(&mut self, _: &str) {}

    fn waiting(&mut self, _: &str) {}
}
