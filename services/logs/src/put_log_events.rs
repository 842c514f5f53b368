//! PutLogEvents: one batch of events into a stream, in one transaction.

use crate::{
    error::LogsError,
    event::{self, OVERHEAD_BYTES},
    group::{LogGroup, stream_arn},
    names::{LogGroupName, LogStreamName},
    position::Position,
    stream::LogStream,
};
use service_kit::prelude::*;

/// The most bytes of a batch, each event with its overhead.
const MAX_BATCH_BYTES: usize = 1 << 20;
/// How far apart the first and last event of a batch may be.
const MAX_SPAN_MS: i64 = 86_400_000;
/// How old an event may be.
const MAX_AGE_MS: i64 = 14 * 86_400_000;
/// How far in the future an event may be.
const MAX_AHEAD_MS: i64 = 2 * 3_600_000;

/// Adds events to a stream.
pub(crate) enum PutLogEvents {}

/// What PutLogEvents takes.
#[derive(Debug, Shape)]
#[shape(name = "PutLogEventsRequest", camel)]
pub struct PutLogEventsInput {
    /// Where.
    pub log_group_name: LogGroupName,
    /// The stream.
    pub log_stream_name: LogStreamName,
    /// The events in the order of time.
    #[shape(length = 1..=10_000)]
    pub log_events: Vec<InputLogEvent>,
    /// Not looked at, as on AWS since 2023: batches of one stream may come in parallel.
    #[shape(length = 1..)]
    pub sequence_token: Option<String>,
}

/// One event to add.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct InputLogEvent {
    /// Milliseconds since the epoch.
    #[shape(range = 0..)]
    pub timestamp: i64,
    /// Any text.
    #[shape(length = 1..)]
    pub message: String,
}

/// What PutLogEvents gives.
#[derive(Debug, Shape)]
#[shape(name = "PutLogEventsResponse", camel)]
pub struct PutLogEventsOutput {
    /// Not needed any more, but still given.
    pub next_sequence_token: Option<String>,
    /// Which events were not taken.
    pub rejected_log_events_info: Option<RejectedLogEventsInfo>,
}

/// Which events of a batch were not taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Shape)]
#[shape(camel)]
pub struct RejectedLogEventsInfo {
    /// From here on they are too far in the future.
    pub too_new_log_event_start_index: Option<u32>,
    /// Up to here, exclusive, they are older than two weeks.
    pub too_old_log_event_end_index: Option<u32>,
    /// Up to here, exclusive, they are older than the group keeps.
    pub expired_log_event_end_index: Option<u32>,
}

impl Operation for PutLogEvents {
    const NAME: &'static str = "PutLogEvents";
    const DATA_EVENT: bool = true;
    type Input = PutLogEventsInput;
    type Output = PutLogEventsOutput;
    type Error = LogsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let resource = stream_arn(at, &input.log_group_name, &input.log_stream_name);
        Access::on("logs:PutLogEvents", resource).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, LogsError> {
        check(&input.log_events)?;
        let now = cx.now();
        let (stream, rejected) = cx
            .write(|tx| {
                let group = LogGroup::named(&tx.reader(), &input.log_group_name)?;
                let mut stream = LogStream::named(&tx.reader(), group.id, &input.log_stream_name)?;
                let horizon = group.horizon_ms(now);
                let (taken, rejected) = sift(&input.log_events, now.as_millis(), horizon);
                append(tx, &mut stream, taken, now.as_millis())?;
                Ok::<_, LogsError>((stream, rejected))
            })
            .await?;
        count(cx, &input.log_group_name, &input.log_events);
        let token = Position { time: now.as_millis(), stream: stream.id, seq: stream.next_seq };
        Ok(PutLogEventsOutput {
            next_sequence_token: Some(token.digits()),
            rejected_log_events_info: (rejected != RejectedLogEventsInfo::default())
                .then_some(rejected),
        })
    }
}

fn check(events: &[InputLogEvent]) -> Result<(), LogsError> {
    let bytes: usize = events.iter().map(|event| event.message.len() + OVERHEAD_BYTES).sum();
    if bytes > MAX_BATCH_BYTES {
        return Err(LogsError::invalid(format!(
            "Upload too large: {bytes} bytes exceeds limit of {MAX_BATCH_BYTES}"
        )));
    }
    if !events.is_sorted_by_key(|event| event.timestamp) {
        return Err(LogsError::invalid(
            "Log events in a single PutLogEvents request must be in chronological order.",
        ));
    }
    let time = |event: Option<&InputLogEvent>| event.map_or(0, |event| event.timestamp);
    if time(events.last()) - time(events.first()) > MAX_SPAN_MS {
        return Err(LogsError::invalid(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 \
             hours.",
        ));
    }
    Ok(())
}

