//! PurgeQueue: remove all messages of a queue.

use crate::{error::SqsError, queue_ref, queue_ref::QueueRef, sweep::Sweep};
use service_kit::prelude::*;

const PAUSE: Duration = Duration::from_secs(60);

/// Empties a queue: it goes on under another `uid`, and what is under the old one is swept.
pub(crate) enum PurgeQueue {}

#[derive(Debug, Shape)]
pub struct PurgeQueueInput {
    pub queue_url: String,
}

impl Operation for PurgeQueue {
    const NAME: &'static str = "PurgeQueue";
    type Input = PurgeQueueInput;
    type Output = Empty;
    type Error = SqsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        queue_ref::access("sqs:PurgeQueue", &input.queue_url, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = QueueRef::parse(&input.queue_url, cx.scope());
        let (uid, now) = (cx.entropy().lower_id(16), cx.now());
        cx.write(|tx| {
            let mut tx = tx.within(named.scope.clone());
            let mut queue = named.get(&tx.reader())?;
            if queue.purged.is_some_and(|purged| purged + PAUSE > now) {
                let name = &queue.name;
                return Err(SqsError::PurgeQueueInProgress(format!(
                    "Only one PurgeQueue operation on {name} is allowed every 60 seconds."
                )));
            }
            queue.purged = Some(now);
            let swept = std::mem::replace(&mut queue.uid, uid.clone());
            tx.enqueue(&Sweep { uid: swept })?;
            tx.put(&queue)?;
            Ok(Empty)
        })
        .await
    }
}
