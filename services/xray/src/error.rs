//! The errors of X-Ray.

use service_kit::prelude::*;

/// What X-Ray answers when it does not do what was asked for.
#[derive(Debug, ErrorShape)]
pub enum XrayError {
    /// A parameter that breaks a rule.
    InvalidRequestException(String),
    /// The platform's own.
    #[error(transparent)]
    Common(Fault),
}

impl XrayError {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::InvalidRequestException(message.into())
    }
}
