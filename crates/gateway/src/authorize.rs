//! May this caller do this? Gathers what the decision needs, decides, and records refusals.

use crate::{catalog::Catalog, conditions};
use policy::{Attached, Decision, Effect, Kind, Policies, PolicyType, Principal, Request};
use service_kit::{
    access::{Access, Facts, Need, Scope},
    audit::{Refusal, RefusalStatement},
    call::Denied,
    context::Context,
    fault::Fault,
    tx::ReadTx,
};
use std::sync::Arc;

/// The most condition keys of a refusal that are kept, and the most values of one.
const MAX_TOLD: usize = 100;
/// The most bytes that are kept of each text in a refusal.
const MAX_TEXT_BYTES: usize = 2_048;

/// The condition keys that all permissions of one request share.
type Keys = Arc<policy::Context>;

/// Why a call may not go on.
pub enum Refused {
    /// It is not signed, and unsigned callers have no business here.
    Unsigned,
    /// Policies do not allow it.
    Denied(Denied),
    /// Storage failed; nothing was decided, so nothing is allowed.
    Fault(Fault),
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Judges every one of `accesses` for the caller of `cx`, in order.
///
/// # Errors
/// [`Refused`] for the first that is not allowed; the refusal has been recorded.
pub fn authorize(catalog: &Catalog, cx: &Context, accesses: &[Access]) -> Result<(), Refused> {
    if accesses.is_empty() {
        // Closed by omission: an operation that declares nothing is allowed to nobody.
        return Err(Fault::internal("an operation declares no access").into());
    }
    let shared = conditions::shared(cx);
    for access in accesses {
        match access.need {
            Need::Anonymous(_) => {}
            Need::SignedOnly(_) if cx.caller().principal == Principal::Anonymous => {
                return Err(Refused::Unsigned);
            }
            Need::SignedOnly(_) => {}
            Need::Allowed => allowed(catalog, cx, access, &shared)?,
        }
    }
    Ok(())
}

/// Whether policies allow `access`, without recording a refusal.
pub fn would_allow(catalog: &Catalog, cx: &Context, access: &Access) -> bool {
    let judged = judge(catalog, cx, access, &conditions::shared(cx));
    judged.is_ok_and(|judged| judged.decision.is_allowed())
}

fn allowed(catalog: &Catalog, cx: &Context, access: &Access, keys: &Keys) -> Result<(), Refused> {
    let judged = judge(catalog, cx, access, keys)?;
    let Judged { decision, explained: Some(explained) } = judged else { return Ok(()) };
    let principal = cx.caller().principal.arn();
    let resource = explained.resource.clone();
    let message = decision.message(&principal, &access.action, &resource);
    let action = access.action.to_string();
    let denied = Denied { effect: decision.effect, message, principal, action, resource };
    cx.platform().refusal(cx.scope(), refusal(cx, &denied, &decision, explained));
    Err(Refused::Denied(denied))
}

/// A decision; if it is a refusal, with what is told of it.
struct Judged {
    decision: Decision,
    explained: Option<Explained>,
}

/// A refusal as it is recorded.
struct Explained {
    resource: String,
    suggestion: Option<String>,
    considered: Vec<String>,
    statements: Vec<RefusalStatement>,
    missing: Vec<String>,
    keys: policy::Context,
}

fn judge(catalog: &Catalog, cx: &Context, access: &Access, shared: &Keys) -> Result<Judged, Fault> {
    let facts = facts(catalog, cx, access)?;
    let policies = policies(cx, &facts)?;
    let resource = facts.resource.as_deref().unwrap_or(&access.resource);
    let owner = conditions::resource_account(resource, cx.scope());
    let keys = conditions::keys(shared, access, &facts, owner);
    let request = Request {
        principal: &cx.caller().principal,
        action: &access.action,
        resource,
        resource_account: Some(owner),
        context: &keys,
    };
    let decision = policy::decide(&request, &policies);
    let explained = match decision.effect {
        Effect::Allowed => None,
        _ => Some(explain(cx, access, &request, &policies, &decision, shared)),
    };
    Ok(Judged { decision, explained })
}

/// What is told of a refusal to the account it is recorded in, where the request works. Of
/// another account's resource that is only what the caller said, neither its true name nor its
/// tags and policies; of another account's caller, none of his policies.
fn explain(
    cx: &Context,
    access: &Access,
    request: &Request<'_>,
    policies: &Policies,
    decision: &Decision,
    shared: &Keys,
) -> Explained {
    let own_resource = request.resource_account == Some(cx.account());
    let own_caller = cx.caller().account().is_none_or(|account| account == cx.account());
    let told = |policy_type| match policy_type {
        PolicyType::Resource => own_resource,
        _ => own_caller,
    };
    let matched = decision.statements.iter().filter(|matched| told(matched.policy_type));
    let resource = if own_resource { request.resource } else { &access.resource };
    let keys = match own_resource {
        true => request.context.clone(),
        false => {
            let owner = conditions::resource_account(resource, cx.scope());
            conditions::keys(shared, access, &Facts::default(), owner)
        }
    };
    let missing = decision.missing_keys.iter().filter(|_| own_resource && own_caller);
    Explained {
        resource: resource.to_owned(),
        suggestion: decision.suggestion(&Request { resource, ..*request }),
        considered: names(policies, told),
        statements: matched.map(statement).collect(),
        missing: missing.map(ToString::to_string).collect(),
        keys,
    }
}

/// What the resource's own service says of it, read where the resource lives.
fn facts(catalog: &Catalog, cx: &Context, access: &Access) -> Result<Facts, Fault> {
    if access.is_new {
        return Ok(Facts::default());
    }
    let arn = policy::Arn::parse(&access.resource);
    let service = arn.as_ref().and_then(|arn| catalog.by_arn_name(arn.service));
    let Some(facts) = service.and_then(|service| service.facts) else {
        return Ok(Facts::default());
    };
    let scope = arn.map_or_else(|| cx.scope().clone(), |arn| home(&arn, cx.scope()));
    cx.platform().read(&scope, |tx: &ReadTx<'_>| facts(tx, access, cx.caller()))
}

fn home(arn: &policy::Arn<'_>, scope: &Scope) -> Scope {
    let or = |part: &str, default: &Arc<str>| match part {
        "" => default.clone(),
        part => part.into(),
    };
    Scope { account: or(arn.account, &scope.account), region: or(arn.region, &scope.region) }
}

fn policies(cx: &Context, facts: &Facts) -> Result<Policies, Fault> {
    let directory = cx.platform().directory();
    let own = directory.policies(cx.platform(), cx.caller())?;
    let kind = if facts.trust { Kind::Trust } else { Kind::Resource };
    let resource = match &facts.policy {
        None => None,
        Some((id, document)) => {
            let policy = directory.compile(document, kind).ok_or_else(|| {
                Fault::internal(format!("the stored policy of {id} is malformed"))
            })?;
            Some(Attached { id: id.clone(), policy })
        }
    };
    Ok(Policies {
        resource,
        grants: facts.grants.clone(),
        exclusive_resource: facts.exclusive,
        identity: own.identity.clone(),
        boundary: own.boundary.clone(),
        session: own.session.clone(),
        ..Policies::default()
    })
}

fn names(policies: &Policies, told: impl Fn(PolicyType) -> bool) -> Vec<String> {
    let resource = policies.resource.iter().chain(&policies.grants);
    let resource = resource.filter(|_| told(PolicyType::Resource));
    let own = policies.boundary.iter().chain(&policies.identity);
    let own = own.chain(policies.session.iter().flatten());
    let own = own.filter(|_| told(PolicyType::Identity));
    resource.chain(own).map(|attached| attached.id.to_string()).collect()
}

fn statement(matched: &policy::MatchedStatement) -> RefusalStatement {
    RefusalStatement {
        policy: matched.policy.to_string(),
        policy_type: matched.policy_type.name().into(),
        statement: matched.sid.as_deref().map_or_else(|| matched.index.to_string(), str::to_owned),
        effect: format!("{:?}", matched.effect),
    }
}

/// The journal's entry. Its parts are cut, since the caller chose how long they are.
fn refusal(cx: &Context, denied: &Denied, decision: &Decision, explained: Explained) -> Refusal {
    let values = |entry: policy::Entry<'_>| {
        entry.values.iter().take(MAX_TOLD).map(|value| cut(value).to_owned()).collect()
    };
    let keys = explained.keys.iter().take(MAX_TOLD);
    let context = keys.map(|entry| (cut(entry.key).to_owned(), values(entry)));
    Refusal {
        at: cx.now(),
        request_id: cx.request_id().to_owned(),
        principal: denied.principal.clone(),
        action: denied.action.clone(),
        resource: cut(&denied.resource).to_owned(),
        message: cut(&denied.message).to_owned(),
        effect: format!("{:?}", decision.effect),
        decided_by: decision.by.name().into(),
        context: context.collect(),
        statements: explained.statements,
        considered: explained.considered,
        missing_keys: explained.missing,
        // A statement that is cut is none.
        suggestion: explained.suggestion.filter(|it| it == cut(it)).unwrap_or_default(),
    }
}

/// `text`, or as much of it as is kept.
fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_TEXT_BYTES)).unwrap_or(text)
}
