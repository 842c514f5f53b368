//! CreateGroup: users who share policies.

use crate::{
    entity::{check_free, check_room},
    error::IamError,
    names::{GroupName, PathText, new_arn, path_or_root},
    shapes::GroupView,
};
use service_kit::{
    identity::{Group, InlinePolicies, unique_id},
    prelude::*,
};

/// Makes a group without members.
pub(crate) enum CreateGroup {}

/// What CreateGroup takes.
#[derive(Debug, Shape)]
#[shape(name = "CreateGroupRequest")]
pub struct CreateGroupInput {
    /// The path.
    pub path: Option<PathText>,
    /// The name, unique ignoring case.
    pub group_name: GroupName,
}

/// What CreateGroup gives.
#[derive(Debug, Shape)]
#[shape(name = "CreateGroupResponse")]
pub struct CreateGroupOutput {
    /// The group.
    pub group: GroupView,
}

impl Operation for CreateGroup {
    const NAME: &'static str = "CreateGroup";
    type Input = CreateGroupInput;
    type Output = CreateGroupOutput;
    type Error = IamError;

    fn access(input: &CreateGroupInput, at: &Scope) -> Vec<Access> {
        let path = input.path.as_ref().map(|path| &*path.0);
        Access::on("iam:CreateGroup", new_arn(at, "group", path, &input.group_name.0)).only()
    }

    async fn run(cx: &Context, input: CreateGroupInput) -> Result<CreateGroupOutput, IamError> {
        let group = Group {
            name: input.group_name.0,
            path: path_or_root(input.path),
            id: unique_id("AGPA", cx.entropy()),
            created: cx.now().whole_seconds(),
            attached: Vec::new(),
            inline: InlinePolicies::new(),
        };
        check_room::<Group>(cx, &group.name)?;
        cx.write(|tx| {
            check_free::<Group>(&tx.reader(), &group.name)?;
            Ok::<_, IamError>(tx.put(&group)?)
        })
        .await?;
        Ok(CreateGroupOutput { group: GroupView::of(cx.account(), &group) })
    }
}
