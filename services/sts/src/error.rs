//! The errors of STS.

use service_kit::prelude::*;

/// What STS answers when it does not give what was asked for.
#[derive(Debug, ErrorShape)]
pub enum StsError {
    /// Tags that contradict each other or the calling session's.
    #[error(status = 400)]
    InvalidParameterValue(String),
    /// A session policy that is no policy.
    #[error(status = 400, query = "MalformedPolicyDocument")]
    MalformedPolicyDocumentException(String),
    /// Session policies and tags take more room than a token has.
    #[error(status = 400, query = "PackedPolicyTooLarge")]
    PackedPolicyTooLargeException(String),
    /// The platform's own.
    #[error(transparent)]
    Common(Fault),
}

impl StsError {
    /// A request that breaks a rule the message states.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Common(Fault::invalid(message))
    }

    /// A refusal that no policy can lift.
    pub(crate) fn denied(message: impl Into<String>) -> Self {
        Self::Common(Fault::AccessDenied(message.into()))
    }
}
