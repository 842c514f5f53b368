//! The warm environments of an instance: how many processes there may be, who waits for one, and
//! which ones go when they are no longer worth their memory.

use crate::{
    code::{self, Discarded},
    environment::Warm,
    error::{LambdaError, Limit},
    folders::{self, Folders},
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
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};
use tokio::sync::oneshot;

/// Environments at once, busy or warm. Each is a process tree of tens of megabytes.
const MAX_ENVIRONMENTS: usize = 64;
/// How many times what is still free an account may have of them. So the first one gets three
/// quarters, whoever comes next three quarters of the rest, and there is always something left.
const SHARE_OF_FREE: usize = 3;
/// Invocations that wait for an environment; more are refused at once.
const MAX_WAITING: usize = 1_000;
/// How many of these may be of one account.
const MAX_WAITING_OF_ACCOUNT: usize = MAX_WAITING / 4;
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
    /// Packages that are to be removed.
    pub discarded: Discarded,
    /// Held by whoever adds to what an account stores.
    pub deploying: tokio::sync::Mutex<()>,
    /// Libraries that managed runtimes have built in.
    pub libraries: Libraries,
    /// Which invocations are traced.
    pub sampler: Sampler,
    state: Mutex<State>,
    /// What ends executions before their time, by a number for each.
    running: Mutex<HashMap<u64, Ending>>,
    executions: AtomicU64,
    meters: Mutex<HashMap<String, Arc<Meter>>>,
}

#[derive(Default)]
struct State {
    /// Warm environments by their target's key, the last one used last.
    idle: HashMap<Arc<str>, Vec<Warm>>,
    /// Environments, busy and warm ones, and those that start.
    environments: usize,
    /// How many of them each account has.
    held: HashMap<Arc<str>, usize>,
    waiting: VecDeque<Waiter>,
}

impl State {
    fn held(&self, account: &str) -> usize {
        self.held.get(account).copied().unwrap_or(0)
    }

    /// Whether `account` may have one more of those that are free.
    fn may_start(&self, account: &str) -> bool {
        self.held(account) < SHARE_OF_FREE * MAX_ENVIRONMENTS.saturating_sub(self.environments)
    }

    fn count(&mut self, account: &Arc<str>) {
        self.environments += 1;
        *self.held.entry(account.clone()).or_default() += 1;
    }

    fn discount(&mut self, account: &Arc<str>) {
        self.environments -= 1;
        if let Some(held) = self.held.get_mut(account) {
            *held -= 1;
            if *held == 0 {
                self.held.remove(account);
            }
        }
    }

    /// Who waits and gets the next one, an environment with this key if there is one: of the
    /// account that has the fewest, whoever can use it as it is, else whoever waits longest.
    fn next(&mut self, key: Option<&str>, of: impl Fn(&Self, &Waiter) -> bool) -> Option<Waiter> {
        self.waiting.retain(|waiter| !waiter.grant.is_closed());
        let places = self.waiting.iter().enumerate().filter(|(_, waiter)| of(self, waiter));
        let rank = |(_, waiter): &(usize, &Waiter)| {
            (self.held(&waiter.account), Some(&*waiter.key) != key)
        };
        let place = places.min_by_key(rank).map(|(place, _)| place)?;
        self.waiting.remove(place)
    }
}

struct Waiter {
    key: Arc<str>,
    account: Arc<str>,
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
pub struct Slot {
    fleet: Weak<Fleet>,
    account: Arc<str>,
}

impl Slot {
    /// The same right, of another account.
    fn passed_to(mut self, account: &Arc<str>) -> Self {
        if let Some(fleet) = self.fleet.upgrade() {
            let mut state = fleet.state.lock();
            state.discount(&self.account);
            state.count(account);
        }
        self.account = account.clone();
        self
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(fleet) = self.fleet.upgrade() {
            fleet.vacated(&self.account);
        }
    }
}

/// The account that a target's key begins with.
fn account_of(key: &str) -> Arc<str> {
    policy::Arn::parse(key).map_or(key, |arn| arn.account).into()
}

/// Ends an execution before its time.
struct Ending {
    account: Arc<str>,
    end: oneshot::Sender<()>,
}

/// An execution that can be ended.
pub struct Running<'a> {
    fleet: &'a Fleet,
    number: u64,
    ended: oneshot::Receiver<()>,
}

