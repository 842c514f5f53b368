//! The warm environments of an instance: how many processes there may be, who waits for one, and
//! which ones go when they are no longer worth their memory.

use crate::{
    code::Folders,
    environment::Warm,
    error::{LambdaError, Limit},
    libraries::Libraries,
    target::{Routes, Target},
    traces::Sampler,
};
use parking_lot::Mutex;
use service_kit::{platform::Platform, prelude::*};
use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Weak,
        atomic::{AtomicU32, Ordering},
    },
};
use tokio::sync::oneshot;

/// Environments at once, busy or warm. Each is a process tree of tens of megabytes.
const MAX_ENVIRONMENTS: usize = 64;
/// Invocations that wait for an environment; more are refused at once.
const MAX_WAITING: usize = 1_000;
/// How long an invocation waits for an environment before it is refused.
const MAX_WAIT: Duration = Duration::from_secs(10);
/// Concurrent executions of an account in a region ("Lambda quotas").
pub const ACCOUNT_CONCURRENCY: u32 = 1_000;
/// How long an unused environment stays warm.
const KEPT_WARM: Duration = Duration::from_secs(300);
/// How often unused environments are looked for.
const SWEEP: Duration = Duration::from_secs(10);
/// Below this much available memory only busy environments stay, in KiB.
const SCARCE_KIB: u64 = 192 << 10;

/// All that an instance keeps about running functions; lives as long as the process.
#[derive(Default)]
pub struct Fleet {
    /// Resolved names.
    pub routes: Routes,
    /// Unpacked packages.
    pub folders: Folders,
    /// Libraries that managed runtimes have built in.
    pub libraries: Libraries,
    /// Which invocations are traced.
    pub sampler: Sampler,
    state: Mutex<State>,
    meters: Mutex<HashMap<String, Arc<Meter>>>,
}

#[derive(Default)]
struct State {
    /// Warm environments by their target's key, the last one used last.
    idle: HashMap<Arc<str>, Vec<Warm>>,
    /// Environments, busy and warm ones, and those that start.
    environments: usize,
    waiting: VecDeque<Waiter>,
}

struct Waiter {
    key: Arc<str>,
    grant: oneshot::Sender<Grant>,
}

/// What an invocation gets to run in.
pub enum Grant {
    /// An environment that has run this version before.
    Warm(Box<Warm>),
    /// The right to start one.
    Slot(Slot),
}

/// The right to one environment, given back when dropped.
pub struct Slot(Weak<Fleet>);

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(fleet) = self.0.upgrade() {
            fleet.vacated();
        }
    }
}

/// Counts concurrent executions.
#[derive(Default)]
pub struct Meter(AtomicU32);

/// One execution being counted.
pub struct Counted {
    meters: [Arc<Meter>; 2],
}

