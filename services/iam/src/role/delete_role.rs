//! DeleteRole: a role is no more, and its sessions may do nothing.

use crate::{
    entity::{check_modifiable, find, forget_id},
    error::IamError,
    instance_profile::InstanceProfile,
    names::{RoleName, arn},
};
use service_kit::{
    identity::{LastUse, Role, name_key},
    prelude::*,
};

/// Deletes a role that has no policies left and is in no instance profile.
pub(crate) enum DeleteRole {}

/// What DeleteRole takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteRoleRequest")]
pub struct DeleteRoleInput {
    /// The role.
    pub role_name: RoleName,
}

impl Operation for DeleteRole {
    const NAME: &'static str = "DeleteRole";
    type Input = DeleteRoleInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &DeleteRoleInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:DeleteRole", arn(at, "role", &input.role_name.0)).only()
    }

    async fn run(cx: &Context, input: DeleteRoleInput) -> Result<Empty, IamError> {
        let name = &input.role_name.0;
        cx.write(|tx| {
            let role = find::<Role>(&tx.reader(), name)?;
            check_modifiable(&role)?;
            if !role.attached.is_empty() {
                return Err(IamError::in_use("detach all policies first"));
            }
            if !role.inline.is_empty() {
                return Err(IamError::in_use("delete policies first"));
            }
            if !InstanceProfile::of_role(&tx.reader(), name)?.is_empty() {
                return Err(IamError::in_use("remove roles from instance profile first"));
            }
            forget_id(tx, &role.id);
            tx.delete::<Role>(name_key(name));
            tx.delete::<LastUse>(&role.id);
            Ok(())
        })
        .await?;
        Ok(Empty)
    }
}
