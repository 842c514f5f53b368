//! Which snapshots writing transactions still stand on.
use parking_lot::Mutex;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// The sequence of the last finished commit and the transactions begun since.
#[derive(Debug, Default)]
pub(crate) struct Live {
    committed: AtomicU64,
    open: Mutex<BTreeMap<u64, usize>>,
}

impl Live {
    /// Registers a transaction; its snapshot must be taken after this call, so that it holds at
    /// least every commit up to the ticket's sequence.
    pub(crate) fn enter(self: &Arc<Self>) -> Ticket {
        let mut open = self.open.lock();
        // Loaded under the lock: `oldest` can then never pass a ticket that is being made.
        let since = self.committed.load(Ordering::Acquire);
        *open.entry(since).or_insert(0) += 1;
        Ticket { live: Arc::clone(self), since }
    }

    pub(crate) fn committed(&self) -> u64 {
        self.committed.load(Ordering::Acquire)
    }

    pub(crate) fn publish(&self, sequence: u64) {
        self.committed.store(sequence, Ordering::Release);
    }

    /// The oldest commit that a registered or future transaction may stand on.
    pub(crate) fn oldest(&self) -> u64 {
        let open = self.open.lock();
        open.first_key_value().map_or_else(|| self.committed(), |(&since, _)| since)
    }
}

/// A registered transaction; leaving is dropping.
#[derive(Debug)]
pub(crate) struct Ticket {
    live: Arc<Live>,
    pub(crate) since: u64,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut open = self.live.open.lock();
        if let Some(count) = open.get_mut(&self.since) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.since);
            }
        }
    }
}