impl Drop for Counted {
    fn drop(&mut self) {
        for meter in &self.meters {
            meter.0.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

impl Counted {
    /// How many executions of the function there are, this one included.
    pub fn of_function(&self) -> u32 {
        self.meters[0].0.load(Ordering::Acquire)
    }
}

impl Fleet {
    /// The meter of this name, always the same one.
    pub fn meter(&self, name: &str) -> Arc<Meter> {
        let mut meters = self.meters.lock();
        // Those that nobody holds count nothing.
        if meters.len() >= 8_192 {
            meters.retain(|_, meter| Arc::strong_count(meter) > 1);
        }
        meters.entry(name.to_owned()).or_default().clone()
    }

    /// Counts one execution of `target` in, if limits allow.
    ///
    /// # Errors
    /// [`LambdaError::TooManyRequestsException`] when they do not.
    pub fn admit(&self, target: &Target) -> Result<Counted, LambdaError> {
        let meters = [target.meter.clone(), target.account_meter.clone()];
        let [function, account] = meters.each_ref().map(|it| it.0.fetch_add(1, Ordering::AcqRel));
        let counted = Counted { meters }; // counts out again when refused
        if target.reserved.is_some_and(|reserved| function >= reserved) {
            return Err(LambdaError::throttled(Limit::Reserved));
        }
        if account >= ACCOUNT_CONCURRENCY {
            return Err(LambdaError::throttled(Limit::Account));
        }
        Ok(counted)
    }

    /// A warm environment with this key, or the right to start one; waits for either, a while.
    ///
    /// # Errors
    /// [`LambdaError::TooManyRequestsException`] when there is none for too long.
    pub async fn acquire(self: &Arc<Self>, key: &Arc<str>) -> Result<Grant, LambdaError> {
        while let Some(mut warm) = self.take_warm(key) {
            if warm.environment.is_alive() {
                return Ok(Grant::Warm(Box::new(warm)));
            }
        }
        if self.take_slot() {
            return Ok(Grant::Slot(self.slot()));
        }
        if let Some(victim) = self.take_longest_idle() {
            return Ok(Grant::Slot(victim.retire()));
        }
        let throttled = || LambdaError::throttled(Limit::Account);
        let granted = self.queue(key).ok_or_else(throttled)?;
        match tokio::time::timeout(MAX_WAIT, granted).await {
            Ok(Ok(grant)) => Ok(grant),
            _ => Err(throttled()),
        }
    }

    fn take_warm(&self, key: &Arc<str>) -> Option<Warm> {
        let mut state = self.state.lock();
        let idle = state.idle.get_mut(key)?;
        let warm = idle.pop();
        if idle.is_empty() {
            state.idle.remove(key);
        }
        warm
    }

    fn take_slot(&self) -> bool {
        let mut state = self.state.lock();
        let free = state.environments < MAX_ENVIRONMENTS;
        state.environments += usize::from(free);
        free
    }

    fn slot(self: &Arc<Self>) -> Slot {
        Slot(Arc::downgrade(self))
    }

    fn take_longest_idle(&self) -> Option<Warm> {
        let mut state = self.state.lock();
        let oldest = |(_, idle): &(&Arc<str>, &Vec<Warm>)| idle.first().map(|warm| warm.idle_since);
        let key = state.idle.iter().min_by_key(oldest).map(|(key, _)| key.clone())?;
        let idle = state.idle.get_mut(&key)?;
        let warm = (!idle.is_empty()).then(|| idle.remove(0));
        if idle.is_empty() {
            state.idle.remove(&key);
        }
        warm
    }

    fn queue(&self, key: &Arc<str>) -> Option<oneshot::Receiver<Grant>> {
        let mut state = self.state.lock();
        state.waiting.retain(|waiter| !waiter.grant.is_closed());
        if state.waiting.len() >= MAX_WAITING {
            return None;
        }
        let (grant, granted) = oneshot::channel();
        state.waiting.push_back(Waiter { key: key.clone(), grant });
        Some(granted)
    }

    /// Takes back an environment after an invocation: for whoever waits for it, else to keep.
    pub fn release(self: &Arc<Self>, warm: Warm) {
        let mut warm = Box::new(warm);
        loop {
            let waiter = {
                let mut state = self.state.lock();
                state.waiting.retain(|waiter| !waiter.grant.is_closed());
                let same = state.waiting.iter().position(|waiter| waiter.key == warm.key);
                // Whoever waits for another version is better served than one that may come.
                match state.waiting.remove(same.unwrap_or(0)) {
                    Some(waiter) => waiter,
                    None => {
                        state.idle.entry(warm.key.clone()).or_default().push(*warm);
                        return;
                    }
                }
            };
            if waiter.key != warm.key {
                self.grant_slot(waiter, warm.retire());
                return;
            }
            match waiter.grant.send(Grant::Warm(warm)) {
                Err(Grant::Warm(unsent)) => warm = unsent,
                _ => return,
            }
        }
    }

    fn grant_slot(&self, waiter: Waiter, slot: Slot) {
        // If nobody waits any more the slot is dropped, which looks for the next.
        waiter.grant.send(Grant::Slot(slot)).ok();
    }

    /// A slot is free: for whoever waits first.
    fn vacated(self: &Arc<Self>) {
        let waiter = {
            let mut state = self.state.lock();
            let next = state.waiting.pop_front();
            state.environments -= usize::from(next.is_none());
            next
        };
        if let Some(waiter) = waiter {
            self.grant_slot(waiter, self.slot());
        }
    }

    /// Ends all warm environments that `is_over` picks.
    fn reap(&self, is_over: impl Fn(&Warm) -> bool) {
        let mut over = Vec::new();
        self.state.lock().idle.retain(|_, idle| {
            over.extend(idle.extract_if(.., |warm| is_over(warm)));
            !idle.is_empty()
        });
        for warm in over {
            drop(warm.retire());
        }
    }

    /// Ends the warm environments of a function, or of one of its versions, that was changed or
    /// deleted; busy ones finish.
    pub fn retire(&self, function_arn: &str, version: Option<&str>) {
        let prefix = match version {
            Some(version) => format!("{function_arn}:{version}:"),
            None => format!("{function_arn}:"),
        };
        self.reap(|warm| warm.key.starts_with(&prefix));
    }

    fn sweep(&self, now: Timestamp) {
        let scarce = available_kib().is_some_and(|available| available < SCARCE_KIB);
        self.reap(|warm| scarce || warm.is_spent(now) || now.since(warm.idle_since) >= KEPT_WARM);
        self.folders.sweep(now);
    }
}

/// What the kernel thinks programs may still take, in KiB.
fn available_kib() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Clears what an earlier run left and looks for unused environments from now on, as long as
/// the instance is there.
pub fn start(platform: &Platform) {
    crate::code::clean(platform);
    let fleet = Arc::downgrade(&platform.live::<Fleet>());
    let clock = platform.clock().clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(SWEEP).await;
            let Some(fleet) = fleet.upgrade() else { return };
            let now = clock.now();
            tokio::task::spawn_blocking(move || fleet.sweep(now)).await.ok();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_slot(grant: &Result<Grant, LambdaError>) -> bool {
        matches!(grant, Ok(Grant::Slot(_)))
    }

    #[tokio::test]
    async fn who_comes_when_all_environments_are_taken_gets_the_next_free_one() {
        let fleet = Arc::new(Fleet::default());
        let key: Arc<str> = "f".into();
        let mut held = Vec::new();
        for _ in 0..MAX_ENVIRONMENTS {
            held.push(fleet.acquire(&key).await);
        }
        assert!(held.iter().all(is_slot));
        let late = tokio::spawn({
            let fleet = fleet.clone();
            async move { fleet.acquire(&"g".into()).await }
        });
        while fleet.state.lock().waiting.is_empty() {
            tokio::task::yield_now().await;
        }
        held.pop();
        assert!(is_slot(&late.await.unwrap()));
        drop(held);
        assert_eq!(fleet.state.lock().environments, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever() {
        let fleet = Arc::new(Fleet::default());
        let key: Arc<str> = "f".into();
        let mut held = Vec::new();
        for _ in 0..MAX_ENVIRONMENTS {
            held.push(fleet.acquire(&key).await);
        }
        let late = fleet.acquire(&key).await;
        assert!(matches!(late, Err(LambdaError::TooManyRequestsException { .. })));
        drop(held);
        assert_eq!(fleet.state.lock().environments, 0, "slots granted too late come back");
    }
}
