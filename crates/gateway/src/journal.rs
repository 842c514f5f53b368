//! What the journal gets to know of a request: which statements decided it, and what went out.

use crate::{explain::cut, respond::in_words_of};
use bytes::Bytes;
use http::Response;
use policy::{
    Attached, Decision, Effect, Kind, MatchedStatement, Policies, Policy, PolicyType, Principal,
    Request, StatementEffect,
};
use service_kit::{
    access::{Access, Need},
    context::Context,
    fault::Fault,
    journal::{
        JournalAccess, JournalCaller, JournalDecision, JournalEntry, JournalMatch,
        JournalStatement, Noted, Served, sha256,
    },
    service::Service,
};
use shape::{ErrorShape, Failure};
use std::borrow::Cow;

/// The most statements that are named of one decision.
const MAX_MATCHED: usize = 20;

/// An answer on its way out.
pub trait Answer: Send + Sync + 'static {
    /// The HTTP status.
    fn status(&self) -> u16;
    /// The body.
    fn body(&self) -> Cow<'_, [u8]>;
}

impl Answer for Response<Bytes> {
    fn status(&self) -> u16 {
        Response::status(self).as_u16()
    }

    fn body(&self) -> Cow<'_, [u8]> {
        Response::body(self).as_ref().into()
    }
}

impl Answer for Result<serde_json::Value, Failure> {
    fn status(&self) -> u16 {
        self.as_ref().map_or_else(|failure| failure.status, |_| 200)
    }

    fn body(&self) -> Cow<'_, [u8]> {
        match self {
            Ok(output) => output.to_string().into_bytes().into(),
            Err(failure) => failure.message.as_bytes().into(),
        }
    }
}

/// Notes which accounts a request touches that asks for `accesses`; says whether it is journaled.
pub fn concerns(cx: &Context, accesses: &[Access]) -> bool {
    let Some(notes) = cx.notes() else { return false };
    let owners = accesses.iter().map(|access| owner(cx, access));
    let signed = cx.caller().principal != Principal::Anonymous;
    // A stranger works in an account only for want of another.
    let own = cx.caller().account().into_iter().chain(signed.then(|| cx.account()));
    notes.touches(own.chain(owners))
}

fn owner<'a>(cx: &'a Context, access: &'a Access) -> &'a str {
    crate::conditions::resource_account(&access.resource, cx.scope())
}

/// Notes a permission that nobody needs.
pub fn open(cx: &Context, access: &Access) {
    let (Need::Anonymous(reason) | Need::SignedOnly(reason)) = access.need else { return };
    cx.open(|| JournalAccess::open(&access.action, &access.resource, owner(cx, access), reason));
}

/// A decision as the journal keeps it.
pub fn decided(
    access: &Access,
    request: &Request<'_>,
    owner: &str,
    policies: &Policies,
    decision: &Decision,
) -> JournalAccess {
    let needless = decision.effect == Effect::Allowed
        && decision.by == PolicyType::Identity
        && decision.statements.iter().all(|it| it.policy_type != PolicyType::Identity);
    let root = matches!(request.principal, Principal::Root { .. });
    JournalAccess {
        action: request.action.to_owned(),
        resource: cut(request.resource).to_owned(),
        asked: (access.resource != request.resource).then(|| cut(&access.resource).to_owned()),
        owner: owner.to_owned(),
        decision: match decision.effect {
            Effect::Allowed => JournalDecision::Allowed,
            Effect::ExplicitDeny => JournalDecision::ExplicitDeny,
            Effect::ImplicitDeny => JournalDecision::ImplicitDeny,
        },
        decided_by: match needless {
            true if root => "root user",
            true => "no permission needed",
            false => decision.by.name(),
        }
        .into(),
        statements: telling(request, policies, decision)
            .into_iter()
            .filter_map(|matched| statement(policies, matched))
            .collect(),
        matched: decision.statements.iter().take(MAX_MATCHED).map(place).collect(),
    }
}

