//! How much each account has stored, so that none fills the disk for all.
//!
//! What is written is counted; what is really there is measured in the background, each time that
//! a part of the limit has been written. Deletes are always let through.

use crate::{fault::Fault, key::Key, platform::Platform};
use foldhash::HashMap;
use parking_lot::RwLock;
use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};
use store::{Order, Range};

/// What an account may store if nobody says otherwise.
const DEFAULT_LIMIT: u64 = 8 << 30;
/// The part of the limit after which it is measured anew.
const PART: u64 = 64;

/// What is known of all accounts.
pub(crate) struct Storage {
    limit: AtomicU64,
    accounts: RwLock<HashMap<String, Arc<Stored>>>,
}

impl Default for Storage {
    fn default() -> Self {
        Self { limit: AtomicU64::new(DEFAULT_LIMIT), accounts: RwLock::default() }
    }
}

impl Storage {
    /// Forgets an account that is erased.
    pub(crate) fn forget(&self, account: &str) {
        self.accounts.write().remove(account);
    }
}

/// What is known of one account.
#[derive(Default)]
struct Stored {
    measured: AtomicU64,
    /// Since then.
    written: AtomicU64,
    measuring: AtomicBool,
}

impl Stored {
    fn is_within(&self, limit: u64) -> bool {
        let measured = self.measured.load(Ordering::Acquire);
        let known = measured.saturating_add(self.written.load(Ordering::Acquire));
        // What was written may have replaced something, so a little more waits for a measurement.
        measured <= limit && known <= limit + limit / PART * 4
    }
}

impl Platform {
    /// Says how many bytes each account may store in rows; 8 GiB if nobody does. One that has
    /// more may only delete.
    pub fn limit_storage(&self, bytes: u64) {
        self.storage().limit.store(bytes, Ordering::Release);
    }

    /// How many bytes each account may store in rows, and as many again in blobs.
    pub fn storage_limit(&self) -> u64 {
        self.storage().limit.load(Ordering::Acquire)
    }

    /// How many bytes the rows of `account` take, as they are stored.
    ///
    /// # Errors
    /// [`Fault::Internal`] when storage fails.
    pub fn bytes_of(&self, account: &str) -> Result<u64, Fault> {
        let mut bytes = 0;
        for table in self.tables()? {
            let mut prefix = [&table[..], &[0]].concat();
            account.encode(&mut prefix);
            self.store().read(|raw| {
                raw.visit(Range::prefix(prefix), Order::Ascending, |key, value| {
                    bytes += (key.len() + value.len()) as u64;
                    ControlFlow::Continue(())
                })
            })?;
        }
        Ok(bytes)
    }

    /// Whether `account` may store more.
    pub(crate) fn has_room(&self, account: &str) -> bool {
        let storage = self.storage();
        let limit = self.storage_limit();
        let stored = storage.accounts.read().get(account).cloned();
        stored.is_none_or(|stored| {
            let is_within = stored.is_within(limit);
            if !is_within {
                // Something may have been deleted since.
                self.measure(account, &stored);
            }
            is_within
        })
    }

    /// Counts what was written to `account`.
    pub(crate) fn note_written(&self, account: &str, bytes: usize) {
        let storage = self.storage();
        let known = storage.accounts.read().get(account).cloned();
        let stored = known.unwrap_or_else(|| {
            storage.accounts.write().entry(account.to_owned()).or_default().clone()
        });
        let bytes = bytes as u64;
        let written = stored.written.fetch_add(bytes, Ordering::AcqRel) + bytes;
        if written >= self.storage_limit() / PART {
            self.measure(account, &stored);
        }
    }

    /// Begins to measure, unless somebody does already.
    fn measure(&self, account: &str, stored: &Arc<Stored>) {
        if stored.measuring.swap(true, Ordering::AcqRel) {
            return;
        }
        let (platform, account, stored) = (self.clone(), account.to_owned(), stored.clone());
        tokio::task::spawn_blocking(move || {
            let before = stored.written.load(Ordering::Acquire);
            if let Ok(bytes) = platform.bytes_of(&account) {
                stored.measured.store(bytes, Ordering::Release);
                stored.written.fetch_sub(before, Ordering::AcqRel);
            }
            stored.measuring.store(false, Ordering::Release);
        });
    }
}
