//! DescribeLogStreams: the streams of a group, by name or by their last event.

use crate::{
    error::LogsError,
    group::{LogGroup, policy_resource, resolve, stream_arn},
    names::{LogGroupIdentifier, LogGroupName, LogStreamName},
    position::Position,
    stream::LogStream,
};
use service_kit::{key::Encoded, prelude::*};
use std::ops::ControlFlow;

/// The streams of one page.
const PAGE: u32 = 50;

/// Lists log streams.
pub(crate) enum DescribeLogStreams {}

/// What DescribeLogStreams takes.
#[derive(Debug, Shape)]
#[shape(name = "DescribeLogStreamsRequest", camel)]
pub struct DescribeLogStreamsInput {
    /// Where: this or the identifier.
    pub log_group_name: Option<LogGroupName>,
    /// Where: a name or ARN.
    pub log_group_identifier: Option<LogGroupIdentifier>,
    /// What names start with.
    pub log_stream_name_prefix: Option<LogStreamName>,
    /// By what they sort.
    pub order_by: Option<OrderBy>,
    /// Whether the last comes first.
    pub descending: Option<bool>,
    /// Where to go on.
    #[shape(length = 1..)]
    pub next_token: Option<String>,
    /// The most streams.
    #[shape(range = 1..=50)]
    pub limit: Option<u32>,
}

/// By what streams sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum OrderBy {
    /// By name.
    #[shape(name = "LogStreamName")]
    LogStreamName,
    /// By the time of the last event.
    #[shape(name = "LastEventTime")]
    LastEventTime,
}

/// What DescribeLogStreams gives.
#[derive(Debug, Shape)]
#[shape(name = "DescribeLogStreamsResponse", camel)]
pub struct DescribeLogStreamsOutput {
    /// The streams.
    pub log_streams: Vec<Description>,
    /// Where to go on.
    pub next_token: Option<String>,
}

/// A log stream as answered. Times are in milliseconds since the epoch.
#[derive(Debug, Shape)]
#[shape(name = "LogStream", camel)]
pub struct Description {
    /// Its name.
    pub log_stream_name: String,
    /// When it was made.
    pub creation_time: i64,
    /// The earliest event's time.
    pub first_event_timestamp: Option<i64>,
    /// The latest event's time.
    pub last_event_timestamp: Option<i64>,
    /// When the last batch came.
    pub last_ingestion_time: Option<i64>,
    /// Not needed any more, but still given.
    pub upload_sequence_token: Option<String>,
    /// Its ARN.
    pub arn: String,
    /// Always zero since 2019 ("LogStream").
    pub stored_bytes: i64,
}

impl Operation for DescribeLogStreams {
    const NAME: &'static str = "DescribeLogStreams";
    type Input = DescribeLogStreamsInput;
    type Output = DescribeLogStreamsOutput;
    type Error = LogsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let (name, identifier) = (&input.log_group_name, &input.log_group_identifier);
        let resource = policy_resource(name.as_deref(), identifier.as_deref(), "", at);
        Access::on("logs:DescribeLogStreams", resource).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, LogsError> {
        let by_time = input.order_by == Some(OrderBy::LastEventTime);
        if by_time && input.log_stream_name_prefix.is_some() {
            return Err(LogsError::invalid(
                "Cannot order by LastEventTime with a logStreamNamePrefix.",
            ));
        }
        cx.read(|tx| {
            let (name, identifier) = (&input.log_group_name, &input.log_group_identifier);
            let group = resolve(tx, name.as_deref(), identifier.as_deref())?;
            let descending = input.descending.unwrap_or(false);
            let (streams, next_token) = if by_time || descending {
                sorted(tx, &group, &input, by_time, descending)?
            } else {
                let prefix = prefix_key(&group, &input);
                let limit = input.limit.unwrap_or(PAGE) as usize;
                let page =
                    tx.page::<LogStream>(Encoded(&prefix), input.next_token.as_deref(), limit)?;
                (page.items, page.next)
            };
            let log_streams =
                streams.into_iter().map(|stream| describe(stream, &group, tx.scope())).collect();
            Ok(DescribeLogStreamsOutput { log_streams, next_token })
        })
    }
}

fn prefix_key(group: &LogGroup, input: &DescribeLogStreamsInput) -> Vec<u8> {
    let mut key = group.id.to_be_bytes().to_vec();
    key.extend(input.log_stream_name_prefix.iter().flat_map(|prefix| prefix.bytes()));
    key
}

/// The page of streams in an order that the table does not have: the few that follow the token's
/// are kept while all are looked at.
fn sorted(
    tx: &ReadTx<'_>,
    group: &LogGroup,
    input: &DescribeLogStreamsInput,
    by_time: bool,
    descending: bool,
) -> Result<(Vec<LogStream>, Option<String>), LogsError> {
    let limit = input.limit.unwrap_or(PAGE) as usize;
    let after = input.next_token.as_deref().map(Place::parse).transpose()?;
    let mut nearest: BTreeMap<Place, LogStream> = BTreeMap::new();
    let prefix = prefix_key(group, input);
    tx.visit::<LogStream>(Encoded(&prefix), Order::Ascending, |stream| {
        let place = Place::of(&stream, by_time);
        let behind = after
            .as_ref()
            .is_none_or(|after| if descending { place < *after } else { place > *after });
        if behind {
            nearest.insert(place, stream);
            if nearest.len() > limit + 1 {
                if descending {
                    nearest.pop_first()
                } else {
                    nearest.pop_last()
                };
            }
        }
        ControlFlow::Continue(())
    })?;
    let mut found: Vec<_> = nearest.into_iter().collect();
    if descending {
        found.reverse();
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|(place, _)| place.token());
    Ok((found.into_iter().map(|(_, stream)| stream).collect(), next))
}

/// Where a stream is in the order asked for: last event, then name.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place(i64, String);

impl Place {
    fn of(stream: &LogStream, by_time: bool) -> Self {
        let time = if by_time { stream.last_ms.unwrap_or(0) } else { 0 };
        Self(time, stream.name.clone())
    }

    fn token(&self) -> String {
        service_kit::page::encode(format!("{}:{}", self.0, self.1).as_bytes())
    }

    fn parse(token: &str) -> Result<Self, LogsError> {
        let bytes = service_kit::page::decode(token).map_err(|_| LogsError::bad_token())?;
        let text = String::from_utf8(bytes).map_err(|_| LogsError::bad_token())?;
        let (time, name) = text.split_once(':').ok_or_else(LogsError::bad_token)?;
        Ok(Self(time.parse().map_err(|_| LogsError::bad_token())?, name.to_owned()))
    }
}

fn describe(stream: LogStream, group: &LogGroup, at: &Scope) -> Description {
    let token =
        Position { time: stream.created.as_millis(), stream: stream.id, seq: stream.next_seq };
    Description {
        creation_time: stream.created.as_millis(),
        first_event_timestamp: stream.first_ms,
        last_event_timestamp: stream.last_ms,
        last_ingestion_time: stream.ingested_ms,
        upload_sequence_token: stream.last_ms.map(|_| token.digits()),
        arn: stream_arn(at, &group.name, &stream.name),
        log_stream_name: stream.name,
        stored_bytes: 0,
    }
}
