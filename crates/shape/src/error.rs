//! Errors as the wire needs them, and the trait that a service's error enumeration derives.

use crate::{Schema, Value};

/// One error a service can answer with, known without an instance of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorCode {
    /// The error shape's name in the model, sent as the code by JSON and CBOR protocols.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The code the query protocol sends, where it differs.
    pub query_code: Option<&'static str>,
}

/// An error on its way to the client.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The code, as in [`ErrorCode::code`].
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The code the query protocol sends, where it differs.
    pub query_code: Option<&'static str>,
    /// What the client is told.
    pub message: String,
    /// Further members of the error shape.
    pub fields: Vec<(&'static str, &'static Schema, Value)>,
    /// What went wrong inside, for the operator's log; never sent.
    pub cause: Option<String>,
}

impl Failure {
    /// An error that has nothing but a code, a status and a message.
    pub fn new(code: &'static str, status: u16, message: impl Into<String>) -> Self {
        Self {
            code,
            status,
            query_code: None,
            message: message.into(),
            fields: Vec::new(),
            cause: None,
        }
    }

    /// The code as the query protocol spells it.
    pub fn query_code(&self) -> &'static str {
        self.query_code.unwrap_or(self.code)
    }
}

/// All the errors of one service: derive it on an enumeration whose variants are the AWS codes.
///
/// A variant says its message by `#[error(message = "...")]`, by carrying one `String`, or by a
/// field called `message`; other named fields become members of the error on the wire.
/// `#[error(transparent)]` marks the variant that wraps another type with this trait.
pub trait ErrorShape: Sized + Send + 'static {
    /// The errors this type can become, without those of transparent variants.
    const CODES: &'static [ErrorCode];

    /// The wire form.
    fn into_failure(self) -> Failure;
}
