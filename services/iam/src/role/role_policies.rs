//! Put, get, list and delete the inline policies of a role.

use crate::{
    error::IamError,
    inline,
    names::{Document, Marker, MaxItems, PolicyName, RoleName, arn},
    paging::Paging,
};
use service_kit::{identity::Role, prelude::*};

/// Sets an inline policy of a role.
pub(crate) enum PutRolePolicy {}

/// What PutRolePolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "PutRolePolicyRequest")]
pub struct PutRolePolicyInput {
    /// The role.
    pub role_name: RoleName,
    /// The policy's name.
    pub policy_name: PolicyName,
    /// The document.
    pub policy_document: Document,
}

impl Operation for PutRolePolicy {
    const NAME: &'static str = "PutRolePolicy";
    type Input = PutRolePolicyInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &PutRolePolicyInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:PutRolePolicy", arn(at, "role", &input.role_name.0)).only()
    }

    async fn run(cx: &Context, input: PutRolePolicyInput) -> Result<Empty, IamError> {
        let (owner, name) = (&input.role_name.0, &input.policy_name.0);
        inline::put::<Role>(cx, owner, name, &input.policy_document.0).await?;
        Ok(Empty)
    }
}

/// Shows an inline policy of a role.
pub(crate) enum GetRolePolicy {}

/// What GetRolePolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "GetRolePolicyRequest")]
pub struct GetRolePolicyInput {
    /// The role.
    pub role_name: RoleName,
    /// The policy's name.
    pub policy_name: PolicyName,
}

/// What GetRolePolicy gives.
#[derive(Debug, Shape)]
#[shape(name = "GetRolePolicyResponse")]
pub struct GetRolePolicyOutput {
    /// The role's name.
    pub role_name: String,
    /// The policy's name.
    pub policy_name: String,
    /// The document, percent-encoded.
    pub policy_document: String,
}

impl Operation for GetRolePolicy {
    const NAME: &'static str = "GetRolePolicy";
    type Input = GetRolePolicyInput;
    type Output = GetRolePolicyOutput;
    type Error = IamError;

    fn access(input: &GetRolePolicyInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:GetRolePolicy", arn(at, "role", &input.role_name.0)).only()
    }

    async fn run(cx: &Context, input: GetRolePolicyInput) -> Result<GetRolePolicyOutput, IamError> {
        let policy_name = input.policy_name.0;
        let (role_name, policy_document) =
            inline::get::<Role>(cx, &input.role_name.0, &policy_name)?;
        Ok(GetRolePolicyOutput { role_name, policy_name, policy_document })
    }
}

/// Names the inline policies of a role.
pub(crate) enum ListRolePolicies {}

/// What ListRolePolicies takes.
#[derive(Debug, Shape)]
#[shape(name = "ListRolePoliciesRequest")]
pub struct ListRolePoliciesInput {
    /// The role.
    pub role_name: RoleName,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListRolePolicies gives.
#[derive(Debug, Shape)]
#[shape(name = "ListRolePoliciesResponse")]
pub struct ListRolePoliciesOutput {
    /// Their names.
    pub policy_names: Vec<String>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListRolePolicies {
    const NAME: &'static str = "ListRolePolicies";
    type Input = ListRolePoliciesInput;
    type Output = ListRolePoliciesOutput;
    type Error = IamError;

    fn access(input: &ListRolePoliciesInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:ListRolePolicies", arn(at, "role", &input.role_name.0)).only()
    }

    async fn run(
        cx: &Context,
        input: ListRolePoliciesInput,
    ) -> Result<ListRolePoliciesOutput, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let page = inline::list::<Role>(cx, &input.role_name.0, &paging)?;
        Ok(ListRolePoliciesOutput {
            policy_names: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}

/// Removes an inline policy of a role.
pub(crate) enum DeleteRolePolicy {}

/// What DeleteRolePolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteRolePolicyRequest")]
pub struct DeleteRolePolicyInput {
    /// The role.
    pub role_name: RoleName,
    /// The policy's name.
    pub policy_name: PolicyName,
}

impl Operation for DeleteRolePolicy {
    const NAME: &'static str = "DeleteRolePolicy";
    type Input = DeleteRolePolicyInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &DeleteRolePolicyInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:DeleteRolePolicy", arn(at, "role", &input.role_name.0)).only()
    }

    async fn run(cx: &Context, input: DeleteRolePolicyInput) -> Result<Empty, IamError> {
        inline::delete::<Role>(cx, &input.role_name.0, &input.policy_name.0).await?;
        Ok(Empty)
    }
}
