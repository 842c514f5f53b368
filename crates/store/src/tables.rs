//! The version of each table: the first segment of the keys.
use parking_lot::RwLock;
use std::{
    collections::HashMap,
    sync::atomic::{AtomicU64, Ordering},
};

/// The last commit that touched each table since the store was opened.
#[derive(Debug, Default)]
pub(crate) struct Tables(RwLock<HashMap<Box<[u8]>, AtomicU64>>);

impl Tables {
    pub(crate) fn version(&self, table: &[u8]) -> u64 {
        self.0.read().get(table).map_or(0, |version| version.load(Ordering::Acquire))
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
        if let Some(version) = self.0.read().get(table) {
            return version.store(sequence, Ordering::Release);
        }
        self.0.write().insert(table.into(), AtomicU64::new(sequence));
    }
}

/// The part of a key before its first zero byte.
fn table_of(key: &[u8]) -> &[u8] {
    key.split(|&byte| byte == 0).next().unwrap_or(key)
}