/// The events that are neither too old nor too new, and what is said of the others.
fn sift(
    events: &[InputLogEvent],
    now_ms: i64,
    horizon_ms: i64,
) -> (&[InputLogEvent], RejectedLogEventsInfo) {
    let before = |limit: i64| events.partition_point(|event| event.timestamp < limit);
    let (old, expired) = (before(now_ms - MAX_AGE_MS), before(horizon_ms));
    let new = before(now_ms + MAX_AHEAD_MS + 1);
    let index = |index: usize| u32::try_from(index).ok();
    let rejected = RejectedLogEventsInfo {
        too_new_log_event_start_index: index(new).filter(|_| new < events.len()),
        too_old_log_event_end_index: index(old).filter(|&end| end > 0),
        expired_log_event_end_index: index(expired).filter(|&end| end > 0),
    };
    (events.get(old.max(expired)..new).unwrap_or_default(), rejected)
}

fn append(
    tx: &mut Tx<'_>,
    stream: &mut LogStream,
    events: &[InputLogEvent],
    now_ms: i64,
) -> Result<(), Fault> {
    let (Some(first), Some(last)) = (events.first(), events.last()) else { return Ok(()) };
    for InputLogEvent { timestamp, message } in events {
        let at = Position { time: *timestamp, stream: stream.id, seq: stream.next_seq };
        event::put(tx, at, now_ms, message);
        stream.next_seq += 1;
        stream.bytes += (message.len() + OVERHEAD_BYTES) as u64;
    }
    let earliest = stream.first_ms.map_or(first.timestamp, |known| known.min(first.timestamp));
    stream.first_ms = Some(earliest);
    stream.last_ms = stream.last_ms.max(Some(last.timestamp));
    stream.ingested_ms = Some(now_ms);
    tx.put(stream)
}

/// The metrics of "Usage metrics of CloudWatch Logs".
fn count(cx: &Context, group: &str, events: &[InputLogEvent]) {
    use service_kit::metrics::Series;
    let dimensions = [("LogGroupName", group)];
    let bytes: usize = events.iter().map(|event| event.message.len() + OVERHEAD_BYTES).sum();
    let series = |name: &'static str| Series::new("AWS/Logs", name, &dimensions);
    cx.count(series("IncomingLogEvents"), events.len() as f64, "None");
    cx.count(series("IncomingBytes"), bytes as f64, "Bytes");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(times: &[i64]) -> Vec<InputLogEvent> {
        let event = |&timestamp: &i64| InputLogEvent { timestamp, message: "m".into() };
        times.iter().map(event).collect()
    }

    #[test]
    fn events_out_of_the_window_are_rejected_by_index() {
        let now = 100 * 86_400_000;
        let batch = events(&[now - MAX_AGE_MS - 1, now - MAX_AGE_MS, now, now + MAX_AHEAD_MS + 1]);
        let (taken, rejected) = sift(&batch, now, i64::MIN);
        assert_eq!(taken.len(), 2);
        assert_eq!(rejected.too_old_log_event_end_index, Some(1));
        assert_eq!(rejected.too_new_log_event_start_index, Some(3));
        assert_eq!(rejected.expired_log_event_end_index, None);
        let (taken, rejected) = sift(&batch, now, now);
        assert_eq!(taken.len(), 1);
        assert_eq!(rejected.expired_log_event_end_index, Some(2));
        assert!(sift(&batch[3..], now, i64::MIN).0.is_empty());
    }

    #[test]
    fn batches_are_in_order_and_within_a_day() {
        assert!(check(&events(&[1, 1, 2])).is_ok());
        assert!(check(&events(&[2, 1])).is_err());
        assert!(check(&events(&[0, MAX_SPAN_MS + 1])).is_err());
        let large = InputLogEvent { timestamp: 1, message: "m".repeat(MAX_BATCH_BYTES - 25) };
        assert!(check(&[large]).is_err());
    }
}
