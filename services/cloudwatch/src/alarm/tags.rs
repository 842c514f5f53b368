//! TagResource, UntagResource and ListTagsForResource, for alarms.

use super::{Alarm, Tag, find};
use crate::error::CloudWatchError;
use service_kit::prelude::*;
use shape::Failure;

/// The most tags of an alarm.
const MAX_TAGS: usize = 50;

/// Puts tags on an alarm.
pub(crate) enum TagResource {}

/// Takes tags off an alarm.
pub(crate) enum UntagResource {}

/// Lists the tags of an alarm.
pub(crate) enum ListTagsForResource {}

/// What TagResource takes.
#[derive(Debug, Shape)]
pub struct TagResourceInput {
    /// The alarm.
    #[shape(name = "ResourceARN", length = 1..=1024)]
    pub resource_arn: String,
    /// The tags.
    pub tags: Vec<Tag>,
}

/// What UntagResource takes.
#[derive(Debug, Shape)]
pub struct UntagResourceInput {
    /// The alarm.
    #[shape(name = "ResourceARN", length = 1..=1024)]
    pub resource_arn: String,
    /// The keys.
    pub tag_keys: Vec<TagKey>,
}

/// A tag's key.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(length = 1..=128)]
pub struct TagKey(pub String);

/// What ListTagsForResource takes.
#[derive(Debug, Shape)]
pub struct ListTagsForResourceInput {
    /// The alarm.
    #[shape(name = "ResourceARN", length = 1..=1024)]
    pub resource_arn: String,
}

/// What ListTagsForResource gives.
#[derive(Debug, Shape)]
pub struct ListTagsForResourceOutput {
    /// The tags.
    pub tags: Option<Vec<Tag>>,
}

/// Names and values.
pub(super) fn pairs(tags: &[Tag]) -> impl Iterator<Item = (&str, &str)> {
    tags.iter().map(|tag| (&*tag.key, &*tag.value))
}

/// Refuses tags that nobody may have.
pub(super) fn check(tags: &[Tag]) -> Result<(), CloudWatchError> {
    let reserved = tags.iter().any(|tag| tag.key.to_ascii_lowercase().starts_with("aws:"));
    if reserved || tags.len() > MAX_TAGS {
        return Err(CloudWatchError::value(format!(
            "At most {MAX_TAGS} tags are allowed, and no key may start with aws:."
        )));
    }
    Ok(())
}

/// The name in the ARN of an alarm of `at`.
fn name(arn: &str, at: &Scope) -> Result<String, CloudWatchError> {
    let own = at.read_arn("cloudwatch", arn).filter(|(scope, _)| scope == at);
    let name = own.and_then(|(_, resource)| resource.strip_prefix("alarm:"));
    name.map(str::to_owned).ok_or_else(|| wrong(arn))
}

fn wrong(arn: &str) -> CloudWatchError {
    CloudWatchError::value(format!("{arn} is not the ARN of an alarm."))
}

/// What is said of a permission on what is no alarm's ARN.
pub(crate) fn misnamed(access: &Access) -> Failure {
    wrong(&access.resource).into_failure()
}

impl Operation for TagResource {
    const NAME: &'static str = "TagResource";
    type Input = TagResourceInput;
    type Output = Empty;
    type Error = CloudWatchError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        let arn = input.resource_arn.clone();
        Access::on("cloudwatch:TagResource", arn).with_tags(pairs(&input.tags)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, CloudWatchError> {
        change(cx, &input.resource_arn, |tags| {
            tags.retain(|tag| input.tags.iter().all(|new| new.key != tag.key));
            tags.extend(input.tags.iter().cloned());
        })
        .await
    }
}

impl Operation for UntagResource {
    const NAME: &'static str = "UntagResource";
    type Input = UntagResourceInput;
    type Output = Empty;
    type Error = CloudWatchError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        let keys = input.tag_keys.iter().map(|key| key.0.clone()).collect::<Vec<_>>();
        Access::on("cloudwatch:UntagResource", input.resource_arn.clone())
            .with_many("aws:TagKeys", keys)
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, CloudWatchError> {
        change(cx, &input.resource_arn, |tags| {
            tags.retain(|tag| input.tag_keys.iter().all(|key| key.0 != tag.key));
        })
        .await
    }
}

impl Operation for ListTagsForResource {
    const NAME: &'static str = "ListTagsForResource";
    type Input = ListTagsForResourceInput;
    type Output = ListTagsForResourceOutput;
    type Error = CloudWatchError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("cloudwatch:ListTagsForResource", input.resource_arn.clone()).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, CloudWatchError> {
        let name = name(&input.resource_arn, cx.scope())?;
        let alarm = cx.read(|tx| find(tx, &name))?;
        Ok(ListTagsForResourceOutput { tags: Some(alarm.tags) })
    }
}

async fn change(
    cx: &Context,
    arn: &str,
    change: impl Fn(&mut Vec<Tag>) + Sync,
) -> Result<Empty, CloudWatchError> {
    let name = name(arn, cx.scope())?;
    cx.write(|tx| {
        let mut alarm: Alarm = find(&tx.reader(), &name)?;
        change(&mut alarm.tags);
        check(&alarm.tags)?;
        tx.put(&alarm)?;
        Ok(Empty {})
    })
    .await
}
