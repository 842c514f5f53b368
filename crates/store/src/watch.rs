//! Waking whoever waits for changes below a key prefix.
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::sync::watch;

/// All registered prefixes.
#[derive(Debug, Default)]
pub(crate) struct Watches {
    registered: AtomicUsize,
    prefixes: Mutex<Prefixes>,
}

#[derive(Debug, Default)]
struct Prefixes {
    senders: HashMap<Box<[u8]>, Entry>,
    /// How many prefixes there are of each length: a key is looked up once per length.
    lengths: BTreeMap<usize, usize>,
}

#[derive(Debug)]
struct Entry {
    sender: watch::Sender<()>,
    /// Counted here because a leaving watch's receiver outlives its deregistration.
    watchers: usize,
}

impl Watches {
    pub(crate) fn register(self: &Arc<Self>, prefix: &[u8]) -> Watch {
        let mut prefixes = self.prefixes.lock();
        let receiver = match prefixes.senders.get_mut(prefix) {
            Some(entry) => {
                entry.watchers += 1;
                entry.sender.subscribe()
            }
            None => {
                let (sender, receiver) = watch::channel(());
                prefixes.senders.insert(prefix.into(), Entry { sender, watchers: 1 });
                *prefixes.lengths.entry(prefix.len()).or_insert(0) += 1;
                self.registered.fetch_add(1, Ordering::AcqRel);
                receiver
            }
        };
        Watch { watches: Arc::clone(self), prefix: prefix.into(), receiver }
    }

    /// Wakes every watch whose prefix one of `keys` starts with.
    pub(crate) fn notify<'a>(&self, keys: impl Iterator<Item = &'a [u8]>) {
        if self.registered.load(Ordering::Acquire) == 0 {
            return;
        }
        let prefixes = self.prefixes.lock();
        for key in keys {
            for &length in prefixes.lengths.keys().take_while(|&&length| length <= key.len()) {
                if let Some(entry) = prefixes.senders.get(&key[..length]) {
                    entry.sender.send_replace(());
                }
            }
        }
    }

    fn leave(&self, prefix: &[u8]) {
        let prefixes = &mut *self.prefixes.lock();
        let Some(entry) = prefixes.senders.get_mut(prefix) else { return };
        entry.watchers -= 1;
        if entry.watchers > 0 {
            return;
        }
        prefixes.senders.remove(prefix);
        self.registered.fetch_sub(1, Ordering::AcqRel);
        if let Some(count) = prefixes.lengths.get_mut(&prefix.len()) {
            *count -= 1;
            if *count == 0 {
                prefixes.lengths.remove(&prefix.len());
            }
        }
    }
}

/// A registration for changes below a prefix. Register first, then look at the state, then wait:
/// no change between looking and waiting is missed.
#[derive(Debug)]
pub struct Watch {
    watches: Arc<Watches>,
    prefix: Box<[u8]>,
    receiver: watch::Receiver<()>,
}

impl Watch {
    /// Resolves once a commit touched the prefix since registration, or since this method last
    /// resolved. Several commits may wake once. Dropping the future loses nothing. Waits for ever
    /// once the store is closed.
    pub async fn changed(&mut self) {
        // The sender lives in the registry as long as this watch does.
        if self.receiver.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Whether a commit touched the prefix since the last wake, without waiting.
    pub fn has_changed(&self) -> bool {
        self.receiver.has_changed().unwrap_or(false)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.watches.leave(&self.prefix);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_prefixes_of_the_key_wake_and_dropped_watches_leave_nothing() {
        let watches = Arc::new(Watches::default());
        let hit = watches.register(b"queue\0a");
        let twin = watches.register(b"queue\0a");
        let miss = watches.register(b"queue\0b");
        let all = watches.register(b"");
        watches.notify([&b"queue\0a\0one"[..], b"q"].into_iter());
        assert!(hit.has_changed() && twin.has_changed() && all.has_changed());
        assert!(!miss.has_changed());
        drop((hit, miss, all));
        assert_eq!(watches.prefixes.lock().senders.len(), 1);
        drop(twin);
        assert!(watches.prefixes.lock().lengths.is_empty());
        assert_eq!(watches.registered.load(Ordering::Acquire), 0);
    }
}
