//! The errors of Access Analyzer.

use service_kit::prelude::*;

/// What Access Analyzer answers when it does not do what was asked for.
#[derive(Debug, ErrorShape)]
pub enum AnalyzerError {
    /// Something of this name is there already.
    #[error(status = 409)]
    ConflictException(String),
    /// A parameter that stands for nothing.
    InvalidParameterException(String),
    /// There is no such analyzer, rule, finding or job.
    #[error(status = 404)]
    ResourceNotFoundException(String),
    /// More than an account may have.
    #[error(status = 402)]
    ServiceQuotaExceededException(String),
    /// A document that is no policy.
    #[error(status = 422)]
    UnprocessableEntityException(String),
    /// The platform's own.
    #[error(transparent)]
    Common(Fault),
}

impl AnalyzerError {
    /// A client token that came before, with another request.
    pub(crate) fn reused_token() -> Self {
        Self::ConflictException("The client token was used for another request.".into())
    }

    /// A request that breaks a rule the message states.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Common(Fault::invalid(message))
    }
}
