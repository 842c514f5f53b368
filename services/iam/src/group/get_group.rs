//! GetGroup: a group and its members.

use crate::{
    entity::find,
    error::IamError,
    group::group_members::members,
    names::{GroupName, Marker, MaxItems, arn},
    paging::Paging,
    shapes::{GroupView, UserView},
};
use service_kit::{identity::Group, prelude::*};

/// Shows a group with a page of its users.
pub(crate) enum GetGroup {}

/// What GetGroup takes.
#[derive(Debug, Shape)]
#[shape(name = "GetGroupRequest")]
pub struct GetGroupInput {
    /// The group.
    pub group_name: GroupName,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What GetGroup gives.
#[derive(Debug, Shape)]
#[shape(name = "GetGroupResponse")]
pub struct GetGroupOutput {
    /// The group.
    pub group: GroupView,
    /// Its users.
    pub users: Vec<UserView>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for GetGroup {
    const NAME: &'static str = "GetGroup";
    type Input = GetGroupInput;
    type Output = GetGroupOutput;
    type Error = IamError;

    fn access(input: &GetGroupInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:GetGroup", arn(at, "group", &input.group_name.0)).only()
    }

    async fn run(cx: &Context, input: GetGroupInput) -> Result<GetGroupOutput, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let (group, page) = cx.read(|tx| {
            let group = find::<Group>(tx, &input.group_name.0)?;
            let users = members(tx, &group.name)?;
            let users = users.iter().map(|user| UserView::brief(cx.account(), user)).collect();
            let page = paging.of(users, |user| user.user_name.clone())?;
            Ok::<_, IamError>((GroupView::of(cx.account(), &group), page))
        })?;
        Ok(GetGroupOutput {
            group,
            users: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}
