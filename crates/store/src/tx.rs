//! A transaction: one snapshot, the reads made on it, and the writes it would make.
use crate::{
    Engine, Era, Order, Range, Snapshot, StoreError,
    live::{Live, Ticket},
    merge::{Writes, merge},
    reads::Reads,
    stamp::{Entry, STAMP_BYTES},
};
use bytes::Bytes;
use std::{
    cell::{OnceCell, RefCell},
    collections::BTreeSet,
    ops::ControlFlow,
    sync::Arc,
};

/// The longest key, in bytes.
pub const MAX_KEY_BYTES: usize = 4 << 10;
/// The longest value, in bytes.
pub const MAX_VALUE_BYTES: usize = 16 << 20;
/// The most bytes of keys and values that one transaction writes.
pub const MAX_TX_BYTES: usize = 64 << 20;
/// The most keys that one transaction writes.
pub const MAX_TX_WRITES: usize = 100_000;
/// The most entries that one transaction appends to logs.
pub const MAX_TX_ENTRIES: usize = 1 << 16;
/// The most point reads and scans of one writing transaction.
pub const MAX_TX_READS: usize = 250_000;

/// A transaction in progress. Reads see the snapshot with this transaction's own writes over it.
///
/// The snapshot is taken at the first read, so a transaction that only writes costs none and is
/// never in conflict.
pub struct Tx {
    engine: Arc<Shard>,
    /// Present when the reads must be tracked: in writing transactions.
    live: Option<Arc<Live>>,
    view: OnceCell<View>,
    reads: RefCell<Reads>,
    writes: Writes,
    entries: Vec<Entry>,
    bytes: usize,
    value_bytes: usize,
    fault: Option<StoreError>,
    era: Era,
    claims: BTreeSet<Box<[u8]>>,
}

/// The engine behind a count of references that lies alone in its cache lines.
#[repr(align(128))]
pub(crate) struct Shard(pub(crate) Arc<dyn Engine>);

struct View {
    snapshot: Arc<dyn Snapshot>,
    ticket: Option<Ticket>,
}

/// What a transaction asks the committer to make durable.
pub(crate) struct Changes {
    /// `None` when nothing was read: such a transaction needs no validation.
    pub(crate) ticket: Option<Ticket>,
    pub(crate) reads: Reads,
    pub(crate) writes: Writes,
    /// Rows whose keys the committer completes.
    pub(crate) entries: Vec<Entry>,
    pub(crate) bytes: usize,
    /// When the author began.
    pub(crate) era: Era,
    /// What stands behind fences and is written to, besides what the keys tell.
    pub(crate) claims: BTreeSet<Box<[u8]>>,
}

impl Tx {
    pub(crate) fn reading(engine: Arc<Shard>) -> Self {
        Self {
            engine,
            live: None,
            view: OnceCell::new(),
            reads: RefCell::default(),
            writes: Writes::new(),
            entries: Vec::new(),
            bytes: 0,
            value_bytes: 0,
            fault: None,
            era: Era::BEYOND,
            claims: BTreeSet::new(),
        }
    }

    pub(crate) fn writing(engine: Arc<Shard>, live: Arc<Live>, era: Era) -> Self {
        Self { live: Some(live), era, ..Self::reading(engine) }
    }

    /// Says that this transaction writes rows that belong behind the fence of `part`, although
    /// their keys do not tell.
    pub fn claim(&mut self, part: &[u8]) {
        if !self.claims.contains(part) {
            self.claims.insert(part.into());
        }
    }

