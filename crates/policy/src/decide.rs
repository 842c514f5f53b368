//! The decision: which policies must allow, which does not, which forbids.
//!
//! IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny access".
use std::sync::Arc;

use crate::{
    Attached, Decision, Effect, MatchedStatement, Policies, PolicyType, Principal, Request,
    StatementEffect,
    action::Action,
    arn::{self, Parts},
    condition::Condition,
    document::{Principals, Statement},
    named::{self, Grant},
    resource::ResourcePattern,
    template::Fit,
};

/// Decides a request. Pure: the same input gives the same answer, and every statement that
/// matched is named in it.
pub fn decide(request: &Request, policies: &Policies) -> Decision {
    let mut evaluation = Evaluation::new(request, policies);
    let verdict = evaluation.verdict(policies);
    let (effect, by) = match evaluation.denied_by {
        _ if evaluation.is_unconditional() => (Effect::Allowed, PolicyType::Identity),
        Some(by) => (Effect::ExplicitDeny, by),
        None => match verdict {
            Ok(by) => (Effect::Allowed, by),
            Err(by) => (Effect::ImplicitDeny, by),
        },
    };
    Decision {
        effect,
        by,
        same_account: evaluation.same_account,
        statements: evaluation.statements,
        missing_keys: evaluation.missing,
    }
}

/// Why a statement says nothing about a request: the first of these tests that fails.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Misfit<'s> {
    Action,
    Principal,
    Resource,
    Condition(&'s Condition),
}

/// One run over the policies. Each is looked at even when the answer is known already, because a
/// deny may stand anywhere.
pub(crate) struct Evaluation<'a> {
    request: &'a Request<'a>,
    action: Action<'a>,
    resource: Option<Parts<'a>>,
    same_account: bool,
    /// Whether the caller has a permissions boundary, which NotPrincipal never exempts.
    bounded: bool,
    /// The first type, in the order of evaluation, with a matching Deny.
    denied_by: Option<PolicyType>,
    statements: Vec<MatchedStatement>,
    missing: Vec<Arc<str>>,
}

