//! What all requests of one instance share.

use crate::{
    access::Scope,
    audit::Refusal,
    call::Pipeline,
    clock::Clock,
    entropy::Entropy,
    fault::Fault,
    identity::{Directory, Uses},
    journal,
    live::{Live, Lives},
    metrics::{Point, Series, minute},
    organization::Guardrails,
    record::Record,
    seal::Seal,
    service::Service,
    storage::Storage,
    trace::Segment,
    tx::{ReadTx, Tx},
    usage::Recent,
};
use foldhash::HashMap;
use parking_lot::Mutex;
use std::{
    collections::hash_map::Entry,
    path::PathBuf,
    sync::{Arc, OnceLock},
};
use store::{Aborted, Era, Store};

/// The most telemetry kept in memory between two flushes; beyond it the newest is dropped and
/// counted, so that a stalled disk cannot exhaust memory.
const MAX_PENDING: usize = 100_000;

/// How strictly services hold callers to the rates of what they use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Throttling {
    /// Not at all.
    Off,
    /// To the rates that resources reserve, or that their owners set as the most.
    #[default]
    Reserved,
    /// To AWS's quotas, too.
    Quotas,
}

/// How the instance was started.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The data folder.
    pub data: PathBuf,
    /// The port that the API listens on.
    pub port: u16,
    /// The account of callers that name none.
    pub account: String,
    /// The region of requests that name none.
    pub region: String,
    /// How strictly tables hold callers to their rates.
    pub throttling: Throttling,
    /// Whether identity providers may be at private addresses, and on this machine without TLS.
    pub private_issuers: bool,
    /// Files outside of the data folder that only the instance may read, such as its root key.
    pub secrets: Vec<PathBuf>,
}

/// The shared heart of an instance. Clones are the same instance.
#[derive(Clone)]
pub struct Platform(pub(crate) Arc<Inner>);

/// Aligned so that what every request reads lies apart from the count of references before it,
/// which cores take from each other.
#[repr(align(128))]
pub(crate) struct Inner {
    store: Store,
    clock: Clock,
    entropy: Entropy,
    seal: Seal,
    settings: Settings,
    directory: Directory,
    uses: Uses,
    guardrails: Guardrails,
    usage: Recent,
    journal: journal::State,
    pending: Mutex<Pending>,
    flushing: tokio::sync::Mutex<()>,
    pipeline: OnceLock<Arc<dyn Pipeline>>,
    storage: Storage,
    live: Lives,
    services: OnceLock<Vec<&'static Service>>,
    pub(crate) erasing: tokio::sync::Mutex<()>,
    blobs: Arc<tokio::sync::RwLock<()>>,
}

/// Telemetry that is not in the store yet.
#[derive(Default)]
struct Pending {
    points: HashMap<(Scope, Series, i64), Point>,
    segments: Vec<(Scope, Segment)>,
    refusals: Vec<(Scope, Refusal)>,
    dropped: u64,
}

impl Pending {
    fn forget(&mut self, account: &str) {
        self.points.retain(|(scope, ..), _| *scope.account != *account);
        self.segments.retain(|(scope, _)| *scope.account != *account);
        self.refusals.retain(|(scope, _)| *scope.account != *account);
    }
}