    /// The value of `key`, if there is one.
    pub fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        if let Some(own) = self.writes.get(key) {
            return Ok(own.clone());
        }
        let snapshot = self.snapshot()?;
        self.track(|reads| reads.point(key))?;
        snapshot.get(key)
    }

    /// Sets `key` to `value`. A key or value beyond its limit fails the commit.
    pub fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        if value.len() > MAX_VALUE_BYTES {
            self.fault.get_or_insert(StoreError::TooLarge);
        } else {
            self.write(key, Some(value.into()));
        }
    }

    /// Adds `value` to the log of rows that start with `prefix`, at a key completed by the commit:
    /// `prefix`, then [`crate::STAMP_BYTES`] bytes that are greater than those of all earlier
    /// commits and entries. No two transactions conflict by appending. The row is there to read
    /// once committed, not before in this transaction.
    pub fn append(&mut self, prefix: Vec<u8>, value: Vec<u8>) {
        if self.fault.is_some() {
            return;
        }
        let entry = Entry { prefix, value };
        let key_bytes = entry.prefix.len() + STAMP_BYTES;
        self.bytes += key_bytes + entry.value.len();
        self.value_bytes += entry.value.len();
        let too_many = self.entries.len() >= MAX_TX_ENTRIES || self.bytes > MAX_TX_BYTES;
        if key_bytes > MAX_KEY_BYTES || entry.value.len() > MAX_VALUE_BYTES || too_many {
            self.fault = Some(StoreError::TooLarge);
        } else {
            self.entries.push(entry);
        }
    }

    /// Removes `key`, whether or not it exists.
    pub fn delete(&mut self, key: Vec<u8>) {
        self.write(key, None);
    }

    /// How many bytes of values this transaction has written so far; what it deletes counts
    /// nothing.
    pub fn value_bytes(&self) -> usize {
        self.value_bytes
    }

    /// At most `limit` rows of `range`. Other transactions' changes to the rest of the range do
    /// not conflict with this one.
    pub fn scan(
        &self,
        range: Range,
        order: Order,
        limit: usize,
    ) -> Result<Vec<(Bytes, Bytes)>, StoreError> {
        let mut rows = Vec::new();
        if limit == 0 {
            return Ok(rows);
        }
        self.walk(range, order, &mut |key, value| {
            rows.push((key.clone(), value));
            if rows.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(rows)
    }

    /// Shows `visitor` the rows of `range` until it breaks. The row it breaks on counts as read,
    /// those behind it do not.
    pub fn visit(
        &self,
        range: Range,
        order: Order,
        mut visitor: impl FnMut(&[u8], &Bytes) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.walk(range, order, &mut |key, value| visitor(key, &value))
    }

    /// What is to be committed; `None` when nothing is.
    pub(crate) fn finish(mut self) -> Result<Option<Changes>, StoreError> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if self.writes.is_empty() && self.entries.is_empty() {
            return Ok(None);
        }
        // The snapshot ends here: it should not keep old data alive while the commit queues.
        let ticket = self.view.take().and_then(|view| view.ticket);
        let reads = self.reads.into_inner();
        let Self { writes, entries, bytes, era, claims, .. } = self;
        Ok(Some(Changes { ticket, reads, writes, entries, bytes, era, claims }))
    }

    fn walk(
        &self,
        range: Range,
        order: Order,
        visitor: &mut dyn FnMut(&Bytes, Bytes) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        if range.is_empty() {
            return Ok(());
        }
        let rows = self.snapshot()?.range(&range, order);
        for row in merge(rows, &self.writes, &range, order) {
            // A failed read proves nothing; whoever carries on after it is held to all of it.
            let Ok((key, value)) = row else {
                self.track(|reads| reads.range(range, order, None))?;
                return row.map(drop);
            };
            if visitor(&key, value).is_break() {
                return self.track(|reads| reads.range(range, order, Some(&key)));
            }
        }
        self.track(|reads| reads.range(range, order, None))
    }

    fn snapshot(&self) -> Result<&dyn Snapshot, StoreError> {
        if let Some(view) = self.view.get() {
            return Ok(&*view.snapshot);
        }
        let ticket = self.live.as_ref().map(Live::enter);
        let view = View { snapshot: self.engine.0.snapshot()?, ticket };
        Ok(&*self.view.get_or_init(|| view).snapshot)
    }

    fn track(&self, note: impl FnOnce(&mut Reads)) -> Result<(), StoreError> {
        if self.live.is_none() {
            return Ok(());
        }
        let mut reads = self.reads.borrow_mut();
        if reads.len() >= MAX_TX_READS {
            return Err(StoreError::TooLarge);
        }
        note(&mut reads);
        Ok(())
    }

    fn write(&mut self, key: Vec<u8>, value: Option<Bytes>) {
        if self.fault.is_some() {
            return;
        }
        if key.is_empty() {
            self.fault = Some(StoreError::InvalidKey);
            return;
        }
        let value_bytes = value.as_ref().map_or(0, Bytes::len);
        self.bytes += key.len() + value_bytes;
        self.value_bytes += value_bytes;
        let key_bytes = key.len();
        if let Some(old) = self.writes.insert(key.into(), value) {
            self.bytes -= key_bytes + old.map_or(0, |old| old.len());
        }
        let too_many = self.writes.len() > MAX_TX_WRITES || self.bytes > MAX_TX_BYTES;
        if key_bytes > MAX_KEY_BYTES || too_many {
            self.fault = Some(StoreError::TooLarge);
            self.writes = Writes::new();
        }
    }
}
