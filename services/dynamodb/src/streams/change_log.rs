//! A stream's two logs: its records, and where its shards begin and end.
//!
//! A shard is a span of the log of records. A row of the log of shards marks where one begins; the
//! commit stamps it as it stamps records, so the row's own position is the border: every record is
//! before it or behind it, and no writer has to know which shard is open.

use crate::{
    streams::{position::Position, stream::Stream},
    table::id_bytes,
    value::key::{Whole, spread},
};
use service_kit::prelude::*;
use std::ops::ControlFlow;

/// The table of records: stream id, position.
pub(crate) const RECORDS: &str = "dynamodb.stream.record";
/// The table of shards' borders: stream id, position.
pub(crate) const SHARDS: &str = "dynamodb.stream.shard";

const VERSION: u8 = 1;
const BEGIN: u8 = 0;
const END: u8 = 1;

/// A span of a stream's records.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shard {
    /// Unique in its stream; ids sort by age.
    pub(crate) id: String,
    /// The shard before, which may be gone.
    pub(crate) parent: Option<String>,
    /// No record is before this.
    pub(crate) start: Position,
    /// All records are before this; none while it is open.
    pub(crate) end: Option<Position>,
    /// When it began.
    pub(crate) opened: Timestamp,
    /// When it ended.
    pub(crate) closed: Option<Timestamp>,
}

impl Shard {
    /// Whether records from `from` on were removed.
    pub(crate) fn is_trimmed(&self, stream: &Stream, from: Position) -> bool {
        from < self.end.map_or(stream.trimmed, |end| stream.trimmed.min(end))
    }

    /// Its last sequence number, once it is closed.
    pub(crate) fn last(&self) -> Option<Position> {
        self.end.map(Position::previous)
    }
}

/// Begins a shard behind all that is committed; the one before it, if any, ends there.
pub(crate) fn begin_shard(tx: &mut Tx<'_>, stream: &str, now: Timestamp, parent: Option<&Shard>) {
    let mut row = border(BEGIN, now);
    row.extend(parent.map(|shard| shard.id.as_bytes()).unwrap_or_default());
    tx.append_bytes(SHARDS, Whole(id_bytes(stream)), row);
}

/// Ends the last shard behind all that is committed.
pub(crate) fn end_shards(tx: &mut Tx<'_>, stream: &str, now: Timestamp) {
    tx.append_bytes(SHARDS, Whole(id_bytes(stream)), border(END, now));
}

fn border(kind: u8, now: Timestamp) -> Vec<u8> {
    let mut row = vec![VERSION, kind];
    row.extend(now.as_micros().to_be_bytes());
    row
}

/// The shards of `stream`, oldest first.
///
/// # Errors
/// [`Fault`] when storage fails or a row does not read.
pub(crate) fn shards(tx: &ReadTx<'_>, stream: &Stream) -> Result<Vec<Shard>, Fault> {
    let mut shards: Vec<Shard> = Vec::new();
    let mut is_damaged = false;
    let all = (&[][..], None);
    tx.visit_bytes(SHARDS, Whole(stream.id_bytes()), all, Order::Ascending, |stamp, row| {
        is_damaged |= add(&mut shards, stamp, row).is_none();
        ControlFlow::Continue(())
    })?;
    if is_damaged {
        return Err(Fault::internal("dynamodb.stream.shard: a row does not read"));
    }
    Ok(shards)
}

fn add(shards: &mut Vec<Shard>, stamp: &[u8], row: &[u8]) -> Option<()> {
    let start = Position::of_key(stamp)?;
    let (head, parent) = row.split_at_checked(10)?;
    let (&[version, kind], micros) = head.split_first_chunk()?;
    let opened = Timestamp::from_micros(i64::from_be_bytes(micros.try_into().ok()?));
    if let Some(before) = shards.last_mut().filter(|before| before.end.is_none()) {
        (before.end, before.closed) = (Some(start), Some(opened));
    }
    match (version, kind) {
        (VERSION, BEGIN) => {
            let digits = opened.as_millis();
            let id = format!("shardId-{digits:020}-{:08x}", spread(&start.bytes()));
            let parent = std::str::from_utf8(parent).ok()?.to_owned();
            let parent = Some(parent).filter(|parent| !parent.is_empty());
            shards.push(Shard { id, parent, start, end: None, opened, closed: None });
            Some(())
        }
        (VERSION, END) => Some(()),
        _ => None,
    }
}

/// Visits stored records of `stream` from `from` up to but not including `to`, oldest first.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) fn visit_records(
    tx: &ReadTx<'_>,
    stream: &Stream,
    (from, to): (Position, Option<Position>),
    mut visitor: impl FnMut(Position, &[u8]) -> ControlFlow<()>,
) -> Result<(), Fault> {
    let (from, to) = (from.bytes(), to.map(Position::bytes));
    let range = (&from[..], to.as_ref().map(|to| &to[..]));
    tx.visit_bytes(RECORDS, Whole(stream.id_bytes()), range, Order::Ascending, |stamp, row| {
        match Position::of_key(stamp) {
            Some(position) => visitor(position, row),
            None => ControlFlow::Continue(()),
        }
    })
}

/// Where reading the `shard` of `stream` goes on behind all records that are there.
///
/// # Errors
/// As [`visit_records`].
pub(crate) fn latest(tx: &ReadTx<'_>, stream: &Stream, shard: &Shard) -> Result<Position, Fault> {
    if let Some(end) = shard.end {
        return Ok(end);
    }
    let (from, mut latest) = (shard.start.bytes(), shard.start);
    let range = (&from[..], None);
    tx.visit_bytes(RECORDS, Whole(stream.id_bytes()), range, Order::Descending, |stamp, _| {
        latest = Position::of_key(stamp).map_or(latest, Position::next);
        ControlFlow::Break(())
    })?;
    Ok(latest)
}
