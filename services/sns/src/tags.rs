//! The tags of a topic: set, removed, listed.

use crate::{
    error::SnsError,
    topic::{self, TopicRef},
};
use service_kit::prelude::*;

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct Tag {
    #[shape(length = 1..=128)]
    pub key: String,
    #[shape(length = 0..=256)]
    pub value: String,
}

fn as_resource(error: SnsError) -> SnsError {
    match error {
        SnsError::NotFoundException(_) => SnsError::ResourceNotFoundException,
        other => other,
    }
}

/// Sets tags of a topic.
pub(crate) enum TagResource {}

#[derive(Debug, Shape)]
pub struct TagResourceInput {
    #[shape(length = 1..=1011)]
    pub resource_arn: String,
    pub tags: Vec<Tag>,
}

#[derive(Debug, Shape)]
pub struct TagResourceOutput {}

impl Operation for TagResource {
    const NAME: &'static str = "TagResource";
    type Input = TagResourceInput;
    type Output = TagResourceOutput;
    type Error = SnsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        let tags = input.tags.iter().map(|tag| (&*tag.key, &*tag.value));
        Access::on("SNS:TagResource", &input.resource_arn).with_tags(tags).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        topic::change(cx, &input.resource_arn, |_, topic| {
            topic.add_tags(input.tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())))?;
            Ok(TagResourceOutput {})
        })
        .await
        .map_err(as_resource)
    }
}

/// Removes tags of a topic.
pub(crate) enum UntagResource {}

#[derive(Debug, Shape)]
pub struct UntagResourceInput {
    #[shape(length = 1..=1011)]
    pub resource_arn: String,
    pub tag_keys: Vec<TagKey>,
}

#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(length = 1..=128)]
pub struct TagKey(pub String);

#[derive(Debug, Shape)]
pub struct UntagResourceOutput {}

impl Operation for UntagResource {
    const NAME: &'static str = "UntagResource";
    type Input = UntagResourceInput;
    type Output = UntagResourceOutput;
    type Error = SnsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("SNS:UntagResource", &input.resource_arn)
            .with_many("aws:TagKeys", input.tag_keys.iter().map(|key| &*key.0))
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        topic::change(cx, &input.resource_arn, |_, topic| {
            for key in &input.tag_keys {
                topic.tags.remove(&key.0);
            }
            Ok(UntagResourceOutput {})
        })
        .await
        .map_err(as_resource)
    }
}

/// Lists the tags of a topic.
pub(crate) enum ListTagsForResource {}

#[derive(Debug, Shape)]
pub struct ListTagsForResourceInput {
    #[shape(length = 1..=1011)]
    pub resource_arn: String,
}

#[derive(Debug, Shape)]
pub struct ListTagsForResourceOutput {
    pub tags: Option<Vec<Tag>>,
}

impl Operation for ListTagsForResource {
    const NAME: &'static str = "ListTagsForResource";
    type Input = ListTagsForResourceInput;
    type Output = ListTagsForResourceOutput;
    type Error = SnsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("SNS:ListTagsForResource", &input.resource_arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = TopicRef::parse(&input.resource_arn, cx.scope())?;
        let topic = cx.read(|tx| named.get(tx)).map_err(as_resource)?;
        let tags = topic.tags.into_iter().map(|(key, value)| Tag { key, value });
        Ok(ListTagsForResourceOutput { tags: Some(tags.collect()) })
    }
}
