//! GetRole: all about a role.

use crate::{
    entity::read,
    error::IamError,
    last_use::RoleLastUsed,
    names::{RoleName, arn},
    shapes::RoleView,
};
use service_kit::prelude::*;

/// Shows a role with its trust policy.
pub(crate) enum GetRole {}

/// What GetRole takes.
#[derive(Debug, Shape)]
#[shape(name = "GetRoleRequest")]
pub struct GetRoleInput {
    /// The role.
    pub role_name: RoleName,
}

/// What GetRole gives.
#[derive(Debug, Shape)]
#[shape(name = "GetRoleResponse")]
pub struct GetRoleOutput {
    /// The role.
    pub role: RoleView,
}

impl Operation for GetRole {
    const NAME: &'static str = "GetRole";
    type Input = GetRoleInput;
    type Output = GetRoleOutput;
    type Error = IamError;

    fn access(input: &GetRoleInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:GetRole", arn(at, "role", &input.role_name.0)).only()
    }

    async fn run(cx: &Context, input: GetRoleInput) -> Result<GetRoleOutput, IamError> {
        cx.platform().flush_uses().await?;
        let role = read(cx, &input.role_name.0, |role, tx| {
            let role_last_used = Some(RoleLastUsed::of(tx, role, cx.now())?);
            Ok(RoleView { role_last_used, ..RoleView::full(tx, role)? })
        })?;
        Ok(GetRoleOutput { role })
    }
}
