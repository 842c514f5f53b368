//! ListGroups: the groups of an account.

use crate::{
    error::IamError,
    names::{Marker, MaxItems, PathPrefix, arn},
    paging::Paging,
    shapes::GroupView,
};
use service_kit::{identity::Group, prelude::*};

/// Lists the groups of the account, by name.
pub(crate) enum ListGroups {}

/// What ListGroups takes.
#[derive(Debug, Shape)]
#[shape(name = "ListGroupsRequest")]
pub struct ListGroupsInput {
    /// Only those under this path.
    pub path_prefix: Option<PathPrefix>,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListGroups gives.
#[derive(Debug, Shape)]
#[shape(name = "ListGroupsResponse")]
pub struct ListGroupsOutput {
    /// The groups.
    pub groups: Vec<GroupView>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListGroups {
    const NAME: &'static str = "ListGroups";
    type Input = ListGroupsInput;
    type Output = ListGroupsOutput;
    type Error = IamError;

    fn access(_: &ListGroupsInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:ListGroups", arn(at, "group", "")).only()
    }

    async fn run(cx: &Context, input: ListGroupsInput) -> Result<ListGroupsOutput, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let prefix = input.path_prefix.map_or(String::new(), |prefix| prefix.0);
        // A page may hold less than asked for when a prefix is given, as on AWS.
        let under = |group: &&Group| group.path.starts_with(&prefix);
        let page = cx.read(|tx| {
            let page = paging.rows::<Group>(tx, ())?;
            Ok::<_, IamError>(Page {
                items: page
                    .items
                    .iter()
                    .filter(under)
                    .map(|group| GroupView::of(cx.account(), group))
                    .collect(),
                next: page.next,
            })
        })?;
        Ok(ListGroupsOutput {
            groups: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}
