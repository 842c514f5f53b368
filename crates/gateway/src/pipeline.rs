//! The path of a request, step by step.

use crate::{
    authenticate::{self, AuthenticateError, Authenticator, Origin, Proof},
    authorize::{self, Refused},
    catalog::{Api, Catalog},
    detect::{Destination, detect},
    explain,
    finish::Finish,
    journal::{self, Answer},
    own,
    record::{self, Made},
    respond,
    turns::{Turns, Whose},
};
use bytes::Bytes;
use http::{
    Response,
    header::{AsHeaderName, HOST, HeaderName},
    request::Parts,
};
use policy::{Effect, Principal};
use service_kit::{
    access::Access,
    call::{BoxFuture, Call, Denied, Pipeline},
    context::{Caller, Context},
    fault::Fault,
    front::{self, Front},
    operation::{Entry, Prepared},
    platform::Platform,
    service::Service,
    trace::Trace,
};
use shape::{ErrorShape, Failure, Value};
use sigv4::{Dialect, Presented, Rules};
use std::{
    any::Any,
    future::poll_fn,
    net::IpAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::Poll,
};
use wire::{Incoming, WireError};

/// The largest body of an unsigned request for an operation: the largest batch of messages, and
/// something for their encoding.
const MAX_UNSIGNED_BYTES: usize = 2 << 20;

static TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// A request as it came over the network, read to its end.
pub struct Inbound {
    /// Method, URI, headers.
    pub parts: Parts,
    /// The whole body.
    pub body: Bytes,
    /// Where it came from.
    pub source_ip: Option<IpAddr>,
    /// Whether over TLS.
    pub secure: bool,
}

impl Inbound {
    /// The raw path.
    pub fn path(&self) -> &str {
        self.parts.uri.path()
    }

    /// The raw query, empty if there is none.
    pub fn query(&self) -> &str {
        self.parts.uri.query().unwrap_or("")
    }

    /// A header's text, if it is text.
    pub fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        self.parts.headers.get(name)?.to_str().ok()
    }

    /// The host asked for, without port.
    pub fn host(&self) -> &str {
        let host = self.header(HOST).unwrap_or("");
        match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        }
    }

    pub(crate) fn incoming(&self) -> Incoming<'_> {
        Incoming {
            method: &self.parts.method,
            path: self.path(),
            query: self.query(),
            headers: &self.parts.headers,
            body: &self.body,
        }
    }

    pub(crate) fn signed(&self) -> sigv4::Request<'_> {
        sigv4::Request {
            method: &self.parts.method,
            path: self.path(),
            query: self.query(),
            headers: &self.parts.headers,
        }
    }

    pub(crate) fn origin(&self) -> Origin {
        Origin::of(&self.parts.headers, self.source_ip, self.secure)
    }
}

/// The gateway of one instance, apart from its count of references as the platform is.
#[repr(align(128))]
pub struct Gateway {
    platform: Platform,
    catalog: Catalog,
    authenticator: Authenticator,
    connections: crate::listener::Connections,
    turns: Arc<Turns>,
}

impl Gateway {
    /// A gateway to the services of `catalog`; makes itself the platform's pipeline and starts
    /// what the services keep running.
    pub fn start(platform: Platform, catalog: Catalog) -> Arc<Self> {
        let gateway = Arc::new(Self {
            platform: platform.clone(),
            catalog,
            authenticator: Authenticator::default(),
            connections: crate::listener::Connections::default(),
            turns: Arc::default(),
        });
        platform.set_pipeline(Arc::new(PipelineOf(gateway.clone())));
        platform.set_services(gateway.catalog.services().to_vec());
        if let Err(fault) = platform.resume_erasing() {
            eprintln!("heist: accounts may be half erased: {fault:?}");
        }
        for service in gateway.catalog.services() {
            if let Some(start) = service.start {
                start(&platform);
            }
        }
        gateway
    }

