//! Set and remove the permissions boundary of a user.

use crate::{
    entity::change,
    error::IamError,
    managed,
    names::{ArnText, UserName, arn},
};
use service_kit::{identity::User, prelude::*};

/// Sets what a user may do at most.
pub(crate) enum PutUserPermissionsBoundary {}

/// What PutUserPermissionsBoundary takes.
#[derive(Debug, Shape)]
#[shape(name = "PutUserPermissionsBoundaryRequest")]
pub struct PutUserPermissionsBoundaryInput {
    /// The user.
    pub user_name: UserName,
    /// The policy's ARN.
    pub permissions_boundary: ArnText,
}

impl Operation for PutUserPermissionsBoundary {
    const NAME: &'static str = "PutUserPermissionsBoundary";
    type Input = PutUserPermissionsBoundaryInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &PutUserPermissionsBoundaryInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:PutUserPermissionsBoundary", arn(at, "user", &input.user_name.0))
            .with("iam:PermissionsBoundary", input.permissions_boundary.0.as_str())
            .only()
    }

    async fn run(cx: &Context, input: PutUserPermissionsBoundaryInput) -> Result<Empty, IamError> {
        let boundary = &input.permissions_boundary.0;
        change::<User>(cx, &input.user_name.0, |user, tx| {
            managed::check_boundary(tx, boundary)?;
            user.boundary = Some(boundary.clone());
            Ok(())
        })
        .await?;
        Ok(Empty)
    }
}

/// Removes the boundary of a user, whose own policies then count alone.
pub(crate) enum DeleteUserPermissionsBoundary {}

/// What DeleteUserPermissionsBoundary takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteUserPermissionsBoundaryRequest")]
pub struct DeleteUserPermissionsBoundaryInput {
    /// The user.
    pub user_name: UserName,
}

impl Operation for DeleteUserPermissionsBoundary {
    const NAME: &'static str = "DeleteUserPermissionsBoundary";
    type Input = DeleteUserPermissionsBoundaryInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &DeleteUserPermissionsBoundaryInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:DeleteUserPermissionsBoundary", arn(at, "user", &input.user_name.0)).only()
    }

    async fn run(
        cx: &Context,
        input: DeleteUserPermissionsBoundaryInput,
    ) -> Result<Empty, IamError> {
        change::<User>(cx, &input.user_name.0, |user, _| match user.boundary.take() {
            Some(_) => Ok(()),
            None => Err(IamError::NoSuchEntityException(format!(
                "User {} does not have a permissions boundary.",
                user.name
            ))),
        })
        .await?;
        Ok(Empty)
    }
}
