//! Set, remove and list the tags of a role.

use crate::{
    entity::{annotate, read},
    error::IamError,
    names::{Marker, MaxItems, RoleName, TagKey, arn},
    paging::Paging,
    shapes::TagView,
    tags,
};
use service_kit::{identity::Role, prelude::*};

/// Adds tags to a role, replacing those of the same name.
pub(crate) enum TagRole {}

/// What TagRole takes.
#[derive(Debug, Shape)]
#[shape(name = "TagRoleRequest")]
pub struct TagRoleInput {
    /// The role.
    pub role_name: RoleName,
    /// The tags.
    #[shape(length = 0..=50)]
    pub tags: Vec<TagView>,
}

impl Operation for TagRole {
    const NAME: &'static str = "TagRole";
    type Input = TagRoleInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &TagRoleInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:TagRole", arn(at, "role", &input.role_name.0))
            .with_tags(tags::pairs(&input.tags))
            .only()
    }

    async fn run(cx: &Context, input: TagRoleInput) -> Result<Empty, IamError> {
        annotate::<Role>(cx, &input.role_name.0, |role, _| tags::set(&mut role.tags, &input.tags))
            .await?;
        Ok(Empty)
    }
}

/// Removes tags from a role.
pub(crate) enum UntagRole {}

/// What UntagRole takes.
#[derive(Debug, Shape)]
#[shape(name = "UntagRoleRequest")]
pub struct UntagRoleInput {
    /// The role.
    pub role_name: RoleName,
    /// The names of tags.
    #[shape(length = 0..=50)]
    pub tag_keys: Vec<TagKey>,
}

impl Operation for UntagRole {
    const NAME: &'static str = "UntagRole";
    type Input = UntagRoleInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &UntagRoleInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:UntagRole", arn(at, "role", &input.role_name.0))
            .with_many("aws:TagKeys", input.tag_keys.iter().map(|key| key.0.as_str()))
            .only()
    }

    async fn run(cx: &Context, input: UntagRoleInput) -> Result<Empty, IamError> {
        annotate::<Role>(cx, &input.role_name.0, |role, _| {
            tags::unset(&mut role.tags, &input.tag_keys);
            Ok(())
        })
        .await?;
        Ok(Empty)
    }
}

/// Lists the tags of a role by name.
pub(crate) enum ListRoleTags {}

/// What ListRoleTags takes.
#[derive(Debug, Shape)]
#[shape(name = "ListRoleTagsRequest")]
pub struct ListRoleTagsInput {
    /// The role.
    pub role_name: RoleName,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListRoleTags gives.
#[derive(Debug, Shape)]
#[shape(name = "ListRoleTagsResponse")]
pub struct ListRoleTagsOutput {
    /// The tags.
    pub tags: Vec<TagView>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListRoleTags {
    const NAME: &'static str = "ListRoleTags";
    type Input = ListRoleTagsInput;
    type Output = ListRoleTagsOutput;
    type Error = IamError;

    fn access(input: &ListRoleTagsInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:ListRoleTags", arn(at, "role", &input.role_name.0)).only()
    }

    async fn run(cx: &Context, input: ListRoleTagsInput) -> Result<ListRoleTagsOutput, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let list = |role: &Role, _: &ReadTx<'_>| tags::list(&role.tags, &paging);
        let page = read(cx, &input.role_name.0, list)?;
        Ok(ListRoleTagsOutput {
            tags: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}
