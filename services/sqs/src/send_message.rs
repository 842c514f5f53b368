//! SendMessage: append one message to a queue.

use crate::{
    error::SqsError,
    message_attribute::{MessageAttributeValue, MessageSystemAttributeValue},
    queue_ref::{self, QueueRef},
    send::{Draft, send},
};
use service_kit::prelude::*;

/// Sends one message.
pub(crate) enum SendMessage {}

#[derive(Debug, Shape)]
pub struct SendMessageInput {
    pub queue_url: String,
    pub message_body: String,
    pub delay_seconds: Option<i32>,
    #[shape(flattened, wire = "MessageAttribute", item = "Name,Value")]
    pub message_attributes: Option<BTreeMap<String, MessageAttributeValue>>,
    #[shape(flattened, wire = "MessageSystemAttribute", item = "Name,Value")]
    pub message_system_attributes: Option<BTreeMap<String, MessageSystemAttributeValue>>,
    pub message_deduplication_id: Option<String>,
    pub message_group_id: Option<String>,
}

#[derive(Debug, Shape)]
pub struct SendMessageOutput {
    #[shape(name = "MD5OfMessageBody")]
    pub md5_of_message_body: Option<String>,
    #[shape(name = "MD5OfMessageAttributes")]
    pub md5_of_message_attributes: Option<String>,
    #[shape(name = "MD5OfMessageSystemAttributes")]
    pub md5_of_message_system_attributes: Option<String>,
    pub message_id: Option<String>,
    pub sequence_number: Option<String>,
}

impl Operation for SendMessage {
    const NAME: &'static str = "SendMessage";
    const DATA_EVENT: bool = true;
    type Input = SendMessageInput;
    type Output = SendMessageOutput;
    type Error = SqsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        queue_ref::access("sqs:SendMessage", &input.queue_url, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = QueueRef::parse(&input.queue_url, cx.scope());
        let queue = cx.read(|tx| named.get(tx))?;
        let draft = Draft {
            body: input.message_body,
            delay_seconds: input.delay_seconds,
            attributes: input.message_attributes.unwrap_or_default(),
            system: input.message_system_attributes.unwrap_or_default(),
            group: input.message_group_id,
            deduplication_id: input.message_deduplication_id,
        };
        draft.check(&queue)?;
        let sent = send(cx, &named, &queue, &[draft]).await?.pop();
        let sent = sent.ok_or_else(|| Fault::internal("one draft makes one message"))?;
        Ok(SendMessageOutput {
            md5_of_message_body: Some(sent.md5_of_body),
            md5_of_message_attributes: sent.md5_of_attributes,
            md5_of_message_system_attributes: sent.md5_of_system_attributes,
            message_id: Some(sent.message_id),
            sequence_number: sent.sequence_number,
        })
    }
}
