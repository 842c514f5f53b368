//! ListInstanceProfilesForRole: none, for there are no instances.

use crate::{
    entity::read,
    error::IamError,
    names::{Marker, MaxItems, RoleName, arn},
    shapes::RoleView,
};
use service_kit::{identity::Role, prelude::*};

/// An instance profile. Heist runs no instances, so nobody has ever seen one.
#[derive(Debug, Shape)]
pub struct InstanceProfile {
    /// The path.
    pub path: String,
    /// The name.
    pub instance_profile_name: String,
    /// `AIPA…`.
    pub instance_profile_id: String,
    /// The ARN.
    pub arn: String,
    /// When it was created.
    pub create_date: Timestamp,
    /// Its roles.
    pub roles: Vec<RoleView>,
}

/// Lists no instance profiles; clients ask before they delete a role.
pub(crate) enum ListInstanceProfilesForRole {}

/// What ListInstanceProfilesForRole takes.
#[derive(Debug, Shape)]
#[shape(name = "ListInstanceProfilesForRoleRequest")]
pub struct ListInstanceProfilesForRoleInput {
    /// The role.
    pub role_name: RoleName,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListInstanceProfilesForRole gives.
#[derive(Debug, Shape)]
#[shape(name = "ListInstanceProfilesForRoleResponse")]
pub struct ListInstanceProfilesForRoleOutput {
    /// Always empty.
    pub instance_profiles: Vec<InstanceProfile>,
    /// Always false.
    pub is_truncated: bool,
}

impl Operation for ListInstanceProfilesForRole {
    const NAME: &'static str = "ListInstanceProfilesForRole";
    type Input = ListInstanceProfilesForRoleInput;
    type Output = ListInstanceProfilesForRoleOutput;
    type Error = IamError;

    fn access(input: &ListInstanceProfilesForRoleInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:ListInstanceProfilesForRole", arn(at, "role", &input.role_name.0)).only()
    }

    async fn run(
        cx: &Context,
        input: ListInstanceProfilesForRoleInput,
    ) -> Result<ListInstanceProfilesForRoleOutput, IamError> {
        read(cx, &input.role_name.0, |_: &Role, _| Ok(()))?;
        Ok(ListInstanceProfilesForRoleOutput { instance_profiles: Vec::new(), is_truncated: false })
    }
}
