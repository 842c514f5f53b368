//! What DynamoDB Streams answers when it refuses.

use service_kit::prelude::*;

/// The errors of DynamoDB Streams.
#[derive(Debug, ErrorShape)]
pub enum StreamsError {
    /// An iterator was used more than 15 minutes after it was given.
    #[error(message = "Shard iterator has expired")]
    ExpiredIteratorException,
    /// The stream or shard is not there.
    ResourceNotFoundException(String),
    /// Records older than 24 hours were asked for.
    #[error(message = "The data you are trying to access has been trimmed")]
    TrimmedDataAccessException,
    /// Anything not particular to DynamoDB Streams.
    #[error(transparent)]
    Common(Fault),
}
