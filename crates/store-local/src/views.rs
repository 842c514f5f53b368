//! What readers see: the tree as it was between two batches.
//!
//! The tree's own snapshots show parts of a batch that is on its way, as soon as something is
//! written out or compacted meanwhile: that moves the number up to which they see everything, and
//! the batch has its number from the start.

use crate::error::from_tree;
use bytes::Bytes;
use fjall::{Database, Keyspace, Readable};
use parking_lot::Mutex;
use std::{ops::Bound, sync::Arc};
use store::{Order, PerThread, Range, Rows, Snapshot, StoreError};

/// The newest state, and views of it.
pub(crate) struct Views {
    newest: Mutex<Arc<State>>,
    /// Those that threads have taken of it, each with a count of references of its own.
    taken: PerThread<Mutex<Option<Arc<View>>>>,
}

struct State {
    snapshot: fjall::Snapshot,
    tree: Keyspace,
}

/// A view of one state.
pub(crate) struct View(Arc<State>);

impl Views {
    /// Views of all that is applied. No batch may be on its way.
    pub(crate) fn new(database: &Database, tree: &Keyspace) -> Self {
        let newest = Mutex::new(State::now(database, tree));
        Self { newest, taken: PerThread::new(Mutex::default) }
    }

    /// Shows all that is applied to those who take a view from now on. No batch may be on its way.
    pub(crate) fn renew(&self, database: &Database, tree: &Keyspace) {
        *self.newest.lock() = State::now(database, tree);
        for taken in self.taken.all() {
            *taken.lock() = None;
        }
    }

    /// A view of the newest state.
    pub(crate) fn take(&self) -> Arc<View> {
        let mut mine = self.taken.mine().lock();
        Arc::clone(mine.get_or_insert_with(|| Arc::new(View(Arc::clone(&self.newest.lock())))))
    }
}

impl State {
    fn now(database: &Database, tree: &Keyspace) -> Arc<Self> {
        Arc::new(Self { snapshot: database.snapshot(), tree: tree.clone() })
    }
}

impl Snapshot for View {
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        if key.is_empty() {
            return Ok(None);
        }
        let value = self.0.snapshot.get(&self.0.tree, key).map_err(from_tree)?;
        Ok(value.map(Bytes::from))
    }

    fn range<'a>(&'a self, range: &Range, order: Order) -> Rows<'a> {
        let end = range.end().map_or(Bound::Unbounded, Bound::Excluded);
        let bounds = (Bound::Included(range.start()), end);
        let rows = self.0.snapshot.range::<&[u8], _>(&self.0.tree, bounds);
        match order {
            Order::Ascending => Box::new(rows.map(row)),
            Order::Descending => Box::new(rows.rev().map(row)),
        }
    }
}

fn row(guard: fjall::Guard) -> Result<(Bytes, Bytes), StoreError> {
    let (key, value) = guard.into_inner().map_err(from_tree)?;
    Ok((key.into(), value.into()))
}
