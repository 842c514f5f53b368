//! ChangeMessageVisibilityBatch: the same for up to ten messages.

use crate::{
    batch::{self, BatchResultErrorEntry},
    change_message_visibility::change,
    error::SqsError,
    queue_ref,
};
use service_kit::prelude::*;

/// Sets when several messages in flight become visible again.
pub(crate) enum ChangeMessageVisibilityBatch {}

#[derive(Debug, Shape)]
pub struct ChangeMessageVisibilityBatchInput {
    pub queue_url: String,
    #[shape(flattened, item = "ChangeMessageVisibilityBatchRequestEntry")]
    pub entries: Vec<ChangeMessageVisibilityBatchRequestEntry>,
}

#[derive(Debug, Shape)]
pub struct ChangeMessageVisibilityBatchOutput {
    #[shape(flattened, item = "ChangeMessageVisibilityBatchResultEntry")]
    pub successful: Vec<ChangeMessageVisibilityBatchResultEntry>,
    #[shape(flattened, item = "BatchResultErrorEntry")]
    pub failed: Vec<BatchResultErrorEntry>,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ChangeMessageVisibilityBatchRequestEntry {
    pub id: String,
    pub receipt_handle: String,
    pub visibility_timeout: Option<i32>,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ChangeMessageVisibilityBatchResultEntry {
    pub id: String,
}

impl Operation for ChangeMessageVisibilityBatch {
    const NAME: &'static str = "ChangeMessageVisibilityBatch";
    const DATA_EVENT: bool = true;
    type Input = ChangeMessageVisibilityBatchInput;
    type Output = ChangeMessageVisibilityBatchOutput;
    type Error = SqsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        queue_ref::access("sqs:ChangeMessageVisibility", &input.queue_url, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let queue = queue_ref::queue(cx, &input.queue_url)?;
        let ids = input.entries.iter().map(|entry| &*entry.id);
        batch::check(ids, "ChangeMessageVisibilityBatchRequestEntry")?;
        let (mut successful, mut failed) = (vec![], vec![]);
        for entry in input.entries {
            let id = entry.id;
            let seconds = entry.visibility_timeout.unwrap_or(0);
            match change(cx, &queue, &entry.receipt_handle, seconds).await {
                Ok(()) => successful.push(ChangeMessageVisibilityBatchResultEntry { id }),
                Err(error) => failed.push(BatchResultErrorEntry::new(&id, error)),
            }
        }
        Ok(ChangeMessageVisibilityBatchOutput { successful, failed })
    }
}
