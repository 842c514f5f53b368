//! What lives in memory as long as the process, and forgets an account that is erased.

use crate::expiring::Expiring;
use foldhash::HashMap;
use std::{
    any::{Any, TypeId},
    collections::hash_map::Entry,
    hash::Hash,
    sync::Arc,
};

/// Some state of a service that lives only as long as the process, such as warm environments.
pub trait Live: Default + Send + Sync + 'static {
    /// Lets go of all that is kept about `account`, which is being erased. What is only derived
    /// from rows and the same for everybody may go altogether.
    fn forget(&self, account: &str);
}

impl<K, V> Live for Expiring<K, V>
where
    K: Eq + Hash + Send + 'static,
    V: Clone + Send + 'static,
{
    fn forget(&self, _: &str) {
        self.clear();
    }
}

/// One state, and how it forgets.
#[derive(Clone)]
struct Known {
    state: Arc<dyn Any + Send + Sync>,
    forget: fn(&(dyn Any + Send + Sync), &str),
}

/// All of it, by type.
#[derive(Default)]
pub(crate) struct Lives(parking_lot::RwLock<HashMap<TypeId, Known>>);

impl Lives {
    /// The state of this type, made when first asked for.
    pub(crate) fn of<T: Live>(&self) -> Arc<T> {
        let key = TypeId::of::<T>();
        let known = self.0.read().get(&key).map(|known| known.state.clone());
        let state = known.unwrap_or_else(|| match self.0.write().entry(key) {
            Entry::Occupied(known) => known.get().state.clone(),
            Entry::Vacant(place) => place.insert(new::<T>()).state.clone(),
        });
        // The map is keyed by the type, so the downcast holds.
        state.downcast().unwrap_or_default()
    }

    /// Makes all of it forget `account`.
    pub(crate) fn forget(&self, account: &str) {
        let all: Vec<Known> = self.0.read().values().cloned().collect();
        for known in all {
            (known.forget)(&*known.state, account);
        }
    }
}

fn new<T: Live>() -> Known {
    Known {
        state: Arc::new(T::default()),
        forget: |state, account| {
            if let Some(state) = state.downcast_ref::<T>() {
                state.forget(account);
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[derive(Default)]
    struct Forgotten(AtomicU32);

    impl Live for Forgotten {
        fn forget(&self, account: &str) {
            assert_eq!(account, "111122223333");
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn all_that_lives_is_told_who_is_forgotten() {
        let lives = Lives::default();
        let state = lives.of::<Forgotten>();
        lives.forget("111122223333");
        assert!(Arc::ptr_eq(&state, &lives.of::<Forgotten>()));
        assert_eq!(state.0.load(Ordering::Relaxed), 1);
    }
}
