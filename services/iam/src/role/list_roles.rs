//! ListRoles: the roles of an account.

use crate::{
    error::IamError,
    names::{Marker, MaxItems, PathPrefix, arn},
    paging::Paging,
    shapes::RoleView,
};
use service_kit::{identity::Role, prelude::*};

/// Lists the roles of the account, by name.
pub(crate) enum ListRoles {}

/// What ListRoles takes.
#[derive(Debug, Shape)]
#[shape(name = "ListRolesRequest")]
pub struct ListRolesInput {
    /// Only those under this path.
    pub path_prefix: Option<PathPrefix>,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListRoles gives.
#[derive(Debug, Shape)]
#[shape(name = "ListRolesResponse")]
pub struct ListRolesOutput {
    /// The roles.
    pub roles: Vec<RoleView>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListRoles {
    const NAME: &'static str = "ListRoles";
    type Input = ListRolesInput;
    type Output = ListRolesOutput;
    type Error = IamError;

    fn access(_: &ListRolesInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:ListRoles", arn(at, "role", "")).only()
    }

    async fn run(cx: &Context, input: ListRolesInput) -> Result<ListRolesOutput, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let prefix = input.path_prefix.map_or(String::new(), |prefix| prefix.0);
        // A page may hold less than asked for when a prefix is given, as on AWS.
        let under = |role: &&Role| role.path.starts_with(&prefix);
        let page = cx.read(|tx| {
            let page = paging.rows::<Role>(tx, ())?;
            Ok::<_, IamError>(Page {
                items: page
                    .items
                    .iter()
                    .filter(under)
                    .map(|role| RoleView::brief(tx, role))
                    .collect::<Result<_, _>>()?,
                next: page.next,
            })
        })?;
        Ok(ListRolesOutput {
            roles: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}
