//! Removing messages behind the scenes: those of purged and deleted queues, and expired ones.

use crate::{
    fifo,
    message::{Message, Place, State, remove},
    queue::Queue,
};
use service_kit::prelude::*;

/// How many messages one transaction removes.
const BATCH: usize = 500;
/// How many transactions one run makes before it lets others go first.
const ROUNDS: usize = 20;
const RETRY: Duration = Duration::from_secs(30);

/// Removes all messages stored under a `uid` that no queue has any more.
#[derive(Serialize, Deserialize)]
pub(crate) struct Sweep {
    pub uid: String,
}

impl Job for Sweep {
    const KIND: &'static str = "sqs.sweep";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        for _ in 0..ROUNDS {
            let swept = cx.write(|tx| {
                let page: Page<Place> = tx.reader().page(&self.uid, None, BATCH)?;
                for place in &page.items {
                    remove(tx, &place.key, place.order);
                }
                fifo::end(tx, &self.uid);
                let more = fifo::forget(tx, &self.uid, Timestamp::from_micros(i64::MAX))?;
                Ok::<_, Fault>(more || page.next.is_some())
            });
            match swept.await {
                Ok(true) => {}
                Ok(false) => return Outcome::Done,
                Err(_) => return Outcome::Again(RETRY),
            }
        }
        Outcome::Again(Duration::from_millis(10))
    }
}

/// Removes the expired messages of a queue, again and again while the queue exists. Receivers
/// never see expired messages; this only frees their space.
#[derive(Serialize, Deserialize)]
pub(crate) struct Expire {
    pub name: String,
    /// Tells the queue from a later one of the same name.
    pub created: Timestamp,
}

impl Expire {
    /// How long to wait between two rounds, from the queue's retention period.
    pub fn pause(queue: &Queue) -> Duration {
        (queue.retention() / 10).clamp(Duration::from_secs(60), Duration::from_secs(6 * 60 * 60))
    }

    async fn round(&self, cx: &Context) -> Result<bool, Fault> {
        let now = cx.now();
        cx.write(|tx| {
            let found = tx.get::<Queue>(&self.name)?.filter(|it| it.created == self.created);
            let Some(queue) = found else { return Ok(true) };
            // Few at a time: reading a row means reading its payload.
            let page: Page<Message> = tx.reader().page(&queue.uid, None, 50)?;
            let mut expired = 0;
            for message in &page.items {
                if message.key.sent + queue.retention() > now {
                    break;
                }
                expired += 1;
                let key = &message.key;
                if let Some(state) = tx.get::<State>((&key.queue, &key.id))? {
                    remove(tx, key, state.order);
                }
            }
            fifo::forget(tx, &queue.uid, now)?;
            let over = expired < page.items.len() || page.next.is_none();
            if over {
                let next = Self { name: self.name.clone(), created: self.created };
                tx.enqueue_at(now + Self::pause(&queue), &next)?;
            }
            Ok(over)
        })
        .await
    }
}

impl Job for Expire {
    const KIND: &'static str = "sqs.expire";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        for _ in 0..ROUNDS {
            match self.round(cx).await {
                Ok(true) => return Outcome::Done,
                Ok(false) => {}
                Err(_) => return Outcome::Again(RETRY),
            }
        }
        Outcome::Again(Duration::from_millis(10))
    }
}
