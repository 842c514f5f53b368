//! AttachPolicy, DetachPolicy, ListPoliciesForTarget, ListTargetsForPolicy.

use crate::{
    authority,
    error::{ConstraintReason, InputReason, OrganizationsError},
    limits::MAX_ATTACHED,
    paging::page,
    policy::{self as view, PolicySummary},
    resource,
    shapes::{GenericArn, MaxResults, NextToken, PolicyId, PolicyTargetId, PolicyType, TargetName},
    targets::Place,
};
use service_kit::{
    organization::{ControlPolicy, ControlType, Organization, Target},
    prelude::*,
};

/// The policies attached to `target` that are of type `control`.
fn attached(
    tx: &ReadTx<'_>,
    organization: &Organization,
    target: &Target,
    control: ControlType,
) -> Result<Vec<ControlPolicy>, OrganizationsError> {
    let mut found = Vec::new();
    for id in &target.attached {
        let policy = view::find(tx, organization, id)?;
        if policy.control == control {
            found.push(policy);
        }
    }
    Ok(found)
}

/// What is asked for: a policy, and what it is attached to.
fn access(
    action: &'static str,
    policy: &PolicyId,
    target: &PolicyTargetId,
    at: &Scope,
) -> Vec<Access> {
    vec![resource::on(action, &policy.0, at), resource::on(action, &target.0, at)]
}

/// Completes the resources; the target is judged under the policy's type, too.
fn resolve(tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
    const TYPE: &str = "organizations:PolicyType";
    resource::resolve(tx, access)?;
    if let [policy, target] = access
        && let Some([control]) = policy.keys.get(TYPE)
    {
        target.keys.set(TYPE, control.as_str());
    }
    Ok(())
}

/// Puts a policy in force for a root, unit or account and all below.
pub(crate) enum AttachPolicy {}

/// What AttachPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "AttachPolicyRequest")]
pub struct AttachPolicyInput {
    /// The policy.
    pub policy_id: PolicyId,
    /// The root, unit or account.
    pub target_id: PolicyTargetId,
}

impl Operation for AttachPolicy {
    const NAME: &'static str = "AttachPolicy";
    type Input = AttachPolicyInput;
    type Output = Empty;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access("organizations:AttachPolicy", &input.policy_id, &input.target_id, at)
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        cx.write(|tx| {
            let organization = authority::organization(cx, &tx.reader())?;
            let policy = view::find(&tx.reader(), &organization, &input.policy_id.0)?;
            let place = Place::find(&tx.reader(), &organization, &input.target_id.0)?;
            let mut place = place.ok_or(OrganizationsError::TargetNotFoundException)?;
            if !organization.enabled.contains(&policy.control) {
                return Err(OrganizationsError::PolicyTypeNotEnabledException);
            }
            if place.target().attached.contains(&policy.id) {
                return Err(OrganizationsError::DuplicatePolicyAttachmentException);
            }
            let (reader, control) = (tx.reader(), policy.control);
            if attached(&reader, &organization, place.target(), control)?.len() >= MAX_ATTACHED {
                let message = "You have attained the maximum number of policies attached to the \
                               target.";
                let reason = ConstraintReason::MaxPolicyTypeAttachmentLimitExceeded;
                return Err(OrganizationsError::constraint(reason, message));
            }
            place.target_mut().attached.push(policy.id);
            place.put(tx)?;
            Ok(Empty)
        })
        .await
    }
}

/// Takes a policy away from a root, unit or account.
pub(crate) enum DetachPolicy {}

/// What DetachPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "DetachPolicyRequest")]
pub struct DetachPolicyInput {
    /// The policy.
    pub policy_id: PolicyId,
    /// The root, unit or account.
    pub target_id: PolicyTargetId,
}

impl Operation for DetachPolicy {
    const NAME: &'static str = "DetachPolicy";
    type Input = DetachPolicyInput;
    type Output = Empty;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access("organizations:DetachPolicy", &input.policy_id, &input.target_id, at)
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        cx.write(|tx| {
            let organization = authority::organization(cx, &tx.reader())?;
            let policy = view::find(&tx.reader(), &organization, &input.policy_id.0)?;
            let place = Place::find(&tx.reader(), &organization, &input.target_id.0)?;
            let mut place = place.ok_or(OrganizationsError::TargetNotFoundException)?;
            if !place.target().attached.contains(&policy.id) {
                return Err(OrganizationsError::PolicyNotAttachedException);
            }
            check_detachable(&tx.reader(), &organization, &policy, place.target())?;
            place.target_mut().attached.retain(|id| *id != policy.id);
            place.put(tx)?;
            Ok(Empty)
        })
        .await
    }
}

/// What allows all access to resources stays; of SCPs one stays.
fn check_detachable(
    tx: &ReadTx<'_>,
    organization: &Organization,
    policy: &ControlPolicy,
    target: &Target,
) -> Result<(), OrganizationsError> {
    if policy.control == ControlType::Resource {
        return match policy.id == ControlType::Resource.full_access() {
            true => Err(OrganizationsError::input(
                InputReason::NonDetachablePolicy,
                "You can't detach the specified policy.",
            )),
            false => Ok(()),
        };
    }
    if attached(tx, organization, target, policy.control)?.len() > 1 {
        return Ok(());
    }
    let message = "You can't remove the last policy of its type from the target.";
    let reason = ConstraintReason::MinPolicyTypeAttachmentLimitExceeded;
    Err(OrganizationsError::constraint(reason, message))
}

