//! What all requests of one instance share.

use crate::{
    access::Scope,
    audit::{AuditRecord, Refusal},
    call::Pipeline,
    clock::Clock,
    entropy::Entropy,
    fault::Fault,
    identity::{Directory, Uses},
    metrics::{Point, Series, minute},
    organization::Guardrails,
    record::Record,
    seal::Seal,
    trace::Segment,
    tx::{ReadTx, Tx},
    usage::Recent,
};
use parking_lot::{Mutex, RwLock};
use std::{
    any::{Any, TypeId},
    collections::{HashMap, hash_map::Entry},
    path::PathBuf,
    sync::{Arc, OnceLock},
};
use store::Store;

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
}

/// The shared heart of an instance. Clones are the same instance.
#[derive(Clone)]
pub struct Platform(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    entropy: Entropy,
    seal: Seal,
    settings: Settings,
    directory: Directory,
    uses: Uses,
    guardrails: Guardrails,
    usage: Recent,
    pending: Mutex<Pending>,
    flushing: tokio::sync::Mutex<()>,
    pipeline: OnceLock<Arc<dyn Pipeline>>,
    live: RwLock<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

/// Telemetry that is not in the store yet.
#[derive(Default)]
struct Pending {
    points: HashMap<(Scope, Series, i64), Point>,
    segments: Vec<(Scope, Segment)>,
    refusals: Vec<(Scope, Refusal)>,
    dropped: u64,
}

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
            pending: Mutex::default(),
            flushing: tokio::sync::Mutex::default(),
            pipeline: OnceLock::new(),
            live: RwLock::default(),
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

    pub(crate) fn recent(&self) -> &Recent {
        &self.0.usage
    }

    /// The gateway, once it is there.
    pub fn pipeline(&self) -> Option<&Arc<dyn Pipeline>> {
        self.0.pipeline.get()
    }

    /// Says which gateway serves this instance; only the first one counts.
    pub fn set_pipeline(&self, pipeline: Arc<dyn Pipeline>) {
        self.0.pipeline.set(pipeline).ok();
    }

    /// A service's state that lives only as long as the process, such as warm environments;
    /// made by `Default` when first asked for.
    pub fn live<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let key = TypeId::of::<T>();
        let known = self.0.live.read().get(&key).cloned();
        let entry = known.unwrap_or_else(|| {
            self.0.live.write().entry(key).or_insert_with(|| Arc::new(T::default())).clone()
        });
        // The map is keyed by the type, so the downcast holds.
        entry.downcast().unwrap_or_default()
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
    pub async fn write<T, E: From<Fault>>(
        &self,
        scope: &Scope,
        mut body: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let now = self.clock().now();
        let job_id = || u64::from_be_bytes(self.entropy().bytes());
        let body = |raw: &mut store::Tx| {
            body(&mut Tx::new(raw, scope.clone(), now, &job_id)).map_err(Raised)
        };
        self.0.store.write(body).await.map_err(|Raised(error)| error)
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

    /// Writes an audit record; the call it is about is answered after that.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub async fn audit(&self, scope: &Scope, record: &AuditRecord) -> Result<(), Fault> {
        self.write(scope, |tx| tx.put(record)).await
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
        let Pending { points, segments, refusals, .. } =
            std::mem::take(&mut *self.0.pending.lock());
        if points.is_empty() && segments.is_empty() && refusals.is_empty() {
            return Ok(());
        }
        self.write(&anywhere, |tx| {
            for ((scope, ..), point) in &points {
                let mut tx = tx.within(scope.clone());
                let mut merged = point.clone();
                if let Some(stored) = tx.get::<Point>(point.key())? {
                    merged.merge(&stored);
                }
                tx.put(&merged)?;
            }
            for (scope, segment) in &segments {
                tx.within(scope.clone()).put(segment)?;
            }
            for (scope, refusal) in &refusals {
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
