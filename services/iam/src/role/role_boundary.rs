//! Set and remove the permissions boundary of a role.

use crate::{
    entity::change,
    error::IamError,
    managed,
    names::{ArnText, RoleName, arn},
};
use service_kit::{identity::Role, prelude::*};

/// Sets what a role may do at most.
pub(crate) enum PutRolePermissionsBoundary {}

/// What PutRolePermissionsBoundary takes.
#[derive(Debug, Shape)]
#[shape(name = "PutRolePermissionsBoundaryRequest")]
pub struct PutRolePermissionsBoundaryInput {
    /// The role.
    pub role_name: RoleName,
    /// The policy's ARN.
    pub permissions_boundary: ArnText,
}

impl Operation for PutRolePermissionsBoundary {
    const NAME: &'static str = "PutRolePermissionsBoundary";
    type Input = PutRolePermissionsBoundaryInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &PutRolePermissionsBoundaryInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:PutRolePermissionsBoundary", arn(at, "role", &input.role_name.0))
            .with("iam:PermissionsBoundary", input.permissions_boundary.0.as_str())
            .only()
    }

    async fn run(cx: &Context, input: PutRolePermissionsBoundaryInput) -> Result<Empty, IamError> {
        let boundary = &input.permissions_boundary.0;
        change::<Role>(cx, &input.role_name.0, |role, tx| {
            managed::check_boundary(tx, boundary)?;
            role.boundary = Some(boundary.clone());
            Ok(())
        })
        .await?;
        Ok(Empty)
    }
}

/// Removes the boundary of a role, whose own policies then count alone.
pub(crate) enum DeleteRolePermissionsBoundary {}

/// What DeleteRolePermissionsBoundary takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteRolePermissionsBoundaryRequest")]
pub struct DeleteRolePermissionsBoundaryInput {
    /// The role.
    pub role_name: RoleName,
}

impl Operation for DeleteRolePermissionsBoundary {
    const NAME: &'static str = "DeleteRolePermissionsBoundary";
    type Input = DeleteRolePermissionsBoundaryInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &DeleteRolePermissionsBoundaryInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:DeleteRolePermissionsBoundary", arn(at, "role", &input.role_name.0)).only()
    }

    async fn run(
        cx: &Context,
        input: DeleteRolePermissionsBoundaryInput,
    ) -> Result<Empty, IamError> {
        change::<Role>(cx, &input.role_name.0, |role, _| match role.boundary.take() {
            Some(_) => Ok(()),
            None => Err(IamError::NoSuchEntityException(format!(
                "Role {} does not have a permissions boundary.",
                role.name
            ))),
        })
        .await?;
        Ok(Empty)
    }
}
