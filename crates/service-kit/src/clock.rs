//! The one clock: the system's, or one that a test or a class freezes and moves.

use shape::Timestamp;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::sync::Notify;

/// Where all time comes from. Clones share the same time.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    /// Microseconds added to the system's time, or the frozen time itself.
    micros: AtomicI64,
    frozen: std::sync::atomic::AtomicBool,
    moved: Notify,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::starting(0, false)
    }

    /// A clock that stands at `now` until it is moved.
    pub fn frozen(now: Timestamp) -> Self {
        Self::starting(now.as_micros(), true)
    }

    fn starting(micros: i64, frozen: bool) -> Self {
        Self(Arc::new(Inner {
            micros: AtomicI64::new(micros),
            frozen: frozen.into(),
            moved: Notify::new(),
        }))
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        let micros = self.0.micros.load(Ordering::Acquire);
        if self.0.frozen.load(Ordering::Acquire) {
            return Timestamp::from_micros(micros);
        }
        Timestamp::from_micros(system_micros().saturating_add(micros))
    }

    /// Moves a frozen or offset clock forward and wakes all that sleep on it.
    pub fn advance(&self, span: Duration) {
        let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        self.0.micros.fetch_add(micros, Ordering::AcqRel);
        self.0.moved.notify_waiters();
    }

    /// Sleeps until the clock shows `wake`, however it gets there.
    pub async fn sleep_until(&self, wake: Timestamp) {
        loop {
            let moved = self.0.moved.notified();
            let left = wake.since(self.now());
            if left.is_zero() {
                return;
            }
            if self.0.frozen.load(Ordering::Acquire) {
                moved.await;
            } else {
                tokio::select! {
                    () = tokio::time::sleep(left) => {}
                    () = moved => {}
                }
            }
        }
    }

    /// Sleeps for `span` of this clock's time.
    pub async fn sleep(&self, span: Duration) {
        self.sleep_until(self.now() + span).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the home of the system clock")]
fn system_micros() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// Measures how long something really took; never moved by a [`Clock`].
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Starts measuring.
    #[expect(clippy::disallowed_methods, reason = "this is the home of the monotonic clock")]
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// The time since the start.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_frozen_clock_wakes_sleepers_when_it_is_moved() {
        let clock = Clock::frozen(Timestamp::from_secs(100));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move {
                clock.sleep(Duration::from_secs(3600)).await;
                clock.now()
            }
        });
        tokio::task::yield_now().await;
        clock.advance(Duration::from_secs(3600));
        assert_eq!(sleeper.await.unwrap(), Timestamp::from_secs(3700));
    }
}
