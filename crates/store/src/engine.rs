//! What the store asks of an engine.
use crate::{Blobs, Order, Range, StoreError};
use bytes::Bytes;
use std::sync::Arc;

/// One change of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The key, never empty.
    pub key: Bytes,
    /// The new value; `None` deletes the key.
    pub value: Option<Bytes>,
}

impl Write {
    /// The length in bytes of the key and the value.
    pub fn bytes(&self) -> usize {
        self.key.len() + self.value.as_ref().map_or(0, Bytes::len)
    }
}

/// Rows of a range, in the order asked for.
pub type Rows<'a> = Box<dyn Iterator<Item = Result<(Bytes, Bytes), StoreError>> + 'a>;

/// An ordered map that a [`crate::Store`] makes transactional.
///
/// The store validates and orders commits in its own process, so an engine must have one store at
/// a time: an embedded one locks its folder. Several processes over one shared engine need the
/// validation inside that engine, and a method that takes the reads along.
///
/// Only one thread calls [`Engine::apply`]; snapshots are taken and read from any.
pub trait Engine: Send + Sync + 'static {
    /// A consistent view that holds every batch applied before this call, whole batches only.
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>, StoreError>;

    /// Applies all writes or none, durable and visible when it returns `Ok`. The keys are unique
    /// and ascending. After an error nothing of the batch is visible; a later reopening may still
    /// find it if the medium failed while syncing, never a part of it. An engine that cannot
    /// know its own state after an error refuses further batches.
    fn apply(&self, batch: Vec<Write>) -> Result<(), StoreError>;

    /// Where large values live.
    fn blobs(&self) -> &dyn Blobs;

    /// Whether reads may wait for a network: bodies then run where waiting is allowed.
    fn blocking(&self) -> bool {
        false
    }
}

/// A consistent view of an engine.
pub trait Snapshot: Send + Sync {
    /// The value of `key`, if there is one.
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StoreError>;

    /// The rows of `range`, read as the iterator is drawn from.
    fn range<'a>(&'a self, range: &Range, order: Order) -> Rows<'a>;
}
