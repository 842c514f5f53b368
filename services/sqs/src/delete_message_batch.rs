//! DeleteMessageBatch: say that up to ten messages are dealt with.

use crate::{
    batch::{self, BatchResultErrorEntry},
    delete_message::delete,
    error::SqsError,
    queue_ref,
    receipt::Receipt,
};
use service_kit::prelude::*;

/// Deletes several received messages.
pub(crate) enum DeleteMessageBatch {}

#[derive(Debug, Shape)]
pub struct DeleteMessageBatchInput {
    pub queue_url: String,
    #[shape(flattened, item = "DeleteMessageBatchRequestEntry")]
    pub entries: Vec<DeleteMessageBatchRequestEntry>,
}

#[derive(Debug, Shape)]
pub struct DeleteMessageBatchOutput {
    #[shape(flattened, item = "DeleteMessageBatchResultEntry")]
    pub successful: Vec<DeleteMessageBatchResultEntry>,
    #[shape(flattened, item = "BatchResultErrorEntry")]
    pub failed: Vec<BatchResultErrorEntry>,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct DeleteMessageBatchRequestEntry {
    pub id: String,
    pub receipt_handle: String,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct DeleteMessageBatchResultEntry {
    pub id: String,
}

impl Operation for DeleteMessageBatch {
    const NAME: &'static str = "DeleteMessageBatch";
    const DATA_EVENT: bool = true;
    type Input = DeleteMessageBatchInput;
    type Output = DeleteMessageBatchOutput;
    type Error = SqsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        queue_ref::access("sqs:DeleteMessage", &input.queue_url, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let queue = queue_ref::queue(cx, &input.queue_url)?;
        let ids = input.entries.iter().map(|entry| &*entry.id);
        batch::check(ids, "DeleteMessageBatchRequestEntry")?;
        let (mut successful, mut receipts, mut failed) = (vec![], vec![], vec![]);
        for DeleteMessageBatchRequestEntry { id, receipt_handle } in input.entries {
            match Receipt::read(cx, &queue, &receipt_handle) {
                Ok(receipt) => {
                    receipts.push(receipt);
                    successful.push(DeleteMessageBatchResultEntry { id });
                }
                Err(error) => failed.push(BatchResultErrorEntry::new(&id, error)),
            }
        }
        if !receipts.is_empty() {
            delete(cx, &queue, &receipts).await?;
        }
        Ok(DeleteMessageBatchOutput { successful, failed })
    }
}
