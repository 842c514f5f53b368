//! Sending: what a message must be, and how one or several become rows.

use crate::{
    error::SqsError,
    fifo,
    message::{self, Message, MessageKey},
    message_attribute::{
        self, MessageAttributeValue, MessageSystemAttributeValue, StoredAttribute, md5_of,
        md5_of_attributes,
    },
    protection::Sealer,
    queue::Queue,
    queue_ref::QueueRef,
};
use service_kit::{metrics::Series, prelude::*};

/// A message that somebody wants to send.
#[derive(Clone, Debug)]
pub struct Draft {
    pub body: String,
    pub delay_seconds: Option<i32>,
    pub attributes: BTreeMap<String, MessageAttributeValue>,
    pub system: BTreeMap<String, MessageSystemAttributeValue>,
    pub group: Option<String>,
    pub deduplication_id: Option<String>,
}

/// What the sender is told.
#[derive(Clone, Debug)]
pub struct Sent {
    pub message_id: String,
    pub md5_of_body: String,
    pub md5_of_attributes: Option<String>,
    pub md5_of_system_attributes: Option<String>,
    pub sequence_number: Option<String>,
}

/// The payload as stored.
#[derive(Debug, Serialize, Deserialize)]
pub struct Payload {
    pub body: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, StoredAttribute>,
}

impl Draft {
    /// The bytes that count for limits.
    pub fn size(&self) -> usize {
        self.body.len() + message_attribute::size(&self.attributes)
    }

    /// Refuses what `queue` does not take.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, queue: &Queue) -> Result<(), SqsError> {
        if self.body.is_empty() {
            let message = "The request must contain the parameter MessageBody.";
            return Err(SqsError::MissingRequiredParameterException(message.into()));
        }
        if !self.body.chars().all(is_allowed) {
            return Err(SqsError::InvalidMessageContents);
        }
        message_attribute::check(&self.attributes)?;
        let limit = queue.settings.maximum_message_size;
        if self.size() > limit as usize {
            return Err(SqsError::InvalidParameterValueException(format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {limit} \
                 bytes."
            )));
        }
        if let Some(delay) = self.delay_seconds.filter(|delay| !(0..=900).contains(delay)) {
            let reason = "DelaySeconds must be >= 0 and <= 900.";
            return Err(SqsError::parameter(delay, "DelaySeconds", reason));
        }
        self.ids(queue)?;
        self.trace_header().map(drop)
    }

    /// The group and deduplication id that FIFO queues need and others do not take.
    fn ids(&self, queue: &Queue) -> Result<Option<(String, String)>, SqsError> {
        let (group, id) = (self.group.as_deref(), self.deduplication_id.as_deref());
        let reason = "The request include parameter that is not valid for this queue type.";
        match (&queue.fifo, self.delay_seconds, id) {
            (Some(_), Some(delay), _) if delay != 0 => {
                Err(SqsError::parameter(delay, "DelaySeconds", reason))
            }
            (Some(fifo), ..) => fifo::ids(fifo, group, id, &self.body).map(Some),
            (None, _, Some(id)) => Err(SqsError::parameter(id, "MessageDeduplicationId", reason)),
            (None, ..) if group.is_some() => {
                Err(Fault::unsupported("MessageGroupId on standard queues (fair queues)").into())
            }
            (None, ..) => Ok(None),
        }
    }

    fn trace_header(&self) -> Result<Option<String>, SqsError> {
        let Some((name, value)) = self.system.iter().next() else { return Ok(None) };
        if name != "AWSTraceHeader" || self.system.len() > 1 {
            return Err(SqsError::InvalidParameterValueException(format!(
                "Message system attribute name '{name}' is invalid."
            )));
        }
        match (&*value.data_type, &value.string_value) {
            ("String", Some(text)) if !text.is_empty() => Ok(Some(text.clone())),
            _ => Err(SqsError::InvalidParameterValueException(format!(
                "The message system attribute '{name}' with type 'String' must use field \
                 'StringValue'."
            ))),
        }
    }

    fn visible(&self, queue: &Queue, now: Timestamp) -> Timestamp {
        let seconds = self.delay_seconds.and_then(|delay| u64::try_from(delay).ok());
        now + Duration::from_secs(seconds.unwrap_or(queue.settings.delay_seconds.into()))
    }

    fn system_md5(&self) -> Option<String> {
        let plain = |(name, value): (&String, &MessageSystemAttributeValue)| {
            let MessageSystemAttributeValue { string_value, binary_value, data_type } =
                value.clone();
            (name.clone(), MessageAttributeValue { string_value, binary_value, data_type })
        };
        let values: BTreeMap<_, _> = self.system.iter().map(plain).collect();
        md5_of_attributes(&values)
    }
}