/// Lists the policies attached to a root, unit or account itself.
pub(crate) enum ListPoliciesForTarget {}

/// What ListPoliciesForTarget takes.
#[derive(Debug, Shape)]
#[shape(name = "ListPoliciesForTargetRequest")]
pub struct ListPoliciesForTargetInput {
    /// The root, unit or account.
    pub target_id: PolicyTargetId,
    /// The type of policies.
    pub filter: PolicyType,
    /// Where to go on.
    pub next_token: Option<NextToken>,
    /// The most entries.
    pub max_results: Option<MaxResults>,
}

/// What ListPoliciesForTarget gives.
#[derive(Debug, Shape)]
#[shape(name = "ListPoliciesForTargetResponse")]
pub struct ListPoliciesForTargetOutput {
    /// The policies.
    pub policies: Option<Vec<PolicySummary>>,
    /// Where to go on.
    pub next_token: Option<NextToken>,
}

impl Operation for ListPoliciesForTarget {
    const NAME: &'static str = "ListPoliciesForTarget";
    type Input = ListPoliciesForTargetInput;
    type Output = ListPoliciesForTargetOutput;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        resource::on("organizations:ListPoliciesForTarget", &input.target_id.0, at)
            .with("organizations:PolicyType", input.filter.name())
            .only()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        cx.read(|tx| {
            let organization = authority::organization(cx, tx)?;
            let place = Place::find(tx, &organization, &input.target_id.0)?;
            let place = place.ok_or(OrganizationsError::TargetNotFoundException)?;
            let found = match input.filter.control() {
                Ok(control) => attached(tx, &organization, place.target(), control)?,
                Err(_) => Vec::new(),
            };
            let key = |policy: &ControlPolicy| policy.id.clone();
            let (found, next_token) = page(found, key, input.next_token, input.max_results)?;
            let views = found.into_iter().map(|policy| PolicySummary::of(&organization, policy));
            Ok(ListPoliciesForTargetOutput { policies: Some(views.collect()), next_token })
        })
    }
}

/// Lists what a policy is attached to.
pub(crate) enum ListTargetsForPolicy {}

/// What ListTargetsForPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "ListTargetsForPolicyRequest")]
pub struct ListTargetsForPolicyInput {
    /// The policy.
    pub policy_id: PolicyId,
    /// Where to go on.
    pub next_token: Option<NextToken>,
    /// The most entries.
    pub max_results: Option<MaxResults>,
}

/// What ListTargetsForPolicy gives.
#[derive(Debug, Shape)]
#[shape(name = "ListTargetsForPolicyResponse")]
pub struct ListTargetsForPolicyOutput {
    /// The roots, units and accounts.
    pub targets: Option<Vec<PolicyTargetSummary>>,
    /// Where to go on.
    pub next_token: Option<NextToken>,
}

/// What a policy is attached to.
#[derive(Debug, Shape)]
pub struct PolicyTargetSummary {
    /// Its id.
    pub target_id: Option<PolicyTargetId>,
    /// Its ARN.
    pub arn: Option<GenericArn>,
    /// Its name.
    pub name: Option<TargetName>,
    /// Which it is.
    #[shape(name = "Type")]
    pub target_type: Option<TargetType>,
}

/// What policies are attached to.
#[derive(Clone, Copy, Debug, Shape)]
pub enum TargetType {
    /// An account.
    Account,
    /// A unit.
    OrganizationalUnit,
    /// The root.
    Root,
}

impl PolicyTargetSummary {
    fn of(organization: &Organization, place: Place) -> Self {
        let (kind, target_type, id, name) = match place {
            Place::Root(root) => ("root", TargetType::Root, root.root_id, "Root".to_owned()),
            Place::Unit(unit) => ("ou", TargetType::OrganizationalUnit, unit.id, unit.name),
            Place::Account(account, _) => {
                ("account", TargetType::Account, account.id, account.name)
            }
        };
        Self {
            arn: Some(GenericArn(organization.arn(kind, &id))),
            target_id: Some(PolicyTargetId(id)),
            name: Some(TargetName(name)),
            target_type: Some(target_type),
        }
    }
}

impl Operation for ListTargetsForPolicy {
    const NAME: &'static str = "ListTargetsForPolicy";
    type Input = ListTargetsForPolicyInput;
    type Output = ListTargetsForPolicyOutput;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        resource::on("organizations:ListTargetsForPolicy", &input.policy_id.0, at).only()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let access = Self::access(&input, cx.scope());
        let organization = authority::of_policy(cx, &input.policy_id.0, access)?;
        cx.read(|tx| {
            let policy = view::find(tx, &organization, &input.policy_id.0)?;
            let mut places = Place::all(tx, &organization)?;
            places.retain(|place| place.target().attached.contains(&policy.id));
            let of = |place| PolicyTargetSummary::of(&organization, place);
            let views = places.into_iter().map(of).collect();
            let key = |target: &PolicyTargetSummary| {
                target.target_id.as_ref().map_or_else(String::new, |id| id.0.clone())
            };
            let (views, next_token) = page(views, key, input.next_token, input.max_results)?;
            Ok(ListTargetsForPolicyOutput { targets: Some(views), next_token })
        })
    }
}
