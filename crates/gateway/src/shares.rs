//! Shares of something that there is only so much of: none takes more than its own.

use parking_lot::Mutex;
use std::{
    collections::{HashMap, hash_map::Entry},
    hash::Hash,
    sync::Arc,
};

/// How much each holder has.
pub struct Shares<K> {
    held: Mutex<HashMap<K, usize>>,
    most: usize,
}

impl<K: Eq + Hash + Clone> Shares<K> {
    /// Shares of at most so much each.
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { held: Mutex::default(), most })
    }

    /// So much for `holder`, until it is dropped; none if that is too much.
    pub fn take(self: &Arc<Self>, holder: &K, amount: usize) -> Option<Share<K>> {
        let mut share = Share { of: self.clone(), holder: holder.clone(), amount: 0 };
        share.grow(amount).then_some(share)
    }
}

/// What one holder has taken, given back when dropped.
pub struct Share<K: Eq + Hash + Clone> {
    of: Arc<Shares<K>>,
    holder: K,
    amount: usize,
}

impl<K: Eq + Hash + Clone> Share<K> {
    /// So much more; false, and nothing changes, if that is too much.
    pub fn grow(&mut self, more: usize) -> bool {
        let mut held = self.of.held.lock();
        let before = held.get(&self.holder).copied().unwrap_or(0);
        let after = before.checked_add(more).filter(|after| *after <= self.of.most);
        let Some(after) = after else { return false };
        held.insert(self.holder.clone(), after);
        self.amount += more;
        true
    }
}

impl<K: Eq + Hash + Clone> Drop for Share<K> {
    fn drop(&mut self) {
        if let Entry::Occupied(mut held) = self.of.held.lock().entry(self.holder.clone()) {
            match held.get().saturating_sub(self.amount) {
                0 => drop(held.remove()),
                left => *held.get_mut() = left,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_more_than_his_own_and_all_comes_back() {
        let shares = Shares::new(3);
        let two = shares.take(&"a", 2).unwrap();
        assert!(shares.take(&"a", 2).is_none());
        let one = shares.take(&"a", 1).unwrap();
        let other = shares.take(&"b", 3).unwrap();
        drop(two);
        assert!(shares.take(&"a", 2).is_some());
        drop((one, other));
        assert!(shares.held.lock().is_empty());
    }
}
