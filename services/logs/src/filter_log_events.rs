//! FilterLogEvents: the events of a group that match a pattern, in the order of time.

use crate::{
    error::LogsError,
    filter::Pattern,
    group::{LogGroup, policy_resource, resolve},
    names::{LogGroupIdentifier, LogGroupName, LogStreamName},
    position::Position,
    search::{Found, Search},
    stream::LogStream,
};
use service_kit::{key::Encoded, prelude::*};
use std::{ops::ControlFlow, sync::Arc};

/// The most events of one answer.
const MAX_EVENTS: u32 = 10_000;

/// Searches a group.
pub(crate) enum FilterLogEvents {}

/// What FilterLogEvents takes.
#[derive(Debug, Shape)]
#[shape(name = "FilterLogEventsRequest", camel)]
pub struct FilterLogEventsInput {
    /// Where: this or the identifier.
    pub log_group_name: Option<LogGroupName>,
    /// Where: a name or ARN.
    pub log_group_identifier: Option<LogGroupIdentifier>,
    /// Only these streams.
    #[shape(length = 1..=100)]
    pub log_stream_names: Option<Vec<LogStreamName>>,
    /// Only streams whose names start so.
    pub log_stream_name_prefix: Option<LogStreamName>,
    /// The earliest time, in milliseconds since the epoch.
    #[shape(range = 0..)]
    pub start_time: Option<i64>,
    /// The latest time.
    #[shape(range = 0..)]
    pub end_time: Option<i64>,
    /// What messages must match.
    #[shape(length = 0..=1024)]
    pub filter_pattern: Option<String>,
    /// Where to go on.
    #[shape(length = 1..)]
    pub next_token: Option<String>,
    /// The most events.
    #[shape(range = 1..=10_000)]
    pub limit: Option<u32>,
    /// Events of several streams are always interleaved, as on AWS since 2019.
    pub interleaved: Option<bool>,
}

/// What FilterLogEvents gives.
#[derive(Debug, Shape)]
#[shape(name = "FilterLogEventsResponse", camel)]
pub struct FilterLogEventsOutput {
    /// The events in the order of time.
    pub events: Vec<FilteredLogEvent>,
    /// Always empty, as on AWS since 2020.
    pub searched_log_streams: Vec<SearchedLogStream>,
    /// Where to go on; given also when nothing has been found so far.
    pub next_token: Option<String>,
}

/// An event as answered.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct FilteredLogEvent {
    /// Its stream.
    pub log_stream_name: String,
    /// Milliseconds since the epoch.
    pub timestamp: i64,
    /// Its text.
    pub message: String,
    /// When it came.
    pub ingestion_time: i64,
    /// Its own, for ever.
    pub event_id: String,
}

/// How far a stream was searched.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct SearchedLogStream {
    /// Its name.
    pub log_stream_name: String,
    /// Whether to its end.
    pub searched_completely: bool,
}

impl Operation for FilterLogEvents {
    const NAME: &'static str = "FilterLogEvents";
    const DATA_EVENT: bool = true;
    type Input = FilterLogEventsInput;
    type Output = FilterLogEventsOutput;
    type Error = LogsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let (name, identifier) = (&input.log_group_name, &input.log_group_identifier);
        let resource = policy_resource(name.as_deref(), identifier.as_deref(), "", at);
        Access::on("logs:FilterLogEvents", resource).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, LogsError> {
        if input.log_stream_names.is_some() && input.log_stream_name_prefix.is_some() {
            return Err(LogsError::invalid(
                "logStreamNamePrefix and logStreamNames are mutually exclusive parameters.",
            ));
        }
        let pattern = Pattern::parse(input.filter_pattern.as_deref().unwrap_or_default())
            .map_err(|why| LogsError::invalid(format!("Invalid filter pattern: {why}")))?;
        let token = match input.next_token.as_deref().map(Position::parse) {
            None => None,
            Some(parsed) => Some(parsed.ok_or_else(LogsError::bad_token)?),
        };
        let pattern = Arc::new(pattern);
        let now = cx.now();
        let (streams, mut search) = cx.read(|tx| {
            let (name, identifier) = (&input.log_group_name, &input.log_group_identifier);
            let group = resolve(tx, name.as_deref(), identifier.as_deref())?;
            let start = input.start_time.unwrap_or(0).max(group.horizon_ms(now));
            let first = Position { time: start, stream: 0, seq: 0 };
            let from = token.map_or(first, |token| token.max(first));
            let until_ms = input.end_time.unwrap_or(i64::MAX).saturating_add(1);
            let streams = streams(tx, &group, &input, (from.time, until_ms))?;
            let search = Search::new(tx, pattern.clone(), &streams, (from, until_ms))?;
            Ok::<_, LogsError>((streams, search))
        })?;
        let limit = input.limit.unwrap_or(MAX_EVENTS) as usize;
        let (found, next) = search.run(cx, limit).await?;
        Ok(answer(found, next, &streams))
    }
}

/// The streams asked for that have events in the time asked for.
fn streams(
    tx: &ReadTx<'_>,
    group: &LogGroup,
    input: &FilterLogEventsInput,
    (from_ms, until_ms): (i64, i64),
) -> Result<Vec<LogStream>, LogsError> {
    let mut streams = Vec::new();
    let mut consider = |stream: LogStream| {
        let begins = stream.first_ms.is_some_and(|first| first < until_ms);
        if begins && stream.last_ms.is_some_and(|last| last >= from_ms) {
            streams.push(stream);
        }
    };
    if let Some(names) = &input.log_stream_names {
        for LogStreamName(name) in names {
            consider(LogStream::named(tx, group.id, name)?);
        }
        streams.sort_by(|a, b| a.name.cmp(&b.name));
        streams.dedup_by(|a, b| a.name == b.name);
        return Ok(streams);
    }
    let mut prefix = group.id.to_be_bytes().to_vec();
    prefix.extend(input.log_stream_name_prefix.iter().flat_map(|prefix| prefix.bytes()));
    tx.visit::<LogStream>(Encoded(&prefix), Order::Ascending, |stream| {
        consider(stream);
        ControlFlow::Continue(())
    })?;
    Ok(streams)
}

fn answer(
    found: Vec<Found>,
    next: Option<Position>,
    streams: &[LogStream],
) -> FilterLogEventsOutput {
    let answered = found.into_iter().filter_map(|(event, index)| {
        Some(FilteredLogEvent {
            log_stream_name: streams.get(index)?.name.clone(),
            timestamp: event.at.time,
            event_id: event.at.digits(),
            message: event.message,
            ingestion_time: event.ingested_ms,
        })
    });
    FilterLogEventsOutput {
        events: answered.collect(),
        searched_log_streams: Vec::new(),
        next_token: next.map(Position::digits),
    }
}
