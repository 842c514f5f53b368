//! Attach, detach and list the managed policies of a user.

use crate::{
    error::IamError,
    managed,
    names::{ArnText, Marker, MaxItems, PolicyPath, UserName, arn},
    paging::Paging,
    shapes::AttachedPolicy,
};
use service_kit::{identity::User, prelude::*};

/// Attaches a managed policy to a user.
pub(crate) enum AttachUserPolicy {}

/// What AttachUserPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "AttachUserPolicyRequest")]
pub struct AttachUserPolicyInput {
    /// The user.
    pub user_name: UserName,
    /// The policy's ARN.
    pub policy_arn: ArnText,
}

impl Operation for AttachUserPolicy {
    const NAME: &'static str = "AttachUserPolicy";
    type Input = AttachUserPolicyInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &AttachUserPolicyInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:AttachUserPolicy", arn(at, "user", &input.user_name.0))
            .with("iam:PolicyARN", input.policy_arn.0.as_str())
            .only()
    }

    async fn run(cx: &Context, input: AttachUserPolicyInput) -> Result<Empty, IamError> {
        managed::attach::<User>(cx, &input.user_name.0, &input.policy_arn.0).await?;
        Ok(Empty)
    }
}

/// Takes a managed policy away from a user.
pub(crate) enum DetachUserPolicy {}

/// What DetachUserPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "DetachUserPolicyRequest")]
pub struct DetachUserPolicyInput {
    /// The user.
    pub user_name: UserName,
    /// The policy's ARN.
    pub policy_arn: ArnText,
}

impl Operation for DetachUserPolicy {
    const NAME: &'static str = "DetachUserPolicy";
    type Input = DetachUserPolicyInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &DetachUserPolicyInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:DetachUserPolicy", arn(at, "user", &input.user_name.0))
            .with("iam:PolicyARN", input.policy_arn.0.as_str())
            .only()
    }

    async fn run(cx: &Context, input: DetachUserPolicyInput) -> Result<Empty, IamError> {
        managed::detach::<User>(cx, &input.user_name.0, &input.policy_arn.0).await?;
        Ok(Empty)
    }
}

/// Lists the managed policies attached to a user.
pub(crate) enum ListAttachedUserPolicies {}

/// What ListAttachedUserPolicies takes.
#[derive(Debug, Shape)]
#[shape(name = "ListAttachedUserPoliciesRequest")]
pub struct ListAttachedUserPoliciesInput {
    /// The user.
    pub user_name: UserName,
    /// Only those under this path.
    pub path_prefix: Option<PolicyPath>,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListAttachedUserPolicies gives.
#[derive(Debug, Shape)]
#[shape(name = "ListAttachedUserPoliciesResponse")]
pub struct ListAttachedUserPoliciesOutput {
    /// The policies.
    pub attached_policies: Vec<AttachedPolicy>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListAttachedUserPolicies {
    const NAME: &'static str = "ListAttachedUserPolicies";
    type Input = ListAttachedUserPoliciesInput;
    type Output = ListAttachedUserPoliciesOutput;
    type Error = IamError;

    fn access(input: &ListAttachedUserPoliciesInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:ListAttachedUserPolicies", arn(at, "user", &input.user_name.0)).only()
    }

    async fn run(
        cx: &Context,
        input: ListAttachedUserPoliciesInput,
    ) -> Result<ListAttachedUserPoliciesOutput, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let prefix = input.path_prefix.as_ref();
        let page = managed::attached::<User>(cx, &input.user_name.0, prefix, &paging)?;
        Ok(ListAttachedUserPoliciesOutput {
            attached_policies: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}
