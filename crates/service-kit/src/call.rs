//! Calls from one service to another: through the gateway's own pipeline, never around it.

use crate::{
    access::{Access, Scope},
    context::{Caller, Context},
    front,
    trace::Trace,
};
use policy::Effect;
use shape::Failure;
use std::{future::Future, pin::Pin};

/// A boxed future, for traits used behind `dyn`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// In whose name a service calls another.
#[derive(Clone, Debug)]
pub enum As {
    /// The caller's own, the request having come through this service: `aws:ViaAWSService`.
    Caller {
        /// The service's principal, such as `sns.amazonaws.com`.
        via: &'static str,
    },
    /// The service's own, on behalf of a resource. Only resource policies can allow it.
    Service {
        /// The service's principal.
        principal: &'static str,
        /// The resource that causes the call.
        source_arn: String,
        /// The account that owns that resource.
        source_account: String,
    },
    /// A role session that the service holds.
    Session(Box<Caller>),
}

/// One call, ready to be judged and run.
pub struct Call {
    /// The service's name in the table, such as `kms`.
    pub service: &'static str,
    /// The operation's name.
    pub operation: &'static str,
    /// The input in its JSON form; blobs in base64.
    pub input: serde_json::Value,
    /// Where it is to run.
    pub scope: Scope,
    /// In whose name.
    pub caller: Caller,
    /// The trace it belongs to.
    pub trace: Option<Trace>,
}

/// A refusal as fronts need it to word their own.
#[derive(Clone, Debug)]
pub struct Denied {
    /// Explicit or implicit.
    pub effect: Effect,
    /// AWS's wording for API calls.
    pub message: String,
    /// The caller as named in messages.
    pub principal: String,
    /// What was asked for.
    pub action: String,
    /// On what.
    pub resource: String,
}

/// What the gateway does for services; they reach it through [`Context`].
pub trait Pipeline: Send + Sync {
    /// Judges, runs and records one call, and gives the output in its JSON form.
    fn call(&self, call: Call) -> BoxFuture<'_, Result<serde_json::Value, Failure>>;

    /// Judges `access` for the context's caller, recording a refusal.
    ///
    /// # Errors
    /// [`Denied`] for the first permission that is missing.
    fn authorize(&self, cx: &Context, access: &[Access]) -> Result<(), Denied>;

    /// Who signed `request` for `service` in the context's region; an unsigned request is
    /// anonymous.
    ///
    /// # Errors
    /// The failure that says what is wrong with the signature.
    fn authenticate(
        &self,
        cx: &Context,
        request: &front::Request,
        service: &str,
    ) -> Result<Caller, Failure>;

    /// Serves a connection accepted elsewhere (inside a sandbox of `account`), as if it had come to
    /// the listener.
    fn serve(&self, stream: tokio::net::TcpStream, account: &str);
}
