//! The errors of STS.

use service_kit::prelude::*;

/// What STS answers when it does not give what was asked for.
#[derive(Debug, ErrorShape)]
pub enum StsError {
    /// A token, or a session, is over.
    #[error(status = 400)]
    ExpiredTokenException(String),
    /// The identity provider cannot be reached.
    #[error(status = 400, query = "IDPCommunicationError")]
    IDPCommunicationErrorException(String),
    /// The identity provider did not vouch for its user.
    #[error(status = 403, query = "IDPRejectedClaim")]
    IDPRejectedClaimException(String),
    /// A token or an assertion is not right.
    #[error(status = 400, query = "InvalidIdentityToken")]
    InvalidIdentityTokenException(String),
    /// An authorization message that is forged, of another account, or too old.
    #[error(status = 400)]
    InvalidAuthorizationMessageException(String),
    /// Tags that contradict each other or the calling session's.
    #[error(status = 400)]
    InvalidParameterValue(String),
    /// What a token would say is too long.
    #[error(status = 400)]
    JWTPayloadSizeExceededException(String),
    /// A session policy that is no policy.
    #[error(status = 400, query = "MalformedPolicyDocument")]
    MalformedPolicyDocumentException(String),
    /// The account issues no tokens.
    #[error(status = 403)]
    OutboundWebIdentityFederationDisabledException(String),
    /// Session policies and tags take more room than a token has.
    #[error(status = 400, query = "PackedPolicyTooLarge")]
    PackedPolicyTooLargeException(String),
    /// A token would outlive the session that it is about.
    #[error(status = 403)]
    SessionDurationEscalationException(String),
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