    /// The instance.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// The services.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    pub(crate) fn connections(&self) -> &crate::listener::Connections {
        &self.connections
    }

    /// Answers one request.
    pub async fn handle(self: &Arc<Self>, inbound: Inbound) -> Response<Bytes> {
        let request_id: Arc<str> = self.platform.entropy().uuid().into();
        let presented = sigv4::presented(&inbound.signed());
        let unsigned = Presented::None;
        let destination = detect(&self.catalog, &inbound, presented.as_ref().unwrap_or(&unsigned));
        match destination {
            // Boxed, so that the path of an operation is not as large as the largest of these.
            Destination::Own => Box::pin(own::handle(self, &inbound, &presented)).await,
            Destination::Front(front) => {
                let cx = self.anonymous(&inbound, request_id);
                let (whose, work) = (whose(&cx), Box::pin(serve(front, cx, into_front(inbound))));
                self.turns.run(&whose, work).await.unwrap_or_else(respond::crowded)
            }
            Destination::Api(api) => self.answer(api, &inbound, &presented, request_id).await,
            Destination::Unknown(name) => respond::unknown(&inbound, &name, &request_id),
        }
    }

    /// A context for a request that has not said who it is.
    fn anonymous(&self, inbound: &Inbound, request_id: Arc<str>) -> Context {
        let caller = inbound.origin().stamp(Caller::new(Principal::Anonymous));
        let scope = authenticate::scope(&self.platform, &caller, &Ok(Presented::None), false);
        let trace = inbound.header(&TRACE_ID).and_then(Trace::parse);
        Context::new(self.platform.clone(), scope, caller, request_id, trace)
    }

    async fn answer(
        self: &Arc<Self>,
        api: Api,
        inbound: &Inbound,
        presented: &Proof<'_>,
        request_id: Arc<str>,
    ) -> Response<Bytes> {
        let respond = respond::Responder::new(api, &request_id);
        let cx = match self.admit(api, inbound, presented, request_id.clone()) {
            Ok(cx) => cx,
            Err(failure) => return respond.failure(failure),
        };
        match parse(api, inbound, cx.caller()) {
            Ok((entry, value)) => {
                let word = move |outcome: &Outcome| match outcome {
                    Ok(output) => respond.output(entry, output),
                    Err(failure) => respond.failure(failure.clone()),
                };
                let (whose, work) = (whose(&cx), self.execute(api.service, entry, value, cx, word));
                let crowded = || {
                    let respond = respond::Responder::new(api, &request_id);
                    respond.failure(Fault::Throttled.into_failure())
                };
                self.turns.run(&whose, work).await.unwrap_or_else(crowded)
            }
            Err(failure) => self.misread(api, failure, cx, respond).await,
        }
    }

    /// Refuses what is no input of an operation.
    async fn misread(
        &self,
        api: Api,
        failure: Failure,
        cx: Context,
        respond: respond::Responder,
    ) -> Response<Bytes> {
        let failure = match cx.caller().principal {
            // An unsigned caller learns nothing of what is wrong with the request.
            Principal::Anonymous => respond::unsigned(api.service),
            _ => failure,
        };
        let answer = respond.failure(failure.clone());
        if cx.notes().is_none() {
            return answer;
        }
        Finish::new(async move {
            let name = api.operation.map_or("", |entry| entry.signature.name);
            let kept = journal::operation(&cx, api.service, name, Some(&failure), &answer).await;
            kept.map_or_else(|failure| respond.failure(failure), |()| answer)
        })
        .await
    }

    /// Authenticates: who asks, in what scope.
    fn admit(
        &self,
        api: Api,
        inbound: &Inbound,
        presented: &Proof<'_>,
        request_id: Arc<str>,
    ) -> Result<Context, Failure> {
        let service = api.service.signing_name;
        let caller = self.prove(
            &inbound.signed(),
            presented,
            &inbound.body,
            &Rules { service, region: None, s3: false },
            &inbound.origin(),
            respond::dialect(api),
        )?;
        let scope = authenticate::scope(&self.platform, &caller, presented, api.service.global);
        let trace = inbound.header(&TRACE_ID).and_then(Trace::parse);
        Ok(Context::new(self.platform.clone(), scope, caller, request_id, trace))
    }

    /// Validates, authorizes, runs and records: the part that calls between services share. It
    /// ends in any case: a client that hangs up neither stops an operation half way nor keeps it
    /// out of the audit trail and the journal. `word` makes the answer.
    async fn execute<A: Answer>(
        self: &Arc<Self>,
        service: &'static Service,
        entry: &'static Entry,
        value: Value,
        cx: Context,
        word: impl Fn(&Outcome) -> A + Clone + Send + Sync + 'static,
    ) -> A {
        let (gateway, worded) = (self.clone(), word.clone());
        let whole = async move { Ok(gateway.carry_out(service, entry, value, cx, worded).await) };
        let whole = Box::pin(whole);
        let whole = async move { caught(whole).await.unwrap_or_else(|defect| word(&Err(defect))) };
        Finish::new(whole).await
    }

    async fn carry_out<A: Answer>(
        &self,
        service: &'static Service,
        entry: &'static Entry,
        value: Value,
        cx: Context,
        word: impl Fn(&Outcome) -> A,
    ) -> A {
        let mut made = Made::begin(service, entry, &value);
        let outcome = match self.judge(service, entry, value, &cx, &mut made) {
            // Caught here already, so that a panic is recorded like every failure.
            Ok(prepared) => {
                let outcome = caught(prepared.run(cx.clone())).await;
                explain::note_own_refusal(service, entry, &cx, &outcome);
                outcome
            }
            Err(failure) => Err(failure),
        };
        let outcome = outcome.map_err(|failure| respond::in_words_of(service, failure));
        let (answer, name) = (word(&outcome), entry.signature.name);
        let error = outcome.as_ref().err();
        let ((), kept) = tokio::join!(
            record::record(self, &cx, made, &outcome),
            journal::operation(&cx, service, name, error, &answer),
        );
        kept.map_or_else(|failure| word(&Err(failure)), |()| answer)
    }

    fn judge(
        &self,
        service: &'static Service,
        entry: &'static Entry,
        value: Value,
        cx: &Context,
        made: &mut Made,
    ) -> Result<Box<dyn Prepared>, Failure> {
        let anonymous = cx.caller().principal == Principal::Anonymous;
        if let Some(session) = &cx.caller().session
            && !session.may_call(service.name, entry.signature.name)
        {
            let access_key_id = session.access_key_id.clone();
            let failure = sigv4::Failure::UnrecognizedClient { access_key_id };
            return Err(respond::unproven(service, &failure));
        }
        if cx.is_void() {
            return Err(Fault::Erased.into_failure());
        }
        let violations = shape::validate((entry.signature.input)(), &value);
        let prepared = match violations.as_slice() {
            [] => (entry.prepare)(value).map_err(|mismatch| Fault::from(mismatch).into_failure()),
            found => Err(Fault::invalid(shape::validation_message(found)).into_failure()),
        };
        let prepared = match prepared {
            Err(_) if anonymous => return Err(respond::unsigned(service)),
            prepared => prepared?,
        };
        let mut accesses = prepared.access(cx.scope());
        cx.read(|tx| prepared.resources(tx, &mut accesses)).map_err(Fault::into_failure)?;
        made.touches(&accesses);
        let open = |access: &Access| matches!(access.need, service_kit::access::Need::Anonymous(_));
        if anonymous && !service.anonymous && !accesses.iter().all(open) {
            return Err(respond::unsigned(service));
        }
        prepared.proofs(cx, &mut accesses)?;
        let complete = |accesses: &mut [Access]| cx.read(|tx| prepared.conditions(tx, accesses));
        let judged = authorize::authorize(&self.catalog, cx, &accesses, &complete);
        judged.map_err(|refused| match refused {
            Refused::Unsigned => respond::unsigned(service),
            Refused::Denied(denied) => Fault::AccessDenied(denied.message).into_failure(),
            Refused::Misnamed(index) => (service.misnamed)(&accesses[index]),
            Refused::Fault(fault) => fault.into_failure(),
        })?;
        Ok(prepared)
    }

    /// Whether policies let the caller of `cx` do this; a refusal is not recorded.
    pub(crate) fn would_allow(&self, cx: &Context, access: &Access) -> bool {
        authorize::would_allow(&self.catalog, cx, access)
    }

    /// The caller that `presented` proves for a request to a service with these `rules`, as seen
    /// from `origin`; failures are worded in `dialect`. The only place that authenticates.
    pub(crate) fn prove(
        &self,
        signed: &sigv4::Request<'_>,
        presented: &Proof<'_>,
        body: &[u8],
        rules: &Rules<'_>,
        origin: &Origin,
        dialect: Dialect,
    ) -> Result<Caller, Failure> {
        let failed = |error: AuthenticateError| error.into_failure(dialect);
        let presented = presented.as_ref().map_err(|failure| failed(failure.clone().into()))?;
        let caller = self.authenticator.caller(&self.platform, signed, presented, body, rules);
        Ok(origin.stamp(caller.map_err(failed)?))
    }
}

