//! ReceiveMessage: take messages from a queue, waiting for them if asked to.

use crate::{
    attributes,
    error::SqsError,
    fifo,
    message::Place,
    message_attribute::{MessageAttributeValue, md5_of_attributes},
    queue::Queue,
    queue_ref::{self, QueueRef},
    receipt::Receipt,
    take::{Taken, take},
};
use service_kit::{metrics::Series, prelude::*};
use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::Poll,
};

/// Takes up to ten messages and hides them from others for the visibility timeout.
pub(crate) enum ReceiveMessage {}

#[derive(Debug, Shape)]
pub struct ReceiveMessageInput {
    pub queue_url: String,
    #[shape(flattened, item = "AttributeName")]
    pub attribute_names: Option<Vec<String>>,
    #[shape(flattened, item = "MessageSystemAttributeName")]
    pub message_system_attribute_names: Option<Vec<String>>,
    #[shape(flattened, item = "MessageAttributeName")]
    pub message_attribute_names: Option<Vec<String>>,
    pub max_number_of_messages: Option<i32>,
    pub visibility_timeout: Option<i32>,
    pub wait_time_seconds: Option<i32>,
}

#[derive(Debug, Shape)]
pub struct ReceiveMessageOutput {
    #[shape(flattened, item = "Message")]
    pub messages: Option<Vec<Message>>,
}

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct Message {
    pub message_id: Option<String>,
    pub receipt_handle: Option<String>,
    #[shape(name = "MD5OfBody")]
    pub md5_of_body: Option<String>,
    pub body: Option<String>,
    #[shape(flattened, wire = "Attribute", item = "Name,Value")]
    pub attributes: Option<BTreeMap<String, String>>,
    #[shape(name = "MD5OfMessageAttributes")]
    pub md5_of_message_attributes: Option<String>,
    #[shape(flattened, wire = "MessageAttribute", item = "Name,Value")]
    pub message_attributes: Option<BTreeMap<String, MessageAttributeValue>>,
}

impl Operation for ReceiveMessage {
    const NAME: &'static str = "ReceiveMessage";
    const DATA_EVENT: bool = true;
    type Input = ReceiveMessageInput;
    type Output = ReceiveMessageOutput;
    type Error = SqsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        queue_ref::access("sqs:ReceiveMessage", &input.queue_url, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let queue = queue_ref::queue(cx, &input.queue_url)?;
        let wanted = Wanted::of(&input, &queue)?;
        let here = cx.within(queue.scope());
        let named = QueueRef::parse(&input.queue_url, cx.scope());
        let taken = wait(&here, &named, &wanted).await?;
        let series = |name| Series::new("AWS/SQS", name, &[("QueueName", &queue.name)]);
        if taken.is_empty() {
            here.count(series("NumberOfEmptyReceives"), 1.0, "Count");
            return Ok(ReceiveMessageOutput { messages: None });
        }
        here.count(series("NumberOfMessagesReceived"), taken.len() as f64, "Count");
        cx.items(|| taken.iter().map(|it| it.message.key.id.clone()).collect::<Vec<_>>());
        let show = |taken| wanted.show(cx, &queue, taken);
        let messages = taken.into_iter().map(show).collect::<Result<_, Fault>>()?;
        Ok(ReceiveMessageOutput { messages: Some(messages) })
    }
}

/// A request in its bounds.
struct Wanted {
    limit: usize,
    hide: Duration,
    wait: Duration,
    system: Vec<String>,
    attributes: Vec<String>,
}

/// The system attributes that messages have.
const SYSTEM: [&str; 7] = [
    "AWSTraceHeader",
    "All",
    "ApproximateFirstReceiveTimestamp",
    "ApproximateReceiveCount",
    "DeadLetterQueueSourceArn",
    "SenderId",
    "SentTimestamp",
];
/// System attributes that only messages of FIFO queues have.
const FIFO: [&str; 3] = ["MessageDeduplicationId", "MessageGroupId", "SequenceNumber"];

impl Wanted {
    fn of(input: &ReceiveMessageInput, queue: &Queue) -> Result<Self, SqsError> {
        let limit = input.max_number_of_messages.unwrap_or(1);
        if !(1..=10).contains(&limit) {
            let reason = "Must be between 1 and 10, if provided.";
            return Err(SqsError::parameter(limit, "MaxNumberOfMessages", reason));
        }
        let default = queue.settings.visibility_timeout;
        let hide = bounded(input.visibility_timeout, default, 43_200, |hide| {
            let reason = "Must be between 0 and 43200, if provided.";
            SqsError::parameter(hide, "VisibilityTimeout", reason)
        })?;
        let default = queue.settings.receive_message_wait_time_seconds;
        let wait = bounded(input.wait_time_seconds, default, 20, |wait| {
            let reason = "Must be >= 0 and <= 20, if provided.";
            SqsError::parameter(wait, "WaitTimeSeconds", reason)
        })?;
        let names = [&input.attribute_names, &input.message_system_attribute_names];
        let system: Vec<String> = names.into_iter().flatten().flatten().cloned().collect();
        let known = |name: &&String| {
            let name = name.as_str();
            SYSTEM.contains(&name) || FIFO.contains(&name) || attributes::NAMES.contains(&name)
        };
        if let Some(name) = system.iter().find(|name| !known(name)) {
            return Err(SqsError::InvalidAttributeName(format!("Unknown Attribute {name}.")));
        }
        let attributes = input.message_attribute_names.clone().unwrap_or_default();
        let limit = usize::try_from(limit).unwrap_or(1);
        Ok(Self { limit, hide, wait, system, attributes })
    }

