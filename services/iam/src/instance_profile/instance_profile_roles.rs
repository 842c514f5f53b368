//! Put a role into an instance profile, and take it out.

use super::InstanceProfile;
use crate::{
    entity::{check_modifiable, find},
    error::IamError,
    names::{InstanceProfileName, RoleName, arn},
};
use service_kit::{
    identity::{Role, name_key},
    prelude::*,
};

/// Whom a role in an instance profile is handed to.
const MACHINES: &str = "ec2.amazonaws.com";

/// Puts a role into an instance profile that has none.
pub(crate) enum AddRoleToInstanceProfile {}

/// What AddRoleToInstanceProfile takes.
#[derive(Debug, Shape)]
#[shape(name = "AddRoleToInstanceProfileRequest")]
pub struct AddRoleToInstanceProfileInput {
    /// The instance profile.
    pub instance_profile_name: InstanceProfileName,
    /// The role.
    pub role_name: RoleName,
}

impl Operation for AddRoleToInstanceProfile {
    const NAME: &'static str = "AddRoleToInstanceProfile";
    type Input = AddRoleToInstanceProfileInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let profile = arn(at, "instance-profile", &input.instance_profile_name.0);
        let role = arn(at, "role", &input.role_name.0);
        let add = Access::on("iam:AddRoleToInstanceProfile", profile);
        vec![add, Access::pass_role(&role, MACHINES)]
    }

    fn resources(input: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        // The request names the role without its path, which the permission to pass it is about.
        if let (Some(role), Some(pass)) =
            (tx.get::<Role>(name_key(&input.role_name.0))?, access.last_mut())
        {
            pass.resource = role.arn(&tx.scope().account);
        }
        Ok(())
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        let role_name = &input.role_name.0;
        InstanceProfile::change(cx, &input.instance_profile_name.0, |profile, tx| {
            check_modifiable(&find::<Role>(tx, role_name)?)?;
            if profile.role.is_some() {
                return Err(IamError::quota("InstanceSessionsPerInstanceProfile", 1));
            }
            profile.role = Some(name_key(role_name));
            Ok(())
        })
        .await?;
        Ok(Empty)
    }
}

/// Takes the role out of an instance profile.
pub(crate) enum RemoveRoleFromInstanceProfile {}

/// What RemoveRoleFromInstanceProfile takes.
#[derive(Debug, Shape)]
#[shape(name = "RemoveRoleFromInstanceProfileRequest")]
pub struct RemoveRoleFromInstanceProfileInput {
    /// The instance profile.
    pub instance_profile_name: InstanceProfileName,
    /// The role.
    pub role_name: RoleName,
}

impl Operation for RemoveRoleFromInstanceProfile {
    const NAME: &'static str = "RemoveRoleFromInstanceProfile";
    type Input = RemoveRoleFromInstanceProfileInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = arn(at, "instance-profile", &input.instance_profile_name.0);
        Access::on("iam:RemoveRoleFromInstanceProfile", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        let (name, role) = (&input.instance_profile_name.0, &input.role_name.0);
        InstanceProfile::change(cx, name, |profile, _| {
            if profile.role.take_if(|known| *known == name_key(role)).is_some() {
                return Ok(());
            }
            let message = format!("Role {role} in Instance Profile {name} cannot be found.");
            Err(IamError::NoSuchEntityException(message))
        })
        .await?;
        Ok(Empty)
    }
}
