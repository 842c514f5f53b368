//! TagLogGroup, UntagLogGroup, ListTagsLogGroup: a log group's tags by its name, the older way.

use crate::{
    error::LogsError,
    group::{LogGroup, TagValue, pairs, plain, policy_arn},
    names::LogGroupName,
    resource_tags::TagKey,
};
use service_kit::prelude::*;

/// Adds tags.
pub(crate) enum TagLogGroup {}

/// What TagLogGroup takes.
#[derive(Debug, Shape)]
#[shape(name = "TagLogGroupRequest", camel)]
pub struct TagLogGroupInput {
    /// Which.
    pub log_group_name: LogGroupName,
    /// The tags.
    #[shape(length = 1..=50)]
    pub tags: BTreeMap<String, TagValue>,
}

impl Operation for TagLogGroup {
    const NAME: &'static str = "TagLogGroup";
    type Input = TagLogGroupInput;
    type Output = Empty;
    type Error = LogsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let resource = policy_arn(at, &input.log_group_name);
        Access::on("logs:TagLogGroup", resource).with_tags(pairs(&input.tags)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, LogsError> {
        let tags = plain(input.tags);
        cx.write(|tx| {
            let mut group = LogGroup::named(&tx.reader(), &input.log_group_name)?;
            group.tag(tags.clone(), tx.scope())?;
            Ok::<_, LogsError>(tx.put(&group)?)
        })
        .await?;
        Ok(Empty)
    }
}

/// Removes tags.
pub(crate) enum UntagLogGroup {}

/// What UntagLogGroup takes.
#[derive(Debug, Shape)]
#[shape(name = "UntagLogGroupRequest", camel)]
pub struct UntagLogGroupInput {
    /// Which.
    pub log_group_name: LogGroupName,
    /// The keys of the tags.
    #[shape(length = 1..)]
    pub tags: Vec<TagKey>,
}

impl Operation for UntagLogGroup {
    const NAME: &'static str = "UntagLogGroup";
    type Input = UntagLogGroupInput;
    type Output = Empty;
    type Error = LogsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let keys = input.tags.iter().map(|TagKey(key)| key.as_str());
        let resource = policy_arn(at, &input.log_group_name);
        Access::on("logs:UntagLogGroup", resource).with_many("aws:TagKeys", keys).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, LogsError> {
        cx.write(|tx| {
            let mut group = LogGroup::named(&tx.reader(), &input.log_group_name)?;
            for TagKey(key) in &input.tags {
                group.tags.remove(key);
            }
            Ok::<_, LogsError>(tx.put(&group)?)
        })
        .await?;
        Ok(Empty)
    }
}

/// Lists tags.
pub(crate) enum ListTagsLogGroup {}

/// What ListTagsLogGroup takes.
#[derive(Debug, Shape)]
#[shape(name = "ListTagsLogGroupRequest", camel)]
pub struct ListTagsLogGroupInput {
    /// Which.
    pub log_group_name: LogGroupName,
}

/// What ListTagsLogGroup gives.
#[derive(Debug, Shape)]
#[shape(name = "ListTagsLogGroupResponse", camel)]
pub struct ListTagsLogGroupOutput {
    /// The tags.
    pub tags: BTreeMap<String, String>,
}

impl Operation for ListTagsLogGroup {
    const NAME: &'static str = "ListTagsLogGroup";
    type Input = ListTagsLogGroupInput;
    type Output = ListTagsLogGroupOutput;
    type Error = LogsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("logs:ListTagsLogGroup", policy_arn(at, &input.log_group_name)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, LogsError> {
        let group = cx.read(|tx| LogGroup::named(tx, &input.log_group_name))?;
        Ok(ListTagsLogGroupOutput { tags: group.tags })
    }
}
