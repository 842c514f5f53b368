//! UpdateRole and UpdateRoleDescription: what a role says of itself.

use crate::{
    entity::{annotate, check_modifiable, read},
    error::IamError,
    names::{MaxSessionSecs, RoleDescription, RoleName, arn},
    shapes::RoleView,
};
use service_kit::{identity::Role, prelude::*};

/// Changes a role's description and longest session; what is not given stays.
pub(crate) enum UpdateRole {}

/// What UpdateRole takes.
#[derive(Debug, Shape)]
#[shape(name = "UpdateRoleRequest")]
pub struct UpdateRoleInput {
    /// The role.
    pub role_name: RoleName,
    /// The description.
    pub description: Option<RoleDescription>,
    /// How long sessions last at most, in seconds.
    pub max_session_duration: Option<MaxSessionSecs>,
}

/// What UpdateRole gives.
#[derive(Debug, Shape)]
#[shape(name = "UpdateRoleResponse")]
pub struct UpdateRoleOutput {}

impl Operation for UpdateRole {
    const NAME: &'static str = "UpdateRole";
    type Input = UpdateRoleInput;
    type Output = UpdateRoleOutput;
    type Error = IamError;

    fn access(input: &UpdateRoleInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:UpdateRole", arn(at, "role", &input.role_name.0)).only()
    }

    async fn run(cx: &Context, input: UpdateRoleInput) -> Result<UpdateRoleOutput, IamError> {
        let name = &input.role_name.0;
        annotate::<Role>(cx, name, |role, _| {
            if let Some(description) = &input.description {
                role.description = Some(description.0.clone());
            }
            if let Some(duration) = input.max_session_duration {
                check_modifiable(role)?;
                role.max_session_secs = duration.0;
            }
            Ok(())
        })
        .await?;
        Ok(UpdateRoleOutput {})
    }
}

/// Changes a role's description, the older way.
pub(crate) enum UpdateRoleDescription {}

/// What UpdateRoleDescription takes.
#[derive(Debug, Shape)]
#[shape(name = "UpdateRoleDescriptionRequest")]
pub struct UpdateRoleDescriptionInput {
    /// The role.
    pub role_name: RoleName,
    /// The description.
    pub description: RoleDescription,
}

/// What UpdateRoleDescription gives.
#[derive(Debug, Shape)]
#[shape(name = "UpdateRoleDescriptionResponse")]
pub struct UpdateRoleDescriptionOutput {
    /// The role.
    pub role: RoleView,
}

impl Operation for UpdateRoleDescription {
    const NAME: &'static str = "UpdateRoleDescription";
    type Input = UpdateRoleDescriptionInput;
    type Output = UpdateRoleDescriptionOutput;
    type Error = IamError;

    fn access(input: &UpdateRoleDescriptionInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:UpdateRoleDescription", arn(at, "role", &input.role_name.0)).only()
    }

    async fn run(
        cx: &Context,
        input: UpdateRoleDescriptionInput,
    ) -> Result<UpdateRoleDescriptionOutput, IamError> {
        let name = &input.role_name.0;
        annotate::<Role>(cx, name, |role, _| {
            role.description = Some(input.description.0.clone());
            Ok(())
        })
        .await?;
        let role = read(cx, name, |role, tx| Ok(RoleView::full(tx, role)?))?;
        Ok(UpdateRoleDescriptionOutput { role })
    }
}
