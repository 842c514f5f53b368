//! SendMessageBatch: append up to ten messages to a queue.

use crate::{
    batch::{self, BatchResultErrorEntry},
    error::SqsError,
    message_attribute::{MessageAttributeValue, MessageSystemAttributeValue},
    queue_ref::{self, QueueRef},
    send::{Draft, send},
};
use service_kit::prelude::*;

/// The most bytes of all messages of a batch together.
const MAX_BYTES: usize = 1_048_576;

/// Sends several messages; those that are malformed fail, the others are sent.
pub(crate) enum SendMessageBatch {}

#[derive(Debug, Shape)]
pub struct SendMessageBatchInput {
    pub queue_url: String,
    #[shape(flattened, item = "SendMessageBatchRequestEntry")]
    pub entries: Vec<SendMessageBatchRequestEntry>,
}

#[derive(Debug, Shape)]
pub struct SendMessageBatchOutput {
    #[shape(flattened, item = "SendMessageBatchResultEntry")]
    pub successful: Vec<SendMessageBatchResultEntry>,
    #[shape(flattened, item = "BatchResultErrorEntry")]
    pub failed: Vec<BatchResultErrorEntry>,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct SendMessageBatchRequestEntry {
    pub id: String,
    pub message_body: String,
    pub delay_seconds: Option<i32>,
    #[shape(flattened, wire = "MessageAttribute", item = "Name,Value")]
    pub message_attributes: Option<BTreeMap<String, MessageAttributeValue>>,
    #[shape(flattened, wire = "MessageSystemAttribute", item = "Name,Value")]
    pub message_system_attributes: Option<BTreeMap<String, MessageSystemAttributeValue>>,
    pub message_deduplication_id: Option<String>,
    pub message_group_id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct SendMessageBatchResultEntry {
    pub id: String,
    pub message_id: String,
    #[shape(name = "MD5OfMessageBody")]
    pub md5_of_message_body: String,
    #[shape(name = "MD5OfMessageAttributes")]
    pub md5_of_message_attributes: Option<String>,
    #[shape(name = "MD5OfMessageSystemAttributes")]
    pub md5_of_message_system_attributes: Option<String>,
    pub sequence_number: Option<String>,
}

impl Operation for SendMessageBatch {
    const NAME: &'static str = "SendMessageBatch";
    const DATA_EVENT: bool = true;
    type Input = SendMessageBatchInput;
    type Output = SendMessageBatchOutput;
    type Error = SqsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        queue_ref::access("sqs:SendMessage", &input.queue_url, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = QueueRef::parse(&input.queue_url, cx.scope());
        let queue = cx.read(|tx| named.get(tx))?;
        let ids = input.entries.iter().map(|entry| &*entry.id);
        batch::check(ids, "SendMessageBatchRequestEntry")?;
        let (mut good, mut drafts, mut failed, mut bytes) = (vec![], vec![], vec![], 0);
        for entry in input.entries {
            let draft = Draft {
                body: entry.message_body,
                delay_seconds: entry.delay_seconds,
                attributes: entry.message_attributes.unwrap_or_default(),
                system: entry.message_system_attributes.unwrap_or_default(),
                group: entry.message_group_id,
                deduplication_id: entry.message_deduplication_id,
            };
            bytes += draft.size();
            match draft.check(&queue) {
                Ok(()) => {
                    good.push(entry.id);
                    drafts.push(draft);
                }
                Err(error) => failed.push(BatchResultErrorEntry::new(&entry.id, error)),
            }
        }
        if bytes > MAX_BYTES {
            return Err(SqsError::BatchRequestTooLong(format!(
                "Batch requests cannot be longer than {MAX_BYTES} bytes. You have sent {bytes} \
                 bytes."
            )));
        }
        let sent = match drafts.is_empty() {
            true => Vec::new(),
            false => send(cx, &named, &queue, &drafts).await?,
        };
        let entry = |(id, sent): (String, crate::send::Sent)| SendMessageBatchResultEntry {
            id,
            message_id: sent.message_id,
            md5_of_message_body: sent.md5_of_body,
            md5_of_message_attributes: sent.md5_of_attributes,
            md5_of_message_system_attributes: sent.md5_of_system_attributes,
            sequence_number: sent.sequence_number,
        };
        let successful = good.into_iter().zip(sent).map(entry).collect();
        Ok(SendMessageBatchOutput { successful, failed })
    }
}
