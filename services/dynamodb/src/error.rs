//! What DynamoDB answers when it refuses.

use crate::{
    throttle::ThrottlingReason, transaction::CancellationReason, value::attribute::Attributes,
};
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
    /// A transaction is at work on the item.
    #[error(code = "TransactionConflictException", message = "Transaction is ongoing for the item")]
    TransactionConflict,
    /// The same transaction, by its client request token, is at work.
    #[error(
        code = "TransactionInProgressException",
        message = "The transaction with the given request token is already in progress."
    )]
    TransactionInProgress,
    /// More than is reserved for a table or index.
    #[error(code = "ProvisionedThroughputExceededException")]
    ThroughputExceeded {
        /// AWS's words.
        message: String,
        /// Of what, and how.
        throttling_reasons: Vec<ThrottlingReason>,
    },
    /// More than a table paid by request serves.
    #[error(code = "ThrottlingException")]
    Throttled {
        /// AWS's words.
        message: String,
        /// Of what, and how.
        #[shape(name = "throttlingReasons")]
        throttling_reasons: Vec<ThrottlingReason>,
    },
    /// More than the account may use.
    #[error(code = "RequestLimitExceeded")]
    RequestLimitExceeded {
        /// AWS's words.
        message: String,
        /// Of what, and how.
        throttling_reasons: Vec<ThrottlingReason>,
    },
    /// An item collection would become too large.
    #[error(
        code = "ItemCollectionSizeLimitExceededException",
        message = "Collection size exceeded."
    )]
    ItemCollectionSizeLimitExceeded,
    /// A client request token was used for another request.
    #[error(
        code = "IdempotentParameterMismatchException",
        message = "Request with the same client token has different parameters"
    )]
    IdempotentParameterMismatch,
    /// The moment cannot be restored.
    #[error(code = "InvalidRestoreTimeException")]
    InvalidRestoreTime(String),
    /// The global table is already there.
    #[error(code = "GlobalTableAlreadyExistsException")]
    GlobalTableAlreadyExists(String),
    /// The global table is not there.
    #[error(code = "GlobalTableNotFoundException")]
    GlobalTableNotFound(String),
    /// An index is not there.
    #[error(code = "IndexNotFoundException")]
    IndexNotFound(String),
    /// Too much of something at once.
    #[error(code = "LimitExceededException")]
    LimitExceeded(String),
    /// A PartiQL `INSERT` of a key that is taken.
    #[error(code = "DuplicateItemException", message = "Duplicate primary key exists in table")]
    DuplicateItem,
    /// The table cannot be restored to a point in time.
    #[error(code = "PointInTimeRecoveryUnavailableException")]
    PointInTimeRecoveryUnavailable(String),
    /// The replica is already part of the global table.
    #[error(code = "ReplicaAlreadyExistsException")]
    ReplicaAlreadyExists(String),
    /// The replica is no part of the global table.
    #[error(code = "ReplicaNotFoundException")]
    ReplicaNotFound(String),
    /// The table is already there, or is being changed.
    #[error(code = "ResourceInUseException")]
    ResourceInUse(String),
    /// The table is not there.
    #[error(code = "ResourceNotFoundException")]
    ResourceNotFound(String),
    /// The export is not there.
    #[error(code = "ExportNotFoundException")]
    ExportNotFound(String),
    /// The import is not there.
    #[error(code = "ImportNotFoundException")]
    ImportNotFound(String),
    /// What is to be exported is not of a time that can be.
    #[error(code = "InvalidExportTimeException")]
    InvalidExportTime(String),
    /// There is no resource policy, or another one than expected.
    #[error(code = "PolicyNotFoundException")]
    PolicyNotFound(String),
    /// The table is already there, as restores say it.
    #[error(code = "TableAlreadyExistsException")]
    TableAlreadyExists(String),
    /// The table is being restored, as restores say it.
    #[error(code = "TableInUseException")]
    TableInUse(String),
    /// The table is not there, as the operations on backups and global tables say it.
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