/// Characters of XML 1.0, which SQS once spoke only.
fn is_allowed(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        || char >= '\u{10000}'
}

/// Sends drafts that were checked, all or none.
///
/// # Errors
/// What KMS refuses, or [`SqsError::QueueDoesNotExist`] when the queue is gone meanwhile.
pub async fn send(
    cx: &Context,
    named: &QueueRef,
    queue: &Queue,
    drafts: &[Draft],
) -> Result<Vec<Sent>, SqsError> {
    let sealer = Sealer::of(cx, queue).await?;
    let now = cx.now();
    let mut sent = Vec::new();
    let mut messages = Vec::new();
    for (index, draft) in (0..).zip(drafts) {
        let (mut message, answer) = seal(cx, &sealer, draft, (now, index))?;
        if let Some((group, id)) = draft.ids(queue)? {
            (message.group, message.deduplication_id) = (Some(group), Some(id));
        }
        messages.push((message, draft.visible(queue, now)));
        sent.push(answer);
    }
    let accepted = cx
        .write(|tx| {
            let mut tx = tx.within(named.scope.clone());
            let queue = named.get(&tx.reader())?;
            let mut accepted = Vec::new();
            for (message, visible) in &mut messages {
                message.key.queue.clone_from(&queue.uid);
                if let Some(fifo) = &queue.fifo {
                    let answer = fifo::accept(&mut tx, &queue, fifo, message, now)?;
                    let known = answer.known;
                    accepted.push(answer);
                    if known {
                        continue;
                    }
                }
                message::add(&mut tx, message, *visible)?;
            }
            Ok::<_, SqsError>(accepted)
        })
        .await?;
    for (sent, accepted) in sent.iter_mut().zip(accepted) {
        sent.message_id = accepted.message_id;
        sent.sequence_number = Some(accepted.sequence_number);
    }
    let cx = cx.within(named.scope.clone());
    cx.items(|| sent.iter().map(|sent| sent.message_id.clone()).collect::<Vec<_>>());
    for draft in drafts {
        let series = |name| Series::new("AWS/SQS", name, &[("QueueName", &queue.name)]);
        cx.count(series("NumberOfMessagesSent"), 1.0, "Count");
        cx.count(series("SentMessageSize"), draft.size() as f64, "Bytes");
    }
    Ok(sent)
}

/// A draft as a row, without its queue's uid, and the answer about it.
fn seal(
    cx: &Context,
    sealer: &Sealer,
    draft: &Draft,
    (sent, index): (Timestamp, u32),
) -> Result<(Message, Sent), SqsError> {
    let id = cx.entropy().uuid();
    let stored = |(name, value): (&String, &MessageAttributeValue)| {
        (name.clone(), StoredAttribute::from(value.clone()))
    };
    let attributes = draft.attributes.iter().map(stored).collect();
    let payload = Payload { body: draft.body.clone(), attributes };
    let plain = serde_json::to_vec(&payload).map_err(Fault::internal)?;
    let (protection, payload) = sealer.seal(cx, &id, plain)?;
    let md5_of_body = md5_of(&draft.body);
    let answer = Sent {
        message_id: id.clone(),
        md5_of_body: md5_of_body.clone(),
        md5_of_attributes: md5_of_attributes(&draft.attributes),
        md5_of_system_attributes: draft.system_md5(),
        sequence_number: None,
    };
    let trace_header = match draft.trace_header()? {
        Some(header) => Some(header),
        None => cx.trace().map(|trace| trace.header()),
    };
    let message = Message {
        key: MessageKey { queue: String::new(), sent, index, id },
        sender: cx.caller().principal.user_id().unwrap_or_else(|| cx.caller().principal.arn()),
        md5_of_body,
        group: None,
        deduplication_id: None,
        trace_header,
        dead_letter_source: None,
        protection,
        payload,
    };
    Ok((message, answer))
}
