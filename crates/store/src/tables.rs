//! The version of each table: the first segment of the keys.
use foldhash::HashMap;
use parking_lot::RwLock;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// The version of one table, as it moves. Cheap to ask, so keep it for what is asked often.
#[derive(Clone, Debug)]
pub struct Version(Arc<AtomicU64>);

impl Version {
    /// The version now; see [`crate::Store::table_version`].
    pub fn now(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// The last commit that touched each table since the store was opened.
#[derive(Debug, Default)]
pub(crate) struct Tables(RwLock<HashMap<Box<[u8]>, Version>>);

impl Tables {
    pub(crate) fn version(&self, table: &[u8]) -> u64 {
        self.0.read().get(table).map_or(0, Version::now)
    }

    pub(crate) fn follow(&self, table: &[u8]) -> Version {
        let known = self.0.read().get(table).cloned();
        let new = || Version(Arc::default());
        known.unwrap_or_else(|| self.0.write().entry(table.into()).or_insert_with(new).clone())
    }

    /// Moves the tables of `keys` to `sequence`. Ascending keys cost one look-up per table.
    pub(crate) fn touch<'a>(&self, keys: impl Iterator<Item = &'a [u8]>, sequence: u64) {
        let mut last: Option<&[u8]> = None;
        for table in keys.map(table_of) {
            if last != Some(table) {
                self.set(table, sequence);
                last = Some(table);
            }
        }
    }

    fn set(&self, table: &[u8], sequence: u64) {
        self.follow(table).0.store(sequence, Ordering::Release);
    }
}

/// The part of a key before its first zero byte.
fn table_of(key: &[u8]) -> &[u8] {
    key.split(|&byte| byte == 0).next().unwrap_or(key)
}
