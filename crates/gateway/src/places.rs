//! Places for connections. When there is none left, whoever waits longest without a whole request
//! makes room for the next: idle connections keep nobody out, and nobody's patience is cut short
//! as long as there are places.

use crate::shares::{Share, Shares};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, HashMap},
    hash::Hash,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// All places of one kind, and who has them.
pub struct Places<K: Eq + Hash + Clone> {
    all: Arc<Semaphore>,
    of: Arc<Shares<K>>,
    taken: Mutex<Taken<K>>,
}

struct Taken<K: Eq + Hash + Clone> {
    next: u64,
    /// The places of each client, the oldest first.
    by: HashMap<K, BTreeMap<u64, Held<K>>>,
}

struct Held<K: Eq + Hash + Clone> {
    activity: Arc<Activity>,
    right: Right<K>,
    evict: oneshot::Sender<()>,
}

/// The right to one connection.
struct Right<K: Eq + Hash + Clone> {
    one: OwnedSemaphorePermit,
    _own: Share<K>,
}

/// What there is no room in.
#[derive(Debug, PartialEq, Eq)]
pub enum NoPlace {
    /// The client's own share.
    Own,
    /// All places together.
    All,
}

/// One connection's place, free again when dropped.
pub struct Place<K: Eq + Hash + Clone> {
    of: Arc<Places<K>>,
    client: K,
    id: u64,
    /// What the connection does.
    pub activity: Arc<Activity>,
    evicted: oneshot::Receiver<()>,
}

impl<K: Eq + Hash + Clone> Places<K> {
    /// So many places, of which each client has at most `own`.
    pub fn new(all: usize, own: usize) -> Arc<Self> {
        let taken = Mutex::new(Taken { next: 0, by: HashMap::new() });
        Arc::new(Self { all: Arc::new(Semaphore::new(all)), of: Shares::new(own), taken })
    }

    /// A place for `client`, at the cost of an idle connection if need be.
    ///
    /// # Errors
    /// [`NoPlace`] when every connection that could make room is at work.
    pub fn take(self: &Arc<Self>, client: &K) -> Result<Place<K>, NoPlace> {
        let mut taken = self.taken.lock();
        let right = match self.of.take(client, 1) {
            // Its own oldest goes, and leaves both rights.
            None => taken.evict(client).ok_or(NoPlace::Own)?,
            Some(own) => match self.all.clone().try_acquire_owned() {
                Ok(one) => Right { one, _own: own },
                Err(_) => Right { one: taken.evict_any().ok_or(NoPlace::All)?.one, _own: own },
            },
        };
        let (evict, evicted) = oneshot::channel();
        let activity = Arc::<Activity>::default();
        let id = taken.next;
        taken.next += 1;
        let held = Held { activity: activity.clone(), right, evict };
        taken.by.entry(client.clone()).or_default().insert(id, held);
        drop(taken);
        Ok(Place { of: self.clone(), client: client.clone(), id, activity, evicted })
    }

    /// Waits until a place is free.
    pub async fn room(&self) {
        self.all.acquire().await.ok();
    }
}

impl<K: Eq + Hash + Clone> Taken<K> {
    /// Takes the place of that connection of `client` which deserves it least.
    fn evict(&mut self, client: &K) -> Option<Right<K>> {
        let held = self.by.get_mut(client)?;
        let id = least(held)?.1;
        let Held { right, evict, .. } = held.remove(&id)?;
        // One that is ending by itself hears nothing, and needs to hear nothing.
        evict.send(()).ok();
        Some(right)
    }

    /// The same among the connections of whoever has the most that could go.
    fn evict_any(&mut self) -> Option<Right<K>> {
        let able = self.by.iter().filter(|(_, held)| least(held).is_some());
        let client = able.max_by_key(|(_, held)| held.len())?.0.clone();
        self.evict(&client)
    }
}

/// The connection that deserves its place least: the oldest of those that do least.
fn least<K: Eq + Hash + Clone>(held: &BTreeMap<u64, Held<K>>) -> Option<(Use, u64)> {
    let mut least = None;
    for (id, one) in held {
        let Some(used) = one.activity.used() else { continue };
        if least.is_none_or(|(before, _)| used < before) {
            least = Some((used, *id));
        }
        if used == Use::Silent {
            break;
        }
    }
    least
}

impl<K: Eq + Hash + Clone> Place<K> {
    /// Resolves when another has this place.
    pub async fn evicted(&mut self) {
        if (&mut self.evicted).await.is_err() {
            // Nobody asks any more.
            std::future::pending::<()>().await;
        }
    }
}

