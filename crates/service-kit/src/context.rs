//! What one request sees of the world: who asks, when, and the way to state and other services.

use crate::{
    access::{Access, Scope},
    audit::Refusal,
    call::{As, Call, Denied, Pipeline},
    clock::{Clock, Stopwatch},
    entropy::Entropy,
    fault::Fault,
    front,
    identity::Session,
    journal::{JournalAccess, Notes, Served},
    metrics::Series,
    platform::Platform,
    record::Record,
    trace::{Segment, Trace},
    tx::{ReadTx, Tx},
};
use policy::Principal;
use shape::{ErrorShape, Failure, Timestamp};
use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
};
use store::Era;

/// Who makes a request, and from where.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The principal that policies judge.
    pub principal: Principal,
    /// The key the request was signed with.
    pub access_key_id: Option<Arc<str>>,
    /// The temporary session behind that key.
    pub session: Option<Arc<Session>>,
    /// The principal's tags, session tags included.
    pub tags: Arc<[(String, String)]>,
    /// Services the request came through, first one first.
    pub via: Vec<&'static str>,
    /// The resource on whose behalf a service calls.
    pub source_arn: Option<Arc<str>>,
    /// The account that owns that resource.
    pub source_account: Option<Arc<str>>,
    /// The request in the course of which a service calls.
    pub caused_by: Option<Arc<str>>,
    /// The client's address; none for calls between services.
    pub source_ip: Option<IpAddr>,
    /// As sent.
    pub user_agent: Arc<str>,
    /// The page that a browser says it comes from, as sent.
    pub referer: Option<Arc<str>>,
    /// Whether over TLS.
    pub secure: bool,
}

impl Caller {
    /// A caller known only by its principal.
    pub fn new(principal: Principal) -> Self {
        Self {
            principal,
            access_key_id: None,
            session: None,
            tags: Arc::default(),
            via: Vec::new(),
            source_arn: None,
            source_account: None,
            caused_by: None,
            source_ip: None,
            user_agent: "".into(),
            referer: None,
            secure: false,
        }
    }

    /// The account the caller belongs to.
    pub fn account(&self) -> Option<&str> {
        self.principal.account()
    }
}

/// One request's view of the platform. Cloning is cheap.
#[derive(Clone)]
pub struct Context(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    platform: Platform,
    scope: Scope,
    caller: Caller,
    request_id: Arc<str>,
    trace: Option<Trace>,
    started: Stopwatch,
    era: Era,
    /// Who the request turned out to be, and in which account, if it told that itself.
    vouched: Arc<OnceLock<(Scope, Caller)>>,
    /// What is noted for the journal, if anybody is watched.
    notes: Option<Arc<Notes>>,
}

impl Context {
    /// A context for one request; for the platform itself.
    pub fn new(
        platform: Platform,
        scope: Scope,
        caller: Caller,
        request_id: Arc<str>,
        trace: Option<Trace>,
    ) -> Self {
        let (started, vouched) = (Stopwatch::start(), Arc::default());
        let (notes, era) = (platform.journal().notes(), platform.store().era());
        Self(Arc::new(Inner {
            platform,
            scope,
            caller,
            request_id,
            trace,
            started,
            era,
            vouched,
            notes,
        }))
    }

    /// A context for work that no request causes, as a service's own principal.
    pub fn background(platform: Platform, scope: Scope, principal: &str) -> Self {
        let request_id = platform.entropy().uuid().into();
        let account = Some(scope.account.clone());
        let caller = Caller::new(Principal::Service { name: principal.into(), account });
        Self::new(platform, scope, caller, request_id, None)
    }

    fn changed(&self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = (*self.0).clone();
        change(&mut inner);
        Self(Arc::new(inner))
    }

    /// The same request in another account or region.
    #[must_use]
    pub fn within(&self, scope: Scope) -> Self {
        self.changed(|inner| inner.scope = scope)
    }

    /// The same request made by `caller`.
    #[must_use]
    pub fn made_by(&self, caller: Caller) -> Self {
        self.changed(|inner| inner.caller = caller)
    }

    /// Says who makes this request, where the request itself proves that and not its signature,
    /// and in whose account: the audit trail wants to know. Only the first word counts.
    pub fn vouch(&self, scope: Scope, caller: Caller) {
        self.0.vouched.set((scope, caller)).ok();
    }

