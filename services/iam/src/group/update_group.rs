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
        let end = |name: &str| arn(at, "group", name);
        let old = Access::on("iam:UpdateGroup", end(&input.group_name.0));
        if input.new_path.is_none() && input.new_group_name.is_none() {
            return old.only();
        }
        let name = input.new_group_name.as_ref().map_or(&*input.group_name.0, |name| &*name.0);
        vec![old, Access::on_new("iam:UpdateGroup", end(name))]
    }

    /// What is not said of the new end stays as it is.
    fn resources(
        input: &UpdateGroupInput,
        tx: &ReadTx<'_>,
        access: &mut [Access],
    ) -> Result<(), Fault> {
        let Some(new) = access.get_mut(1) else { return Ok(()) };
        let group = tx.get::<Group>(name_key(&input.group_name.0))?;
        let (path, name) = group.map_or_else(Default::default, |it| (it.path, it.name));
        let path = input.new_path.as_ref().map_or(&path, |path| &path.0);
        let name = input.new_group_name.as_ref().map_or(&name, |name| &name.0);
        if !name.is_empty() {
            let path = (!path.is_empty()).then_some(path.as_str());
            new.resource = new_arn(tx.scope(), "group", path, name);
        }
        Ok(())
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
