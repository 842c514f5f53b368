//! DeleteQueue: remove a queue with all its messages.

use crate::{error::SqsError, queue::Queue, queue_ref, sweep::Sweep};
use service_kit::prelude::*;

/// Deletes a queue; its messages are gone at once and their space is freed after that.
pub(crate) enum DeleteQueue {}

#[derive(Debug, Shape)]
pub struct DeleteQueueInput {
    pub queue_url: String,
}

impl Operation for DeleteQueue {
    const NAME: &'static str = "DeleteQueue";
    type Input = DeleteQueueInput;
    type Output = Empty;
    type Error = SqsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        queue_ref::access("sqs:DeleteQueue", &input.queue_url, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = queue_ref::own(cx, &input.queue_url)?;
        cx.write(|tx| {
            let mut tx = tx.within(named.scope.clone());
            let queue = named.get(&tx.reader())?;
            tx.delete::<Queue>(&queue.name);
            tx.enqueue(&Sweep { uid: queue.uid })?;
            Ok(Empty)
        })
        .await
    }
}