/// Who is to wait when there is too much to do: the caller's account, else where he comes from.
fn whose(cx: &Context) -> Whose {
    let caller = cx.caller();
    match (caller.principal.account(), caller.source_ip) {
        (Some(account), _) => account.into(),
        (None, Some(address)) => address.to_string().into(),
        (None, None) => Whose::default(),
    }
}

/// The operation asked for and its input. Of what an unsigned caller sends little is read, and
/// nothing where he has no business: reading takes many times the time and memory of sending.
fn parse(api: Api, inbound: &Inbound, caller: &Caller) -> Result<(&'static Entry, Value), Failure> {
    let entry = api.operation.ok_or_else(|| respond::unknown_operation(api, inbound))?;
    let mut limit = api.service.max_body_bytes;
    if caller.principal == Principal::Anonymous {
        limit = limit.min(MAX_UNSIGNED_BYTES);
        if !entry.open && !api.service.anonymous || inbound.body.len() > limit {
            return Err(respond::unsigned(api.service));
        }
    }
    let failed = |error: WireError| error.into_failure(api.protocol, api.service.error_namespace);
    let body = wire::ungzip(&inbound.parts.headers, &inbound.body, limit).map_err(failed)?;
    let incoming = Incoming { body: &body, ..inbound.incoming() };
    let value = api.protocol.decode(&entry.signature, &incoming).map_err(failed)?;
    Ok((entry, value))
}