/// The statements that decided, the most telling first.
fn telling<'d>(
    request: &Request<'_>,
    policies: &Policies,
    decision: &'d Decision,
) -> Vec<&'d MatchedStatement> {
    let first = |policy_type, effect| {
        let mut all = decision.statements.iter();
        all.find(|it| it.policy_type == policy_type && it.effect == effect)
    };
    let allows = |policy_type| first(policy_type, StatementEffect::Allow);
    let found = match (decision.effect, decision.by) {
        (Effect::ImplicitDeny, _) => vec![],
        (Effect::ExplicitDeny, by) => vec![first(by, StatementEffect::Deny)],
        (Effect::Allowed, PolicyType::Resource) => vec![enough(request, policies, decision)],
        // The resource's side had to allow, too.
        (Effect::Allowed, _) if policies.exclusive_resource || !decision.same_account => {
            vec![allows(PolicyType::Resource), allows(PolicyType::Identity)]
        }
        (Effect::Allowed, by) => vec![allows(by)],
    };
    found.into_iter().flatten().collect()
}

/// The first statement on the resource's side that is enough to allow the request: others may
/// only hand the decision to the caller's side.
fn enough<'d>(
    request: &Request<'_>,
    policies: &Policies,
    decision: &'d Decision,
) -> Option<&'d MatchedStatement> {
    let allows = |it: &&MatchedStatement| {
        it.policy_type == PolicyType::Resource && it.effect == StatementEffect::Allow
    };
    let all: Vec<_> = decision.statements.iter().filter(allows).collect();
    let suffices = |matched: &MatchedStatement| {
        let alone = alone(policies, matched)?;
        let policies = Policies { resource: Some(alone), grants: Vec::new(), ..policies.clone() };
        Some(policy::decide(request, &policies).is_allowed())
    };
    let first = all.first().copied();
    match all.len() {
        0 | 1 => first,
        _ => all.into_iter().find(|matched| suffices(matched) == Some(true)).or(first),
    }
}

/// A policy of just this statement.
fn alone(policies: &Policies, matched: &MatchedStatement) -> Option<Attached> {
    let attached = find(policies, matched)?;
    let (_, text) = attached.policy.statements().nth(matched.index)?;
    let current = attached.policy.require_current_version().is_ok();
    let version = if current { "2012-10-17" } else { "2008-10-17" };
    let kind = match attached.policy.kind() {
        Kind::Trust => Kind::Trust,
        _ => Kind::Resource,
    };
    let document = format!("{{\"Version\":\"{version}\",\"Statement\":[{text}]}}");
    Some(Attached::new(attached.id.clone(), Policy::parse(&document, kind).ok()?))
}

/// The policy that a statement stands in.
fn find<'p>(policies: &'p Policies, matched: &MatchedStatement) -> Option<&'p Attached> {
    let mut all: Box<dyn Iterator<Item = &Attached> + '_> = match matched.policy_type {
        PolicyType::ServiceControl => Box::new(policies.service_control.iter().flatten()),
        PolicyType::ResourceControl => Box::new(policies.resource_control.iter().flatten()),
        PolicyType::Resource => Box::new(policies.resource.iter().chain(&policies.grants)),
        PolicyType::Identity => Box::new(policies.identity.iter()),
        PolicyType::Boundary => Box::new(policies.boundary.iter()),
        PolicyType::Session => Box::new(policies.session.iter().flatten()),
    };
    all.find(|attached| attached.id == matched.policy)
}

fn place(matched: &MatchedStatement) -> JournalMatch {
    let index = || matched.index.to_string();
    JournalMatch {
        policy_type: matched.policy_type.name().into(),
        policy: cut(&matched.policy).to_owned(),
        statement: matched.sid.as_ref().map_or_else(index, |sid| cut(sid).to_owned()),
        effect: format!("{:?}", matched.effect),
    }
}

