//! Taking messages from a queue: which ones, who gets them, and which are given up.

use crate::{
    claims::{Claimed, Claims},
    error::SqsError,
    message::{Message, Place, State, remove, reschedule},
    protection,
    queue::Queue,
    queue_ref::QueueRef,
    send::Payload,
};
use service_kit::prelude::*;

/// How often a take looks again when all it found were messages to be given up.
const MAX_ROUNDS: usize = 1_000;

/// A message on its way to a receiver.
pub struct Taken {
    pub message: Message,
    pub state: State,
    pub payload: Payload,
}

/// What a look at the queue gave.
pub struct Look {
    pub taken: Vec<Taken>,
    /// When to look again, if nothing is visible now.
    pub next: Option<Timestamp>,
}

/// What becomes of a claimed message.
enum Fate {
    Deliver(Taken),
    Expire(State),
    Bury(Message, State, QueueRef),
}

/// Takes up to `limit` visible messages and hides them for `hide`.
///
/// # Errors
/// What KMS refuses: then nothing is taken.
pub async fn take(
    cx: &Context,
    queue: &Queue,
    limit: usize,
    hide: Duration,
) -> Result<Look, SqsError> {
    for _ in 0..MAX_ROUNDS {
        let claims = cx.platform().live::<Claims>();
        let claimed = claims.clone().claim(cx, queue, cx.now(), limit)?;
        if claimed.places.is_empty() {
            return Ok(Look { taken: Vec::new(), next: claimed.next });
        }
        let mut fates = Vec::new();
        for (message, state) in read(cx, &claimed)? {
            fates.push(fate(cx, queue, message, state).await?);
        }
        let taken = settle(cx, queue, fates, cx.now() + hide).await?;
        if !taken.is_empty() {
            return Ok(Look { taken, next: None });
        }
    }
    Ok(Look { taken: Vec::new(), next: Some(cx.now()) })
}

fn read(cx: &Context, claimed: &Claimed) -> Result<Vec<(Message, State)>, SqsError> {
    cx.read(|tx| {
        let mut rows = Vec::new();
        for Place { key, .. } in &claimed.places {
            let message = tx.get::<Message>(key)?;
            let state = tx.get::<State>((&key.queue, &key.id))?;
            rows.extend(message.zip(state));
        }
        Ok(rows)
    })
}

async fn fate(
    cx: &Context,
    queue: &Queue,
    message: Message,
    state: State,
) -> Result<Fate, SqsError> {
    if message.key.sent + queue.retention() <= cx.now() {
        return Ok(Fate::Expire(state));
    }
    if let Some(redrive) = &queue.redrive
        && state.receive_count >= redrive.max_receive_count
        && let Some(target) = redrive.target()
        && cx.read(|tx| Ok::<_, Fault>(target.get(tx).is_ok()))?
    {
        return Ok(Fate::Bury(message, state, target));
    }
    let plain = protection::open(cx, queue, &message).await?;
    let payload = serde_json::from_slice(&plain).map_err(Fault::internal)?;
    Ok(Fate::Deliver(Taken { message, state, payload }))
}

/// Writes what was decided, leaving out messages that are gone or taken by now.
async fn settle(
    cx: &Context,
    queue: &Queue,
    fates: Vec<Fate>,
    visible: Timestamp,
) -> Result<Vec<Taken>, SqsError> {
    let now = cx.now();
    let delivered = cx
        .write(|tx| {
            let mut delivered = Vec::new();
            for (index, fate) in fates.iter().enumerate() {
                let (Fate::Deliver(Taken { state, .. })
                | Fate::Expire(state)
                | Fate::Bury(_, state, _)) = fate;
                let current = tx.get::<State>((&state.key.queue, &state.key.id))?;
                if current.is_none_or(|it| it.receive_count != state.receive_count) {
                    continue;
                }
                match fate {
                    Fate::Expire(..) => remove(tx, &state.key, state.order),
                    Fate::Bury(message, state, target) => {
                        bury(tx, queue, (message, state), target, now)?;
                    }
                    Fate::Deliver(taken) => {
                        hand_out(tx, &taken.state, visible, now)?;
                        delivered.push(index);
                    }
                }
            }
            Ok::<_, SqsError>(delivered)
        })
        .await?;
    let mut taken = Vec::new();
    for (index, fate) in fates.into_iter().enumerate() {
        if let Fate::Deliver(mut it) = fate
            && delivered.contains(&index)
        {
            received(&mut it.state, now);
            taken.push(it);
        }
    }
    Ok(taken)
}

fn received(state: &mut State, now: Timestamp) {
    state.receive_count = state.receive_count.saturating_add(1);
    state.first_received.get_or_insert(now);
}

fn hand_out(
    tx: &mut Tx<'_>,
    state: &State,
    visible: Timestamp,
    now: Timestamp,
) -> Result<(), Fault> {
    let mut state = state.clone();
    received(&mut state, now);
    reschedule(tx, &mut state, visible, true)
}

/// Moves a message to the dead-letter queue. Its age goes with it (SQS Developer Guide, "Using
/// dead-letter queues": expiration counts from the first queue for standard queues).
fn bury(
    tx: &mut Tx<'_>,
    queue: &Queue,
    (message, state): (&Message, &State),
    target: &QueueRef,
    now: Timestamp,
) -> Result<(), SqsError> {
    let dead = target.get(&tx.reader())?;
    remove(tx, &message.key, state.order);
    let mut message = message.clone();
    message.key.queue = dead.uid;
    message.dead_letter_source = Some(queue.arn());
    Ok(crate::message::add(tx, &message, now)?)
}
