//! What is recorded of a refusal: every policy considered, as it was then, and what would allow it.

use crate::journal;
use policy::{Decision, Effect, Outcome, Policies, PolicyType, Request, StatementEffect};
use service_kit::{
    access::Access,
    audit::{Refusal, RefusalPolicy, RefusalRemedy, RefusalStatement},
    call::Denied,
    context::Context,
    fault::Fault,
    operation::Entry,
    service::Service,
};
use shape::{Failure, Value};

/// The most condition keys of a refusal that are kept, and the most values of one; also the most
/// policies.
const MAX_TOLD: usize = 100;
/// The most bytes that are kept of each text in a refusal.
const MAX_TEXT_BYTES: usize = 2_048;
/// The most bytes that are kept of all statements of a refusal.
const MAX_STATEMENTS_BYTES: usize = 16 << 10;

/// What the account that a refusal is recorded in, where the request works, may know. Of another
/// account's resource that is only what the caller said, neither its true name nor its tags and
/// policies; of another account's caller, none of his policies.
pub struct Told {
    /// Whether the resource is its own.
    pub resource: bool,
    /// Whether the caller is its own.
    pub caller: bool,
}

impl Told {
    /// What the account in which `cx` works may know of a request about a resource of `owner`.
    pub fn to(cx: &Context, owner: &str) -> Self {
        let caller = cx.caller().account().is_none_or(|account| account == cx.account());
        Self { resource: owner == cx.account(), caller }
    }

    fn covers(&self, policy_type: PolicyType) -> bool {
        match policy_type {
            PolicyType::Resource | PolicyType::ResourceControl => self.resource,
            _ => self.caller,
        }
    }
}

/// A refusal's reasons, as they are recorded.
pub struct Explained {
    /// The resource as the caller may know it.
    pub resource: String,
    policies: Vec<RefusalPolicy>,
    missing: Vec<String>,
    remedies: Vec<RefusalRemedy>,
    context: policy::Context,
}

/// Explains why `decision`, not to allow `access`, was made; `context` is what may be told of the
/// condition keys.
pub fn explain(
    told: &Told,
    access: &Access,
    request: &Request<'_>,
    policies: &Policies,
    decision: &Decision,
    context: policy::Context,
) -> Explained {
    let resource = if told.resource { request.resource } else { &access.resource };
    let missing = decision.missing_keys.iter().filter(|_| told.resource && told.caller);
    let remedies = policy::remedies(&Request { resource, ..*request }, policies);
    let remedies = remedies.into_iter().filter(|remedy| {
        let known = told.covers(remedy.policy_type) || remedy.policy_type == decision.by;
        // A statement that is cut is none.
        known && remedy.statement.len() <= MAX_TEXT_BYTES
    });
    Explained {
        resource: resource.to_owned(),
        policies: considered(told, request, policies, decision),
        missing: missing.map(|key| cut(key).to_owned()).collect(),
        remedies: remedies
            .map(|remedy| RefusalRemedy {
                policy_type: remedy.policy_type.name().into(),
                statement: remedy.statement,
            })
            .collect(),
        context,
    }
}

fn considered(
    told: &Told,
    request: &Request<'_>,
    policies: &Policies,
    decision: &Decision,
) -> Vec<RefusalPolicy> {
    let mut room = MAX_STATEMENTS_BYTES;
    let traced = policy::trace(request, policies);
    let mut undecided = decision.effect == Effect::ExplicitDeny;
    let told = traced.into_iter().filter(|policy| told.covers(policy.policy_type));
    let view = |policy: policy::TracedPolicy<'_>| {
        let mut statements = Vec::new();
        for traced in &policy.statements {
            let denies = traced.outcome == Outcome::Matched
                && traced.effect == StatementEffect::Deny
                && policy.policy_type == decision.by;
            let text = cut(traced.text);
            let fits = text.len() <= room && traced.outcome != Outcome::OtherAction;
            if fits || (denies && undecided) {
                room = room.saturating_sub(text.len());
                statements.push(statement(traced, text, denies && undecided));
                undecided &= !denies;
            }
        }
        RefusalPolicy {
            policy: cut(policy.id).to_owned(),
            policy_type: policy.policy_type.name().into(),
            others: policy.statements.len() - statements.len(),
            statements,
        }
    };
    told.take(MAX_TOLD).map(view).collect()
}

fn statement(traced: &policy::TracedStatement<'_>, text: &str, decided: bool) -> RefusalStatement {
    let (outcome, condition) = match traced.outcome {
        Outcome::Matched => ("matched", None),
        Outcome::OtherAction => ("action", None),
        Outcome::OtherPrincipal => ("principal", None),
        Outcome::OtherResource => ("resource", None),
        Outcome::Condition { operator, key } => {
            ("condition", Some((cut(operator).to_owned(), cut(key).to_owned())))
        }
    };
    RefusalStatement {
        statement: traced.sid.map_or_else(|| traced.index.to_string(), |sid| cut(sid).to_owned()),
        effect: format!("{:?}", traced.effect),
        outcome: outcome.into(),
        condition,
        decided,
        text: text.to_owned(),
    }
}

/// The journal's entry. Its parts are cut, since the caller chose how long they are.
pub fn refusal(cx: &Context, denied: &Denied, decision: &Decision, why: Explained) -> Refusal {
    let values = |entry: policy::Entry<'_>| {
        entry.values.iter().take(MAX_TOLD).map(|value| cut(value).to_owned()).collect()
    };
    let keys = why.context.iter().take(MAX_TOLD);
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
        policies: why.policies,
        missing_keys: why.missing,
        context: context.collect(),
        remedies: why.remedies,
    }
}

/// Records what a service refuses of itself, where no policy denied it: nothing that is denied goes
/// unexplained. What the service had judged by policies has an entry of its own, which is shown.
pub fn note_own_refusal(
    service: &Service,
    entry: &Entry,
    cx: &Context,
    outcome: &Result<Value, Failure>,
) {
    let Err(failure) = outcome else { return };
    if failure.code != Fault::ACCESS_DENIED {
        return;
    }
    let action = format!("{}:{}", service.arn_name, entry.signature.name);
    journal::note_own_refusal(cx, service, &action);
    let refusal = Refusal {
        at: cx.now(),
        request_id: cx.request_id().to_owned(),
        principal: cx.caller().principal.arn(),
        action,
        resource: String::new(),
        message: cut(&failure.message).to_owned(),
        effect: Refusal::BY_SERVICE.into(),
        decided_by: service.principal.into(),
        policies: Vec::new(),
        missing_keys: Vec::new(),
        context: Vec::new(),
        remedies: Vec::new(),
    };
    cx.refusal(refusal);
}

/// `text`, or as much of it as is kept.
pub fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_TEXT_BYTES)).unwrap_or(text)
}
