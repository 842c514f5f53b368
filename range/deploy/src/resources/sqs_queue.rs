//! `AWS::SQS::Queue`: a queue.

use crate::{
    form::{Form, Property, TAGS, optional},
    kind::{Cause, Made, Make, ResourceType, Unmake, text_of},
};
use serde_json::json;

pub(super) enum Queue {}

const ATTRIBUTES: [&str; 14] = [
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
];

impl ResourceType for Queue {
    const NAME: &'static str = "AWS::SQS::Queue";
    const PROPERTIES: &'static [Property] = &[
        optional("ContentBasedDeduplication", Form::Text),
        optional("DeduplicationScope", Form::Text),
        optional("DelaySeconds", Form::Text),
        optional("FifoQueue", Form::Text),
        optional("FifoThroughputLimit", Form::Text),
        optional("KmsDataKeyReusePeriodSeconds", Form::Text),
        optional("KmsMasterKeyId", Form::Text),
        optional("MaximumMessageSize", Form::Text),
        optional("MessageRetentionPeriod", Form::Text),
        optional("QueueName", Form::Text),
        optional("ReceiveMessageWaitTimeSeconds", Form::Text),
        optional("RedriveAllowPolicy", Form::Json),
        optional("RedrivePolicy", Form::Json),
        optional("SqsManagedSseEnabled", Form::Text),
        optional("Tags", TAGS),
        optional("VisibilityTimeout", Form::Text),
    ];
    const ATTRIBUTES: &'static [&'static str] = &["Arn", "QueueName", "QueueUrl"];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let mut name = it.name("QueueName", 75);
        if it.text("FifoQueue") == "true" && it.get("QueueName").is_none() {
            name.push_str(".fifo");
        }
        let mut input = json!({"QueueName": name});
        let mut attributes = it.pick(&ATTRIBUTES);
        // A standard queue is one without the attribute; the service knows no other word for it.
        attributes.retain(|name, value| name != "FifoQueue" || value != "false");
        if !attributes.is_empty() {
            input["Attributes"] = attributes.into();
        }
        if let Some(tags) = it.tag_map() {
            input["tags"] = tags;
        }
        let url = text_of(&it.call("sqs", "CreateQueue", input).await?, "QueueUrl");
        it.begun(json!({"QueueUrl": url}));
        let arn = it.arn("sqs", &name);
        Ok(Made::new(&url).with("Arn", arn).with("QueueName", name).with("QueueUrl", url))
    }

    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        it.delete("sqs", "DeleteQueue").await
    }
}
