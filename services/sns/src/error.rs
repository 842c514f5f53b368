//! What SNS operations fail with.

use service_kit::prelude::*;
use shape::Failure;

/// The errors of SNS.
#[derive(Debug, ErrorShape)]
pub enum SnsError {
    /// Two entries of a batch have one id.
    #[error(
        query = "BatchEntryIdsNotDistinct",
        message = "Two or more batch entries in the request have the same Id."
    )]
    BatchEntryIdsNotDistinctException,
    /// All the messages of a batch together are too long.
    #[error(
        query = "BatchRequestTooLong",
        message = "The length of all the messages put together is more than the limit."
    )]
    BatchRequestTooLongException,
    /// A batch without entries.
    #[error(
        query = "EmptyBatchRequest",
        message = "The batch request doesn't contain any entries."
    )]
    EmptyBatchRequestException,
    /// The id of a batch entry is malformed.
    #[error(
        query = "InvalidBatchEntryId",
        message = "The Id of a batch entry in a batch request doesn't abide by the specification."
    )]
    InvalidBatchEntryIdException,
    /// A parameter is not what it must be.
    #[error(query = "InvalidParameter")]
    InvalidParameterException(String),
    /// A value of a message attribute is not what it must be.
    #[error(query = "ParameterValueInvalid")]
    InvalidParameterValueException(String),
    /// The publisher may not use the topic's key.
    #[error(code = "KMSAccessDeniedException", query = "KMSAccessDenied")]
    KmsAccessDeniedException(String),
    /// The topic's key is disabled.
    #[error(code = "KMSDisabledException", query = "KMSDisabled")]
    KmsDisabledException(String),
    /// The topic's key is about to be deleted.
    #[error(code = "KMSInvalidStateException", query = "KMSInvalidState")]
    KmsInvalidStateException(String),
    /// There is no such key.
    #[error(code = "KMSNotFoundException", query = "KMSNotFound")]
    KmsNotFoundException(String),
    /// There is no such topic or subscription.
    #[error(status = 404, query = "NotFound")]
    NotFoundException(String),
    /// There is no such resource to tag.
    #[error(status = 404, query = "ResourceNotFound", message = "Resource does not exist")]
    ResourceNotFoundException,
    /// The topic has as many subscriptions as it may.
    #[error(
        status = 403,
        query = "SubscriptionLimitExceeded",
        message = "The topic already has the most subscriptions that it may have."
    )]
    SubscriptionLimitExceededException,
    /// The topic would have more tags than it may.
    #[error(
        query = "TagLimitExceeded",
        message = "Could not complete request: tag quota of per resource exceeded"
    )]
    TagLimitExceededException,
    /// A batch of more than ten entries.
    #[error(
        query = "TooManyEntriesInBatchRequest",
        message = "The batch request contains more entries than permissible."
    )]
    TooManyEntriesInBatchRequestException,
    /// Anything that can go wrong in any service.
    #[error(transparent)]
    Common(Fault),
}

impl SnsError {
    /// `Invalid parameter: {what}`.
    pub fn invalid(what: impl std::fmt::Display) -> Self {
        Self::InvalidParameterException(format!("Invalid parameter: {what}"))
    }

    /// The refusal for a topic that is not there.
    pub fn no_topic() -> Self {
        Self::NotFoundException("Topic does not exist".into())
    }

    /// The refusal for a subscription that is not there.
    pub fn no_subscription() -> Self {
        Self::NotFoundException("Subscription does not exist".into())
    }

    /// What KMS said, as SNS passes it on.
    pub fn kms(failure: Failure) -> Self {
        match failure.code {
            "AccessDeniedException" => Self::KmsAccessDeniedException(failure.message),
            "DisabledException" => Self::KmsDisabledException(failure.message),
            "KMSInvalidStateException" => Self::KmsInvalidStateException(failure.message),
            "NotFoundException" => Self::KmsNotFoundException(failure.message),
            _ => Self::Common(failure.into()),
        }
    }
}