impl<K: Eq + Hash + Clone> Drop for Place<K> {
    fn drop(&mut self) {
        let mut taken = self.of.taken.lock();
        let Some(held) = taken.by.get_mut(&self.client) else { return };
        let gone = held.remove(&self.id);
        if held.is_empty() {
            taken.by.remove(&self.client);
        }
        drop(taken);
        drop(gone);
    }
}

/// How a connection uses its place that works at no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    /// No whole head of a request has come yet.
    Silent,
    /// It waits for the next request.
    Kept,
    /// A body is coming.
    Reading,
}

/// What a connection does. Looked at only now and then, so that requests need wake nobody.
#[derive(Default)]
pub struct Activity {
    running: AtomicUsize,
    /// Of those that run: whose bodies are still coming.
    reading: AtomicUsize,
    ended: AtomicUsize,
}

impl Activity {
    /// How many requests have ended, if none runs.
    pub fn rest(&self) -> Option<usize> {
        let ended = self.ended.load(Ordering::Acquire);
        (self.running.load(Ordering::Acquire) == 0).then_some(ended)
    }

    /// Whether a whole request is being worked at.
    pub fn works(&self) -> bool {
        self.used().is_none()
    }

    fn used(&self) -> Option<Use> {
        let running = self.running.load(Ordering::Acquire);
        let reading = self.reading.load(Ordering::Acquire);
        match (running, reading) {
            (0, _) if self.ended.load(Ordering::Acquire) == 0 => Some(Use::Silent),
            (0, _) => Some(Use::Kept),
            (running, reading) => (running <= reading).then_some(Use::Reading),
        }
    }
}

/// Counts one request among those that its connection runs, until it is dropped.
pub struct Running {
    activity: Arc<Activity>,
    reading: bool,
}

impl Running {
    /// A request whose head has come.
    pub fn begin(activity: &Arc<Activity>) -> Self {
        activity.reading.fetch_add(1, Ordering::AcqRel);
        activity.running.fetch_add(1, Ordering::AcqRel);
        Self { activity: activity.clone(), reading: true }
    }

    /// Its body has come, too.
    pub fn is_whole(&mut self) {
        if std::mem::take(&mut self.reading) {
            self.activity.reading.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.activity.ended.fetch_add(1, Ordering::AcqRel);
        self.activity.running.fetch_sub(1, Ordering::AcqRel);
        self.is_whole();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_evicted(place: &mut Place<&str>) -> bool {
        place.evicted.try_recv().is_ok()
    }

    #[test]
    fn the_oldest_that_does_least_makes_room() {
        let places = Places::new(10, 4);
        let mut mine: Vec<_> = (0..4).map(|_| places.take(&"a").unwrap()).collect();
        let mut works = Running::begin(&mine[0].activity);
        works.is_whole();
        drop(Running::begin(&mine[1].activity));
        let reads = Running::begin(&mine[2].activity);
        // The silent one goes first, then the kept one, then the one whose body is coming.
        for (round, gone) in [3, 1, 2].into_iter().enumerate() {
            let next = places.take(&"a").unwrap();
            Running::begin(&next.activity).is_whole();
            assert!(is_evicted(&mut mine[gone]), "round {round}");
            // From now on it is at work.
            let mut busy = Running::begin(&next.activity);
            busy.is_whole();
            std::mem::forget(busy);
            mine.push(next);
        }
        assert!(mine[0].activity.works() && !is_evicted(&mut mine[0]));
        assert_eq!(places.take(&"a").err(), Some(NoPlace::Own));
        assert!(places.take(&"b").is_ok(), "another has its own");
        drop((reads, works));
        assert!(places.take(&"a").is_ok());
    }

    #[test]
    fn the_one_with_the_most_makes_room_for_others_and_all_comes_back() {
        let places = Places::new(4, 3);
        let mut many: Vec<_> = (0..3).map(|_| places.take(&"many").unwrap()).collect();
        let mut few = places.take(&"few").unwrap();
        let third = places.take(&"third").unwrap();
        assert!(is_evicted(&mut many[0]) && !is_evicted(&mut few));
        let works: Vec<_> = [&many[1], &many[2], &few, &third]
            .into_iter()
            .map(|place| {
                let mut running = Running::begin(&place.activity);
                running.is_whole();
                running
            })
            .collect();
        assert_eq!(places.take(&"fourth").err(), Some(NoPlace::All));
        drop((works, many, few, third));
        assert!(places.taken.lock().by.is_empty());
        assert_eq!(places.all.available_permits(), 4);
    }
}
