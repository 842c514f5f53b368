//! A cache whose values are good until a moment each.

use parking_lot::Mutex;
use shape::Timestamp;
use std::{collections::HashMap, hash::Hash};

/// The most values kept; the cache is emptied when full.
const MAX_CACHED: usize = 10_000;

/// Values by key, for the life of the process at most.
pub struct Expiring<K, V>(Mutex<HashMap<K, (V, Timestamp)>>);

impl<K, V> Default for Expiring<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Expiring<K, V> {
    /// The value of `key` that is still good at `now`.
    pub fn get(&self, key: &K, now: Timestamp) -> Option<V> {
        let known = self.0.lock();
        known.get(key).filter(|(_, until)| *until > now).map(|(value, _)| value.clone())
    }

    /// Forgets all of them.
    pub fn clear(&self) {
        self.0.lock().clear();
    }

    /// Forgets those that `stays` does not pick.
    pub fn retain(&self, stays: impl Fn(&K) -> bool) {
        self.0.lock().retain(|key, _| stays(key));
    }

    /// Keeps `value` until then.
    pub fn keep(&self, key: K, value: V, until: Timestamp) {
        let mut known = self.0.lock();
        if known.len() >= MAX_CACHED {
            known.clear();
        }
        known.insert(key, (value, until));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_good_until_its_moment() {
        let cache = Expiring::default();
        cache.keep("k", 7, Timestamp::from_secs(10));
        assert_eq!(cache.get(&"k", Timestamp::from_secs(9)), Some(7));
        assert_eq!(cache.get(&"k", Timestamp::from_secs(10)), None);
        assert_eq!(cache.get(&"l", Timestamp::from_secs(9)), None);
    }
}
