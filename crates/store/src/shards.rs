//! The engine behind several counts of references, so that threads do not take one from each other.
use crate::Engine;
use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// How many counts there are; more threads than these share some.
const SHARDS: usize = 16;

/// The engine, behind a count that lies alone in its cache lines.
#[repr(align(128))]
pub(crate) struct Shard(Arc<dyn Engine>);

impl Deref for Shard {
    type Target = dyn Engine;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

/// One engine, to be held by many threads at once.
pub(crate) struct Shards([Arc<Shard>; SHARDS]);

impl Shards {
    pub(crate) fn new(engine: &Arc<dyn Engine>) -> Self {
        Self(std::array::from_fn(|_| Arc::new(Shard(engine.clone()))))
    }

    /// The engine behind this thread's count.
    pub(crate) fn mine(&self) -> Arc<Shard> {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static PLACE: usize = THREADS.fetch_add(1, Ordering::Relaxed) % SHARDS;
        }
        let place = PLACE.try_with(|place| *place).unwrap_or(0);
        self.0[place].clone()
    }
}
