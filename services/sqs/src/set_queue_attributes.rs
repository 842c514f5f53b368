//! SetQueueAttributes: change the settings of a queue.

use crate::{attributes, error::SqsError, queue_ref};
use service_kit::prelude::*;

/// Sets the attributes that are given.
pub(crate) enum SetQueueAttributes {}

#[derive(Debug, Shape)]
pub struct SetQueueAttributesInput {
    pub queue_url: String,
    #[shape(flattened, wire = "Attribute", item = "Name,Value")]
    pub attributes: BTreeMap<String, String>,
}

impl Operation for SetQueueAttributes {
    const NAME: &'static str = "SetQueueAttributes";
    type Input = SetQueueAttributesInput;
    type Output = Empty;
    type Error = SqsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        queue_ref::access("sqs:SetQueueAttributes", &input.queue_url, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let now = cx.now();
        queue_ref::change(cx, &input.queue_url, |tx, queue| {
            attributes::set(&tx.reader(), queue, &input.attributes)?;
            queue.modified = now;
            Ok(Empty)
        })
        .await
    }
}