fn statement(policies: &Policies, matched: &MatchedStatement) -> Option<JournalStatement> {
    let policy = &find(policies, matched)?.policy;
    let (_, text) = policy.statements().nth(matched.index)?;
    let (text, sha256) = (cut(text).to_owned(), sha256(policy.text()));
    Some(JournalStatement { place: place(matched), text, sha256 })
}

/// Notes what a service refuses of itself, where no policy denied it.
pub fn note_own_refusal(cx: &Context, service: &Service, action: &str) {
    if let Some(notes) = cx.notes().filter(|notes| !notes.is_refused()) {
        let access = JournalAccess::open(action, "", cx.account(), service.principal);
        notes.access(JournalAccess { decision: JournalDecision::RefusedByService, ..access });
    }
}

/// Journals a request for `operation` of `service`, with the error it ended in, if in one.
///
/// # Errors
/// The failure to answer with instead: nothing goes out that is not journaled.
pub async fn operation(
    cx: &Context,
    service: &Service,
    operation: &str,
    error: Option<&Failure>,
    answer: &impl Answer,
) -> Result<(), Failure> {
    let Some(notes) = cx.notes() else { return Ok(()) };
    // Refused before any permission was looked at, it still is a request of this account's.
    if !notes.is_journaled() && !concerns(cx, &[]) {
        return Ok(());
    }
    let cx = &cx.as_vouched();
    let noted = notes.take();
    let entry = JournalEntry {
        error_code: error.map(|failure| in_words_of(service, failure.clone()).code.to_owned()),
        ..entry(cx, service.name, operation.into(), noted, answer)
    };
    // Apart, so that requests of accounts that nobody watches need no room for it.
    let entered = Box::pin(enter(cx, entry, answer)).await;
    entered.map_err(|fault| in_words_of(service, fault.into_failure()))
}

/// Journals a request that a front answered.
///
/// # Errors
/// As [`operation`].
pub async fn front(cx: &Context, answer: &Response<Bytes>) -> Result<(), Fault> {
    let Some(notes) = cx.notes().filter(|notes| notes.is_journaled()) else { return Ok(()) };
    let mut noted = notes.take();
    let Some(Served { scope, service, http, trace }) = noted.served.take() else { return Ok(()) };
    let cx = match noted.signer.take() {
        Some(signer) => cx.within(scope).made_by(signer),
        None => cx.within(scope),
    };
    let cx = if trace.is_some() { cx.traced(trace) } else { cx };
    let error = answer.headers().get("x-amzn-errortype").and_then(|code| code.to_str().ok());
    let asked = format!("{} {}", http.method, http.path);
    let entry = JournalEntry {
        error_code: error.map(str::to_owned),
        http: Some(http),
        ..entry(&cx, service, asked, noted, answer)
    };
    enter(&cx, entry, answer).await
}

fn entry(
    cx: &Context,
    service: &str,
    operation: String,
    noted: Noted,
    answer: &impl Answer,
) -> JournalEntry {
    let caused_by = cx.caller().caused_by.as_deref().map(str::to_owned);
    JournalEntry {
        at: cx.now(),
        request_id: cx.request_id().to_owned(),
        accounts: noted.accounts.into_iter().collect(),
        account: cx.account().to_owned(),
        region: cx.region().to_owned(),
        internal: caused_by.is_some(),
        caller: JournalCaller::from(cx.caller()),
        service: service.to_owned(),
        operation,
        http: None,
        accesses: noted.accesses,
        more_accesses: noted.more_accesses,
        status: answer.status(),
        error_code: None,
        bytes_out: 0,
        items: noted.items,
        more_items: noted.more_items,
        markers: Vec::new(),
        trace_id: cx.trace().map(|trace| trace.root.to_string()),
        caused_by,
    }
}

async fn enter(cx: &Context, entry: JournalEntry, answer: &impl Answer) -> Result<(), Fault> {
    let journal = cx.platform().journal();
    let (bytes_out, markers) = {
        let body = answer.body();
        (body.len() as u64, journal.markers(&body)?)
    };
    journal.enter(&JournalEntry { bytes_out, markers, ..entry }).await
}
