//! Put, get, list and delete the inline policies of a group.

use crate::{
    error::IamError,
    inline,
    names::{Document, GroupName, Marker, MaxItems, PolicyName, arn},
    paging::Paging,
};
use service_kit::{identity::Group, prelude::*};

/// Sets an inline policy of a group.
pub(crate) enum PutGroupPolicy {}

/// What PutGroupPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "PutGroupPolicyRequest")]
pub struct PutGroupPolicyInput {
    /// The group.
    pub group_name: GroupName,
    /// The policy's name.
    pub policy_name: PolicyName,
    /// The document.
    pub policy_document: Document,
}

impl Operation for PutGroupPolicy {
    const NAME: &'static str = "PutGroupPolicy";
    type Input = PutGroupPolicyInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &PutGroupPolicyInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:PutGroupPolicy", arn(at, "group", &input.group_name.0)).only()
    }

    async fn run(cx: &Context, input: PutGroupPolicyInput) -> Result<Empty, IamError> {
        let (owner, name) = (&input.group_name.0, &input.policy_name.0);
        inline::put::<Group>(cx, owner, name, &input.policy_document.0).await?;
        Ok(Empty)
    }
}

/// Shows an inline policy of a group.
pub(crate) enum GetGroupPolicy {}

/// What GetGroupPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "GetGroupPolicyRequest")]
pub struct GetGroupPolicyInput {
    /// The group.
    pub group_name: GroupName,
    /// The policy's name.
    pub policy_name: PolicyName,
}

/// What GetGroupPolicy gives.
#[derive(Debug, Shape)]
#[shape(name = "GetGroupPolicyResponse")]
pub struct GetGroupPolicyOutput {
    /// The group's name.
    pub group_name: String,
    /// The policy's name.
    pub policy_name: String,
    /// The document, percent-encoded.
    pub policy_document: String,
}

impl Operation for GetGroupPolicy {
    const NAME: &'static str = "GetGroupPolicy";
    type Input = GetGroupPolicyInput;
    type Output = GetGroupPolicyOutput;
    type Error = IamError;

    fn access(input: &GetGroupPolicyInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:GetGroupPolicy", arn(at, "group", &input.group_name.0)).only()
    }

    async fn run(
        cx: &Context,
        input: GetGroupPolicyInput,
    ) -> Result<GetGroupPolicyOutput, IamError> {
        let policy_name = input.policy_name.0;
        let (group_name, policy_document) =
            inline::get::<Group>(cx, &input.group_name.0, &policy_name)?;
        Ok(GetGroupPolicyOutput { group_name, policy_name, policy_document })
    }
}

/// Names the inline policies of a group.
pub(crate) enum ListGroupPolicies {}

/// What ListGroupPolicies takes.
#[derive(Debug, Shape)]
#[shape(name = "ListGroupPoliciesRequest")]
pub struct ListGroupPoliciesInput {
    /// The group.
    pub group_name: GroupName,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListGroupPolicies gives.
#[derive(Debug, Shape)]
#[shape(name = "ListGroupPoliciesResponse")]
pub struct ListGroupPoliciesOutput {
    /// Their names.
    pub policy_names: Vec<String>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListGroupPolicies {
    const NAME: &'static str = "ListGroupPolicies";
    type Input = ListGroupPoliciesInput;
    type Output = ListGroupPoliciesOutput;
    type Error = IamError;

    fn access(input: &ListGroupPoliciesInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:ListGroupPolicies", arn(at, "group", &input.group_name.0)).only()
    }

    async fn run(
        cx: &Context,
        input: ListGroupPoliciesInput,
    ) -> Result<ListGroupPoliciesOutput, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let page = inline::list::<Group>(cx, &input.group_name.0, &paging)?;
        Ok(ListGroupPoliciesOutput {
            policy_names: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}

/// Removes an inline policy of a group.
pub(crate) enum DeleteGroupPolicy {}

/// What DeleteGroupPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteGroupPolicyRequest")]
pub struct DeleteGroupPolicyInput {
    /// The group.
    pub group_name: GroupName,
    /// The policy's name.
    pub policy_name: PolicyName,
}

impl Operation for DeleteGroupPolicy {
    const NAME: &'static str = "DeleteGroupPolicy";
    type Input = DeleteGroupPolicyInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &DeleteGroupPolicyInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:DeleteGroupPolicy", arn(at, "group", &input.group_name.0)).only()
    }

    async fn run(cx: &Context, input: DeleteGroupPolicyInput) -> Result<Empty, IamError> {
        inline::delete::<Group>(cx, &input.group_name.0, &input.policy_name.0).await?;
        Ok(Empty)
    }
}
