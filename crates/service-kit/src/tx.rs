//! Transactions over typed rows, scoped to one account and region.
//!
//! A transaction's body may run again when it conflicts with another, so all its effects go
//! through [`Tx`]; it sees one moment of the store, and its own writes.

use crate::{
    access::Scope,
    fault::Fault,
    job::{Job, JobRecord},
    key::{Encoded, Key},
    owner::Owner,
    page::Page,
    platform::Platform,
    record::{Reach, Record, decode, encode, full_key, is_owned},
};
use bytes::Bytes;
use shape::Timestamp;
use std::{ops::ControlFlow, sync::Arc};
use store::Range;

pub use store::Order;

/// The most rows one [`ReadTx::list`] returns; longer lists are read by pages.
pub const MAX_LIST: usize = 10_000;

/// A read-only view of the store at one moment.
pub struct ReadTx<'a> {
    pub(crate) raw: &'a store::Tx,
    pub(crate) scope: Scope,
    /// Where rows are recalled from; nothing is recalled inside a transaction that writes.
    platform: Option<&'a Platform>,
}

impl<'a> ReadTx<'a> {
    /// Wraps a storage transaction; for the platform itself.
    pub fn new(raw: &'a store::Tx, scope: Scope, platform: &'a Platform) -> Self {
        Self { raw, scope, platform: Some(platform) }
    }

    /// The account and region this view is scoped to.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The same moment seen by another account or region. For resources named by ARN: whether
    /// the caller may reach them has been decided before.
    #[must_use]
    pub fn within(&self, scope: Scope) -> ReadTx<'a> {
        ReadTx { scope, ..*self }
    }

    /// The row at `key`.
    ///
    /// # Errors
    /// [`Fault::Internal`] when storage fails or the row does not read.
    pub fn get<R: Record>(&self, key: impl Key) -> Result<Option<R>, Fault> {
        let key = full_key(R::TABLE, R::REACH, &self.scope, &key);
        self.raw.get(&key)?.map(|bytes| decode(&bytes)).transpose()
    }

    /// The row at `key`, perhaps as it was committed after this moment: see [`Platform::recall`].
    ///
    /// # Errors
    /// As [`ReadTx::get`].
    pub fn recall<R: Record + Send + Sync + 'static>(
        &self,
        key: impl Key,
    ) -> Result<Option<Arc<R>>, Fault> {
        match self.platform {
            Some(platform) => platform.recall(&self.scope, key),
            None => Ok(self.get(key)?.map(Arc::new)),
        }
    }

    /// All rows whose keys start with `prefix`, in order, at most [`MAX_LIST`].
    ///
    /// # Errors
    /// As [`ReadTx::get`].
    pub fn list<R: Record>(&self, prefix: impl Key) -> Result<Vec<R>, Fault> {
        let range = Range::prefix(full_key(R::TABLE, R::REACH, &self.scope, &prefix));
        let rows = self.raw.scan(range, Order::Ascending, MAX_LIST)?;
        rows.iter().map(|(_, bytes)| decode(bytes)).collect()
    }

    /// One page of the rows whose keys start with `prefix`, at most `limit`, after `token`.
    ///
    /// # Errors
    /// [`Fault::Validation`] when the token is not one of ours; otherwise as [`ReadTx::get`].
    pub fn page<R: Record>(
        &self,
        prefix: impl Key,
        token: Option<&str>,
        limit: usize,
    ) -> Result<Page<R>, Fault> {
        let base = full_key(R::TABLE, R::REACH, &self.scope, &());
        let mut range = Range::prefix(full_key(R::TABLE, R::REACH, &self.scope, &prefix));
        if let Some(token) = token {
            let after =
                full_key(R::TABLE, R::REACH, &self.scope, &Encoded(&crate::page::decode(token)?));
            range = range.after(&after);
        }
        let limit = limit.min(MAX_LIST);
        let rows = self.raw.scan(range, Order::Ascending, limit + 1)?;
        let more = rows.len() > limit;
        let last = rows.get(limit.wrapping_sub(1)).filter(|_| more);
        let next = last.map(|(key, _)| crate::page::encode(key.get(base.len()..).unwrap_or(&[])));
        let items =
            rows.iter().take(limit).map(|(_, bytes)| decode(bytes)).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }

    /// Visits rows whose keys start with `prefix`, in `order`, until the visitor breaks.
    ///
    /// # Errors
    /// As [`ReadTx::get`].
    pub fn visit<R: Record>(
        &self,
        prefix: impl Key,
        order: Order,
        visitor: impl FnMut(R) -> ControlFlow<()>,
    ) -> Result<(), Fault> {
        self.visit_between(prefix, (&[], None), order, visitor)
    }

    /// As [`ReadTx::visit`], but only between the key suffixes `from` (inclusive) and `to`
    /// (exclusive; none = to the end of the prefix).
    ///
    /// # Errors
    /// As [`ReadTx::get`].
    pub fn visit_between<R: Record>(
        &self,
        prefix: impl Key,
        (from, to): (&[u8], Option<&[u8]>),
        order: Order,
        mut visitor: impl FnMut(R) -> ControlFlow<()>,
    ) -> Result<(), Fault> {
        let range = between(&full_key(R::TABLE, R::REACH, &self.scope, &prefix), from, to);
        let mut broken = None;
        self.raw.visit(range, order, |_, bytes| match decode(bytes) {
            Ok(row) => visitor(row),
            Err(fault) => {
                broken = Some(fault);
                ControlFlow::Break(())
            }
        })?;
        broken.map_or(Ok(()), Err)
    }

    /// The raw bytes at `key` of `table`, for services with a stored form of their own.
    ///
    /// # Errors
    /// [`Fault::Internal`] when storage fails.
    pub fn get_bytes(&self, table: &str, key: impl Key) -> Result<Option<Bytes>, Fault> {
        Ok(self.raw.get(&full_key(table, Reach::Region, &self.scope, &key))?)
    }

    /// Visits raw rows of `table` under `prefix` between the key suffixes `from` (inclusive) and
    /// `to` (exclusive; none = to the end of the prefix). The visitor gets the key without table,
    /// scope and prefix.
    ///
    /// # Errors
    /// [`Fault::Internal`] when storage fails.
    pub fn visit_bytes(
        &self,
        table: &str,
        prefix: impl Key,
        (from, to): (&[u8], Option<&[u8]>),
        order: Order,
        mut visitor: impl FnMut(&[u8], &Bytes) -> ControlFlow<()>,
    ) -> Result<(), Fault> {
        let base = full_key(table, Reach::Region, &self.scope, &prefix);
        let range = between(&base, from, to);
        self.raw.visit(range, order, |key, value| {
            visitor(key.get(base.len()..).unwrap_or(&[]), value)
        })?;
        Ok(())
    }
}