impl<'a> Evaluation<'a> {
    pub(crate) fn new(request: &'a Request<'a>, policies: &Policies) -> Self {
        let resource = arn::parts(request.resource);
        let owner = request
            .resource_account
            .or_else(|| crate::Arn::parse(request.resource).and_then(|arn| arn.owner()));
        let caller = request.principal.account();
        Evaluation {
            request,
            action: Action::new(request.action),
            resource,
            same_account: caller.is_some() && owner.is_none_or(|owner| caller == Some(owner)),
            bounded: policies.boundary.is_some(),
            denied_by: None,
            statements: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// The type that allows, or the first that had to and did not. Denies are collected on the
    /// way and outweigh the answer.
    fn verdict(&mut self, policies: &Policies) -> Result<PolicyType, PolicyType> {
        let resource_control = !self.binds(PolicyType::ResourceControl)
            || self.levels(PolicyType::ResourceControl, &policies.resource_control);
        let service_control = !self.binds(PolicyType::ServiceControl)
            || self.levels(PolicyType::ServiceControl, &policies.service_control);
        let grant = self.resource_grant(policies);
        let own = match self.binds(PolicyType::Identity) {
            true => self.own_side(policies),
            false => Own::EVERYTHING,
        };
        if !resource_control {
            return Err(PolicyType::ResourceControl);
        }
        if !service_control {
            return Err(PolicyType::ServiceControl);
        }
        self.weigh(grant, own, policies.exclusive_resource)
    }

    /// Whether policies of this type have a say in the request at all.
    pub(crate) fn binds(&self, policy_type: PolicyType) -> bool {
        let principal = self.request.principal;
        let linked = principal.is_service_linked();
        match policy_type {
            PolicyType::ResourceControl => !linked && !self.action.is("kms", "RetireGrant"),
            PolicyType::ServiceControl => !linked && principal.account().is_some(),
            PolicyType::Resource => true,
            // Services, providers and anonymous callers have no policies of their own.
            PolicyType::Identity | PolicyType::Boundary | PolicyType::Session => {
                principal.account().is_some()
            }
        }
    }

    fn weigh(&self, grant: Grant, own: Own, exclusive: bool) -> Result<PolicyType, PolicyType> {
        let needs_grant = exclusive || !self.same_account;
        if needs_grant && grant == Grant::Nothing {
            return Err(PolicyType::Resource);
        }
        if self.request.principal.account().is_none() {
            return Ok(PolicyType::Resource);
        }
        // Across accounts a grant never stands for the caller's side.
        let grant = if self.same_account { grant } else { Grant::Nothing };
        let missing = own.missing();
        match (missing, grant) {
            (None, _) => Ok(PolicyType::Identity),
            (_, Grant::Full) => Ok(PolicyType::Resource),
            (Some(_), Grant::Limited) => match own.with_identity().missing() {
                None => Ok(PolicyType::Resource),
                Some(by) => Err(by),
            },
            (Some(by), Grant::Nothing | Grant::Delegated) => Err(by),
        }
    }

    /// GetCallerIdentity and GetSessionToken need no permission and cannot be denied (STS API
    /// Reference), though only somebody with credentials can call them.
    fn is_unconditional(&self) -> bool {
        self.request.principal.account().is_some()
            && (self.action.is("sts", "GetCallerIdentity")
                || self.action.is("sts", "GetSessionToken"))
    }

    /// Whether each level has an Allow.
    fn levels(&mut self, policy_type: PolicyType, levels: &[Vec<Attached>]) -> bool {
        let mut all = true;
        for level in levels {
            all &= self.any_allows(policy_type, level);
        }
        all
    }

    fn own_side(&mut self, policies: &Policies) -> Own {
        let root = matches!(
            self.request.principal,
            Principal::Root { .. } | Principal::Federated { user: None, .. }
        );
        Own {
            identity: self.any_allows(PolicyType::Identity, &policies.identity) || root,
            boundary: policies
                .boundary
                .as_ref()
                .is_none_or(|policy| self.any_allows(PolicyType::Boundary, [policy])),
            session: policies
                .session
                .as_ref()
                .is_none_or(|list| self.any_allows(PolicyType::Session, list)),
        }
    }

    fn any_allows<'p>(
        &mut self,
        policy_type: PolicyType,
        policies: impl IntoIterator<Item = &'p Attached>,
    ) -> bool {
        let mut allows = false;
        for policy in policies {
            allows |= self.policy(policy_type, policy) != Grant::Nothing;
        }
        allows
    }

    /// The most that any Allow on the resource's side gives.
    fn resource_grant(&mut self, policies: &Policies) -> Grant {
        let mut best = Grant::Nothing;
        for policy in policies.resource.iter().chain(&policies.grants) {
            best = best.max(self.policy(PolicyType::Resource, policy));
        }
        best
    }

    /// Records the statements of one policy that match, and gives the best of its Allows.
    fn policy(&mut self, policy_type: PolicyType, attached: &Attached) -> Grant {
        let mut best = Grant::Nothing;
        for (index, statement) in attached.policy.statements.iter().enumerate() {
            let Ok(grant) = self.fit(statement) else { continue };
            match statement.effect {
                StatementEffect::Allow => best = best.max(grant),
                StatementEffect::Deny => {
                    self.denied_by.get_or_insert(policy_type);
                }
            }
            self.statements.push(MatchedStatement {
                policy: attached.id.clone(),
                policy_type,
                sid: statement.sid.clone(),
                index,
                effect: statement.effect,
                start: statement.start,
                end: statement.end,
            });
        }
        best
    }

    /// What the statement gives if it matches, or what keeps it from matching. Cheapest test first;
    /// nothing is allocated before action, principal and resource fit.
    pub(crate) fn fit<'s>(&mut self, statement: &'s Statement) -> Result<Grant, Misfit<'s>> {
        let listed = statement.actions.iter().any(|action| action.matches(&self.action));
        if listed == statement.not_action {
            return Err(Misfit::Action);
        }
        let grant = match &statement.principals {
            Some(principals) => {
                self.principals(principals, statement.effect).ok_or(Misfit::Principal)?
            }
            None => Grant::Full,
        };
        let context = self.request.context;
        let missing = &mut self.missing;
        if !resource_fits(statement, self.resource.as_ref(), |pattern, parts| {
            pattern.fits(parts, context, missing)
        }) {
            return Err(Misfit::Resource);
        }
        match statement.conditions.iter().find(|condition| !condition.holds(context, missing)) {
            Some(condition) => Err(Misfit::Condition(condition)),
            None => Ok(grant),
        }
    }

    fn principals(&self, principals: &Principals, effect: StatementEffect) -> Option<Grant> {
        let caller = self.request.principal;
        let mut covers = principals.named.iter().filter_map(|(name, _)| name.covers(caller));
        match (principals.not, effect) {
            (false, _) => covers.map(|cover| cover.grant()).max(),
            (true, StatementEffect::Allow) => covers.next().is_none().then_some(Grant::Full),
            (true, StatementEffect::Deny) => {
                let named = principals.named.iter().map(|(name, _)| name);
                (self.bounded || !named::exempts(named, caller)).then_some(Grant::Full)
            }
        }
    }
}

/// Whether a statement's Resource or NotResource covers the request's. One that cannot be
/// resolved keeps a NotResource from matching at all.
fn resource_fits<'p>(
    statement: &'p Statement,
    parts: Option<&Parts<'_>>,
    mut fits: impl FnMut(&'p ResourcePattern, Option<&Parts<'_>>) -> Fit,
) -> bool {
    if statement.resources.is_empty() {
        return true; // a trust policy is about its own role
    }
    let mut resolved = true;
    for pattern in &statement.resources {
        match fits(pattern, parts) {
            Fit::Yes => return !statement.not_resource,
            Fit::No => {}
            Fit::Unresolved => resolved = false,
        }
    }
    statement.not_resource && resolved
}

/// What the policies on the caller's side say; those that are absent allow.
#[derive(Clone, Copy)]
struct Own {
    identity: bool,
    boundary: bool,
    session: bool,
}

impl Own {
    const EVERYTHING: Own = Own { identity: true, boundary: true, session: true };

    fn missing(self) -> Option<PolicyType> {
        match self {
            Own { identity: false, .. } => Some(PolicyType::Identity),
            Own { boundary: false, .. } => Some(PolicyType::Boundary),
            Own { session: false, .. } => Some(PolicyType::Session),
            _ => None,
        }
    }

    fn with_identity(self) -> Own {
        Own { identity: true, ..self }
    }
}
