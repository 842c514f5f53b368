//! Policies as answers show them: those of the organization and those that AWS keeps.

use crate::{
    error::{InputReason, OrganizationsError},
    shapes::{PolicyArn, PolicyContent, PolicyDescription, PolicyId, PolicyName, PolicyType},
};
use service_kit::{
    organization::{ControlPolicy, ControlType, Organization},
    prelude::*,
};

/// A policy with its document.
#[derive(Debug, Shape)]
#[shape(name = "Policy")]
pub struct PolicyView {
    /// What it is.
    pub policy_summary: Option<PolicySummary>,
    /// What it says.
    pub content: Option<PolicyContent>,
}

/// A policy without its document.
#[derive(Debug, Shape)]
pub struct PolicySummary {
    /// `p-…`.
    pub id: Option<PolicyId>,
    /// The ARN.
    pub arn: Option<PolicyArn>,
    /// The name.
    pub name: Option<PolicyName>,
    /// A description.
    pub description: Option<PolicyDescription>,
    /// The type.
    #[shape(name = "Type")]
    pub policy_type: Option<PolicyType>,
    /// Whether AWS keeps it.
    pub aws_managed: Option<bool>,
}

impl PolicySummary {
    /// `policy` in `organization`.
    pub(crate) fn of(organization: &Organization, policy: ControlPolicy) -> Self {
        Self {
            arn: Some(PolicyArn(ControlPolicy::arn(organization, policy.control, &policy.id))),
            aws_managed: Some(ControlType::of_full_access(&policy.id).is_some()),
            id: Some(PolicyId(policy.id)),
            name: Some(PolicyName(policy.name)),
            description: Some(PolicyDescription(policy.description)),
            policy_type: Some(policy.control.into()),
        }
    }
}

impl PolicyView {
    /// `policy` in `organization`.
    pub(crate) fn of(organization: &Organization, policy: ControlPolicy) -> Self {
        let content = Some(PolicyContent(policy.content.clone()));
        Self { policy_summary: Some(PolicySummary::of(organization, policy)), content }
    }
}

/// The policy that AWS keeps, which allows everything.
pub(crate) fn full_access(organization: &Organization, control: ControlType) -> ControlPolicy {
    let id = control.full_access();
    let everything = match control {
        ControlType::Service => "operation",
        ControlType::Resource => "resource",
    };
    ControlPolicy {
        organization: organization.id.clone(),
        id: id.to_owned(),
        control,
        name: id.trim_start_matches("p-").to_owned(),
        description: format!("Allows access to every {everything}"),
        content: control.full_access_document().to_owned(),
        tags: Vec::new(),
    }
}

/// The policy `id`, also one that AWS keeps.
pub(crate) fn find(
    tx: &ReadTx<'_>,
    organization: &Organization,
    id: &str,
) -> Result<ControlPolicy, OrganizationsError> {
    if let Some(control) = ControlType::of_full_access(id) {
        return Ok(full_access(organization, control));
    }
    let found = tx.get::<ControlPolicy>((&organization.id, id))?;
    found.ok_or(OrganizationsError::PolicyNotFoundException)
}

/// The policy `id`, to change it.
pub(crate) fn find_own(
    tx: &ReadTx<'_>,
    organization: &Organization,
    id: &str,
) -> Result<ControlPolicy, OrganizationsError> {
    if ControlType::of_full_access(id).is_some() {
        let message = "You can't change AWS managed policies.";
        return Err(OrganizationsError::input(InputReason::ImmutablePolicy, message));
    }
    find(tx, organization, id)
}
