//! DeleteGroup: a group is no more.

use crate::{
    entity::find,
    error::IamError,
    group::group_members::members,
    names::{GroupName, arn},
};
use service_kit::{
    identity::{Group, name_key},
    prelude::*,
};

/// Deletes a group that has neither members nor policies left.
pub(crate) enum DeleteGroup {}

/// What DeleteGroup takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteGroupRequest")]
pub struct DeleteGroupInput {
    /// The group.
    pub group_name: GroupName,
}

impl Operation for DeleteGroup {
    const NAME: &'static str = "DeleteGroup";
    type Input = DeleteGroupInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &DeleteGroupInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:DeleteGroup", arn(at, "group", &input.group_name.0)).only()
    }

    async fn run(cx: &Context, input: DeleteGroupInput) -> Result<Empty, IamError> {
        let name = &input.group_name.0;
        cx.write(|tx| {
            let group = find::<Group>(&tx.reader(), name)?;
            if !members(&tx.reader(), name)?.is_empty() {
                return Err(IamError::in_use("remove users from group first"));
            }
            if !group.attached.is_empty() {
                return Err(IamError::in_use("detach all policies first"));
            }
            if !group.inline.is_empty() {
                return Err(IamError::in_use("delete policies first"));
            }
            tx.delete::<Group>(name_key(name));
            Ok(())
        })
        .await?;
        Ok(Empty)
    }
}
