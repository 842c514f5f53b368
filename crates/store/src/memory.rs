//! An engine in memory, for tests: same behaviour, nothing survives the process.
use crate::{
    Blobs, Engine, Order, Range, Rows, Snapshot, StoreError, Write,
    blobs::{MAX_BLOB_BYTES, blob_key, is_blob_key},
};
use bytes::Bytes;
use parking_lot::RwLock;
use std::{collections::BTreeMap, ops::Bound, path::PathBuf, sync::Arc};

type Map = BTreeMap<Bytes, Bytes>;

/// A map shared with its snapshots; copied on write only while a snapshot is open.
#[derive(Debug, Default)]
pub struct MemoryEngine {
    map: RwLock<Arc<Map>>,
    blobs: MemoryBlobs,
}

impl MemoryEngine {
    /// An empty engine.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Engine for MemoryEngine {
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>, StoreError> {
        Ok(Arc::new(MemorySnapshot(Arc::clone(&self.map.read()))))
    }

    fn apply(&self, batch: Vec<Write>) -> Result<(), StoreError> {
        let mut shared = self.map.write();
        let map = Arc::make_mut(&mut shared);
        for write in batch {
            match write.value {
                Some(value) => map.insert(write.key, value),
                None => map.remove(&write.key),
            };
        }
        Ok(())
    }

    fn blobs(&self) -> &dyn Blobs {
        &self.blobs
    }
}

struct MemorySnapshot(Arc<Map>);

impl Snapshot for MemorySnapshot {
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        Ok(self.0.get(key).cloned())
    }

    fn range<'a>(&'a self, range: &Range, order: Order) -> Rows<'a> {
        if range.is_empty() {
            return Box::new(std::iter::empty());
        }
        let end = range.end().map_or(Bound::Unbounded, Bound::Excluded);
        let rows = self.0.range::<[u8], _>((Bound::Included(range.start()), end));
        let rows = rows.map(|(key, value)| Ok((key.clone(), value.clone())));
        match order {
            Order::Ascending => Box::new(rows),
            Order::Descending => Box::new(rows.rev()),
        }
    }
}

#[derive(Debug, Default)]
struct MemoryBlobs(RwLock<BTreeMap<String, Bytes>>);

impl Blobs for MemoryBlobs {
    fn put(&self, content: &[u8]) -> Result<String, StoreError> {
        if content.len() > MAX_BLOB_BYTES {
            return Err(StoreError::TooLarge);
        }
        let key = blob_key(content);
        let mut blobs = self.0.write();
        blobs.entry(key.clone()).or_insert_with(|| Bytes::copy_from_slice(content));
        Ok(key)
    }

    fn get(&self, key: &str) -> Result<Option<Bytes>, StoreError> {
        if !is_blob_key(key) {
            return Err(StoreError::InvalidKey);
        }
        Ok(self.0.read().get(key).cloned())
    }

    fn path(&self, _key: &str) -> Option<PathBuf> {
        None
    }

    fn delete(&self, key: &str) -> Result<bool, StoreError> {
        if !is_blob_key(key) {
            return Err(StoreError::InvalidKey);
        }
        Ok(self.0.write().remove(key).is_some())
    }

    fn list(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, StoreError> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let blobs = self.0.read();
        let keys = blobs.range::<str, _>((start, Bound::Unbounded)).map(|(key, _)| key.clone());
        Ok(keys.take(limit).collect())
    }
}
