//! ListInstanceProfiles and ListInstanceProfilesForRole: those of the account, those of a role.

use super::{InstanceProfile, InstanceProfileView};
use crate::{
    entity::find,
    error::IamError,
    names::{Marker, MaxItems, PathPrefix, RoleName, arn},
    paging::Paging,
};
use service_kit::{
    identity::{Role, name_key},
    prelude::*,
};

/// Lists instance profiles by name.
pub(crate) enum ListInstanceProfiles {}

/// What ListInstanceProfiles takes.
#[derive(Debug, Shape)]
#[shape(name = "ListInstanceProfilesRequest")]
pub struct ListInstanceProfilesInput {
    /// Only those whose path starts so.
    pub path_prefix: Option<PathPrefix>,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListInstanceProfiles gives.
#[derive(Debug, Shape)]
#[shape(name = "ListInstanceProfilesResponse")]
pub struct ListInstanceProfilesOutput {
    /// Instance profiles.
    pub instance_profiles: Vec<InstanceProfileView>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListInstanceProfiles {
    const NAME: &'static str = "ListInstanceProfiles";
    type Input = ListInstanceProfilesInput;
    type Output = ListInstanceProfilesOutput;
    type Error = IamError;

    fn access(_: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("iam:ListInstanceProfiles", arn(at, "instance-profile", "")).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let prefix = input.path_prefix.map_or(String::new(), |prefix| prefix.0);
        let page = cx.read(|tx| {
            let mut all = tx.list::<InstanceProfile>(())?;
            all.retain(|profile| profile.path.starts_with(&prefix));
            page(tx, all, &paging)
        })?;
        Ok(ListInstanceProfilesOutput {
            instance_profiles: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}

/// Lists the instance profiles that a role is in.
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
    /// Instance profiles.
    pub instance_profiles: Vec<InstanceProfileView>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListInstanceProfilesForRole {
    const NAME: &'static str = "ListInstanceProfilesForRole";
    type Input = ListInstanceProfilesForRoleInput;
    type Output = ListInstanceProfilesForRoleOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("iam:ListInstanceProfilesForRole", arn(at, "role", &input.role_name.0)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let page = cx.read(|tx| {
            find::<Role>(tx, &input.role_name.0)?;
            page(tx, InstanceProfile::of_role(tx, &input.role_name.0)?, &paging)
        })?;
        Ok(ListInstanceProfilesForRoleOutput {
            instance_profiles: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}

fn page(
    tx: &ReadTx<'_>,
    profiles: Vec<InstanceProfile>,
    paging: &Paging,
) -> Result<Page<InstanceProfileView>, IamError> {
    let page = paging.of(profiles, |profile| name_key(&profile.name))?;
    let items = page.items.iter().map(|profile| InstanceProfileView::brief(tx, profile));
    Ok(Page { items: items.collect::<Result<_, _>>()?, next: page.next })
}
