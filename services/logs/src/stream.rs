//! Log streams: the record that each batch of events updates.

use crate::error::LogsError;
use service_kit::prelude::*;

/// A log stream as stored, below its group's id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LogStream {
    pub group: u64,
    pub name: String,
    /// Where its events are.
    pub id: u64,
    pub created: Timestamp,
    /// The earliest event's time in milliseconds.
    pub first_ms: Option<i64>,
    /// The latest event's time in milliseconds.
    pub last_ms: Option<i64>,
    /// When the last batch came, in milliseconds.
    pub ingested_ms: Option<i64>,
    /// As AWS counts: each message's UTF-8 and 26 bytes.
    pub bytes: u64,
    /// The number of the next event.
    pub next_seq: u64,
}

impl Record for LogStream {
    const TABLE: &'static str = "logs.stream";

    fn key(&self) -> impl service_kit::key::Key {
        (self.group, &self.name)
    }
}

impl LogStream {
    /// The stream called `name` in the group with this id.
    pub(crate) fn named(tx: &ReadTx<'_>, group: u64, name: &str) -> Result<Self, LogsError> {
        tx.get((group, name))?.ok_or_else(LogsError::no_stream)
    }
}
