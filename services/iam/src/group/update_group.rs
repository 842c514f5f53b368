//! UpdateGroup: another name or path for the same group.

use crate::{
    entity::{check_free, find},
    error::IamError,
    group::group_members::members,
    names::{GroupName, PathText, arn, new_arn},
};
use service_kit::{
    identity::{Group, name_key},
    prelude::*,
};

/// Renames or moves a group, which keeps its members.
pub(crate) enum UpdateGroup {}

/// What UpdateGroup takes.
#[derive(Debug, Shape)]
#[shape(name = "UpdateGroupRequest")]
pub struct UpdateGroupInput {
    /// The group.
    pub group_name: GroupName,
    /// The new path.
    pub new_path: Option<PathText>,
    /// The new name.
    pub new_group_name: Option<GroupName>,
}

impl Operation for UpdateGroup {
    const NAME: &'static str = "UpdateGroup";
    type Input = UpdateGroupInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &UpdateGroupInput, at: &Scope) -> Vec<Access> {
        // AWS asks for both ends: the group as it is, and as it is going to be.
        let path = input.new_path.as_ref().map(|path| &*path.0);
        let name = input.new_group_name.as_ref().unwrap_or(&input.group_name);
        let mut access = vec![Access::on("iam:UpdateGroup", arn(at, "group", &input.group_name.0))];
        if input.new_path.is_some() || input.new_group_name.is_some() {
            access.push(Access::on("iam:UpdateGroup", new_arn(at, "group", path, &name.0)));
        }
        access
    }

    async fn run(cx: &Context, input: UpdateGroupInput) -> Result<Empty, IamError> {
        let old = &input.group_name.0;
        cx.write(|tx| {
            let mut group = find::<Group>(&tx.reader(), old)?;
            if let Some(path) = &input.new_path {
                group.path = path.0.clone();
            }
            if let Some(name) = &input.new_group_name {
                rename(tx, &mut group, &name.0)?;
            }
            Ok::<_, IamError>(tx.put(&group)?)
        })
        .await?;
        Ok(Empty)
    }
}

/// Moves the group to its new key, and its members with it.
fn rename(tx: &mut Tx<'_>, group: &mut Group, name: &str) -> Result<(), IamError> {
    let (old, new) = (name_key(&group.name), name_key(name));
    if old != new {
        check_free::<Group>(&tx.reader(), name)?;
        for mut user in members(&tx.reader(), &group.name)? {
            user.groups.retain(|key| *key != old);
            user.groups.push(new.clone());
            tx.put(&user)?;
        }
        tx.delete::<Group>(old);
    }
    group.name = name.to_owned();
    Ok(())
}
