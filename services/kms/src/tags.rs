//! The tags of a key: set, removed, listed.

use crate::{error::KmsError, key_ref, shapes::Tag};
use service_kit::prelude::*;

/// Sets tags of a key.
pub(crate) enum TagResource {}

#[derive(Debug, Shape)]
pub struct TagResourceInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    pub tags: Vec<Tag>,
}

impl Operation for TagResource {
    const NAME: &'static str = "TagResource";
    type Input = TagResourceInput;
    type Output = Empty;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let tags = input.tags.iter().map(|tag| (&*tag.tag_key, &*tag.tag_value));
        key_ref::access("kms:TagResource", &input.key_id, at).with_tags(tags).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        key_ref::change(cx, &input.key_id, |_, key| {
            key.require_kept()?;
            let tags = input.tags.iter().map(|tag| (tag.tag_key.clone(), tag.tag_value.clone()));
            key.add_tags(tags)?;
            Ok(Empty)
        })
        .await
    }
}

/// Removes tags of a key.
pub(crate) enum UntagResource {}

#[derive(Debug, Shape)]
pub struct UntagResourceInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    pub tag_keys: Vec<TagKeyType>,
}

#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(length = 1..=128)]
pub struct TagKeyType(pub String);

impl Operation for UntagResource {
    const NAME: &'static str = "UntagResource";
    type Input = UntagResourceInput;
    type Output = Empty;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        key_ref::access("kms:UntagResource", &input.key_id, at)
            .with_many("aws:TagKeys", input.tag_keys.iter().map(|key| &*key.0))
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        key_ref::change(cx, &input.key_id, |_, key| {
            key.require_kept()?;
            for name in &input.tag_keys {
                key.tags.remove(&name.0);
            }
            Ok(Empty)
        })
        .await
    }
}

/// Lists the tags of a key.
pub(crate) enum ListResourceTags {}

#[derive(Debug, Shape)]
pub struct ListResourceTagsInput {
    #[shape(length = 1..=2048)]
    pub key_id: String,
    #[shape(range = 1..=1000)]
    pub limit: Option<u32>,
    #[shape(length = 1..=1024, pattern = r"[\u0020-\u00FF]*")]
    pub marker: Option<String>,
}

#[derive(Debug, Shape)]
pub struct ListResourceTagsOutput {
    pub tags: Option<Vec<Tag>>,
    #[shape(length = 1..=1024, pattern = r"[\u0020-\u00FF]*")]
    pub next_marker: Option<String>,
    pub truncated: Option<bool>,
}

impl Operation for ListResourceTags {
    const NAME: &'static str = "ListResourceTags";
    type Input = ListResourceTagsInput;
    type Output = ListResourceTagsOutput;
    type Error = KmsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        key_ref::access("kms:ListResourceTags", &input.key_id, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let key = key_ref::by_id(cx, &input.key_id)?;
        let limit = input.limit.unwrap_or(50) as usize;
        let after = |name: &String| input.marker.as_ref().is_none_or(|marker| name > marker);
        let mut tags: Vec<Tag> = key
            .tags
            .into_iter()
            .filter(|(name, _)| after(name))
            .map(|(tag_key, tag_value)| Tag { tag_key, tag_value })
            .collect();
        let truncated = tags.len() > limit;
        tags.truncate(limit);
        let next_marker = tags.last().filter(|_| truncated).map(|tag| tag.tag_key.clone());
        Ok(ListResourceTagsOutput { tags: Some(tags), next_marker, truncated: Some(truncated) })
    }
}
