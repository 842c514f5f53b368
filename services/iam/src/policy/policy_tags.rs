//! Set, remove and list the tags of a managed policy.

use crate::{
    error::IamError,
    managed::{self, Managed},
    names::{ArnText, Marker, MaxItems, TagKey},
    paging::Paging,
    shapes::TagView,
    tags,
};
use service_kit::prelude::*;

/// Adds tags to a policy, replacing those of the same name.
pub(crate) enum TagPolicy {}

/// What TagPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "TagPolicyRequest")]
pub struct TagPolicyInput {
    /// The policy's ARN.
    pub policy_arn: ArnText,
    /// The tags.
    #[shape(length = 0..=50)]
    pub tags: Vec<TagView>,
}

impl Operation for TagPolicy {
    const NAME: &'static str = "TagPolicy";
    type Input = TagPolicyInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &TagPolicyInput, _: &Scope) -> Vec<Access> {
        Access::on("iam:TagPolicy", input.policy_arn.0.as_str())
            .with_tags(tags::pairs(&input.tags))
            .only()
    }

    async fn run(cx: &Context, input: TagPolicyInput) -> Result<Empty, IamError> {
        cx.write(|tx| {
            let mut policy = managed::find_own(&tx.reader(), &input.policy_arn.0)?;
            tags::set(&mut policy.tags, &input.tags)?;
            Ok::<_, IamError>(tx.put(&policy)?)
        })
        .await?;
        Ok(Empty)
    }
}

/// Removes tags from a policy.
pub(crate) enum UntagPolicy {}

/// What UntagPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "UntagPolicyRequest")]
pub struct UntagPolicyInput {
    /// The policy's ARN.
    pub policy_arn: ArnText,
    /// The names of tags.
    #[shape(length = 0..=50)]
    pub tag_keys: Vec<TagKey>,
}

impl Operation for UntagPolicy {
    const NAME: &'static str = "UntagPolicy";
    type Input = UntagPolicyInput;
    type Output = Empty;
    type Error = IamError;

    fn access(input: &UntagPolicyInput, _: &Scope) -> Vec<Access> {
        Access::on("iam:UntagPolicy", input.policy_arn.0.as_str())
            .with_many("aws:TagKeys", input.tag_keys.iter().map(|key| key.0.as_str()))
            .only()
    }

    async fn run(cx: &Context, input: UntagPolicyInput) -> Result<Empty, IamError> {
        cx.write(|tx| {
            let mut policy = managed::find_own(&tx.reader(), &input.policy_arn.0)?;
            tags::unset(&mut policy.tags, &input.tag_keys);
            Ok::<_, IamError>(tx.put(&policy)?)
        })
        .await?;
        Ok(Empty)
    }
}

/// Lists the tags of a policy by name; AWS's have none.
pub(crate) enum ListPolicyTags {}

/// What ListPolicyTags takes.
#[derive(Debug, Shape)]
#[shape(name = "ListPolicyTagsRequest")]
pub struct ListPolicyTagsInput {
    /// The policy's ARN.
    pub policy_arn: ArnText,
    /// Where to go on.
    pub marker: Option<Marker>,
    /// The most entries.
    pub max_items: Option<MaxItems>,
}

/// What ListPolicyTags gives.
#[derive(Debug, Shape)]
#[shape(name = "ListPolicyTagsResponse")]
pub struct ListPolicyTagsOutput {
    /// The tags.
    pub tags: Vec<TagView>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

impl Operation for ListPolicyTags {
    const NAME: &'static str = "ListPolicyTags";
    type Input = ListPolicyTagsInput;
    type Output = ListPolicyTagsOutput;
    type Error = IamError;

    fn access(input: &ListPolicyTagsInput, _: &Scope) -> Vec<Access> {
        Access::on("iam:ListPolicyTags", input.policy_arn.0.as_str()).only()
    }

    async fn run(
        cx: &Context,
        input: ListPolicyTagsInput,
    ) -> Result<ListPolicyTagsOutput, IamError> {
        let paging = Paging::new(input.marker, input.max_items);
        let page = cx.read(|tx| match managed::find(tx, &input.policy_arn.0)? {
            Managed::Own(policy) => tags::list(&policy.tags, &paging),
            Managed::Aws(_) => tags::list(&[], &paging),
        })?;
        Ok(ListPolicyTagsOutput {
            tags: page.items,
            is_truncated: page.next.is_some(),
            marker: page.next,
        })
    }
}
