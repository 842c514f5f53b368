//! `AWS::SNS::Topic`: a topic, and subscriptions to it.

use crate::{
    form::{Form, Property, TAGS, optional, required},
    kind::{Cause, Made, Make, ResourceType, Unmake, text_of},
};
use serde_json::json;

pub(super) enum Topic {}

const ATTRIBUTES: [&str; 7] = [
    "ContentBasedDeduplication",
    "DisplayName",
    "FifoThroughputScope",
    "FifoTopic",
    "KmsMasterKeyId",
    "SignatureVersion",
    "TracingConfig",
];

impl ResourceType for Topic {
    const NAME: &'static str = "AWS::SNS::Topic";
    const PROPERTIES: &'static [Property] = &[
        optional("ContentBasedDeduplication", Form::Text),
        optional("DisplayName", Form::Text),
        optional("FifoThroughputScope", Form::Text),
        optional("FifoTopic", Form::Text),
        optional("KmsMasterKeyId", Form::Text),
        optional("SignatureVersion", Form::Text),
        optional(
            "Subscription",
            Form::List(&Form::Struct(&[
                required("Endpoint", Form::Text),
                required("Protocol", Form::Text),
            ])),
        ),
        optional("Tags", TAGS),
        optional("TopicName", Form::Text),
        optional("TracingConfig", Form::Text),
    ];
    const ATTRIBUTES: &'static [&'static str] = &["TopicArn", "TopicName"];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let mut name = it.name("TopicName", 251);
        if it.text("FifoTopic") == "true" && it.get("TopicName").is_none() {
            name.push_str(".fifo");
        }
        let mut input = it.pick(&["Tags"]);
        let attributes = it.pick(&ATTRIBUTES);
        input.insert("Name".to_owned(), name.as_str().into());
        if !attributes.is_empty() {
            input.insert("Attributes".to_owned(), attributes.into());
        }
        let arn = text_of(&it.call("sns", "CreateTopic", input).await?, "TopicArn");
        it.begun(json!({"TopicArn": arn}));
        for subscription in it.items("Subscription") {
            let mut input = subscription.clone();
            input["TopicArn"] = arn.as_str().into();
            it.call("sns", "Subscribe", input).await?;
        }
        Ok(Made::new(&arn).with("TopicArn", arn).with("TopicName", name))
    }

    /// The subscriptions go with the topic.
    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        it.delete("sns", "DeleteTopic").await
    }
}
