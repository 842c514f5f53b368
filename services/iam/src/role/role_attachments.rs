//! Attach, detach and list the managed policies of a role.

use crate::{
    error::IamError,
    managed,
    names::{ArnText, Marker, MaxItems, PolicyPath, RoleName, arn},
    paging::Paging,
    shapes::AttachedPolicy,
};
use service_kit::{identity::Role, prelude::*};

/// Attaches a managed policy to a role.
pub(crate) enum AttachRolePolicy {}

/// What AttachRolePolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "AttachRolePolicyRequest")]
pub struct AttachRolePolicyInput {
    /// The role.
    pub role_name: RoleName,
    /// The policy's ARN.
    pub policy_arn: ArnText,
}

impl Operation for AttachRolePolicy {
    const NAME: &'static str = "AttachRolePolicy";
    type Input = AttachRolePolicyInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &AttachRolePolicyInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:AttachRolePolicy", arn(at, "role", &input.role_name.0))
            .with("iam:PolicyARN", input.policy_arn.0.as_str())
            .only()
    }

    async fn run(cx: &Context, input: AttachRolePolicyInput) -> Result<Empty, IamError> {
        managed::attach::<Role>(cx, &input.role_name.0, &input.policy_arn.0).await?;
        Ok(Empty)
    }
}

/// Takes a managed policy away from a role.
pub(crate) enum DetachRolePolicy {}

/// What DetachRolePolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "DetachRolePolicyRequest")]
pub struct DetachRolePolicyInput {
    /// The role.
    pub role_name: RoleName,
    /// The policy's ARN.
    pub policy_arn: ArnText,
}

impl Operation for DetachRolePolicy {
    const NAME: &'static str = "DetachRolePolicy";
    type Input = DetachRolePolicyInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &DetachRolePolicyInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:DetachRolePolicy", arn(at, "role", &input.role_name.0))
            .with("iam:PolicyARN", input.policy_arn.0.as_str())
            .only()
    }

    async fn run(cx: &Context, input: DetachRolePolicyInput) -> Result<Empty, IamError> {
        managed::detach::<Role>(cx, &input.role_name.0, &input.policy_arn.0).await?;
        Ok(Empty)
    }
}

/// Lists the managed policies attached to a role.
pub(crate) enum ListAttachedRolePolicies {}

/// What ListAttachedRolePolicies takes.
#[derive(Debug, Shape)]
#[shape(name = "ListAttachedRolePoliciesRequest")]
pub struct ListAttachedRolePoliciesInput {
    /// The role.
    pub role_name: RoleName,
    /// Only those under this path.
    pub path_prefix: Option<PolicyPath>,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListAttachedRolePolicies gives.
#[derive(Debug, Shape)]
#[shape(name = "ListAttachedRolePoliciesResponse")]
pub struct ListAttachedRolePoliciesOutput {
    /// The policies.
    pub attached_policies: Vec<AttachedPolicy>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListAttachedRolePolicies {
    const NAME: &'static str = "ListAttachedRolePolicies";
    type Input = ListAttachedRolePoliciesInput;
    type Output = ListAttachedRolePoliciesOutput;
    type Error = IamError;

    fn access(input: &ListAttachedRolePoliciesInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:ListAttachedRolePolicies", arn(at, "role", &input.role_name.0)).only()
    }

    async fn run(
        cx: &Context,
        input: ListAttachedRolePoliciesInput,
    ) -> Result<ListAttachedRolePoliciesOutput, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let prefix = input.path_prefix.as_ref();
        let page = managed::attached::<Role>(cx, &input.role_name.0, prefix, &paging)?;
        Ok(ListAttachedRolePoliciesOutput {
            attached_policies: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}