    /// This request as it turned out to be ([`Context::vouch`]).
    #[must_use]
    pub fn as_vouched(&self) -> Self {
        match self.0.vouched.get() {
            Some((scope, caller)) => self.within(scope.clone()).made_by(caller.clone()),
            None => self.clone(),
        }
    }

    /// The same request as part of `trace`.
    #[must_use]
    pub fn traced(&self, trace: Option<Trace>) -> Self {
        self.changed(|inner| inner.trace = trace)
    }

    /// The instance.
    pub fn platform(&self) -> &Platform {
        &self.0.platform
    }

    /// The account and region worked in.
    pub fn scope(&self) -> &Scope {
        &self.0.scope
    }

    /// The account worked in: the resource's, not always the caller's.
    pub fn account(&self) -> &str {
        &self.0.scope.account
    }

    /// The region worked in.
    pub fn region(&self) -> &str {
        &self.0.scope.region
    }

    /// Who asks.
    pub fn caller(&self) -> &Caller {
        &self.0.caller
    }

    /// This request's id, as the client sees it.
    pub fn request_id(&self) -> &str {
        &self.0.request_id
    }

    /// The trace this request belongs to.
    pub fn trace(&self) -> Option<&Trace> {
        self.0.trace.as_ref()
    }

    /// How long ago this request began.
    pub fn elapsed(&self) -> std::time::Duration {
        self.0.started.elapsed()
    }

    /// What is noted of this request for the journal; none while nobody is watched.
    pub fn notes(&self) -> Option<&Notes> {
        self.0.notes.as_deref()
    }

    /// Names what this request reads or writes, by key, for the journal.
    pub fn items<I: IntoIterator<Item = String>>(&self, keys: impl FnOnce() -> I) {
        if let Some(notes) = self.notes().filter(|notes| notes.is_journaled()) {
            notes.items(keys());
        }
    }

    /// Says for the journal what a front was asked for.
    pub fn serves(&self, served: impl FnOnce() -> Served) {
        if let Some(notes) = self.notes() {
            notes.served(served());
        }
    }

    /// Says for the journal what a front lets everybody do, and why.
    pub fn open(&self, access: impl FnOnce() -> JournalAccess) {
        if let Some(notes) = self.notes().filter(|notes| notes.is_journaled()) {
            notes.access(access());
        }
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        self.0.platform.clock().now()
    }

    /// The clock, for sleeping.
    pub fn clock(&self) -> &Clock {
        self.0.platform.clock()
    }

    /// Randomness and ids.
    pub fn entropy(&self) -> &Entropy {
        self.0.platform.entropy()
    }

