//! `AWS::SNS::TopicPolicy`: one policy on topics.

use crate::{
    form::{Form, Property, TEXTS, required},
    kind::{Cause, Made, Make, ResourceType, Unmake},
    name,
};
use serde_json::{Value, json};

pub(super) enum TopicPolicy {}

impl ResourceType for TopicPolicy {
    const NAME: &'static str = "AWS::SNS::TopicPolicy";
    const PROPERTIES: &'static [Property] =
        &[required("PolicyDocument", Form::Json), required("Topics", TEXTS)];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let mut earlier = Vec::new();
        for topic in it.texts("Topics") {
            let shown = it.call("sns", "GetTopicAttributes", json!({"TopicArn": topic})).await?;
            it.call("sns", "SetTopicAttributes", setting(topic, it.text("PolicyDocument"))).await?;
            let policy = &shown["Attributes"]["Policy"];
            earlier.push(setting(topic, policy.as_str().unwrap_or_default()));
            it.begun(earlier.clone().into());
        }
        Ok(Made::new(name::generate(it.stack, it.logical_id, 128)))
    }

    /// The topics get back the policies that they had.
    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        for earlier in it.handle.as_array().into_iter().flatten() {
            it.call("sns", "SetTopicAttributes", earlier.clone()).await?;
        }
        Ok(())
    }
}

fn setting(topic: &str, policy: &str) -> Value {
    json!({"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": policy})
}
