//! ListUsers: the users of an account.

use crate::{
    error::IamError,
    names::{Marker, MaxItems, PathPrefix, arn},
    paging::Paging,
    shapes::UserView,
};
use service_kit::{identity::User, prelude::*};

/// Lists the users of the account, by name.
pub(crate) enum ListUsers {}

/// What ListUsers takes.
#[derive(Debug, Shape)]
#[shape(name = "ListUsersRequest")]
pub struct ListUsersInput {
    /// Only those under this path.
    pub path_prefix: Option<PathPrefix>,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListUsers gives.
#[derive(Debug, Shape)]
#[shape(name = "ListUsersResponse")]
pub struct ListUsersOutput {
    /// The users.
    pub users: Vec<UserView>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListUsers {
    const NAME: &'static str = "ListUsers";
    type Input = ListUsersInput;
    type Output = ListUsersOutput;
    type Error = IamError;

    fn access(_: &ListUsersInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:ListUsers", arn(at, "user", "")).only()
    }

    async fn run(cx: &Context, input: ListUsersInput) -> Result<ListUsersOutput, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let prefix = input.path_prefix.map_or(String::new(), |prefix| prefix.0);
        // A page may hold less than asked for when a prefix is given, as on AWS.
        let under = |user: &&User| user.path.starts_with(&prefix);
        let page = cx.read(|tx| {
            let page = paging.rows::<User>(tx, ())?;
            Ok::<_, IamError>(Page {
                items: page
                    .items
                    .iter()
                    .filter(under)
                    .map(|user| UserView::brief(cx.account(), user))
                    .collect(),
                next: page.next,
            })
        })?;
        Ok(ListUsersOutput {
            users: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}
