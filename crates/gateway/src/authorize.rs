//! May this caller do this? Gathers what the decision needs, decides, and records refusals.

use crate::{catalog::Catalog, conditions};
use policy::{Attached, Decision, Effect, Kind, Policies, Principal, Request};
use service_kit::{
    access::{Access, Facts, Need, Scope},
    audit::{Refusal, RefusalStatement},
    call::Denied,
    context::Context,
    fault::Fault,
    tx::ReadTx,
};
use std::sync::Arc;

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
    for access in accesses {
        match access.need {
            Need::Anonymous(_) => {}
            Need::SignedOnly(_) if cx.caller().principal == Principal::Anonymous => {
                return Err(Refused::Unsigned);
            }
            Need::SignedOnly(_) => {}
            Need::Allowed => allowed(catalog, cx, access)?,
        }
    }
    Ok(())
}

/// Whether policies allow `access`, without recording a refusal.
pub fn would_allow(catalog: &Catalog, cx: &Context, access: &Access) -> bool {
    judge(catalog, cx, access).is_ok_and(|judged| judged.decision.is_allowed())
}

fn allowed(catalog: &Catalog, cx: &Context, access: &Access) -> Result<(), Refused> {
    let judged = judge(catalog, cx, access)?;
    if judged.decision.is_allowed() {
        return Ok(());
    }
    let principal = cx.caller().principal.arn();
    let resource = judged.resource.clone();
    let message = judged.decision.message(&principal, &access.action, &resource);
    let action = access.action.to_string();
    let denied = Denied { effect: judged.decision.effect, message, principal, action, resource };
    cx.platform().refusal(cx.scope(), refusal(cx, &denied, &judged));
    Err(Refused::Denied(denied))
}

/// A decision with what it was made from.
struct Judged {
    decision: Decision,
    resource: String,
    suggestion: Option<String>,
    considered: Vec<String>,
    keys: policy::Context,
}

fn judge(catalog: &Catalog, cx: &Context, access: &Access) -> Result<Judged, Fault> {
    let facts = facts(catalog, cx, access)?;
    let policies = policies(cx, &facts)?;
    let keys = conditions::keys(cx.caller(), cx.scope(), access, &facts, cx.now());
    let resource = facts.resource.clone().unwrap_or_else(|| access.resource.clone());
    let owner = conditions::resource_account(access, &facts, cx.scope());
    let request = Request {
        principal: &cx.caller().principal,
        action: &access.action,
        resource: &resource,
        resource_account: owner.as_deref(),
        context: &keys,
    };
    let decision = policy::decide(&request, &policies);
    let (suggestion, considered) = match decision.effect {
        Effect::Allowed => (None, Vec::new()),
        _ => (decision.suggestion(&request), names(&policies)),
    };
    Ok(Judged { decision, resource, suggestion, considered, keys })
}

/// What the resource's own service says of it, read where the resource lives.
fn facts(catalog: &Catalog, cx: &Context, access: &Access) -> Result<Facts, Fault> {
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

fn names(policies: &Policies) -> Vec<String> {
    let single = policies.resource.iter().chain(&policies.boundary);
    let many =
        policies.identity.iter().chain(&policies.grants).chain(policies.session.iter().flatten());
    single.chain(many).map(|attached| attached.id.to_string()).collect()
}

fn refusal(cx: &Context, denied: &Denied, judged: &Judged) -> Refusal {
    let decision = &judged.decision;
    let statement = |matched: &policy::MatchedStatement| RefusalStatement {
        policy: matched.policy.to_string(),
        policy_type: matched.policy_type.name().into(),
        statement: matched.sid.as_deref().map_or_else(|| matched.index.to_string(), str::to_owned),
        effect: format!("{:?}", matched.effect),
    };
    let context = judged.keys.iter().map(|entry| (entry.key.to_owned(), entry.values.to_vec()));
    Refusal {
        at: cx.now(),
        request_id: cx.request_id().to_owned(),
        principal: denied.principal.clone(),
        action: denied.action.clone(),
        resource: denied.resource.clone(),
        message: denied.message.clone(),
        effect: format!("{:?}", decision.effect),
        decided_by: decision.by.name().into(),
        statements: decision.statements.iter().map(statement).collect(),
        considered: judged.considered.clone(),
        missing_keys: decision.missing_keys.iter().map(ToString::to_string).collect(),
        context: context.collect(),
        suggestion: judged.suggestion.clone().unwrap_or_default(),
    }
}
