//! TagResource, UntagResource, ListTagsForResource: a log group's tags by its ARN.

use crate::{
    error::LogsError,
    group::{LogGroup, TagValue, identified, pairs, plain},
    names::AmazonResourceName,
};
use service_kit::prelude::*;

/// Adds tags.
pub(crate) enum TagResource {}

/// What TagResource takes.
#[derive(Debug, Shape)]
#[shape(name = "TagResourceRequest", camel)]
pub struct TagResourceInput {
    /// A log group's ARN.
    pub resource_arn: AmazonResourceName,
    /// The tags.
    #[shape(length = 1..=50)]
    pub tags: BTreeMap<String, TagValue>,
}

impl Operation for TagResource {
    const NAME: &'static str = "TagResource";
    type Input = TagResourceInput;
    type Output = Empty;
    type Error = LogsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("logs:TagResource", &*input.resource_arn).with_tags(pairs(&input.tags)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, LogsError> {
        let tags = plain(input.tags);
        cx.write(|tx| {
            let mut group = by_arn(&tx.reader(), &input.resource_arn)?;
            group.tag(tags.clone(), tx.scope())?;
            Ok::<_, LogsError>(tx.put(&group)?)
        })
        .await?;
        Ok(Empty)
    }
}

/// Removes tags.
pub(crate) enum UntagResource {}

/// What UntagResource takes.
#[derive(Debug, Shape)]
#[shape(name = "UntagResourceRequest", camel)]
pub struct UntagResourceInput {
    /// A log group's ARN.
    pub resource_arn: AmazonResourceName,
    /// The keys of the tags.
    #[shape(length = 0..=50)]
    pub tag_keys: Vec<TagKey>,
}

/// A tag's key.
#[derive(Debug, Shape)]
#[shape(length = 1..=128)]
pub struct TagKey(pub String);

impl Operation for UntagResource {
    const NAME: &'static str = "UntagResource";
    type Input = UntagResourceInput;
    type Output = Empty;
    type Error = LogsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        let keys = input.tag_keys.iter().map(|TagKey(key)| key.as_str());
        Access::on("logs:UntagResource", &*input.resource_arn).with_many("aws:TagKeys", keys).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, LogsError> {
        cx.write(|tx| {
            let mut group = by_arn(&tx.reader(), &input.resource_arn)?;
            for TagKey(key) in &input.tag_keys {
                group.tags.remove(key);
            }
            Ok::<_, LogsError>(tx.put(&group)?)
        })
        .await?;
        Ok(Empty)
    }
}

/// Lists tags.
pub(crate) enum ListTagsForResource {}

/// What ListTagsForResource takes.
#[derive(Debug, Shape)]
#[shape(name = "ListTagsForResourceRequest", camel)]
pub struct ListTagsForResourceInput {
    /// A log group's ARN.
    pub resource_arn: AmazonResourceName,
}

/// What ListTagsForResource gives.
#[derive(Debug, Shape)]
#[shape(name = "ListTagsForResourceResponse", camel)]
pub struct ListTagsForResourceOutput {
    /// The tags.
    pub tags: BTreeMap<String, String>,
}

impl Operation for ListTagsForResource {
    const NAME: &'static str = "ListTagsForResource";
    type Input = ListTagsForResourceInput;
    type Output = ListTagsForResourceOutput;
    type Error = LogsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("logs:ListTagsForResource", &*input.resource_arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, LogsError> {
        let group = cx.read(|tx| by_arn(tx, &input.resource_arn))?;
        Ok(ListTagsForResourceOutput { tags: group.tags })
    }
}

fn by_arn(tx: &ReadTx<'_>, arn: &str) -> Result<LogGroup, LogsError> {
    let missing =
        || LogsError::ResourceNotFoundException("The specified resource does not exist.".into());
    let name = identified(arn, tx.scope()).filter(|name| *name != arn).ok_or_else(missing)?;
    tx.get(name)?.ok_or_else(missing)
}
