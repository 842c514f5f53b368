//! Work that ends, even when whoever waits for it goes away.

use std::{
    pin::Pin,
    task::{Context, Poll},
};
use tokio::runtime::Handle;

/// Waits for some work. Dropped before that is done, it lets the work go on on a task of its own.
pub struct Finish<F: Future<Output: Send> + Send + 'static>(Option<Pin<Box<F>>>);

impl<F: Future<Output: Send> + Send + 'static> Finish<F> {
    /// Waits for `work`.
    pub fn new(work: F) -> Self {
        Self(Some(Box::pin(work)))
    }
}

impl<F: Future<Output: Send> + Send + 'static> Future for Finish<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<F::Output> {
        // Taken out meanwhile, so that work that panics is not gone on with.
        let Some(mut work) = self.0.take() else { return Poll::Pending };
        let polled = work.as_mut().poll(task);
        if polled.is_pending() {
            self.0 = Some(work);
        }
        polled
    }
}

impl<F: Future<Output: Send> + Send + 'static> Drop for Finish<F> {
    fn drop(&mut self) {
        if let Some(work) = self.0.take()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(work);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn work_goes_on_without_its_waiter_once_it_has_begun() {
        let (start, started) = oneshot::channel();
        let (done, seen) = oneshot::channel();
        let mut work = Finish::new(async move {
            started.await.ok();
            done.send(()).ok();
        });
        tokio::select! {
            biased;
            () = &mut work => panic!("it cannot be done yet"),
            () = std::future::ready(()) => {}
        }
        drop(work);
        start.send(()).unwrap();
        seen.await.unwrap();
    }
}
