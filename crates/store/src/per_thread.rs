//! One thing in several places, so that threads take no counts and locks from each other.
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many places there are; more threads than these share some.
const PLACES: usize = 16;

/// A value for each of up to 16 threads, each in cache lines of its own.
#[derive(Debug)]
pub struct PerThread<T>([Place<T>; PLACES]);

#[derive(Debug)]
#[repr(align(128))]
struct Place<T>(T);

impl<T> PerThread<T> {
    /// Makes the values.
    pub fn new(mut make: impl FnMut() -> T) -> Self {
        Self(std::array::from_fn(|_| Place(make())))
    }

    /// This thread's value.
    pub fn mine(&self) -> &T {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static PLACE: usize = THREADS.fetch_add(1, Ordering::Relaxed) % PLACES;
        }
        // A thread that ends has lost its place, and may go on with anybody's.
        let place = PLACE.try_with(|place| *place).unwrap_or(0);
        &self.0[place].0
    }

    /// All values.
    pub fn all(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|place| &place.0)
    }
}
