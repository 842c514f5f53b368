//! The store: transactions, versions, watches and blobs over one engine.
use crate::{
    Blobs, Engine, Era, StoreError, Tx, Watch,
    committer::{Commit, Committer, Message, Refusal, Shared},
    fence::Fences,
    live::Live,
    per_thread::PerThread,
    tables::{Tables, Version},
    tx::{Changes, Shard},
    watch::Watches,
};
use bytes::Bytes;
use std::{
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};
use tokio::sync::{Mutex, Semaphore, mpsc, oneshot};

/// The most often one transaction is run before it gives up with [`StoreError::Conflict`].
const MAX_ATTEMPTS: u32 = 64;
/// From this attempt on a conflicting transaction also pauses.
const FIRST_PAUSE: u32 = 8;
/// The longest such pause, in microseconds.
const MAX_PAUSE_MICROS: u64 = 20_000;
/// The most commits waiting for the committer.
const MAX_QUEUED: usize = 4096;
/// The most KiB of writes waiting for the committer.
const MAX_QUEUED_KIB: usize = 256 << 10;
/// Queues of transactions that clashed, by the key they clashed on.
const TURNS: usize = 64;

/// A transactional, ordered map of bytes. Cheap to clone; all clones are one store.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    engines: PerThread<Arc<Shard>>,
    queue: mpsc::Sender<Message>,
    share: Arc<Semaphore>,
    /// Transactions that clashed on the same key rerun one after the other, in order of arrival.
    turns: [Mutex<()>; TURNS],
    closed: AtomicBool,
    pauses: AtomicU64,
    /// Last, so that it is dropped after `queue`, whose end stops the thread.
    _thread: Joined,
}

/// Waits for the committer, so that the engine is free once the last handle is gone.
struct Joined(Option<JoinHandle<()>>);

impl Drop for Joined {
    fn drop(&mut self) {
        let Some(thread) = self.0.take() else { return };
        if thread.thread().id() != std::thread::current().id() {
            // It catches the engine's panics; its own would have been printed.
            let _ = thread.join();
        }
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let committed = self.0.shared.live.committed();
        f.debug_struct("Store").field("committed", &committed).finish_non_exhaustive()
    }
}

/// Why a body's writes did not stay.
#[derive(Debug)]
pub enum Aborted {
    /// It did not want them to.
    ByBody,
    /// Storage failed.
    Failed(StoreError),
}

impl From<StoreError> for Aborted {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl Store {
    /// A store over `engine`; starts its committer thread.
    pub fn open(engine: Arc<dyn Engine>) -> Result<Self, StoreError> {
        let engines = PerThread::new(|| Arc::new(Shard(Arc::clone(&engine))));
        let shared = Arc::new(Shared {
            engine,
            live: Arc::new(Live::default()),
            tables: Tables::default(),
            watches: Arc::new(Watches::default()),
            fences: Fences::default(),
        });
        let (queue, messages) = mpsc::channel(MAX_QUEUED);
        let committer = Committer::new(Arc::clone(&shared), messages);
        let thread = std::thread::Builder::new().name("store-committer".into());
        let thread = thread.spawn(move || committer.run())?;
        Ok(Self(Arc::new(Inner {
            shared,
            engines,
            queue,
            share: Arc::new(Semaphore::new(MAX_QUEUED_KIB)),
            turns: std::array::from_fn(|_| Mutex::new(())),
            closed: AtomicBool::new(false),
            pauses: AtomicU64::new(0),
            _thread: Joined(Some(thread)),
        })))
    }

