//! What can go wrong in the store.
use std::{fmt, io, sync::Arc};

/// An error of the store or its engine. Cheap to clone: one failed sync answers a whole batch.
#[derive(Clone, Debug)]
pub enum StoreError {
    /// Other transactions kept changing what this one read, on every permitted attempt.
    Conflict,
    /// The disk is full; nothing of the transaction was written.
    Full,
    /// The engine could not read or write.
    Io(Arc<io::Error>),
    /// Stored bytes are not what was written, or were written by an unknown version.
    Corrupt(String),
    /// The store was closed.
    Closed,
    /// A key, value, blob or transaction exceeds its limit.
    TooLarge,
    /// A key is empty, or a blob key is not 64 lower-case hexadecimal digits.
    InvalidKey,
    /// It writes rows behind a fence, or such as were fenced off since its author began.
    Fenced,
}

impl StoreError {
    /// An [`StoreError::Io`] from a sentence that says what failed.
    pub fn io(message: impl Into<String>) -> Self {
        Self::Io(Arc::new(io::Error::other(message.into())))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => f.write_str("the transaction kept conflicting with others"),
            Self::Full => f.write_str("the disk of the data folder is full"),
            Self::Io(error) => write!(f, "storage failed: {error}"),
            Self::Corrupt(what) => write!(f, "stored data is damaged or unknown: {what}"),
            Self::Closed => f.write_str("the store is closed"),
            Self::TooLarge => f.write_str("a key, value, blob or transaction is too large"),
            Self::InvalidKey => f.write_str("a key is empty or malformed"),
            Self::Fenced => f.write_str("the rows to be written are being removed, or were"),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error.as_ref()),
            _ => None,
        }
    }
}

impl From<io::Error> for StoreError {
    /// A full disk or quota becomes [`StoreError::Full`]; everything else is [`StoreError::Io`].
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io(Arc::new(error)),
        }
    }
}
