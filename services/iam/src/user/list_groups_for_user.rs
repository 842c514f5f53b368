//! ListGroupsForUser: the groups that a user is in.

use crate::{
    entity::read,
    error::IamError,
    names::{ExistingUserName, Marker, MaxItems, arn},
    paging::Paging,
    shapes::GroupView,
};
use service_kit::{
    identity::{Group, User},
    prelude::*,
};

/// Lists the groups whose policies a user has.
pub(crate) enum ListGroupsForUser {}

/// What ListGroupsForUser takes.
#[derive(Debug, Shape)]
#[shape(name = "ListGroupsForUserRequest")]
pub struct ListGroupsForUserInput {
    /// The user.
    pub user_name: ExistingUserName,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListGroupsForUser gives.
#[derive(Debug, Shape)]
#[shape(name = "ListGroupsForUserResponse")]
pub struct ListGroupsForUserOutput {
    /// The groups.
    pub groups: Vec<GroupView>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListGroupsForUser {
    const NAME: &'static str = "ListGroupsForUser";
    type Input = ListGroupsForUserInput;
    type Output = ListGroupsForUserOutput;
    type Error = IamError;

    fn access(input: &ListGroupsForUserInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:ListGroupsForUser", arn(at, "user", &input.user_name.0)).only()
    }

    async fn run(
        cx: &Context,
        input: ListGroupsForUserInput,
    ) -> Result<ListGroupsForUserOutput, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let page = read(cx, &input.user_name.0, |user: &User, tx| {
            let mut groups = Vec::new();
            for key in &user.groups {
                let group = tx.get::<Group>(key)?;
                groups.extend(group.map(|group| GroupView::of(cx.account(), &group)));
            }
            Ok(paging.of(groups, |group| group.group_name.clone())?)
        })?;
        Ok(ListGroupsForUserOutput {
            groups: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}
