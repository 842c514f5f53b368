//! Set, remove and list the tags of a user.

use crate::{
    entity::{change, read},
    error::IamError,
    names::{ExistingUserName, Marker, MaxItems, TagKey, arn},
    paging::Paging,
    shapes::TagView,
    tags,
};
use service_kit::{identity::User, prelude::*};

/// Adds tags to a user, replacing those of the same name.
pub(crate) enum TagUser {}

/// What TagUser takes.
#[derive(Debug, Shape)]
#[shape(name = "TagUserRequest")]
pub struct TagUserInput {
    /// The user.
    pub user_name: ExistingUserName,
    /// The tags.
    #[shape(length = 0..=50)]
    pub tags: Vec<TagView>,
}

impl Operation for TagUser {
    const NAME: &'static str = "TagUser";
    type Input = TagUserInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &TagUserInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:TagUser", arn(at, "user", &input.user_name.0))
            .with_tags(tags::pairs(&input.tags))
            .only()
    }

    async fn run(cx: &Context, input: TagUserInput) -> Result<Empty, IamError> {
        change::<User>(cx, &input.user_name.0, |user, _| tags::set(&mut user.tags, &input.tags))
            .await?;
        Ok(Empty)
    }
}

/// Removes tags from a user.
pub(crate) enum UntagUser {}

/// What UntagUser takes.
#[derive(Debug, Shape)]
#[shape(name = "UntagUserRequest")]
pub struct UntagUserInput {
    /// The user.
    pub user_name: ExistingUserName,
    /// The names of tags.
    #[shape(length = 0..=50)]
    pub tag_keys: Vec<TagKey>,
}

impl Operation for UntagUser {
    const NAME: &'static str = "UntagUser";
    type Input = UntagUserInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &UntagUserInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:UntagUser", arn(at, "user", &input.user_name.0))
            .with_many("aws:TagKeys", input.tag_keys.iter().map(|key| key.0.as_str()))
            .only()
    }

    async fn run(cx: &Context, input: UntagUserInput) -> Result<Empty, IamError> {
        change::<User>(cx, &input.user_name.0, |user, _| {
            tags::unset(&mut user.tags, &input.tag_keys);
            Ok(())
        })
        .await?;
        Ok(Empty)
    }
}

/// Lists the tags of a user by name.
pub(crate) enum ListUserTags {}

/// What ListUserTags takes.
#[derive(Debug, Shape)]
#[shape(name = "ListUserTagsRequest")]
pub struct ListUserTagsInput {
    /// The user.
    pub user_name: ExistingUserName,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListUserTags gives.
#[derive(Debug, Shape)]
#[shape(name = "ListUserTagsResponse")]
pub struct ListUserTagsOutput {
    /// The tags.
    pub tags: Vec<TagView>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListUserTags {
    const NAME: &'static str = "ListUserTags";
    type Input = ListUserTagsInput;
    type Output = ListUserTagsOutput;
    type Error = IamError;

    fn access(input: &ListUserTagsInput, at: &Scope) -> Vec<Access> {
        Access::on("iam:ListUserTags", arn(at, "user", &input.user_name.0)).only()
    }

    async fn run(cx: &Context, input: ListUserTagsInput) -> Result<ListUserTagsOutput, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let list = |user: &User, _: &ReadTx<'_>| tags::list(&user.tags, &paging);
        let page = read(cx, &input.user_name.0, list)?;
        Ok(ListUserTagsOutput {
            tags: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}
