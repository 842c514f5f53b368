//! Put, get, list and delete the inline policies of a user.

use crate::{
    error::IamError,
    inline,
    names::{Document, ExistingUserName, Marker, MaxItems, PolicyName, arn},
    paging::Paging,
};
use service_kit::{identity::User, prelude::*};

/// Sets an inline policy of a user.
pub(crate) enum PutUserPolicy {}

/// What PutUserPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "PutUserPolicyRequest")]
pub struct PutUserPolicyInput {
    /// The user.
    pub user_name: ExistingUserName,
    /// The policy's name.
    pub policy_name: PolicyName,
    /// The document.
    pub policy_document: Document,
}

impl Operation for PutUserPolicy {
    const NAME: &'static str = "PutUserPolicy";
    type Input = PutUserPolicyInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &PutUserPolicyInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:PutUserPolicy", arn(at, "user", &input.user_name.0)).only()
    }

    async fn run(cx: &Context, input: PutUserPolicyInput) -> Result<Empty, IamError> {
        let (owner, name) = (&input.user_name.0, &input.policy_name.0);
        inline::put::<User>(cx, owner, name, &input.policy_document.0).await?;
        Ok(Empty)
    }
}

/// Shows an inline policy of a user.
pub(crate) enum GetUserPolicy {}

/// What GetUserPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "GetUserPolicyRequest")]
pub struct GetUserPolicyInput {
    /// The user.
    pub user_name: ExistingUserName,
    /// The policy's name.
    pub policy_name: PolicyName,
}

/// What GetUserPolicy gives.
#[derive(Debug, Shape)]
#[shape(name = "GetUserPolicyResponse")]
pub struct GetUserPolicyOutput {
    /// The user's name.
    pub user_name: String,
    /// The policy's name.
    pub policy_name: String,
    /// The document, percent-encoded.
    pub policy_document: String,
}

impl Operation for GetUserPolicy {
    const NAME: &'static str = "GetUserPolicy";
    type Input = GetUserPolicyInput;
    type Output = GetUserPolicyOutput;
    type Error = IamError;

    fn access(input: &GetUserPolicyInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:GetUserPolicy", arn(at, "user", &input.user_name.0)).only()
    }

    async fn run(cx: &Context, input: GetUserPolicyInput) -> Result<GetUserPolicyOutput, IamError> {
        let policy_name = input.policy_name.0;
        let (user_name, policy_document) =
            inline::get::<User>(cx, &input.user_name.0, &policy_name)?;
        Ok(GetUserPolicyOutput { user_name, policy_name, policy_document })
    }
}

/// Names the inline policies of a user.
pub(crate) enum ListUserPolicies {}

/// What ListUserPolicies takes.
#[derive(Debug, Shape)]
#[shape(name = "ListUserPoliciesRequest")]
pub struct ListUserPoliciesInput {
    /// The user.
    pub user_name: ExistingUserName,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListUserPolicies gives.
#[derive(Debug, Shape)]
#[shape(name = "ListUserPoliciesResponse")]
pub struct ListUserPoliciesOutput {
    /// Their names.
    pub policy_names: Vec<String>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListUserPolicies {
    const NAME: &'static str = "ListUserPolicies";
    type Input = ListUserPoliciesInput;
    type Output = ListUserPoliciesOutput;
    type Error = IamError;

    fn access(input: &ListUserPoliciesInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:ListUserPolicies", arn(at, "user", &input.user_name.0)).only()
    }

    async fn run(
        cx: &Context,
        input: ListUserPoliciesInput,
    ) -> Result<ListUserPoliciesOutput, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let page = inline::list::<User>(cx, &input.user_name.0, &paging)?;
        Ok(ListUserPoliciesOutput {
            policy_names: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}

/// Removes an inline policy of a user.
pub(crate) enum DeleteUserPolicy {}

/// What DeleteUserPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteUserPolicyRequest")]
pub struct DeleteUserPolicyInput {
    /// The user.
    pub user_name: ExistingUserName,
    /// The policy's name.
    pub policy_name: PolicyName,
}

impl Operation for DeleteUserPolicy {
    const NAME: &'static str = "DeleteUserPolicy";
    type Input = DeleteUserPolicyInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &DeleteUserPolicyInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:DeleteUserPolicy", arn(at, "user", &input.user_name.0)).only()
    }

    async fn run(cx: &Context, input: DeleteUserPolicyInput) -> Result<Empty, IamError> {
        inline::delete::<User>(cx, &input.user_name.0, &input.policy_name.0).await?;
        Ok(Empty)
    }
}
