//! Events as stored: one compact row each, in the order of a stream.

use crate::position::Position;
use service_kit::{
    key::{Encoded, Key},
    prelude::*,
};
use std::ops::ControlFlow;

/// Rows at (stream id, time in milliseconds, number in the stream); eight bytes of the time of
/// ingestion, then the message.
const TABLE: &str = "logs.event";
/// What AWS adds to each message when it counts bytes.
pub(crate) const OVERHEAD_BYTES: usize = 26;
/// The most bytes of events in one answer.
pub(crate) const PAGE_BYTES: usize = 1 << 20;
/// The most events that one transaction deletes.
const DELETE_ROWS: usize = 2_000;

/// One event as read.
#[derive(Clone, Debug)]
pub(crate) struct LogEvent {
    pub at: Position,
    /// Milliseconds since the epoch.
    pub ingested_ms: i64,
    pub message: String,
}

impl LogEvent {
    /// As AWS counts.
    pub(crate) fn size(&self) -> usize {
        self.message.len() + OVERHEAD_BYTES
    }

    fn place(stream: u64, key: &[u8]) -> Option<Position> {
        let (time, seq) = key.split_first_chunk::<8>()?;
        let seq = u64::from_be_bytes(*seq.first_chunk()?);
        let time = (u64::from_be_bytes(*time) ^ (1 << 63)).cast_signed();
        Some(Position { time, stream, seq })
    }

    fn decode(stream: u64, key: &[u8], value: &[u8]) -> Option<Self> {
        let at = Self::place(stream, key)?;
        let (ingested, message) = value.split_first_chunk::<8>()?;
        Some(Self {
            at,
            ingested_ms: i64::from_be_bytes(*ingested),
            message: String::from_utf8_lossy(message).into_owned(),
        })
    }
}

/// Writes an event.
pub(crate) fn put(tx: &mut Tx<'_>, at: Position, ingested_ms: i64, message: &str) {
    let mut value = Vec::with_capacity(8 + message.len());
    value.extend(ingested_ms.to_be_bytes());
    value.extend(message.as_bytes());
    tx.put_bytes(TABLE, (at.stream, at.time, at.seq), value);
}

/// Shows `visitor` the events of a stream from `from` up to but not including `to`.
pub(crate) fn visit(
    tx: &ReadTx<'_>,
    stream: u64,
    (from, to): ((i64, u64), (i64, u64)),
    order: Order,
    mut visitor: impl FnMut(LogEvent) -> ControlFlow<()>,
) -> Result<(), Fault> {
    if from >= to {
        return Ok(());
    }
    let (from, to) = (from.bytes(), to.bytes());
    let mut broken = false;
    tx.visit_bytes(TABLE, stream, (&from, Some(&to)), order, |key, value| match LogEvent::decode(
        stream, key, value,
    ) {
        Some(event) => visitor(event),
        None => {
            broken = true;
            ControlFlow::Break(())
        }
    })?;
    if broken { Err(Fault::internal("logs.event: a row does not read")) } else { Ok(()) }
}

/// The place of the first event of a stream from `from` up to but not including `to`.
pub(crate) fn first(
    tx: &ReadTx<'_>,
    stream: u64,
    (from, to): ((i64, u64), (i64, u64)),
) -> Result<Option<Position>, Fault> {
    if from >= to {
        return Ok(None);
    }
    let (from, to) = (from.bytes(), to.bytes());
    let mut found = None;
    tx.visit_bytes(TABLE, stream, (&from, Some(&to)), Order::Ascending, |key, _| {
        found = LogEvent::place(stream, key);
        ControlFlow::Break(())
    })?;
    Ok(found)
}

/// What one step of deletion did.
pub(crate) struct Deleted {
    /// Bytes as AWS counts.
    pub bytes: u64,
    /// Whether there may be more.
    pub more: bool,
}

/// Deletes some events of a stream from before `until_ms`.
pub(crate) fn delete(tx: &mut Tx<'_>, stream: u64, until_ms: i64) -> Result<Deleted, Fault> {
    let (from, to) = (i64::MIN.bytes(), until_ms.bytes());
    let mut keys = Vec::new();
    let mut bytes = 0;
    if from >= to {
        return Ok(Deleted { bytes, more: false });
    }
    let rows = (&*from, Some(&*to));
    tx.reader().visit_bytes(TABLE, stream, rows, Order::Ascending, |key, value| {
        bytes += (value.len().saturating_sub(8) + OVERHEAD_BYTES) as u64;
        keys.push(key.to_vec());
        if keys.len() < DELETE_ROWS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    for key in &keys {
        tx.delete_bytes(TABLE, (stream, Encoded(key)));
    }
    Ok(Deleted { bytes, more: keys.len() == DELETE_ROWS })
}
