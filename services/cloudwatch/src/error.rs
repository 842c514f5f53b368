//! The errors of CloudWatch.

use service_kit::prelude::*;

/// What CloudWatch answers when it does not do what was asked for.
#[derive(Debug, ErrorShape)]
pub enum CloudWatchError {
    /// Text that should be JSON.
    #[error(query = "InvalidFormat")]
    InvalidFormatFault(String),
    /// One alarm too many.
    #[error(query = "LimitExceeded")]
    LimitExceededFault(String),
    /// An alarm that is not there.
    #[error(status = 404)]
    ResourceNotFound(String),
    /// A token that is not ours.
    InvalidNextToken(String),
    /// Parameters that exclude each other.
    #[error(query = "InvalidParameterCombination")]
    InvalidParameterCombinationException(String),
    /// A value that breaks a rule.
    #[error(query = "InvalidParameterValue")]
    InvalidParameterValueException(String),
    /// A parameter that is missing.
    #[error(query = "MissingParameter")]
    MissingRequiredParameterException(String),
    /// A rule that is not there.
    #[error(query = "ResourceNotFoundException", status = 404)]
    ResourceNotFoundException(String),
    /// The platform's own.
    #[error(transparent)]
    Common(Fault),
}

impl CloudWatchError {
    pub(crate) fn value(message: impl Into<String>) -> Self {
        Self::InvalidParameterValueException(message.into())
    }

    pub(crate) fn combination(message: impl Into<String>) -> Self {
        Self::InvalidParameterCombinationException(message.into())
    }
}