    fn show(&self, cx: &Context, queue: &Queue, taken: Taken) -> Result<Message, Fault> {
        let Taken { message, state, payload } = taken;
        let receipt = Receipt { key: message.key.clone(), count: state.receive_count };
        let attributes: BTreeMap<String, MessageAttributeValue> = payload
            .attributes
            .into_iter()
            .filter(|(name, _)| self.wants_attribute(name))
            .map(|(name, value)| (name, value.into()))
            .collect();
        let millis = |moment: Timestamp| moment.as_millis().to_string();
        let mut system = BTreeMap::new();
        let mut show = |name: &str, value: Option<String>| {
            let wanted = self.system.iter().any(|it| it == name || it == "All");
            if let Some(value) = value.filter(|_| wanted) {
                system.insert(name.to_owned(), value);
            }
        };
        show("SenderId", Some(message.sender));
        show("SentTimestamp", Some(millis(message.key.sent)));
        show("ApproximateReceiveCount", Some(state.receive_count.to_string()));
        show("ApproximateFirstReceiveTimestamp", state.first_received.map(millis));
        show("AWSTraceHeader", message.trace_header);
        show("DeadLetterQueueSourceArn", message.dead_letter_source);
        let sequence = message.group.as_ref().map(|_| fifo::sequence_number(message.key.sent));
        show("SequenceNumber", sequence);
        show("MessageGroupId", message.group);
        show("MessageDeduplicationId", message.deduplication_id);
        Ok(Message {
            message_id: Some(message.key.id),
            receipt_handle: Some(receipt.handle(cx, queue)?),
            md5_of_body: Some(message.md5_of_body),
            body: Some(payload.body),
            attributes: Some(system).filter(|system| !system.is_empty()),
            md5_of_message_attributes: md5_of_attributes(&attributes),
            message_attributes: Some(attributes).filter(|attributes| !attributes.is_empty()),
        })
    }

    /// `All`, `.*`, a name, or a prefix such as `order.*`.
    fn wants_attribute(&self, name: &str) -> bool {
        self.attributes.iter().any(|wanted| match wanted.strip_suffix(".*") {
            Some(prefix) => prefix.is_empty() || name.starts_with(prefix),
            None => wanted == "All" || wanted == name,
        })
    }
}

fn bounded(
    given: Option<i32>,
    default: u32,
    most: u32,
    refusal: impl FnOnce(i32) -> SqsError,
) -> Result<Duration, SqsError> {
    let seconds = match given {
        None => default,
        Some(given) => match u32::try_from(given) {
            Ok(seconds) if seconds <= most => seconds,
            _ => return Err(refusal(given)),
        },
    };
    Ok(Duration::from_secs(seconds.into()))
}

/// Takes messages, sleeping until there are some or the time is up.
async fn wait(cx: &Context, named: &QueueRef, wanted: &Wanted) -> Result<Vec<Taken>, SqsError> {
    let deadline = cx.now() + wanted.wait;
    loop {
        // Watched before looking, so that nothing slips between. The queue's own row is watched
        // too: a purge moves its messages elsewhere, and a deletion ends the wait.
        let mut settings = cx.watch::<Queue>(&named.name);
        let queue = cx.read(|tx| named.get(tx))?;
        let mut places = cx.watch::<Place>(&queue.uid);
        let look = take(cx, &queue, wanted.limit, wanted.hide).await?;
        if !look.taken.is_empty() || cx.now() >= deadline {
            return Ok(look.taken);
        }
        let wake = look.next.map_or(deadline, |next| next.min(deadline));
        let sleep = cx.clock().sleep_until(wake);
        first(pin!(places.changed()), pin!(settings.changed()), pin!(sleep)).await;
    }
}

/// Resolves when one of the three does.
async fn first(
    mut a: Pin<&mut impl Future<Output = ()>>,
    mut b: Pin<&mut impl Future<Output = ()>>,
    mut c: Pin<&mut impl Future<Output = ()>>,
) {
    poll_fn(|task| {
        let ready = a.as_mut().poll(task).is_ready()
            || b.as_mut().poll(task).is_ready()
            || c.as_mut().poll(task).is_ready();
        if ready { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
