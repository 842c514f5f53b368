//! PublishBatch: send up to ten messages to a topic.

use crate::{
    error::SnsError,
    message_attribute::MessageAttributeValue,
    publish::{MAX_BYTES, content, publish},
    topic::TopicRef,
};
use service_kit::prelude::*;
use std::collections::HashSet;

const MAX_ENTRIES: usize = 10;

/// Publishes several messages; those that are malformed fail, the others are published.
pub(crate) enum PublishBatch {}

#[derive(Debug, Shape)]
pub struct PublishBatchInput {
    pub topic_arn: String,
    pub publish_batch_request_entries: Vec<PublishBatchRequestEntry>,
}

#[derive(Debug, Shape)]
pub struct PublishBatchOutput {
    pub successful: Option<Vec<PublishBatchResultEntry>>,
    pub failed: Option<Vec<BatchResultErrorEntry>>,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct PublishBatchRequestEntry {
    pub id: String,
    pub message: String,
    pub subject: Option<String>,
    pub message_structure: Option<String>,
    #[shape(item = "Name,Value")]
    pub message_attributes: Option<BTreeMap<String, MessageAttributeValue>>,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct PublishBatchResultEntry {
    pub id: Option<String>,
    pub message_id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct BatchResultErrorEntry {
    pub id: String,
    pub code: String,
    pub message: Option<String>,
    pub sender_fault: bool,
}

impl Operation for PublishBatch {
    const NAME: &'static str = "PublishBatch";
    const DATA_EVENT: bool = true;
    type Input = PublishBatchInput;
    type Output = PublishBatchOutput;
    type Error = SnsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("SNS:Publish", &input.topic_arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = TopicRef::parse(&input.topic_arn, cx.scope())?;
        let topic = cx.read(|tx| named.get(tx))?;
        let entries = input.publish_batch_request_entries;
        check(&entries)?;
        let (mut ids, mut contents, mut failed) = (vec![], vec![], vec![]);
        for entry in entries {
            let attributes = entry.message_attributes.unwrap_or_default();
            let structure = entry.message_structure.as_deref();
            match content(entry.message, entry.subject, structure, &attributes) {
                Ok(content) => {
                    ids.push(entry.id);
                    contents.push(content);
                }
                Err(error) => {
                    let failure = error.into_failure();
                    failed.push(BatchResultErrorEntry {
                        id: entry.id,
                        code: failure.query_code().into(),
                        message: Some(failure.message),
                        sender_fault: failure.status < 500,
                    });
                }
            }
        }
        let published = match contents.is_empty() {
            true => Vec::new(),
            false => publish(cx, &named, &topic, contents).await?,
        };
        let entry = |(id, message_id)| PublishBatchResultEntry {
            id: Some(id),
            message_id: Some(message_id),
        };
        let successful = ids.into_iter().zip(published).map(entry).collect();
        Ok(PublishBatchOutput { successful: Some(successful), failed: Some(failed) })
    }
}

fn check(entries: &[PublishBatchRequestEntry]) -> Result<(), SnsError> {
    if entries.is_empty() {
        return Err(SnsError::EmptyBatchRequestException);
    }
    if entries.len() > MAX_ENTRIES {
        return Err(SnsError::TooManyEntriesInBatchRequestException);
    }
    let mut seen = HashSet::new();
    for PublishBatchRequestEntry { id, .. } in entries {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if id.is_empty() || id.len() > 80 || !id.bytes().all(allowed) {
            return Err(SnsError::InvalidBatchEntryIdException);
        }
        if !seen.insert(id) {
            return Err(SnsError::BatchEntryIdsNotDistinctException);
        }
    }
    match entries.iter().map(|entry| entry.message.len()).sum::<usize>() > MAX_BYTES {
        true => Err(SnsError::BatchRequestTooLongException),
        false => Ok(()),
    }
}
