//! Set, remove and list the tags of an instance profile.

use super::InstanceProfile;
use crate::{
    error::IamError,
    names::{InstanceProfileName, Marker, MaxItems, TagKey, arn},
    paging::Paging,
    shapes::TagView,
    tags,
};
use service_kit::prelude::*;

/// Adds tags to an instance profile, replacing those of the same name.
pub(crate) enum TagInstanceProfile {}

/// What TagInstanceProfile takes.
#[derive(Debug, Shape)]
#[shape(name = "TagInstanceProfileRequest")]
pub struct TagInstanceProfileInput {
    /// The instance profile.
    pub instance_profile_name: InstanceProfileName,
    /// The tags.
    #[shape(length = 0..=50)]
    pub tags: Vec<TagView>,
}

impl Operation for TagInstanceProfile {
    const NAME: &'static str = "TagInstanceProfile";
    type Input = TagInstanceProfileInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on(
            "iam:TagInstanceProfile",
            arn(at, "instance-profile", &input.instance_profile_name.0),
        )
        .with_tags(tags::pairs(&input.tags))
        .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        InstanceProfile::change(cx, &input.instance_profile_name.0, |found, _| {
            tags::set(&mut found.tags, &input.tags)
        })
        .await?;
        Ok(Empty)
    }
}

/// Removes tags from an instance profile.
pub(crate) enum UntagInstanceProfile {}

/// What UntagInstanceProfile takes.
#[derive(Debug, Shape)]
#[shape(name = "UntagInstanceProfileRequest")]
pub struct UntagInstanceProfileInput {
    /// The instance profile.
    pub instance_profile_name: InstanceProfileName,
    /// The names of tags.
    #[shape(length = 0..=50)]
    pub tag_keys: Vec<TagKey>,
}

impl Operation for UntagInstanceProfile {
    const NAME: &'static str = "UntagInstanceProfile";
    type Input = UntagInstanceProfileInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on(
            "iam:UntagInstanceProfile",
            arn(at, "instance-profile", &input.instance_profile_name.0),
        )
        .with_many("aws:TagKeys", input.tag_keys.iter().map(|key| key.0.as_str()))
        .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, IamError> {
        InstanceProfile::change(cx, &input.instance_profile_name.0, |found, _| {
            tags::unset(&mut found.tags, &input.tag_keys);
            Ok(())
        })
        .await?;
        Ok(Empty)
    }
}

/// Lists the tags of an instance profile by name.
pub(crate) enum ListInstanceProfileTags {}

/// What ListInstanceProfileTags takes.
#[derive(Debug, Shape)]
#[shape(name = "ListInstanceProfileTagsRequest")]
pub struct ListInstanceProfileTagsInput {
    /// The instance profile.
    pub instance_profile_name: InstanceProfileName,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListInstanceProfileTags gives.
#[derive(Debug, Shape)]
#[shape(name = "ListInstanceProfileTagsResponse")]
pub struct ListInstanceProfileTagsOutput {
    /// The tags.
    pub tags: Vec<TagView>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListInstanceProfileTags {
    const NAME: &'static str = "ListInstanceProfileTags";
    type Input = ListInstanceProfileTagsInput;
    type Output = ListInstanceProfileTagsOutput;
    type Error = IamError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on(
            "iam:ListInstanceProfileTags",
            arn(at, "instance-profile", &input.instance_profile_name.0),
        )
        .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let page = cx.read(|tx| {
            let found = InstanceProfile::find(tx, &input.instance_profile_name.0)?;
            tags::list(&found.tags, &paging)
        })?;
        Ok(ListInstanceProfileTagsOutput {
            tags: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}
