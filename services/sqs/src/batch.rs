//! What all batch requests have in common.

use crate::error::SqsError;
use service_kit::prelude::*;
use std::collections::HashSet;

/// The most entries in a batch.
pub const MAX_ENTRIES: usize = 10;

/// An entry that failed.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct BatchResultErrorEntry {
    pub id: String,
    pub sender_fault: bool,
    pub code: String,
    pub message: Option<String>,
}

impl BatchResultErrorEntry {
    /// The entry `id` failed with `error`.
    pub fn new(id: &str, error: SqsError) -> Self {
        let failure = error.into_failure();
        Self {
            id: id.into(),
            sender_fault: failure.status < 500,
            code: failure.query_code().into(),
            message: Some(failure.message),
        }
    }
}

/// Refuses batches that are empty, too long, or whose entries cannot be told apart. `shape` names
/// the entries in messages.
///
/// # Errors
/// The batch's own errors.
pub fn check<'a>(ids: impl ExactSizeIterator<Item = &'a str>, shape: &str) -> Result<(), SqsError> {
    let count = ids.len();
    if count == 0 {
        let message = format!("There should be at least one {shape} in the request.");
        return Err(SqsError::EmptyBatchRequest(message));
    }
    if count > MAX_ENTRIES {
        return Err(SqsError::TooManyEntriesInBatchRequest(format!(
            "Maximum number of entries per request are {MAX_ENTRIES}. You have sent {count}."
        )));
    }
    let mut seen = HashSet::new();
    for id in ids {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if id.is_empty() || id.len() > 80 || !id.bytes().all(allowed) {
            return Err(SqsError::InvalidBatchEntryId);
        }
        if !seen.insert(id) {
            return Err(SqsError::BatchEntryIdsNotDistinct(format!("Id {id} repeated.")));
        }
    }
    Ok(())
}
