//! Turns: when more requests come than the machine can work on, accounts take turns, so that one
//! that floods waits for itself and not the others for it.
//!
//! A turn ends with its request, or after a moment: a request that only waits, such as a long
//! poll or an invocation, holds up nobody. As long as there is room, what a request pays is a lock
//! that nobody else holds.

use crate::within::within;
use parking_lot::Mutex;
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};
use tokio::sync::oneshot;

/// Requests that have their turn at once.
const AT_ONCE: usize = 32;
/// How long a turn lasts at most.
const TURN: Duration = Duration::from_millis(20);
/// How many requests of one account wait for a turn; more are refused.
const MAX_WAITING: usize = 512;

/// Whose turn it is: an account, or an address that said no account.
pub type Whose = Arc<str>;

/// Who works, and who waits.
#[derive(Default)]
pub struct Turns(Mutex<State>);

#[derive(Default)]
struct State {
    working: usize,
    /// What waits, by account.
    waiting: HashMap<Whose, VecDeque<oneshot::Sender<Turn>>>,
    /// The accounts that wait, the next one first.
    next: VecDeque<Whose>,
}

/// One turn, passed on when dropped.
pub struct Turn(Option<Arc<Turns>>);

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(turns) = self.0.take() {
            turns.pass_on();
        }
    }
}

impl Turns {
    /// A turn for a request of `whose`; none if too many of theirs wait already.
    pub async fn take(self: &Arc<Self>, whose: &Whose) -> Option<Turn> {
        let granted = {
            let mut state = self.0.lock();
            if state.working < AT_ONCE {
                state.working += 1;
                return Some(Turn(Some(self.clone())));
            }
            let State { waiting, next, .. } = &mut *state;
            let line = waiting.entry(whose.clone()).or_default();
            if line.is_empty() {
                next.push_back(whose.clone());
            }
            if line.len() >= MAX_WAITING {
                return None;
            }
            let (grant, granted) = oneshot::channel();
            line.push_back(grant);
            granted
        };
        granted.await.ok()
    }

    /// Runs `work` in a turn of `whose`; none if too many of theirs wait already.
    pub async fn run<T>(
        self: &Arc<Self>,
        whose: &Whose,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let turn = self.take(whose).await?;
        let mut work = std::pin::pin!(work);
        let done = within(TURN, work.as_mut()).await;
        drop(turn);
        match done {
            Some(done) => Some(done),
            None => Some(work.await),
        }
    }

    /// A turn is over: it goes to the account that waits longest for one.
    fn pass_on(self: &Arc<Self>) {
        loop {
            let grant = {
                let mut state = self.0.lock();
                match state.pop() {
                    Some(grant) => grant,
                    None => {
                        state.working -= 1;
                        return;
                    }
                }
            };
            match grant.send(Turn(Some(self.clone()))) {
                Ok(()) => return,
                // Nobody waits for it any more; this turn is not to be passed on twice.
                Err(mut unwanted) => unwanted.0 = None,
            }
        }
    }
}

impl State {
    fn pop(&mut self) -> Option<oneshot::Sender<Turn>> {
        let whose = self.next.pop_front()?;
        let line = self.waiting.get_mut(&whose)?;
        let grant = line.pop_front();
        if line.is_empty() {
            self.waiting.remove(&whose);
        } else {
            self.next.push_back(whose);
        }
        grant
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{task::yield_now, time::sleep};

    async fn full(turns: &Arc<Turns>, whose: &Whose) -> Vec<Turn> {
        let mut held = Vec::new();
        for _ in 0..AT_ONCE {
            held.extend(turns.take(whose).await);
        }
        held
    }

    #[tokio::test]
    async fn who_asks_once_waits_for_no_flood() {
        let (turns, flood, other): (_, Whose, Whose) =
            (Arc::new(Turns::default()), "f".into(), "o".into());
        let mut held = full(&turns, &flood).await;
        let served = Arc::new(Mutex::new(Vec::new()));
        let ask = |whose: &Whose| {
            let (turns, whose, served) = (turns.clone(), whose.clone(), served.clone());
            tokio::spawn(async move {
                let turn = turns.take(&whose).await;
                served.lock().push(whose);
                drop(turn);
            })
        };
        let mut asked: Vec<_> = (0..100).map(|_| ask(&flood)).collect();
        while turns.0.lock().waiting.values().map(VecDeque::len).sum::<usize>() < 100 {
            yield_now().await;
        }
        asked.push(ask(&other));
        while turns.0.lock().waiting.len() < 2 {
            yield_now().await;
        }
        held.pop();
        for asked in asked {
            asked.await.unwrap();
        }
        let place = served.lock().iter().position(|whose| *whose == other);
        assert!(place.is_some_and(|place| place < 3), "{place:?}");
        drop(held);
        let state = turns.0.lock();
        assert_eq!((state.working, state.waiting.len(), state.next.len()), (0, 0, 0));
    }

    #[tokio::test]
    async fn lines_have_an_end_of_their_own() {
        let (turns, flood, other): (_, Whose, Whose) =
            (Arc::new(Turns::default()), "f".into(), "o".into());
        let held = full(&turns, &flood).await;
        let ask = |whose: &Whose| {
            let (turns, whose) = (turns.clone(), whose.clone());
            tokio::spawn(async move { turns.take(&whose).await.is_some() })
        };
        let waiting: Vec<_> = (0..MAX_WAITING).map(|_| ask(&flood)).collect();
        while turns.0.lock().waiting.get(&flood).map_or(0, VecDeque::len) < MAX_WAITING {
            yield_now().await;
        }
        assert!(turns.take(&flood).await.is_none());
        let served = ask(&other);
        // Those who went away are passed over.
        waiting.iter().for_each(tokio::task::JoinHandle::abort);
        for waiting in waiting {
            waiting.await.unwrap_err();
        }
        drop(held);
        assert!(served.await.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn who_only_waits_holds_up_nobody() {
        let (turns, whose): (_, Whose) = (Arc::new(Turns::default()), "w".into());
        let waiters = (0..10 * AT_ONCE).map(|_| {
            let (turns, whose) = (turns.clone(), whose.clone());
            tokio::spawn(async move { turns.run(&whose, sleep(Duration::from_secs(900))).await })
        });
        let waiters: Vec<_> = waiters.collect();
        let begun = tokio::time::Instant::now();
        assert_eq!(turns.run(&"other".into(), async { 7 }).await, Some(7));
        assert!(begun.elapsed() < Duration::from_secs(1));
        for waiter in waiters {
            assert_eq!(waiter.await.unwrap(), Some(()));
        }
    }
}
