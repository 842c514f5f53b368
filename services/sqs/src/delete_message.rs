//! DeleteMessage: say that a message is dealt with.

use crate::{
    error::SqsError,
    message::{State, remove},
    queue::Queue,
    queue_ref,
    receipt::Receipt,
};
use service_kit::{metrics::Series, prelude::*};

/// Deletes a received message.
pub(crate) enum DeleteMessage {}

#[derive(Debug, Shape)]
pub struct DeleteMessageInput {
    pub queue_url: String,
    pub receipt_handle: String,
}

impl Operation for DeleteMessage {
    const NAME: &'static str = "DeleteMessage";
    const DATA_EVENT: bool = true;
    type Input = DeleteMessageInput;
    type Output = Empty;
    type Error = SqsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        queue_ref::access("sqs:DeleteMessage", &input.queue_url, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let queue = queue_ref::queue(cx, &input.queue_url)?;
        let receipt = Receipt::read(cx, &queue, &input.receipt_handle)?;
        delete(cx, &queue, &[receipt]).await?;
        Ok(Empty)
    }
}

/// Deletes what the receipts stand for. One of an earlier receipt deletes nothing, silently, as
/// does one of a message that is gone (API Reference, "DeleteMessage").
///
/// # Errors
/// [`Fault`] when storage fails.
pub async fn delete(cx: &Context, queue: &Queue, receipts: &[Receipt]) -> Result<(), SqsError> {
    cx.write(|tx| {
        let mut tx = tx.within(queue.scope());
        for Receipt { key, count } in receipts {
            match tx.get::<State>((&key.queue, &key.id))? {
                Some(state) if state.receive_count == *count => {
                    remove(&mut tx, key, state.order);
                }
                _ => {}
            }
        }
        Ok::<_, SqsError>(())
    })
    .await?;
    let series = Series::new("AWS/SQS", "NumberOfMessagesDeleted", &[("QueueName", &queue.name)]);
    cx.within(queue.scope()).count(series, receipts.len() as f64, "Count");
    Ok(())
}
