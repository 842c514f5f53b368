//! The tags of a queue: set, removed, listed.

use crate::{error::SqsError, queue_ref};
use service_kit::{
    prelude::*,
    tags::{MAX_TAGS, is_reserved, key_fits, value_fits},
};

/// Refuses tags that cannot be.
///
/// # Errors
/// [`SqsError::InvalidParameterValueException`].
pub fn check(tags: &BTreeMap<String, String>) -> Result<(), SqsError> {
    let fits =
        |(key, value): (&String, &String)| key_fits(key) && value_fits(value) && !is_reserved(key);
    if tags.len() > MAX_TAGS {
        let message = "Too many tags added for queue";
        return Err(SqsError::InvalidParameterValueException(message.into()));
    }
    match tags.iter().all(fits) {
        true => Ok(()),
        false => {
            let message = "Tag keys have 1 to 128 characters and do not start with aws:, values \
                           have at most 256.";
            Err(SqsError::InvalidParameterValueException(message.into()))
        }
    }
}

/// Sets tags of a queue.
pub(crate) enum TagQueue {}

#[derive(Debug, Shape)]
pub struct TagQueueInput {
    pub queue_url: String,
    #[shape(flattened, wire = "Tag", item = "Key,Value")]
    pub tags: BTreeMap<String, String>,
}

impl Operation for TagQueue {
    const NAME: &'static str = "TagQueue";
    type Input = TagQueueInput;
    type Output = Empty;
    type Error = SqsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let tags = input.tags.iter().map(|(key, value)| (&**key, &**value));
        queue_ref::access("sqs:TagQueue", &input.queue_url, at).with_tags(tags).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        queue_ref::change(cx, &input.queue_url, |_, queue| {
            queue.tags.extend(input.tags.clone());
            check(&queue.tags)?;
            Ok(Empty)
        })
        .await
    }
}

/// Removes tags of a queue.
pub(crate) enum UntagQueue {}

#[derive(Debug, Shape)]
pub struct UntagQueueInput {
    pub queue_url: String,
    #[shape(flattened, item = "TagKey")]
    pub tag_keys: Vec<String>,
}

impl Operation for UntagQueue {
    const NAME: &'static str = "UntagQueue";
    type Input = UntagQueueInput;
    type Output = Empty;
    type Error = SqsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        queue_ref::access("sqs:UntagQueue", &input.queue_url, at)
            .with_many("aws:TagKeys", &input.tag_keys)
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        queue_ref::change(cx, &input.queue_url, |_, queue| {
            for key in &input.tag_keys {
                queue.tags.remove(key);
            }
            Ok(Empty)
        })
        .await
    }
}

/// Lists the tags of a queue.
pub(crate) enum ListQueueTags {}

#[derive(Debug, Shape)]
pub struct ListQueueTagsInput {
    pub queue_url: String,
}

#[derive(Debug, Shape)]
pub struct ListQueueTagsOutput {
    #[shape(flattened, wire = "Tag", item = "Key,Value")]
    pub tags: Option<BTreeMap<String, String>>,
}

impl Operation for ListQueueTags {
    const NAME: &'static str = "ListQueueTags";
    type Input = ListQueueTagsInput;
    type Output = ListQueueTagsOutput;
    type Error = SqsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        queue_ref::access("sqs:ListQueueTags", &input.queue_url, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        queue_ref::own(cx, &input.queue_url)?;
        let queue = queue_ref::queue(cx, &input.queue_url)?;
        Ok(ListQueueTagsOutput { tags: Some(queue.tags).filter(|tags| !tags.is_empty()) })
    }
}
