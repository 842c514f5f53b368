//! An engine that fails on command, and what the store makes of it.
use super::{Place, get, put, store};
use crate::{Blobs, Engine, Snapshot, Store, StoreError, Write};
use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

/// What a [`Faulty`] engine does with the next batch.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub enum Fault {
    /// Applies it.
    None,
    /// Answers [`StoreError::Full`] without applying it.
    Full,
    /// Answers [`StoreError::Io`] without applying it.
    Io,
    /// Panics before applying it.
    Panic,
}

/// Wraps an engine and fails one batch when told to.
pub struct Faulty {
    inner: Arc<dyn Engine>,
    next: AtomicU8,
}

impl Faulty {
    /// An engine that behaves like `inner` until told otherwise.
    pub fn new(inner: Arc<dyn Engine>) -> Self {
        Self { inner, next: AtomicU8::new(Fault::None as u8) }
    }

    /// Fails the next batch in this way.
    pub fn fail_next(&self, fault: Fault) {
        self.next.store(fault as u8, Ordering::SeqCst);
    }
}

impl Engine for Faulty {
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>, StoreError> {
        self.inner.snapshot()
    }

    fn apply(&self, batch: Vec<Write>) -> Result<(), StoreError> {
        match self.next.swap(Fault::None as u8, Ordering::SeqCst) {
            fault if fault == Fault::Full as u8 => Err(StoreError::Full),
            fault if fault == Fault::Io as u8 => Err(StoreError::io("injected")),
            fault if fault == Fault::Panic as u8 => panic!("injected"),
            _ => self.inner.apply(batch),
        }
    }

    fn blobs(&self) -> &dyn Blobs {
        self.inner.blobs()
    }

    fn blocking(&self) -> bool {
        true
    }
}

async fn refused(store: &Store, key: &str) -> StoreError {
    let write = store.write(|tx| {
        tx.get(b"seen")?;
        tx.put(key.as_bytes().to_vec(), b"lost".to_vec());
        Ok::<_, StoreError>(())
    });
    write.await.expect_err("the engine fails")
}

/// The caller hears of a failed batch, no watch wakes, nothing is visible, and the next one works.
pub async fn a_failed_batch_leaves_nothing(place: &dyn Place) {
    let engine = Arc::new(Faulty::new(place.open()));
    let store = Store::open(engine.clone()).expect("the store opens");
    put(&store, &[("seen", "1")]).await;
    let watch = store.watch(b"");
    engine.fail_next(Fault::Full);
    assert!(matches!(refused(&store, "k").await, StoreError::Full));
    engine.fail_next(Fault::Io);
    assert!(matches!(refused(&store, "k").await, StoreError::Io(_)));
    assert_eq!(get(&store, "k"), None);
    assert!(!watch.has_changed());
    put(&store, &[("k", "kept")]).await;
    assert_eq!(get(&store, "k").as_deref(), Some("kept"));
}

/// A panic inside the engine fails its batch and nothing else.
pub async fn a_panicking_engine_is_an_error(place: &dyn Place) {
    let engine = Arc::new(Faulty::new(place.open()));
    let store = Store::open(engine.clone()).expect("the store opens");
    engine.fail_next(Fault::Panic);
    assert!(matches!(refused(&store, "k").await, StoreError::Io(_)));
    put(&store, &[("k", "kept")]).await;
    drop((store, engine));
    assert_eq!(get(&self::store(place), "k").as_deref(), Some("kept"));
}