/// Keeps blobs from being removed: [`Platform::keep_blobs`].
pub struct BlobsKept(#[expect(dead_code, reason = "held")] tokio::sync::OwnedRwLockReadGuard<()>);

impl Platform {
    /// An instance on `store`, sealed under `root_key`.
    pub fn new(
        store: Store,
        clock: Clock,
        entropy: Entropy,
        root_key: &[u8; crate::seal::ROOT_KEY_BYTES],
        settings: Settings,
    ) -> Self {
        let seal = Seal::new(root_key, entropy.clone());
        Self(Arc::new(Inner {
            store,
            clock,
            entropy,
            seal,
            settings,
            directory: Directory::default(),
            uses: Uses::default(),
            guardrails: Guardrails::default(),
            usage: Recent::default(),
            journal: journal::State::default(),
            pending: Mutex::default(),
            flushing: tokio::sync::Mutex::default(),
            pipeline: OnceLock::new(),
            storage: Storage::default(),
            live: Lives::default(),
            services: OnceLock::new(),
            erasing: tokio::sync::Mutex::default(),
            blobs: Arc::default(),
        }))
    }

    /// The storage.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Randomness and ids.
    pub fn entropy(&self) -> &Entropy {
        &self.0.entropy
    }

    /// Encryption under the root key.
    pub fn seal(&self) -> &Seal {
        &self.0.seal
    }

    /// How the instance was started.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Credentials and the policies of principals.
    pub fn directory(&self) -> &Directory {
        &self.0.directory
    }

    /// When keys and roles were last used, as far as that is not stored yet.
    pub fn uses(&self) -> &Uses {
        &self.0.uses
    }

    /// What organizations say of their accounts.
    pub fn guardrails(&self) -> &Guardrails {
        &self.0.guardrails
    }

    pub(crate) fn storage(&self) -> &Storage {
        &self.0.storage
    }

    pub(crate) fn recent(&self) -> &Recent {
        &self.0.usage
    }

    pub(crate) fn journal_state(&self) -> &journal::State {
        &self.0.journal
    }

    /// The gateway, once it is there.
    pub fn pipeline(&self) -> Option<&Arc<dyn Pipeline>> {
        self.0.pipeline.get()
    }

    /// Says which gateway serves this instance; only the first one counts.
    pub fn set_pipeline(&self, pipeline: Arc<dyn Pipeline>) {
        self.0.pipeline.set(pipeline).ok();
    }

    /// The services of this instance, once they are known.
    pub fn services(&self) -> &[&'static Service] {
        self.0.services.get().map_or(&[], Vec::as_slice)
    }

    /// Says which services there are; only the first word counts.
    pub fn set_services(&self, services: Vec<&'static Service>) {
        self.0.services.set(services).ok();
    }

    /// A service's state that lives only as long as the process, such as warm environments;
    /// made by `Default` when first asked for.
    pub fn live<T: Live>(&self) -> &Arc<T> {
        self.0.live.of()
    }

    /// What keeps blobs from being removed for as long as it is held: from before one is put until
    /// a row that refers to it is committed.
    pub async fn keep_blobs(&self) -> BlobsKept {
        BlobsKept(self.0.blobs.clone().read_owned().await)
    }

    /// Waits until no blob is on its way to a row, and holds up those to come.
    pub(crate) async fn hold_blobs(&self) -> tokio::sync::OwnedRwLockWriteGuard<()> {
        self.0.blobs.clone().write_owned().await
    }

    /// Whether work that began in `era` may still write to `account`.
    pub(crate) fn admits(&self, account: &str, era: Era) -> bool {
        self.store().admits(account.as_bytes(), era)
    }

    /// Forgets, in memory, all that there is about `account`.
    pub(crate) async fn forget(&self, account: &str) {
        self.0.live.forget(account);
        // Whoever flushes has taken away what was pending; he is done when this is our turn.
        let _turn = self.0.flushing.lock().await;
        self.0.pending.lock().forget(account);
        self.0.uses.forget(account);
        self.0.usage.forget(account);
        self.0.directory.forget();
        self.0.guardrails.forget(account);
        self.0.storage.forget(account);
    }

    /// Reads one moment of the store as `scope` sees it.
    ///
    /// # Errors
    /// The body's, or a [`Fault`] when storage fails.
    pub fn read<T, E: From<Fault>>(
        &self,
        scope: &Scope,
        body: impl FnOnce(&ReadTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.0
            .store
            .read(|raw| body(&ReadTx::new(raw, scope.clone(), self)).map_err(Raised))
            .map_err(|Raised(error)| error)
    }

    /// Writes as `scope`; the body may run again on conflict.
    ///
    /// # Errors
    /// The body's, or a [`Fault`] when storage fails; nothing is written then.
    pub async fn write<T: Send, E: From<Fault> + Send>(
        &self,
        scope: &Scope,
        body: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send,
    ) -> Result<T, E> {
        self.write_since(self.store().era(), scope, body).await
    }

    /// As [`Platform::write`] for work that began in `era`: it does not write to an account that
    /// was erased since.
    ///
    /// # Errors
    /// As [`Platform::write`].
    pub async fn write_since<T: Send, E: From<Fault> + Send>(
        &self,
        era: Era,
        scope: &Scope,
        body: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send,
    ) -> Result<T, E> {
        self.transact(era, scope, false, body).await
    }

    /// As [`Platform::write_since`]; `limited` to what the account may store.
    pub(crate) async fn transact<T: Send, E: From<Fault> + Send>(
        &self,
        era: Era,
        scope: &Scope,
        limited: bool,
        mut body: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send,
    ) -> Result<T, E> {
        let mut told = None;
        let run = &mut |tx: &mut Tx<'_>| told.insert(body(tx)).is_ok();
        match (self.transact_untyped(era, scope, limited, run).await, told) {
            (Ok(true), Some(told)) => told,
            (Ok(false), Some(Err(told))) => Err(told),
            (Ok(_), _) => Err(E::from(Fault::internal("a transaction told nothing"))),
            (Err(fault), _) => Err(E::from(fault)),
        }
    }

    /// As [`Platform::transact`], for a body that keeps to itself what it has to tell, and says
    /// whether its writes are to stay ([`Store::write_untyped`]); gives whether they did.
    async fn transact_untyped(
        &self,
        era: Era,
        scope: &Scope,
        limited: bool,
        body: &mut (dyn FnMut(&mut Tx<'_>) -> bool + Send),
    ) -> Result<bool, Fault> {
        let now = self.clock().now();
        let job_id = || u64::from_be_bytes(self.entropy().bytes());
        let (mut bytes, mut full) = (0, false);
        let run = &mut |raw: &mut store::Tx| {
            full = false;
            if !body(&mut Tx::new(raw, scope.clone(), now, &job_id)) {
                return false;
            }
            bytes = raw.value_bytes();
            full = limited && bytes > 0 && !self.has_room(&scope.account);
            !full
        };
        match self.0.store.write_untyped(era, run).await {
            Ok(()) => {
                self.note_written(&scope.account, bytes);
                Ok(true)
            }
            Err(Aborted::ByBody) if full => Err(Fault::Full),
            Err(Aborted::ByBody) => Ok(false),
            Err(Aborted::Failed(error)) => Err(error.into()),
        }
    }

    /// Writes what was gathered in `era` about many accounts; the body leaves out those that do
    /// not [`Platform::admits`] that, and runs again when there is one more meanwhile.
    pub(crate) async fn write_admitted(
        &self,
        era: Era,
        scope: &Scope,
        mut body: impl FnMut(&mut Tx<'_>) -> Result<(), Fault> + Send,
    ) -> Result<(), Fault> {
        loop {
            match self.write_since(era, scope, &mut body).await {
                Err(Fault::Erased) => {}
                written => return written,
            }
        }
    }

    /// Counts `value`; readable at once after [`Platform::flush`].
    pub fn count(&self, scope: &Scope, series: Series, value: f64, unit: &str) {
        let at = minute(self.clock().now());
        let mut pending = self.0.pending.lock();
        if pending.points.len() >= MAX_PENDING {
            pending.dropped += 1;
            return;
        }
        match pending.points.entry((scope.clone(), series, at.as_micros())) {
            Entry::Occupied(known) => known.into_mut().add(value),
            Entry::Vacant(place) => {
                let series = place.key().1.clone();
                place.insert(Point::sample(series, at, value, unit));
            }
        }
    }

    /// Records a segment of a trace.
    pub fn segment(&self, scope: &Scope, segment: Segment) {
        let mut pending = self.0.pending.lock();
        if pending.segments.len() < MAX_PENDING {
            pending.segments.push((scope.clone(), segment));
        } else {
            pending.dropped += 1;
        }
    }

    /// Records a refusal, for `heist explain`.
    pub fn refusal(&self, scope: &Scope, refusal: Refusal) {
        let mut pending = self.0.pending.lock();
        if pending.refusals.len() < MAX_PENDING {
            pending.refusals.push((scope.clone(), refusal));
        } else {
            pending.dropped += 1;
        }
    }

    /// Makes all telemetry recorded before this call readable in the store. Called every moment
    /// by the server and before each read of metrics, traces or refusals.
    ///
    /// # Errors
    /// [`Fault`] when storage fails; what was pending is then lost.
    pub async fn flush(&self) -> Result<(), Fault> {
        // A second flush waits for the first: its caller wants what the first took away.
        let _turn = self.0.flushing.lock().await;
        let anywhere = Scope::new(&*self.0.settings.account, &*self.0.settings.region);
        self.flush_uses().await?;
        self.flush_contributions(&anywhere).await?;
        self.flush_usage(false).await?;
        let era = self.store().era();
        let Pending { points, segments, refusals, .. } =
            std::mem::take(&mut *self.0.pending.lock());
        if points.is_empty() && segments.is_empty() && refusals.is_empty() {
            return Ok(());
        }
        self.write_admitted(era, &anywhere, |tx| {
            let admitted = |scope: &Scope| self.admits(&scope.account, era);
            for ((scope, ..), point) in points.iter().filter(|((scope, ..), _)| admitted(scope)) {
                let mut tx = tx.within(scope.clone());
                let mut merged = point.clone();
                if let Some(stored) = tx.get::<Point>(point.key())? {
                    merged.merge(&stored);
                }
                tx.put(&merged)?;
            }
            for (scope, segment) in segments.iter().filter(|(scope, _)| admitted(scope)) {
                tx.within(scope.clone()).put(segment)?;
            }
            for (scope, refusal) in refusals.iter().filter(|(scope, _)| admitted(scope)) {
                tx.within(scope.clone()).put(refusal)?;
            }
            Ok(())
        })
        .await
    }
}

/// Lets any error with `From<Fault>` travel through the storage layer, which knows only its own.
struct Raised<E>(E);

impl<E: From<Fault>> From<store::StoreError> for Raised<E> {
    fn from(error: store::StoreError) -> Self {
        Self(E::from(Fault::from(error)))
    }
}
