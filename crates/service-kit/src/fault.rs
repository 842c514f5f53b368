//! What can go wrong in any service: the platform's own, closed list of errors.

use shape::{ErrorCode, ErrorShape, Failure};
use store::StoreError;

/// A failure that is not particular to one service.
#[derive(Debug)]
pub enum Fault {
    /// The request is malformed in the way the message says. Each service's table says which code
    /// its clients know this by.
    Validation(String),
    /// Policies do not allow it; the message is AWS's.
    AccessDenied(String),
    /// The account is being erased, or was since the request began.
    Erased,
    /// The account has stored as much as it may.
    Full,
    /// Too many requests at once.
    Throttled,
    /// Heist lacks what was asked for; the text names it.
    Unsupported(String),
    /// Another service, asked on the way, failed.
    Downstream(Failure),
    /// A defect or a broken disk; the text is for the operator's log only.
    Internal(String),
}

impl Fault {
    /// Stands for the service's own code, which the gateway puts in its place. No AWS code looks
    /// like it, so that an error which a service names itself is never renamed.
    pub const VALIDATION: &'static str = "(validation)";
    /// As [`Fault::VALIDATION`], for refusals.
    pub const ACCESS_DENIED: &'static str = "(access denied)";
    /// The code of everything Heist does not have yet.
    pub const NOT_IMPLEMENTED: &'static str = "NotImplemented";
    /// The code of internal failures.
    pub const INTERNAL: &'static str = "InternalFailure";

    /// A validation failure.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Validation(message.into())
    }

    /// A refusal to pretend: `what` is named to the client.
    pub fn unsupported(what: impl std::fmt::Display) -> Self {
        Self::Unsupported(format!("Heist does not support {what} yet; see docs/coverage.md."))
    }

    /// An internal failure with its cause, for the log.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::Internal(cause.to_string())
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Throttled,
            StoreError::Fenced => Self::Erased,
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Self::Downstream(failure)
    }
}

impl From<shape::Mismatch> for Fault {
    fn from(mismatch: shape::Mismatch) -> Self {
        Self::Validation(mismatch.message)
    }
}

impl ErrorShape for Fault {
    const CODES: &'static [ErrorCode] = &[];

    fn into_failure(self) -> Failure {
        match self {
            Self::Validation(message) => Failure::new(Self::VALIDATION, 400, message),
            Self::AccessDenied(message) => Failure::new(Self::ACCESS_DENIED, 400, message),
            Self::Erased => Failure::new(Self::ACCESS_DENIED, 400, ERASED_MESSAGE),
            Self::Full => Failure::new("LimitExceededException", 400, FULL_MESSAGE),
            Self::Throttled => Failure::new("ThrottlingException", 400, "Rate exceeded"),
            Self::Unsupported(message) => Failure::new(Self::NOT_IMPLEMENTED, 501, message),
            Self::Downstream(failure) => failure,
            Self::Internal(cause) => {
                let mut failure = Failure::new(Self::INTERNAL, 500, INTERNAL_MESSAGE);
                failure.cause = Some(cause);
                failure
            }
        }
    }
}

const ERASED_MESSAGE: &str = "The account is being erased, or was erased since the request began.";
const FULL_MESSAGE: &str =
    "The account has stored as much as it may on this instance; delete something first.";
const INTERNAL_MESSAGE: &str =
    "The request processing has failed because of an unknown error, exception or failure.";
