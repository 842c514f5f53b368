//! What SQS operations fail with.

use service_kit::prelude::*;
use shape::Failure;

/// The errors of SQS.
#[derive(Debug, ErrorShape)]
pub enum SqsError {
    /// Two entries of a batch have one id.
    #[error(query = "AWS.SimpleQueueService.BatchEntryIdsNotDistinct")]
    BatchEntryIdsNotDistinct(String),
    /// All the messages of a batch together are too long.
    #[error(query = "AWS.SimpleQueueService.BatchRequestTooLong")]
    BatchRequestTooLong(String),
    /// A batch without entries.
    #[error(query = "AWS.SimpleQueueService.EmptyBatchRequest")]
    EmptyBatchRequest(String),
    /// There is no such queue attribute.
    InvalidAttributeName(String),
    /// An attribute cannot have that value.
    InvalidAttributeValue(String),
    /// The id of a batch entry is malformed.
    #[error(
        query = "AWS.SimpleQueueService.InvalidBatchEntryId",
        message = "A batch entry id can only contain alphanumeric characters, hyphens and \
                   underscores. It can be at most 80 letters long."
    )]
    InvalidBatchEntryId,
    /// The message has characters that XML does not allow.
    #[error(message = "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | \
                       #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF")]
    InvalidMessageContents,
    /// A parameter is out of its bounds.
    #[error(query = "InvalidParameterValue")]
    InvalidParameterValueException(String),
    /// The sender or receiver may not use the queue's key.
    #[error(query = "KMS.AccessDeniedException")]
    KmsAccessDenied(String),
    /// The queue's key is disabled.
    #[error(query = "KMS.DisabledException")]
    KmsDisabled(String),
    /// The queue's key is about to be deleted.
    #[error(query = "KMS.InvalidStateException")]
    KmsInvalidState(String),
    /// There is no such key.
    #[error(query = "KMS.NotFoundException")]
    KmsNotFound(String),
    /// The message was received by nobody, or its visibility timeout is over.
    #[error(
        query = "AWS.SimpleQueueService.MessageNotInflight",
        message = "The message is not in flight."
    )]
    MessageNotInflight,
    /// A parameter is missing.
    #[error(query = "MissingParameter")]
    MissingRequiredParameterException(String),
    /// The queue was purged less than a minute ago.
    #[error(status = 403, query = "AWS.SimpleQueueService.PurgeQueueInProgress")]
    PurgeQueueInProgress(String),
    /// There is no such queue.
    #[error(
        query = "AWS.SimpleQueueService.NonExistentQueue",
        message = "The specified queue does not exist."
    )]
    QueueDoesNotExist,
    /// A queue of that name exists with other attributes.
    #[error(query = "QueueAlreadyExists")]
    QueueNameExists(String),
    /// The handle is not one of this queue's.
    ReceiptHandleIsInvalid(String),
    /// A batch of more than ten entries.
    #[error(query = "AWS.SimpleQueueService.TooManyEntriesInBatchRequest")]
    TooManyEntriesInBatchRequest(String),
    /// Anything that can go wrong in any service.
    #[error(transparent)]
    Common(Fault),
}

impl SqsError {
    /// AWS's sentence for a parameter out of its bounds.
    pub fn parameter(value: impl std::fmt::Display, name: &str, reason: &str) -> Self {
        Self::InvalidParameterValueException(format!(
            "Value {value} for parameter {name} is invalid. Reason: {reason}"
        ))
    }

    /// What KMS said, as SQS passes it on.
    pub fn kms(failure: Failure) -> Self {
        match failure.code {
            "AccessDeniedException" => Self::KmsAccessDenied(failure.message),
            "DisabledException" => Self::KmsDisabled(failure.message),
            "KMSInvalidStateException" => Self::KmsInvalidState(failure.message),
            "NotFoundException" => Self::KmsNotFound(failure.message),
            _ => Self::Common(failure.into()),
        }
    }
}
