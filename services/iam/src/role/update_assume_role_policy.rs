//! UpdateAssumeRolePolicy: whom a role trusts from now on.

use crate::{
    document,
    entity::change,
    error::IamError,
    names::{Document, RoleName, arn},
};
use service_kit::{identity::Role, prelude::*};

/// Replaces a role's trust policy.
pub(crate) enum UpdateAssumeRolePolicy {}

/// What UpdateAssumeRolePolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "UpdateAssumeRolePolicyRequest")]
pub struct UpdateAssumeRolePolicyInput {
    /// The role.
    pub role_name: RoleName,
    /// The trust policy.
    pub policy_document: Document,
}

impl Operation for UpdateAssumeRolePolicy {
    const NAME: &'static str = "UpdateAssumeRolePolicy";
    type Input = UpdateAssumeRolePolicyInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &UpdateAssumeRolePolicyInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:UpdateAssumeRolePolicy", arn(at, "role", &input.role_name.0)).only()
    }

    async fn run(cx: &Context, input: UpdateAssumeRolePolicyInput) -> Result<Empty, IamError> {
        change::<Role>(cx, &input.role_name.0, |role, tx| {
            role.trust = document::bind_trust(tx, &input.policy_document.0)?;
            Ok(())
        })
        .await?;
        Ok(Empty)
    }
}
