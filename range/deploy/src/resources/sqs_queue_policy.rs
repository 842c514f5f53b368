//! `AWS::SQS::QueuePolicy`: one policy on queues.

use crate::{
    form::{Form, Property, TEXTS, required},
    kind::{Cause, Made, Make, ResourceType, Unmake},
    name,
};
use serde_json::{Value, json};

pub(super) enum QueuePolicy {}

impl ResourceType for QueuePolicy {
    const NAME: &'static str = "AWS::SQS::QueuePolicy";
    const PROPERTIES: &'static [Property] =
        &[required("PolicyDocument", Form::Json), required("Queues", TEXTS)];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let mut done = Vec::new();
        for queue in it.texts("Queues") {
            it.call("sqs", "SetQueueAttributes", setting(queue, it.text("PolicyDocument"))).await?;
            done.push(queue);
            it.begun(json!({"queues": done}));
        }
        Ok(Made::new(name::generate(it.stack, it.logical_id, 128)))
    }

    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        for queue in it.texts("queues") {
            it.call("sqs", "SetQueueAttributes", setting(queue, "")).await?;
        }
        Ok(())
    }
}

fn setting(queue: &str, policy: &str) -> Value {
    json!({"QueueUrl": queue, "Attributes": {"Policy": policy}})
}
