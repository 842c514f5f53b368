//! Attach, detach and list the managed policies of a group.

use crate::{
    error::IamError,
    managed,
    names::{ArnText, GroupName, Marker, MaxItems, PolicyPath, arn},
    paging::Paging,
    shapes::AttachedPolicy,
};
use service_kit::{identity::Group, prelude::*};

/// Attaches a managed policy to a group.
pub(crate) enum AttachGroupPolicy {}

/// What AttachGroupPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "AttachGroupPolicyRequest")]
pub struct AttachGroupPolicyInput {
    /// The group.
    pub group_name: GroupName,
    /// The policy's ARN.
    pub policy_arn: ArnText,
}

impl Operation for AttachGroupPolicy {
    const NAME: &'static str = "AttachGroupPolicy";
    type Input = AttachGroupPolicyInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &AttachGroupPolicyInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:AttachGroupPolicy", arn(at, "group", &input.group_name.0))
            .with("iam:PolicyARN", input.policy_arn.0.as_str())
            .only()
    }

    async fn run(cx: &Context, input: AttachGroupPolicyInput) -> Result<Empty, IamError> {
        managed::attach::<Group>(cx, &input.group_name.0, &input.policy_arn.0).await?;
        Ok(Empty)
    }
}

/// Takes a managed policy away from a group.
pub(crate) enum DetachGroupPolicy {}

/// What DetachGroupPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "DetachGroupPolicyRequest")]
pub struct DetachGroupPolicyInput {
    /// The group.
    pub group_name: GroupName,
    /// The policy's ARN.
    pub policy_arn: ArnText,
}

impl Operation for DetachGroupPolicy {
    const NAME: &'static str = "DetachGroupPolicy";
    type Input = DetachGroupPolicyInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &DetachGroupPolicyInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:DetachGroupPolicy", arn(at, "group", &input.group_name.0))
            .with("iam:PolicyARN", input.policy_arn.0.as_str())
            .only()
    }

    async fn run(cx: &Context, input: DetachGroupPolicyInput) -> Result<Empty, IamError> {
        managed::detach::<Group>(cx, &input.group_name.0, &input.policy_arn.0).await?;
        Ok(Empty)
    }
}

/// Lists the managed policies attached to a group.
pub(crate) enum ListAttachedGroupPolicies {}

/// What ListAttachedGroupPolicies takes.
#[derive(Debug, Shape)]
#[shape(name = "ListAttachedGroupPoliciesRequest")]
pub struct ListAttachedGroupPoliciesInput {
    /// The group.
    pub group_name: GroupName,
    /// Only those under this path.
    pub path_prefix: Option<PolicyPath>,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListAttachedGroupPolicies gives.
#[derive(Debug, Shape)]
#[shape(name = "ListAttachedGroupPoliciesResponse")]
pub struct ListAttachedGroupPoliciesOutput {
    /// The policies.
    pub attached_policies: Vec<AttachedPolicy>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListAttachedGroupPolicies {
    const NAME: &'static str = "ListAttachedGroupPolicies";
    type Input = ListAttachedGroupPoliciesInput;
    type Output = ListAttachedGroupPoliciesOutput;
    type Error = IamError;

    fn access(input: &ListAttachedGroupPoliciesInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:ListAttachedGroupPolicies", arn(at, "group", &input.group_name.0)).only()
    }

    async fn run(
        cx: &Context,
        input: ListAttachedGroupPoliciesInput,
    ) -> Result<ListAttachedGroupPoliciesOutput, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let prefix = input.path_prefix.as_ref();
        let page = managed::attached::<Group>(cx, &input.group_name.0, prefix, &paging)?;
        Ok(ListAttachedGroupPoliciesOutput {
            attached_policies: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}