/// The keys below `base` whose rest is from `from` up to but not including `to`.
fn between(base: &[u8], from: &[u8], to: Option<&[u8]>) -> Range {
    let start = [base, from].concat();
    let end = match to {
        Some(to) => Some([base, to].concat()),
        None => Range::prefix(base.to_vec()).end().map(<[u8]>::to_vec),
    };
    match end {
        Some(end) => Range::new(start, end),
        None => Range::from(start),
    }
}

/// A transaction that writes. Longer reads go through [`Tx::reader`].
pub struct Tx<'a> {
    raw: &'a mut store::Tx,
    scope: Scope,
    now: Timestamp,
    job_id: &'a dyn Fn() -> u64,
}

impl<'a> Tx<'a> {
    /// Wraps a storage transaction; for the platform itself.
    pub fn new(
        raw: &'a mut store::Tx,
        scope: Scope,
        now: Timestamp,
        job_id: &'a dyn Fn() -> u64,
    ) -> Self {
        Self { raw, scope, now, job_id }
    }

    /// The read-only view of this transaction, own writes included.
    pub fn reader(&self) -> ReadTx<'_> {
        ReadTx { raw: self.raw, scope: self.scope.clone(), platform: None }
    }

    /// The account and region this transaction is scoped to.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// When the transaction was begun.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The same transaction in another account or region; see [`ReadTx::within`].
    pub fn within(&mut self, scope: Scope) -> Tx<'_> {
        Tx { raw: self.raw, scope, now: self.now, job_id: self.job_id }
    }

    /// As [`ReadTx::get`].
    ///
    /// # Errors
    /// As [`ReadTx::get`].
    pub fn get<R: Record>(&self, key: impl Key) -> Result<Option<R>, Fault> {
        self.reader().get(key)
    }

    /// As [`ReadTx::list`].
    ///
    /// # Errors
    /// As [`ReadTx::get`].
    pub fn list<R: Record>(&self, prefix: impl Key) -> Result<Vec<R>, Fault> {
        self.reader().list(prefix)
    }

    /// Writes a row at its own key.
    ///
    /// # Errors
    /// [`Fault::Internal`] when it cannot be encoded.
    pub fn put<R: Record>(&mut self, record: &R) -> Result<(), Fault> {
        const { assert!(is_owned::<R>(), "instance-wide tables, and only they, have an OWNER") };
        if let Some(Owner::Account(account)) = R::OWNER.map(|owner| owner(record)) {
            self.raw.claim(account.as_bytes());
        }
        let key = full_key(R::TABLE, R::REACH, &self.scope, &record.key());
        self.raw.put(key, encode(record)?);
        Ok(())
    }

    /// Removes the row at `key`, if there.
    pub fn delete<R: Record>(&mut self, key: impl Key) {
        self.raw.delete(full_key(R::TABLE, R::REACH, &self.scope, &key));
    }

    /// Writes raw bytes at `key` of `table`.
    pub fn put_bytes(&mut self, table: &str, key: impl Key, value: Vec<u8>) {
        self.raw.put(full_key(table, Reach::Region, &self.scope, &key), value);
    }

    /// Adds `value` to the log of `table` under `prefix`: a row whose key goes on with
    /// [`store::STAMP_BYTES`] bytes that sort behind those of all earlier commits.
    pub fn append_bytes(&mut self, table: &str, prefix: impl Key, value: Vec<u8>) {
        self.raw.append(full_key(table, Reach::Region, &self.scope, &prefix), value);
    }

    /// Removes the raw row at `key` of `table`.
    pub fn delete_bytes(&mut self, table: &str, key: impl Key) {
        self.raw.delete(full_key(table, Reach::Region, &self.scope, &key));
    }

    /// Hands `job` to the bus in this same transaction: it runs at least once after commit.
    ///
    /// # Errors
    /// [`Fault::Internal`] when it cannot be encoded.
    pub fn enqueue<J: Job>(&mut self, job: &J) -> Result<(), Fault> {
        self.enqueue_at(self.now, job)
    }

    /// As [`Tx::enqueue`], not before `due`.
    ///
    /// # Errors
    /// As [`Tx::enqueue`].
    pub fn enqueue_at<J: Job>(&mut self, due: Timestamp, job: &J) -> Result<(), Fault> {
        let record = JobRecord::new(due, (self.job_id)(), &self.scope, job)?;
        self.put(&record)
    }
}