    /// Runs `body` against one snapshot, read only. Never conflicts.
    pub fn read<T, E: From<StoreError>>(
        &self,
        body: impl FnOnce(&Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        self.check_open()?;
        let tx = Tx::reading(Arc::clone(self.0.engines.mine()));
        self.run(|| body(&tx))
    }

    /// Runs `body`, commits what it wrote durably and returns its value. When another transaction
    /// changed what it read, it runs again, so every effect must go through the transaction. An
    /// `Err` from `body` discards all writes.
    ///
    /// A dropped future may still commit.
    pub async fn write<T: Send, E: From<StoreError> + Send>(
        &self,
        body: impl FnMut(&mut Tx) -> Result<T, E> + Send,
    ) -> Result<T, E> {
        self.write_since(self.era(), body).await
    }

    /// As [`Store::write`] for an author who began in `era`: what was fenced off since then he
    /// may not write, and gets [`StoreError::Fenced`].
    pub async fn write_since<T: Send, E: From<StoreError> + Send>(
        &self,
        era: Era,
        mut body: impl FnMut(&mut Tx) -> Result<T, E> + Send,
    ) -> Result<T, E> {
        let mut told = None;
        let run = &mut |tx: &mut Tx| told.insert(body(tx)).is_ok();
        match (self.write_untyped(era, run).await, told) {
            (Ok(()) | Err(Aborted::ByBody), Some(told)) => told,
            (Err(Aborted::Failed(error)), _) => Err(error.into()),
            // A body that ran has told something.
            (_, None) => Err(StoreError::Conflict.into()),
        }
    }

    /// As [`Store::write_since`], for a body that keeps to itself what it has to tell, and says
    /// whether its writes are to stay: one for all of them, since each one compiled anew makes
    /// the binary larger by kilobytes.
    ///
    /// # Errors
    /// [`Aborted`] when nothing is written.
    pub async fn write_untyped(
        &self,
        era: Era,
        body: &mut (dyn FnMut(&mut Tx) -> bool + Send),
    ) -> Result<(), Aborted> {
        let mut _turn = None;
        for attempt in 1..=MAX_ATTEMPTS {
            self.check_open()?;
            let shared = &self.0.shared;
            let mut tx =
                Tx::writing(Arc::clone(self.0.engines.mine()), Arc::clone(&shared.live), era);
            if !self.run(|| body(&mut tx)) {
                return Err(Aborted::ByBody);
            }
            let Some(changes) = tx.finish()? else { return Ok(()) };
            let key = match self.commit(changes).await {
                Ok(()) => return Ok(()),
                Err(Refusal::Failed(error)) => return Err(error.into()),
                Err(Refusal::Clash(key)) => key,
            };
            drop(_turn.take());
            self.pause(attempt).await;
            _turn = Some(self.turn(&key).lock().await);
        }
        Err(StoreError::Conflict.into())
    }

    /// The present, for [`Store::write_since`] later on.
    pub fn era(&self) -> Era {
        self.0.shared.fences.era()
    }

    /// Fences off the rows whose keys go on with `part` and two zero bytes after the table's name,
    /// in all tables: only [`Era::BEYOND`] may write them. Commits that were queued before end
    /// before any that is queued from now on.
    pub fn raise_fence(&self, part: &[u8]) {
        self.0.shared.fences.raise(part);
    }

    /// Lets those who begin from now on write again what [`Store::raise_fence`] fenced off.
    pub fn lower_fence(&self, part: &[u8]) {
        self.0.shared.fences.lower(part);
    }

    /// Whether an author who began in `era` may write rows of `part`.
    pub fn admits(&self, part: &[u8], era: Era) -> bool {
        self.0.shared.fences.admits(part, era)
    }

    /// The version of a table, the part of keys before the first zero byte. It moves whenever a
    /// commit touches the table, before that commit is acknowledged. To cache what was derived
    /// from a table, take the version first, then read; the cache holds while the version does.
    /// Zero when nothing was committed to it since the store was opened.
    pub fn table_version(&self, table: &str) -> u64 {
        self.0.shared.tables.version(table.as_bytes())
    }

    /// The version of a table to be asked for again and again.
    pub fn follow_table(&self, table: &str) -> Version {
        self.0.shared.tables.follow(table.as_bytes())
    }

    /// Registers for commits that touch a key that starts with `prefix`, from now on.
    pub fn watch(&self, prefix: &[u8]) -> Watch {
        self.0.shared.watches.register(prefix)
    }

    /// Content-addressed storage for large values. Its calls wait for the disk.
    pub fn blobs(&self) -> &dyn Blobs {
        self.0.shared.engine.blobs()
    }

    /// [`Blobs::put`], away from the async threads.
    pub async fn put_blob(&self, content: Bytes) -> Result<String, StoreError> {
        self.off_thread(move |blobs| blobs.put(&content)).await
    }

    /// [`Blobs::get`], away from the async threads.
    pub async fn get_blob(&self, key: String) -> Result<Option<Bytes>, StoreError> {
        self.off_thread(move |blobs| blobs.get(&key)).await
    }

    /// [`Blobs::delete`], away from the async threads.
    pub async fn delete_blob(&self, key: String) -> Result<bool, StoreError> {
        self.off_thread(move |blobs| blobs.delete(&key)).await
    }

    /// Commits what is queued, then stops: later transactions answer [`StoreError::Closed`].
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.0.queue.send(Message::Close(done)).await.is_ok() {
            // An error means that the committer is gone, which is what was asked for.
            let _ = closed.await;
        }
        self.0.closed.store(true, Ordering::Release);
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Blobs) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let engine = Arc::clone(&self.0.shared.engine);
        let task = tokio::task::spawn_blocking(move || work(engine.blobs()));
        task.await.unwrap_or_else(|_| Err(StoreError::io("reading or writing a blob panicked")))
    }

    fn check_open(&self) -> Result<(), StoreError> {
        if self.0.closed.load(Ordering::Acquire) { Err(StoreError::Closed) } else { Ok(()) }
    }

    /// Runs a body where it may wait, if its engine makes it wait.
    fn run<R>(&self, body: impl FnOnce() -> R) -> R {
        use tokio::runtime::{Handle, RuntimeFlavor};
        if !self.0.shared.engine.blocking() {
            return body();
        }
        match Handle::try_current().map(|handle| handle.runtime_flavor()) {
            Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(body),
            _ => body(),
        }
    }

    async fn commit(&self, changes: Changes) -> Result<(), Refusal> {
        let closed = || Refusal::Failed(StoreError::Closed);
        let kib = u32::try_from(changes.bytes / 1024 + 1).unwrap_or(u32::MAX);
        let share = Arc::clone(&self.0.share).acquire_many_owned(kib).await;
        let share = share.map_err(|_| closed())?;
        let (answer, outcome) = oneshot::channel();
        let commit = Commit { changes, answer, _share: share };
        let sent = self.0.queue.send(Message::Commit(commit)).await;
        sent.map_err(|_| closed())?;
        outcome.await.unwrap_or_else(|_| Err(closed()))
    }

    fn turn(&self, key: &[u8]) -> &Mutex<()> {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(key);
        &self.0.turns[(hash % TURNS as u64) as usize]
    }

    /// Waits a little, and longer each time, for transactions that keep losing although those
    /// who clashed on the same key take turns. Spread by a counter: no randomness is needed to
    /// keep two from waking together.
    async fn pause(&self, attempt: u32) {
        if attempt < FIRST_PAUSE {
            return;
        }
        let ceiling = MAX_PAUSE_MICROS.min(100 << (attempt - FIRST_PAUSE).min(16));
        let count = self.0.pauses.fetch_add(1, Ordering::Relaxed);
        let spread = count.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let micros = ceiling / 2 + spread % (ceiling / 2);
        tokio::time::sleep(Duration::from_micros(micros)).await;
    }
}
