//! What lives in memory as long as the process, and forgets an account that is erased.

use crate::expiring::Expiring;
use foldhash::fast::FixedState;
use std::{
    any::{Any, TypeId},
    hash::{BuildHasher, Hash},
    sync::{Arc, OnceLock},
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
struct Known {
    /// An [`Arc`] of the state.
    state: Box<dyn Any + Send + Sync>,
    forget: fn(&(dyn Any + Send + Sync), &str),
}

/// How many states one piece of the table has places for.
const PLACES: usize = 64;

/// All of it, by type. Nothing is ever taken away, so that who looks waits for nobody.
pub(crate) struct Lives {
    places: [OnceLock<Known>; PLACES],
    /// For those that find no place.
    more: OnceLock<Box<Lives>>,
}

impl Default for Lives {
    fn default() -> Self {
        Self { places: [const { OnceLock::new() }; PLACES], more: OnceLock::new() }
    }
}

impl Lives {
    /// The state of this type, made when first asked for.
    pub(crate) fn of<T: Live>(&self) -> &Arc<T> {
        let hash = FixedState::default().hash_one(TypeId::of::<T>());
        let (before, from) = self.places.split_at((hash % PLACES as u64) as usize);
        let known = from.iter().chain(before).map(|place| place.get_or_init(new::<T>));
        // The first of the places in this order that is this type's, or was nobody's until now.
        let state = known.filter_map(|known| known.state.downcast_ref()).next();
        state.unwrap_or_else(|| self.more.get_or_init(Box::default).of())
    }

    /// Makes all of it forget `account`.
    pub(crate) fn forget(&self, account: &str) {
        for known in self.places.iter().filter_map(OnceLock::get) {
            (known.forget)(&*known.state, account);
        }
        if let Some(more) = self.more.get() {
            more.forget(account);
        }
    }
}

fn new<T: Live>() -> Known {
    Known {
        state: Box::new(Arc::new(T::default())),
        forget: |state, account| {
            if let Some(state) = state.downcast_ref::<Arc<T>>() {
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
        assert!(Arc::ptr_eq(state, lives.of::<Forgotten>()));
        assert_eq!(state.0.load(Ordering::Relaxed), 1);
    }

    struct Numbered<const N: u32>(AtomicU32);

    impl<const N: u32> Default for Numbered<N> {
        fn default() -> Self {
            Self(AtomicU32::new(N))
        }
    }

    impl<const N: u32> Live for Numbered<N> {
        fn forget(&self, _: &str) {
            self.0.fetch_add(100, Ordering::Relaxed);
        }
    }

    #[test]
    fn types_that_want_the_same_place_have_one_each() {
        let lives = Lives::default();
        fn all(lives: &Lives) -> [u32; 4] {
            let number = |state: &AtomicU32| state.load(Ordering::Relaxed);
            [
                number(&lives.of::<Numbered<1>>().0),
                number(&lives.of::<Numbered<2>>().0),
                number(&lives.of::<Numbered<3>>().0),
                number(&lives.of::<Numbered<4>>().0),
            ]
        }
        // All places but three are somebody's.
        for place in lives.places.iter().skip(3) {
            assert!(place.set(new::<Forgotten>()).is_ok());
        }
        assert_eq!(all(&lives), [1, 2, 3, 4]);
        assert!(lives.more.get().is_some());
        lives.forget("111122223333");
        assert_eq!(all(&lives), [101, 102, 103, 104]);
    }
}
