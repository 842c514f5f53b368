//! Waiting for so long at most.

use std::{future::poll_fn, pin::pin, task::Poll, time::Duration};
use tokio::time::{Sleep, sleep};

/// What `work` gives, if it is done within `limit`. Unlike [`tokio::time::timeout`] it makes no
/// timer for what is done at once, as most is: all threads would take its clock from each other.
pub async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    let (mut work, mut timer) = (pin!(work), pin!(None::<Sleep>));
    poll_fn(|task| {
        if let Poll::Ready(done) = work.as_mut().poll(task) {
            return Poll::Ready(Some(done));
        }
        if timer.is_none() {
            timer.set(Some(sleep(limit)));
        }
        let timer = timer.as_mut().as_pin_mut();
        timer.map_or(Poll::Pending, |timer| timer.poll(task).map(|()| None))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, ready};
    use tokio::time::Instant;

    const LIMIT: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn what_takes_longer_is_given_up() {
        let begun = Instant::now();
        assert_eq!(within(LIMIT, ready(7)).await, Some(7));
        assert_eq!(within(LIMIT, async { sleep(LIMIT / 2).await }).await, Some(()));
        assert_eq!(begun.elapsed(), LIMIT / 2);
        assert_eq!(within(LIMIT, pending::<()>()).await, None);
        assert_eq!(begun.elapsed(), LIMIT / 2 + LIMIT);
    }
}