/// Lets a front answer, and journals that.
async fn serve(front: &'static dyn Front, cx: Context, request: front::Request) -> Response<Bytes> {
    if cx.notes().is_none() {
        return front.handle(cx, request).await;
    }
    Finish::new(async move {
        let answer = front.handle(cx.clone(), request).await;
        match journal::front(&cx, &answer).await {
            Ok(()) => answer,
            Err(fault) => {
                eprintln!("heist: no journal entry of request {}: {fault:?}", cx.request_id());
                let mut answer = Response::default();
                *answer.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
                answer
            }
        }
    })
    .await
}

/// How an operation ended.
type Outcome = Result<Value, Failure>;

/// Runs part of a request; a panic ends that request only. It takes what stays where it is: large
/// futures are not to be moved about.
async fn caught<T>(
    mut running: impl Future<Output = Result<T, Failure>> + Unpin,
) -> Result<T, Failure> {
    poll_fn(|task| {
        // What a panic may leave behind is inside the future, which is not polled again.
        match catch_unwind(AssertUnwindSafe(|| Pin::new(&mut running).poll(task))) {
            Ok(polled) => polled,
            Err(panic) => Poll::Ready(Err(Fault::internal(defect(&*panic)).into_failure())),
        }
    })
    .await
}

/// What a panic said, for the operator's log.
fn defect(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("an operation panicked: {:?}", text.unwrap_or_default())
}