impl Running<'_> {
    /// Resolves when the account is erased.
    pub async fn ended(&mut self) {
        (&mut self.ended).await.ok();
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.fleet.running.lock().remove(&self.number);
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

impl Live for Fleet {
    fn forget(&self, account: &str) {
        let is_theirs =
            |arn: &str| policy::Arn::parse(arn).is_some_and(|arn| arn.account == account);
        self.routes.forget(is_theirs);
        self.sampler.forget(is_theirs);
        let regions = format!("{account}/");
        self.meters.lock().retain(|name, _| !is_theirs(name) && !name.starts_with(&regions));
        let ending: Vec<Ending> = {
            let mut running = self.running.lock();
            running.extract_if(|_, it| *it.account == *account).map(|(_, it)| it).collect()
        };
        for Ending { end, .. } in ending {
            end.send(()).ok();
        }
        self.reap(|warm| is_theirs(&warm.key));
        self.folders.drop_unused();
    }
}

impl Fleet {
    /// Begins an execution in `account` that ends when that is erased.
    pub fn running(&self, account: &Arc<str>) -> Running<'_> {
        let (end, ended) = oneshot::channel();
        let number = self.executions.fetch_add(1, Ordering::Relaxed);
        self.running.lock().insert(number, Ending { account: account.clone(), end });
        Running { fleet: self, number, ended }
    }

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
        let account = account_of(key);
        if self.take_slot(&account) {
            return Ok(Grant::Slot(self.slot(account)));
        }
        if let Some(victim) = self.take_victim(&account) {
            return Ok(Grant::Slot(victim.retire().passed_to(&account)));
        }
        let throttled = || LambdaError::throttled(Limit::Account);
        let granted = self.queue(key, account).ok_or_else(throttled)?;
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

    fn take_slot(&self, account: &Arc<str>) -> bool {
        let mut state = self.state.lock();
        let may = state.may_start(account);
        if may {
            state.count(account);
        }
        may
    }

    fn slot(self: &Arc<Self>, account: Arc<str>) -> Slot {
        Slot { fleet: Arc::downgrade(self), account }
    }

    /// The environment that goes for one of `account`: unused for longest, of itself or of an
    /// account that has more.
    fn take_victim(&self, account: &Arc<str>) -> Option<Warm> {
        let mut state = self.state.lock();
        let own = state.held(account);
        let oldest = state.idle.iter().filter_map(|(key, idle)| {
            let warm = idle.first()?;
            let owner = &warm.account;
            (owner == account || state.held(owner) > own).then_some((warm.idle_since, key))
        });
        let key = oldest.min_by_key(|(since, _)| *since).map(|(_, key)| key.clone())?;
        let idle = state.idle.get_mut(&key)?;
        let warm = (!idle.is_empty()).then(|| idle.remove(0));
        if idle.is_empty() {
            state.idle.remove(&key);
        }
        warm
    }

    fn queue(&self, key: &Arc<str>, account: Arc<str>) -> Option<oneshot::Receiver<Grant>> {
        let mut state = self.state.lock();
        state.waiting.retain(|waiter| !waiter.grant.is_closed());
        let own = state.waiting.iter().filter(|waiter| waiter.account == account).count();
        if state.waiting.len() >= MAX_WAITING || own >= MAX_WAITING_OF_ACCOUNT {
            return None;
        }
        let (grant, granted) = oneshot::channel();
        state.waiting.push_back(Waiter { key: key.clone(), account, grant });
        Some(granted)
    }

    /// Takes back an environment after an invocation: for whoever waits for it, else to keep.
    pub fn release(self: &Arc<Self>, warm: Warm) {
        let mut warm = Box::new(warm);
        loop {
            let waiter = {
                let mut state = self.state.lock();
                // Whoever waits for another version is better served than one that may come.
                match state.next(Some(&warm.key), |_, _| true) {
                    Some(waiter) => waiter,
                    None => {
                        state.idle.entry(warm.key.clone()).or_default().push(*warm);
                        return;
                    }
                }
            };
            if waiter.key != warm.key {
                let slot = warm.retire().passed_to(&waiter.account);
                self.grant_slot(waiter, slot);
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

    /// A slot of `account` is free: for one who waits and may have it.
    fn vacated(self: &Arc<Self>, account: &Arc<str>) {
        let waiter = {
            let mut state = self.state.lock();
            state.discount(account);
            let next = state.next(None, |state, waiter| state.may_start(&waiter.account));
            if let Some(waiter) = &next {
                state.count(&waiter.account);
            }
            next
        };
        if let Some(waiter) = waiter {
            let slot = self.slot(waiter.account.clone());
            self.grant_slot(waiter, slot);
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
    folders::clean(platform);
    let fleet = Arc::downgrade(platform.live::<Fleet>());
    let clock = platform.clock().clone();
    let instance = platform.clone();
    tokio::spawn(async move {
        tokio::time::sleep(SWEEP).await; // all services are there
        if let Err(fault) = code::clean(&instance).await {
            eprintln!("heist: code that nothing refers to stays until the next start: {fault:?}");
        }
    });
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

    /// All that `key` may have at once.
    async fn flood(fleet: &Arc<Fleet>, key: &Arc<str>) -> Vec<Result<Grant, LambdaError>> {
        let mut held = Vec::new();
        while fleet.state.lock().may_start(key) {
            held.push(fleet.acquire(key).await);
        }
        assert!(held.iter().all(is_slot));
        held
    }

    async fn line(fleet: &Arc<Fleet>, length: usize) {
        while fleet.state.lock().waiting.len() < length {
            tokio::task::yield_now().await;
        }
    }

    fn ask(
        fleet: &Arc<Fleet>,
        key: &'static str,
    ) -> tokio::task::JoinHandle<Result<Grant, LambdaError>> {
        let fleet = fleet.clone();
        tokio::spawn(async move { fleet.acquire(&key.into()).await })
    }

    #[tokio::test]
    async fn who_comes_when_the_own_share_is_taken_gets_the_next_free_one() {
        let fleet = Arc::new(Fleet::default());
        let mut held = flood(&fleet, &"f".into()).await;
        assert_eq!(held.len(), MAX_ENVIRONMENTS * 3 / 4);
        let late = ask(&fleet, "f");
        line(&fleet, 1).await;
        held.pop();
        assert!(is_slot(&late.await.unwrap()));
        drop(held);
        let state = fleet.state.lock();
        assert_eq!((state.environments, state.held.len()), (0, 0));
    }

    #[tokio::test]
    async fn no_account_takes_what_others_need() {
        let fleet = Arc::new(Fleet::default());
        let first = flood(&fleet, &"a".into()).await;
        let second = flood(&fleet, &"b".into()).await;
        let third = flood(&fleet, &"c".into()).await;
        assert_eq!((first.len(), second.len(), third.len()), (48, 12, 3));
        assert!(is_slot(&fleet.acquire(&"d".into()).await), "there is one for somebody new");
    }

    #[tokio::test]
    async fn who_has_the_fewest_is_next() {
        let fleet = Arc::new(Fleet::default());
        let mut many = Vec::new();
        let letters = ["a", "b", "c", "d", "e", "g", "h"];
        for key in letters {
            many.extend(flood(&fleet, &key.into()).await);
        }
        assert_eq!(fleet.state.lock().environments, MAX_ENVIRONMENTS);
        let greedy: Vec<_> = (0..20).map(|_| ask(&fleet, "a")).collect();
        line(&fleet, 20).await;
        let modest = ask(&fleet, "z");
        line(&fleet, 21).await;
        drop(many.remove(0));
        assert!(is_slot(&modest.await.unwrap()), "although twenty came before");
        assert!(!greedy.iter().any(tokio::task::JoinHandle::is_finished));
        drop(many);
        for greedy in greedy {
            assert!(is_slot(&greedy.await.unwrap()));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever() {
        let fleet = Arc::new(Fleet::default());
        let key: Arc<str> = "f".into();
        let held = flood(&fleet, &key).await;
        let late = fleet.acquire(&key).await;
        assert!(matches!(late, Err(LambdaError::TooManyRequestsException { .. })));
        drop(held);
        assert_eq!(fleet.state.lock().environments, 0, "slots granted too late come back");
    }
}
