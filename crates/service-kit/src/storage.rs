//! How much each account has stored, so that none fills the disk for all.
//!
//! What is written is counted; what is really there is measured in the background: once, and then
//! whenever so much was written since that the limit may have been reached. Deletes are always let
//! through.

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
/// The part of the limit that is written between two measurements at least.
const PART: u64 = 64;
/// The rows that are read at once: whoever reads holds on to what the engine would let go of, such
/// as what it has written out meanwhile.
const SLICE: usize = 4_096;

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
    /// Nothing was measured while this is zero.
    measured: AtomicU64,
    /// Since then.
    written: AtomicU64,
    /// Whether anything was written or deleted since then.
    is_changed: AtomicBool,
    measuring: AtomicBool,
}

impl Stored {
    fn is_within(&self, limit: u64) -> bool {
        let measured = self.measured.load(Ordering::Acquire);
        let known = measured.saturating_add(self.written.load(Ordering::Acquire));
        // What was written may have replaced something, so a little more waits for a measurement.
        measured <= limit && known <= limit + limit / PART * 4
    }

    /// Whether to measure, although nobody is refused.
    fn is_due(&self, limit: u64) -> bool {
        let measured = self.measured.load(Ordering::Acquire);
        let written = self.written.load(Ordering::Acquire);
        let is_near = measured == 0 || measured.saturating_add(written) > limit;
        written >= limit / PART && is_near
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
            let mut range = Range::prefix(prefix);
            while let Some(last) = self.add_slice(range.clone(), &mut bytes)? {
                range = range.after(&last);
            }
        }
        Ok(bytes)
    }

    /// Adds the bytes of the first rows of `range`; gives the last one's key if there may be more.
    fn add_slice(&self, range: Range, bytes: &mut u64) -> Result<Option<Vec<u8>>, Fault> {
        let (mut rows, mut last) = (0, None);
        self.store().read(|raw| {
            raw.visit(range, Order::Ascending, |key, value| {
                *bytes += (key.len() + value.len()) as u64;
                rows += 1;
                if rows < SLICE {
                    return ControlFlow::Continue(());
                }
                last = Some(key.to_vec());
                ControlFlow::Break(())
            })
        })?;
        Ok(last)
    }

    /// Whether `account` may store more.
    pub(crate) fn has_room(&self, account: &str) -> bool {
        let storage = self.storage();
        let limit = self.storage_limit();
        let stored = storage.accounts.read().get(account).cloned();
        stored.is_none_or(|stored| {
            let is_within = stored.is_within(limit);
            if !is_within && stored.is_changed.load(Ordering::Acquire) {
                // Something may have been deleted since.
                self.measure(account, &stored);
            }
            is_within
        })
    }

    /// Counts the bytes that were written to `account`, none of them if it was only deleted.
    pub(crate) fn note_written(&self, account: &str, bytes: usize) {
        let storage = self.storage();
        let known = storage.accounts.read().get(account).cloned();
        let stored = known.unwrap_or_else(|| {
            storage.accounts.write().entry(account.to_owned()).or_default().clone()
        });
        stored.written.fetch_add(bytes as u64, Ordering::AcqRel);
        stored.is_changed.store(true, Ordering::Release);
        if stored.is_due(self.storage_limit()) {
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
            stored.is_changed.store(false, Ordering::Release);
            let before = stored.written.load(Ordering::Acquire);
            match platform.bytes_of(&account) {
                Ok(bytes) => {
                    stored.measured.store(bytes, Ordering::Release);
                    stored.written.fetch_sub(before, Ordering::AcqRel);
                }
                Err(_) => stored.is_changed.store(true, Ordering::Release),
            }
            stored.measuring.store(false, Ordering::Release);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: u64 = 64_000;

    fn stored(measured: u64, written: u64) -> Stored {
        Stored { measured: measured.into(), written: written.into(), ..Stored::default() }
    }

    #[test]
    fn it_is_measured_once_and_then_near_the_limit_only() {
        assert!(!stored(0, 999).is_due(LIMIT));
        assert!(stored(0, 1_000).is_due(LIMIT));
        assert!(!stored(1_000, 63_000).is_due(LIMIT));
        assert!(stored(1_000, 63_001).is_due(LIMIT));
        assert!(!stored(63_500, 999).is_due(LIMIT));
        assert!(stored(63_500, 1_000).is_due(LIMIT));
    }

    #[test]
    fn nobody_is_over_the_limit_before_that_was_looked_at() {
        for (measured, written) in [(0, 68_000), (LIMIT, 4_000)] {
            assert!(stored(measured, written).is_within(LIMIT));
            assert!(stored(measured, written).is_due(LIMIT));
        }
        assert!(!stored(LIMIT + 1, 0).is_within(LIMIT));
        assert!(!stored(LIMIT, 4_001).is_within(LIMIT));
    }
}