fn into_front(inbound: Inbound) -> front::Request {
    front::Request {
        host: inbound.host().to_ascii_lowercase(),
        path: inbound.path().to_owned(),
        query: inbound.query().to_owned(),
        method: inbound.parts.method,
        headers: inbound.parts.headers,
        body: inbound.body,
        source_ip: inbound.source_ip,
        secure: inbound.secure,
    }
}

impl Gateway {
    async fn called(self: Arc<Self>, call: Call) -> Result<serde_json::Value, Failure> {
        let Call { service, operation, input, scope, caller, trace } = call;
        let missing = || {
            let name = format!("{service}:{operation}");
            Fault::unsupported(name).into_failure()
        };
        let service = self.catalog.service(service).ok_or_else(missing)?;
        let entry = self.catalog.operation(service, operation).ok_or_else(missing)?;
        let request_id = self.platform.entropy().uuid().into();
        if caller.via.is_empty() {
            let now = self.platform.clock().now();
            self.platform.uses().note(&caller, service.signing_name, &scope.region, now);
        }
        let cx = Context::new(self.platform.clone(), scope, caller, request_id, trace);
        let value = wire::json::from_json((entry.signature.input)(), &input).map_err(|error| {
            error.into_failure(wire::Protocol::AwsJson10, service.error_namespace)
        })?;
        let word = |outcome: &Outcome| {
            let output = outcome.as_ref().map_err(Clone::clone)?;
            Ok(wire::json::to_json((entry.signature.output)(), output))
        };
        self.execute(service, entry, value, cx, word).await
    }
}

/// What services see of the gateway.
struct PipelineOf(Arc<Gateway>);

impl Pipeline for PipelineOf {
    fn call(&self, call: Call) -> BoxFuture<'_, Result<serde_json::Value, Failure>> {
        Box::pin(self.0.clone().called(call))
    }

    fn authorize(&self, cx: &Context, access: &[Access]) -> Result<(), Denied> {
        let judged = authorize::authorize(&self.0.catalog, cx, access, &|_| Ok(()));
        judged.map_err(|refused| match refused {
            Refused::Denied(denied) => denied,
            Refused::Unsigned => undecided(cx, "The request is not signed."),
            Refused::Misnamed(_) => undecided(cx, "The request names no resource that is here."),
            Refused::Fault(_) => undecided(cx, "The request could not be judged."),
        })
    }

    fn authenticate(
        &self,
        cx: &Context,
        request: &front::Request,
        service: &str,
    ) -> Result<Caller, Failure> {
        let signed = sigv4::Request {
            method: &request.method,
            path: &request.path,
            query: &request.query,
            headers: &request.headers,
        };
        let origin = Origin::of(&request.headers, request.source_ip, request.secure);
        let presented = sigv4::presented(&signed);
        let body = &request.body;
        // What a front serves lives in one region, and so must the signature.
        let rules = Rules { service, region: Some(cx.region()), s3: false };
        let caller = self.0.prove(&signed, &presented, body, &rules, &origin, Dialect::RestJson)?;
        if let Some(notes) = cx.notes() {
            notes.signer(&caller);
        }
        Ok(caller)
    }

    fn serve(&self, stream: tokio::net::TcpStream, account: &str) {
        crate::listener::serve_stream(self.0.clone(), stream, account);
    }
}

fn undecided(cx: &Context, message: &str) -> Denied {
    Denied {
        effect: Effect::ImplicitDeny,
        message: message.into(),
        principal: cx.caller().principal.arn(),
        action: String::new(),
        resource: String::new(),
    }
}
