//! What DynamoDB answers when it refuses.

use crate::{attribute::Attributes, transaction::CancellationReason};
use service_kit::prelude::*;

/// DynamoDB's errors.
#[derive(Debug, ErrorShape)]
pub enum DynamoError {
    /// The backup is being made, or restored from.
    #[error(code = "BackupInUseException")]
    BackupInUse(String),
    /// The backup is not there.
    #[error(code = "BackupNotFoundException")]
    BackupNotFound(String),
    /// A condition did not hold, and the item was asked for.
    #[error(code = "ConditionalCheckFailedException")]
    ConditionFailedOn {
        /// AWS's words.
        message: String,
        /// The item the condition was judged by.
        item: Attributes,
    },
    /// A condition did not hold.
    #[error(code = "ConditionalCheckFailedException", message = "The conditional request failed")]
    ConditionFailed,
    /// A transaction was not done.
    #[error(code = "TransactionCanceledException")]
    TransactionCanceled {
        /// AWS's words.
        message: String,
        /// Of each part, in order.
        cancellation_reasons: Vec<CancellationReason>,
    },
    /// A client request token was used for another request.
    #[error(
        code = "IdempotentParameterMismatchException",
        message = "Request with the same client token has different parameters"
    )]
    IdempotentParameterMismatch,
    /// The moment cannot be restored.
    #[error(code = "InvalidRestoreTimeException")]
    InvalidRestoreTime(String),
    /// Too much of something at once.
    #[error(code = "LimitExceededException")]
    LimitExceeded(String),
    /// A PartiQL `INSERT` of a key that is taken.
    #[error(code = "DuplicateItemException", message = "Duplicate primary key exists in table")]
    DuplicateItem,
    /// The table cannot be restored to a point in time.
    #[error(code = "PointInTimeRecoveryUnavailableException")]
    PointInTimeRecoveryUnavailable(String),
    /// The table is already there, or is being changed.
    #[error(code = "ResourceInUseException")]
    ResourceInUse(String),
    /// The table is not there.
    #[error(code = "ResourceNotFoundException")]
    ResourceNotFound(String),
    /// The table is already there, as restores say it.
    #[error(code = "TableAlreadyExistsException")]
    TableAlreadyExists(String),
    /// The table is being restored, as restores say it.
    #[error(code = "TableInUseException")]
    TableInUse(String),
    /// The table is not there, as the operations on backups say it.
    #[error(code = "TableNotFoundException")]
    TableNotFound(String),
    /// Anything not particular to DynamoDB.
    #[error(transparent)]
    Common(Fault),
}

/// A `ValidationException`.
pub(crate) fn invalid(message: impl Into<String>) -> DynamoError {
    DynamoError::Common(Fault::invalid(message))
}

/// A `ValidationException` with the opening that many of AWS's have.
pub(crate) fn invalid_values(message: impl std::fmt::Display) -> DynamoError {
    invalid(format!("One or more parameter values were invalid: {message}"))
}
