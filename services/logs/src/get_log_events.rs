//! GetLogEvents: the events of one stream, forward and backward.

use crate::{
    error::LogsError,
    event::{self, LogEvent, PAGE_BYTES},
    group::{policy_resource, resolve},
    names::{LogGroupIdentifier, LogGroupName, LogStreamName},
    position::{Onward, Position},
    stream::LogStream,
};
use service_kit::prelude::*;
use std::ops::ControlFlow;

/// The most events of one answer.
const MAX_EVENTS: u32 = 10_000;

/// Reads a stream.
pub(crate) enum GetLogEvents {}

/// What GetLogEvents takes.
#[derive(Debug, Shape)]
#[shape(name = "GetLogEventsRequest", camel)]
pub struct GetLogEventsInput {
    /// Where: this or the identifier.
    pub log_group_name: Option<LogGroupName>,
    /// Where: a name or ARN.
    pub log_group_identifier: Option<LogGroupIdentifier>,
    /// The stream.
    pub log_stream_name: LogStreamName,
    /// The earliest time, in milliseconds since the epoch.
    #[shape(range = 0..)]
    pub start_time: Option<i64>,
    /// The first time that is too late.
    #[shape(range = 0..)]
    pub end_time: Option<i64>,
    /// Where to go on, and in which direction.
    #[shape(length = 1..)]
    pub next_token: Option<String>,
    /// The most events.
    #[shape(range = 1..=10_000)]
    pub limit: Option<u32>,
    /// Whether the earliest events come, not the latest.
    pub start_from_head: Option<bool>,
}

/// What GetLogEvents gives.
#[derive(Debug, Shape)]
#[shape(name = "GetLogEventsResponse", camel)]
pub struct GetLogEventsOutput {
    /// The events in the order of time.
    pub events: Vec<OutputLogEvent>,
    /// For later events; the same as asked with when there are none.
    pub next_forward_token: String,
    /// For earlier events.
    pub next_backward_token: String,
}

/// An event as answered.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct OutputLogEvent {
    /// Milliseconds since the epoch.
    pub timestamp: i64,
    /// Its text.
    pub message: String,
    /// When it came.
    pub ingestion_time: i64,
}

impl Operation for GetLogEvents {
    const NAME: &'static str = "GetLogEvents";
    const DATA_EVENT: bool = true;
    type Input = GetLogEventsInput;
    type Output = GetLogEventsOutput;
    type Error = LogsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let (name, identifier) = (&input.log_group_name, &input.log_group_identifier);
        let stream = &input.log_stream_name;
        let resource = policy_resource(name.as_deref(), identifier.as_deref(), stream, at);
        Access::on("logs:GetLogEvents", resource).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, LogsError> {
        let token = match input.next_token.as_deref().map(Onward::parse) {
            None => None,
            Some(parsed) => Some(parsed.ok_or_else(LogsError::bad_token)?),
        };
        let now = cx.now();
        cx.read(|tx| {
            let (name, identifier) = (&input.log_group_name, &input.log_group_identifier);
            let group = resolve(tx, name.as_deref(), identifier.as_deref())?;
            let stream = LogStream::named(tx, group.id, &input.log_stream_name)?;
            let start = input.start_time.unwrap_or(0).max(group.horizon_ms(now));
            let end = input.end_time.unwrap_or(i64::MAX);
            let walk = Walk::new(&stream, token, &input, (start, end))?;
            walk.page(tx, input.limit.unwrap_or(MAX_EVENTS) as usize)
        })
    }
}

/// One page's way through a stream.
struct Walk {
    stream: u64,
    from: (i64, u64),
    to: (i64, u64),
    order: Order,
    /// Where the tokens point when nothing is found.
    here: (i64, u64),
}

impl Walk {
    fn new(
        stream: &LogStream,
        token: Option<Onward>,
        input: &GetLogEventsInput,
        (start, end): (i64, i64),
    ) -> Result<Self, LogsError> {
        let (first, last) = ((start, 0), (end, 0));
        let place = |at: Position| (at.time, at.seq);
        let (Onward::Forward(at) | Onward::Backward(at)) =
            token.unwrap_or(Onward::Forward(Position { time: start, stream: stream.id, seq: 0 }));
        if at.stream != stream.id {
            return Err(LogsError::bad_token());
        }
        let (from, to, order) = match token {
            Some(Onward::Forward(_)) => (first.max(place(at)), last, Order::Ascending),
            Some(Onward::Backward(_)) => (first, last.min(place(at)), Order::Descending),
            None if input.start_from_head == Some(true) => (first, last, Order::Ascending),
            None => (first, last, Order::Descending),
        };
        Ok(Self { stream: stream.id, from, to, order, here: place(at) })
    }

    fn page(&self, tx: &ReadTx<'_>, limit: usize) -> Result<GetLogEventsOutput, LogsError> {
        let mut events: Vec<LogEvent> = Vec::new();
        let mut bytes = 0;
        event::visit(tx, self.stream, (self.from, self.to), self.order, |event| {
            bytes += event.size();
            if events.len() == limit || (bytes > PAGE_BYTES && !events.is_empty()) {
                return ControlFlow::Break(());
            }
            events.push(event);
            ControlFlow::Continue(())
        })?;
        if self.order == Order::Descending {
            events.reverse();
        }
        let before = events.first().map_or(self.here, |event| (event.at.time, event.at.seq));
        let behind = events.last().map_or(self.here, |event| (event.at.time, event.at.seq + 1));
        let at = |(time, seq): (i64, u64)| Position { time, stream: self.stream, seq };
        let answered = |event: LogEvent| OutputLogEvent {
            timestamp: event.at.time,
            message: event.message,
            ingestion_time: event.ingested_ms,
        };
        Ok(GetLogEventsOutput {
            events: events.into_iter().map(answered).collect(),
            next_forward_token: Onward::Forward(at(behind)).token(),
            next_backward_token: Onward::Backward(at(before)).token(),
        })
    }
}