    /// Reads one moment of the store.
    ///
    /// # Errors
    /// The body's, or a [`Fault`] when storage fails.
    pub fn read<T, E: From<Fault>>(
        &self,
        body: impl FnOnce(&ReadTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.0.platform.read(&self.0.scope, body)
    }

    /// Writes durably; the body may run again on conflict, so all its effects go through `tx`.
    ///
    /// # Errors
    /// The body's, or a [`Fault`] when storage fails; nothing is written then.
    pub async fn write<T: Send, E: From<Fault> + Send>(
        &self,
        body: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send,
    ) -> Result<T, E> {
        self.0.platform.transact(self.0.era, &self.0.scope, true, body).await
    }

    /// Writes what the platform itself has to say of this request, however much there is already.
    ///
    /// # Errors
    /// As [`Context::write`].
    pub async fn note(
        &self,
        body: impl FnMut(&mut Tx<'_>) -> Result<(), Fault> + Send,
    ) -> Result<(), Fault> {
        let Inner { platform, scope, era, .. } = &*self.0;
        platform.write_since(*era, scope, body).await
    }

    /// Whether the account worked in, or the caller's, is being erased or was since this request
    /// began: nothing of it is to be left behind then.
    pub fn is_void(&self) -> bool {
        let gone = |account: &str| !self.0.platform.store().admits(account.as_bytes(), self.0.era);
        gone(self.account()) || self.0.caller.account().is_some_and(gone)
    }

    /// Resolves at the next commit that touches `table` below `prefix` in this scope, from now on:
    /// take it, look at the state, then await it.
    pub fn watch<R: Record>(&self, prefix: impl crate::key::Key) -> store::Watch {
        let key = crate::record::full_key(R::TABLE, R::REACH, &self.0.scope, &prefix);
        self.0.platform.store().watch(&key)
    }

    /// Counts a metric.
    pub fn count(&self, series: Series, value: f64, unit: &str) {
        if !self.is_void() {
            self.0.platform.count(&self.0.scope, series, value, unit);
        }
    }

    /// Records a refusal, for `heist explain`.
    pub fn refusal(&self, refusal: Refusal) {
        if !self.is_void() {
            self.0.platform.refusal(&self.0.scope, refusal);
        }
    }

    /// Counts that what has the `keys` contributed `value` to the rule called `rule`.
    pub fn contribute(&self, rule: &str, keys: Vec<String>, value: f64) {
        if !self.is_void() {
            self.0.platform.contribute(&self.0.scope, rule, keys, value);
        }
    }

    /// Records a segment of a trace.
    pub fn segment(&self, segment: Segment) {
        if !self.is_void() {
            self.0.platform.segment(&self.0.scope, segment);
        }
    }

    /// Calls `operation` of `service` in this scope, through the whole pipeline; input and output
    /// in their JSON form, blobs in base64.
    ///
    /// # Errors
    /// The failure a client would have got.
    pub async fn call(
        &self,
        service: &'static str,
        operation: &'static str,
        input: serde_json::Value,
        name: As,
    ) -> Result<serde_json::Value, Failure> {
        self.call_in(self.0.scope.clone(), service, operation, input, name).await
    }

    /// As [`Context::call`] in another account or region: that of the resource called.
    ///
    /// # Errors
    /// As [`Context::call`].
    pub async fn call_in(
        &self,
        scope: Scope,
        service: &'static str,
        operation: &'static str,
        input: serde_json::Value,
        name: As,
    ) -> Result<serde_json::Value, Failure> {
        if self.is_void() {
            return Err(Fault::Erased.into_failure());
        }
        let caller = self.calling(name);
        let trace = self.0.trace.clone();
        let call = Call { service, operation, input, scope, caller, trace };
        self.pipeline()?.call(call).await
    }

    fn calling(&self, name: As) -> Caller {
        let mut caller = self.named(name);
        caller.caused_by = Some(self.0.request_id.clone());
        caller
    }

    fn named(&self, name: As) -> Caller {
        match name {
            As::Caller { via } => {
                let mut caller = self.0.caller.clone();
                caller.via.push(via);
                caller
            }
            As::Service { principal, source_arn, source_account } => {
                let account = Some(source_account.as_str().into());
                let principal_name = principal.into();
                let principal_of = Principal::Service { name: principal_name, account };
                Caller {
                    source_arn: Some(source_arn.into()),
                    source_account: Some(source_account.into()),
                    user_agent: principal.into(),
                    ..Caller::new(principal_of)
                }
            }
            As::Session(caller) => *caller,
        }
    }

    fn pipeline(&self) -> Result<&Arc<dyn Pipeline>, Failure> {
        self.0
            .platform
            .pipeline()
            .ok_or_else(|| Failure::new(Fault::INTERNAL, 500, "The instance is not ready yet."))
    }

    /// Whether policies allow this request's caller `access`; a refusal is recorded.
    ///
    /// # Errors
    /// [`Denied`] for the first permission that is missing.
    pub fn authorize(&self, access: &[Access]) -> Result<(), Denied> {
        match self.0.platform.pipeline() {
            Some(pipeline) => pipeline.authorize(self, access),
            None => Err(Denied {
                effect: policy::Effect::ImplicitDeny,
                message: "The instance is not ready yet.".into(),
                principal: self.caller().principal.arn(),
                action: String::new(),
                resource: String::new(),
            }),
        }
    }

    /// Who signed `request` for `service` in this region; an unsigned request is anonymous.
    ///
    /// # Errors
    /// The failure that says what is wrong with the signature.
    pub fn authenticate(&self, request: &front::Request, service: &str) -> Result<Caller, Failure> {
        self.pipeline()?.authenticate(self, request, service)
    }
}
