//! What a decision takes and gives: the request, the policies that apply, the answer.
use std::sync::Arc;

use crate::{Keys, Policy, Position, Principal, StatementEffect};

/// A policy that takes part in a decision, with the name shown in explanations.
#[derive(Clone, Debug)]
pub struct Attached {
    /// The policy's ARN, or the name of an inline policy.
    pub id: Arc<str>,
    /// The policy.
    pub policy: Arc<Policy>,
}

impl Attached {
    /// Names a policy.
    pub fn new(id: impl Into<Arc<str>>, policy: impl Into<Arc<Policy>>) -> Self {
        Attached { id: id.into(), policy: policy.into() }
    }
}

/// One question: may this caller do this to that?
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// `service:Name`, in any case.
    pub action: &'a str,
    /// The resource's ARN, or `*` for an action that has no resource.
    pub resource: &'a str,
    /// The account that owns the resource. When none is given it is read from the ARN, and a
    /// resource whose ARN names no account (`*`, an S3 bucket) counts as the caller's own.
    pub resource_account: Option<&'a str>,
    /// The request's condition keys, those of the principal included.
    pub context: &'a dyn Keys,
}

/// The policies that apply to a request. The default is none at all, which denies everybody but
/// the root user of the resource's account.
#[derive(Clone, Default, Debug)]
pub struct Policies {
    /// Those of the caller's account: one list per level (root, each unit, account), each of
    /// which must allow. Empty for the management account and outside an organisation.
    pub service_control: Vec<Vec<Attached>>,
    /// Those of the resource's account, likewise by level. Empty also for services that
    /// Organizations does not cover.
    pub resource_control: Vec<Vec<Attached>>,
    /// The resource's own policy: bucket, queue, key, function or role trust policy.
    pub resource: Option<Attached>,
    /// Further policies of the resource that only allow: a KMS key's grants, each written as a
    /// statement for its grantee.
    pub grants: Vec<Attached>,
    /// Whether the resource's side must allow even within one account (KMS keys, role trust).
    pub exclusive_resource: bool,
    /// Those of the user and its groups, or of the role.
    pub identity: Vec<Attached>,
    /// The permissions boundary of the user or role.
    pub boundary: Option<Attached>,
    /// The session policies, of which one must allow; none when the session has no such limit.
    /// An empty list allows nothing (GetFederationToken without a policy).
    pub session: Option<Vec<Attached>>,
}

/// The outcome of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Some policy allows and none forbids.
    Allowed,
    /// A matching statement denies.
    ExplicitDeny,
    /// A policy that had to allow did not.
    ImplicitDeny,
}

/// The kinds of policies as decisions name them, in the order in which a refusal names the first
/// that is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyType {
    /// RCP of AWS Organizations.
    ResourceControl,
    /// SCP of AWS Organizations.
    ServiceControl,
    /// The resource's own policy, or a grant.
    Resource,
    /// Policies of the user, its groups or the role.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// Policies given when the session was made.
    Session,
}

/// A statement whose principal, action, resource and conditions fitted the request.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchedStatement {
    /// The policy's ARN or name, as attached.
    pub policy: Arc<str>,
    /// The part that the policy plays.
    pub policy_type: PolicyType,
    /// The statement's name, if it has one.
    pub sid: Option<Arc<str>>,
    /// The statement's place in its policy, from 0.
    pub index: usize,
    /// What the statement says.
    pub effect: StatementEffect,
    /// Where the statement starts in the policy's text.
    pub start: Position,
    /// Where the statement ends in the policy's text, just past its brace.
    pub end: Position,
}

/// The answer to a request, with its reasons.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The outcome.
    pub effect: Effect,
    /// Which type decided: the one that denied, that lacked an Allow, or that allowed. Where a
    /// refusal has several causes, the first in the order of [`PolicyType`].
    pub by: PolicyType,
    /// Whether caller and resource belong to one account; if not, messages give no reasons.
    pub same_account: bool,
    /// All statements that matched, of either effect, by policy type.
    pub statements: Vec<MatchedStatement>,
    /// Keys that a condition asked for and the context lacked, each once, as policies spell them.
    pub missing_keys: Vec<Arc<str>>,
}

impl Decision {
    /// Whether the request may proceed.
    pub fn is_allowed(&self) -> bool {
        self.effect == Effect::Allowed
    }
}
