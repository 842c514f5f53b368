//! FIFO queues: the order of messages, and telling a message sent twice from two messages.

use crate::{
    error::SqsError,
    message::Message,
    queue::{Fifo, Queue},
};
use ring::digest;
use service_kit::{entropy::hex, key::Key as RowKey, prelude::*};

/// How long a deduplication id is remembered.
const MEMORY: Duration = Duration::from_secs(300);
/// How many ids one transaction forgets.
const BATCH: usize = 500;

/// The last moment given to a message of a queue: each has a later one than those before it.
#[derive(Serialize, Deserialize)]
struct Last {
    queue: String,
    sent: Timestamp,
}

impl Record for Last {
    const TABLE: &'static str = "sqs.fifo_last";

    fn key(&self) -> impl RowKey {
        &self.queue
    }
}

/// A deduplication id that was used.
#[derive(Serialize, Deserialize)]
struct Used {
    queue: String,
    /// Empty where ids count for the whole queue.
    group: String,
    deduplication_id: String,
    at: Timestamp,
    message_id: String,
    sent: Timestamp,
}

impl Record for Used {
    const TABLE: &'static str = "sqs.fifo_used";

    fn key(&self) -> impl RowKey {
        (&self.queue, &self.group, &self.deduplication_id)
    }
}

/// The ids of [`Used`] in the order of their use.
#[derive(Serialize, Deserialize)]
struct Age {
    queue: String,
    at: Timestamp,
    group: String,
    deduplication_id: String,
}

impl Record for Age {
    const TABLE: &'static str = "sqs.fifo_age";

    fn key(&self) -> impl RowKey {
        (&self.queue, self.at, &self.group, &self.deduplication_id)
    }
}

/// What the sender of a message to a FIFO queue is told.
pub struct Accepted {
    pub message_id: String,
    pub sequence_number: String,
    /// Whether this was sent before, so that it is not to be stored.
    pub known: bool,
}

/// A sequence number: twenty digits that sort by age.
pub fn sequence_number(sent: Timestamp) -> String {
    format!("{:020}", sent.as_micros())
}

/// The group and the deduplication id of a message, checked.
///
/// # Errors
/// What is missing or malformed.
pub fn ids(
    fifo: &Fifo,
    group: Option<&str>,
    deduplication_id: Option<&str>,
    body: &str,
) -> Result<(String, String), SqsError> {
    let missing = |name: &str| {
        let message = format!("The request must contain the parameter {name}.");
        SqsError::MissingRequiredParameterException(message)
    };
    let group = group.ok_or_else(|| missing("MessageGroupId"))?;
    let deduplication_id = match deduplication_id {
        Some(id) => id.to_owned(),
        None if fifo.content_based => {
            hex(digest::digest(&digest::SHA256, body.as_bytes()).as_ref())
        }
        None => {
            return Err(SqsError::InvalidParameterValueException(
                "The queue should either have ContentBasedDeduplication enabled or \
                 MessageDeduplicationId provided explicitly"
                    .into(),
            ));
        }
    };
    for (name, value) in [("MessageGroupId", group), ("MessageDeduplicationId", &deduplication_id)]
    {
        if !(1..=128).contains(&value.len()) || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
            let reason = format!(
                "{name} can only include alphanumeric and punctuation characters. 1 to 128 in \
                 length."
            );
            return Err(SqsError::parameter(value, name, &reason));
        }
    }
    Ok((group.to_owned(), deduplication_id))
}

/// Gives a message its place behind all others of `queue`, unless it was sent before.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn accept(
    tx: &mut Tx<'_>,
    queue: &Queue,
    fifo: &Fifo,
    message: &mut Message,
    now: Timestamp,
) -> Result<Accepted, Fault> {
    let uid = &queue.uid;
    let group = match fifo.by_group {
        true => message.group.clone().unwrap_or_default(),
        false => String::new(),
    };
    let deduplication_id = message.deduplication_id.clone().unwrap_or_default();
    let used = tx.get::<Used>((uid, &group, &deduplication_id))?;
    if let Some(used) = used.filter(|used| used.at + MEMORY > now) {
        let sequence_number = sequence_number(used.sent);
        return Ok(Accepted { message_id: used.message_id, sequence_number, known: true });
    }
    let last = tx.get::<Last>(uid)?;
    let after = last.map(|last| last.sent + Duration::from_micros(1));
    let sent = after.map_or(now, |after| after.max(now));
    message.key.sent = sent;
    tx.put(&Last { queue: uid.clone(), sent })?;
    let (queue, message_id) = (uid.clone(), message.key.id.clone());
    let (at, group_of, id) = (now, group.clone(), deduplication_id.clone());
    tx.put(&Age { queue: queue.clone(), at, group: group_of, deduplication_id: id })?;
    let accepted = message_id.clone();
    tx.put(&Used { queue, group, deduplication_id, at, message_id, sent })?;
    let sequence_number = sequence_number(sent);
    Ok(Accepted { message_id: accepted, sequence_number, known: false })
}

/// Forgets deduplication ids that no longer count, and all that is known of a queue when `now` is
/// the end of time.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn forget(tx: &mut Tx<'_>, uid: &str, now: Timestamp) -> Result<bool, Fault> {
    let page: Page<Age> = tx.reader().page(uid, None, BATCH)?;
    for age in &page.items {
        if age.at + MEMORY > now {
            return Ok(false);
        }
        let Age { queue, at, group, deduplication_id } = age;
        tx.delete::<Age>((queue, *at, group, deduplication_id));
        // The id may have been used again since.
        if tx.get::<Used>((queue, group, deduplication_id))?.is_some_and(|used| used.at == *at) {
            tx.delete::<Used>((queue, group, deduplication_id));
        }
    }
    Ok(page.next.is_some())
}

/// Forgets the order of a queue that is gone.
pub fn end(tx: &mut Tx<'_>, uid: &str) {
    tx.delete::<Last>(uid);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_from_the_request_or_the_body() {
        let plain = Fifo::default();
        let hashing = Fifo { content_based: true, ..Fifo::default() };
        assert!(ids(&plain, None, Some("d"), "x").is_err());
        assert!(ids(&plain, Some("g"), None, "x").is_err());
        assert!(ids(&plain, Some("a b"), Some("d"), "x").is_err());
        let (group, id) = ids(&hashing, Some("g"), None, "x").unwrap();
        assert_eq!((group.as_str(), id.len()), ("g", 64));
        assert_eq!(ids(&hashing, Some("g"), Some("d"), "x").unwrap().1, "d");
    }
}
