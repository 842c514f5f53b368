//! Messages as stored: what was sent, when it can be seen, and what happened to it.
//!
//! A message's row is written once. Where it stands is a small row in an index by the moment it
//! becomes visible, so that receiving never rewrites or even reads past what it returns.

use crate::protection::Protection;
use service_kit::{key::Key as RowKey, prelude::*};

/// What tells a message from others of its queue; sorts by age.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageKey {
    /// The queue's `uid`.
    pub queue: String,
    pub sent: Timestamp,
    /// Its place in its batch.
    pub index: u32,
    /// The message id, a UUID.
    pub id: String,
}

impl RowKey for MessageKey {
    fn encode(&self, into: &mut Vec<u8>) {
        (&self.queue, self.sent, self.index, &self.id).encode(into);
    }
}

/// A message as it was sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Message {
    pub key: MessageKey,
    /// The sender's `aws:userid`.
    pub sender: String,
    pub md5_of_body: String,
    /// In FIFO queues.
    pub group: Option<String>,
    pub deduplication_id: Option<String>,
    /// `Root=...`, for tracing.
    pub trace_header: Option<String>,
    /// The queue that it died in.
    pub dead_letter_source: Option<String>,
    pub protection: Protection,
    /// The payload as JSON, encrypted as `protection` says; text while it is not.
    #[serde(with = "service_kit::binary")]
    pub payload: Vec<u8>,
}

impl Record for Message {
    const TABLE: &'static str = "sqs.message";

    fn key(&self) -> impl RowKey {
        &self.key
    }
}

/// Where a message stands: in the order of becoming visible, or in the order sent where that is
/// what counts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Place {
    /// `visible`, or zero in FIFO queues.
    pub order: Timestamp,
    pub visible: Timestamp,
    /// In FIFO queues.
    pub group: Option<String>,
    pub key: MessageKey,
    /// Whether a receiver holds it until `visible`; else it is new and perhaps delayed.
    pub in_flight: bool,
}

impl Record for Place {
    const TABLE: &'static str = "sqs.place";

    fn key(&self) -> impl RowKey {
        place_key(self.order, &self.key)
    }
}

/// The key of the place of the message `key`.
pub fn place_key(order: Timestamp, key: &MessageKey) -> impl RowKey + use<> {
    let MessageKey { queue, sent, index, id } = key.clone();
    (queue, order, sent, (index, id))
}

/// What happened to a message since it was sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    pub key: MessageKey,
    /// As in its [`Place`].
    pub order: Timestamp,
    pub visible: Timestamp,
    /// Also tells the newest receipt handle from older ones.
    pub receive_count: u32,
    pub first_received: Option<Timestamp>,
}

impl Record for State {
    const TABLE: &'static str = "sqs.state";

    fn key(&self) -> impl RowKey {
        (&self.key.queue, &self.key.id)
    }
}

/// Writes a new message that is visible from then on.
///
/// # Errors
/// [`Fault`] when it cannot be encoded.
pub fn add(tx: &mut Tx<'_>, message: &Message, visible: Timestamp) -> Result<(), Fault> {
    let key = message.key.clone();
    let group = message.group.clone();
    let order = if group.is_some() { Timestamp::default() } else { visible };
    tx.put(message)?;
    tx.put(&Place { order, visible, group, key: key.clone(), in_flight: false })?;
    tx.put(&State { key, order, visible, receive_count: 0, first_received: None })
}

/// Writes `state` with another moment of becoming visible, and moves its place there.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn reschedule(
    tx: &mut Tx<'_>,
    state: &mut State,
    visible: Timestamp,
    in_flight: bool,
) -> Result<(), Fault> {
    let Some(place) = tx.get::<Place>(place_key(state.order, &state.key))? else {
        return Err(Fault::internal("a message without a place"));
    };
    tx.delete::<Place>(place_key(state.order, &state.key));
    state.order = if place.group.is_some() { place.order } else { visible };
    state.visible = visible;
    tx.put(&Place { order: state.order, visible, in_flight, ..place })?;
    tx.put(state)
}

/// Removes a message and all that is known of it.
pub fn remove(tx: &mut Tx<'_>, key: &MessageKey, order: Timestamp) {
    tx.delete::<Place>(place_key(order, key));
    tx.delete::<Message>(key);
    tx.delete::<State>((&key.queue, &key.id));
}
