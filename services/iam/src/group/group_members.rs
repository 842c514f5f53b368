//! AddUserToGroup and RemoveUserFromGroup: who is in a group.

use crate::{
    entity::find,
    error::IamError,
    names::{ExistingUserName, GroupName, arn},
};
use service_kit::{
    identity::{Group, User, name_key},
    prelude::*,
};

/// The most groups that one user is in.
const MAX_GROUPS: usize = 10;

/// The users in the group called `name`.
pub(crate) fn members(tx: &ReadTx<'_>, name: &str) -> Result<Vec<User>, Fault> {
    let key = name_key(name);
    let users = tx.list::<User>(())?;
    Ok(users.into_iter().filter(|user| user.groups.contains(&key)).collect())
}

/// Puts a user into a group; one who is in it stays so.
pub(crate) enum AddUserToGroup {}

/// What AddUserToGroup takes.
#[derive(Debug, Shape)]
#[shape(name = "AddUserToGroupRequest")]
pub struct AddUserToGroupInput {
    /// The group.
    pub group_name: GroupName,
    /// The user.
    pub user_name: ExistingUserName,
}

impl Operation for AddUserToGroup {
    const NAME: &'static str = "AddUserToGroup";
    type Input = AddUserToGroupInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &AddUserToGroupInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:AddUserToGroup", arn(at, "group", &input.group_name.0)).only()
    }

    async fn run(cx: &Context, input: AddUserToGroupInput) -> Result<Empty, IamError> {
        cx.write(|tx| {
            let group = find::<Group>(&tx.reader(), &input.group_name.0)?;
            let mut user = find::<User>(&tx.reader(), &input.user_name.0)?;
            let key = name_key(&group.name);
            if user.groups.contains(&key) {
                return Ok(());
            }
            if user.groups.len() >= MAX_GROUPS {
                return Err(IamError::quota("GroupsPerUser", MAX_GROUPS));
            }
            user.groups.push(key);
            Ok(tx.put(&user)?)
        })
        .await?;
        Ok(Empty)
    }
}

/// Takes a user out of a group.
pub(crate) enum RemoveUserFromGroup {}

/// What RemoveUserFromGroup takes.
#[derive(Debug, Shape)]
#[shape(name = "RemoveUserFromGroupRequest")]
pub struct RemoveUserFromGroupInput {
    /// The group.
    pub group_name: GroupName,
    /// The user.
    pub user_name: ExistingUserName,
}

impl Operation for RemoveUserFromGroup {
    const NAME: &'static str = "RemoveUserFromGroup";
    type Input = RemoveUserFromGroupInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &RemoveUserFromGroupInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:RemoveUserFromGroup", arn(at, "group", &input.group_name.0)).only()
    }

    async fn run(cx: &Context, input: RemoveUserFromGroupInput) -> Result<Empty, IamError> {
        cx.write(|tx| {
            let group = find::<Group>(&tx.reader(), &input.group_name.0)?;
            let mut user = find::<User>(&tx.reader(), &input.user_name.0)?;
            let key = name_key(&group.name);
            user.groups.retain(|known| *known != key);
            Ok::<_, IamError>(tx.put(&user)?)
        })
        .await?;
        Ok(Empty)
    }
}
