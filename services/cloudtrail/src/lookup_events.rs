//! LookupEvents: the event history, newest first.

use crate::{error::CloudTrailError, history::Wanted, keep::KEPT, record::event_json, resource};
use service_kit::{audit::AuditRecord, key::Key, page, prelude::*};
use std::ops::ControlFlow;

/// The most records looked at for one answer.
const MAX_EXAMINED: usize = 20_000;
/// The events of one page.
const PAGE: u32 = 50;

/// Looks up events.
pub(crate) enum LookupEvents {}

/// What LookupEvents takes.
#[derive(Debug, Shape)]
#[shape(name = "LookupEventsRequest")]
pub struct LookupEventsInput {
    /// At most one attribute that events must have.
    pub lookup_attributes: Option<Vec<LookupAttribute>>,
    /// The earliest time.
    pub start_time: Option<Timestamp>,
    /// The latest time.
    pub end_time: Option<Timestamp>,
    /// The most events.
    #[shape(range = 1..=50)]
    pub max_results: Option<u32>,
    /// Where to go on.
    pub next_token: Option<String>,
}

/// An attribute and its value.
#[derive(Debug, Shape)]
pub struct LookupAttribute {
    /// Which.
    pub attribute_key: LookupAttributeKey,
    /// Just this value.
    #[shape(length = 1..=2000)]
    pub attribute_value: String,
}

/// What events can be looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum LookupAttributeKey {
    /// The event's id.
    #[shape(name = "EventId")]
    EventId,
    /// The operation.
    #[shape(name = "EventName")]
    EventName,
    /// `true` or `false`.
    #[shape(name = "ReadOnly")]
    ReadOnly,
    /// The user's or session's name.
    #[shape(name = "Username")]
    Username,
    /// Such as `AWS::IAM::Role`.
    #[shape(name = "ResourceType")]
    ResourceType,
    /// A resource's name or ARN.
    #[shape(name = "ResourceName")]
    ResourceName,
    /// Such as `iam.amazonaws.com`.
    #[shape(name = "EventSource")]
    EventSource,
    /// The key that signed.
    #[shape(name = "AccessKeyId")]
    AccessKeyId,
}

/// What LookupEvents gives.
#[derive(Debug, Shape)]
#[shape(name = "LookupEventsResponse")]
pub struct LookupEventsOutput {
    /// The events, newest first.
    pub events: Vec<Event>,
    /// Where to go on; given also when nothing has been found so far.
    pub next_token: Option<String>,
}

/// An event.
#[derive(Debug, Shape)]
pub struct Event {
    /// A UUID.
    pub event_id: String,
    /// The operation.
    pub event_name: String,
    /// `true` or `false`.
    pub read_only: String,
    /// The key that signed.
    pub access_key_id: Option<String>,
    /// When.
    pub event_time: Timestamp,
    /// The service.
    pub event_source: String,
    /// The user's or session's name.
    pub username: Option<String>,
    /// What it acted on.
    pub resources: Vec<Resource>,
    /// The whole record as JSON.
    pub cloud_trail_event: String,
}

/// A resource of an event.
#[derive(Debug, PartialEq, Eq, Shape)]
pub struct Resource {
    /// Such as `AWS::IAM::Role`.
    pub resource_type: Option<String>,
    /// Its name, or its ARN where its kind is unknown.
    pub resource_name: String,
}

impl Operation for LookupEvents {
    const NAME: &'static str = "LookupEvents";
    type Input = LookupEventsInput;
    type Output = LookupEventsOutput;
    type Error = CloudTrailError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("cloudtrail:LookupEvents").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, CloudTrailError> {
        let wanted = wanted(input.lookup_attributes.as_deref().unwrap_or_default())?;
        let (from, to) = time_range(&input, cx.now())?;
        let to = match &input.next_token {
            Some(token) => page::decode(token).map_err(|_| bad_token())?,
            None => to,
        };
        let limit = input.max_results.unwrap_or(PAGE) as usize;
        cx.platform().flush().await?;
        cx.read(|tx| {
            let (mut found, mut examined, mut last) = (Vec::new(), 0, None);
            tx.visit_between((), (&from, Some(&to)), Order::Descending, |record: AuditRecord| {
                if found.len() == limit || examined == MAX_EXAMINED {
                    return ControlFlow::Break(());
                }
                examined += 1;
                last = Some(record.key().bytes());
                if wanted.as_ref().is_none_or(|wanted| wanted.holds(&record)) {
                    found.push(record);
                }
                ControlFlow::Continue(())
            })?;
            // A full page may be the last one; the next is then empty, as on AWS.
            let full = found.len() == limit || examined == MAX_EXAMINED;
            let next_token = last.filter(|_| full).map(|key| page::encode(&key));
            let events = found.into_iter().map(|record| event(record, tx.scope())).collect();
            Ok(LookupEventsOutput { events, next_token })
        })
    }
}

fn bad_token() -> CloudTrailError {
    CloudTrailError::InvalidNextTokenException("Invalid NextToken.".into())
}

fn wanted(attributes: &[LookupAttribute]) -> Result<Option<Wanted<'_>>, CloudTrailError> {
    match attributes {
        [] => Ok(None),
        [one] => Ok(Some(Wanted { key: one.attribute_key, value: &one.attribute_value })),
        _ => Err(CloudTrailError::InvalidLookupAttributesException(
            "You can specify only one lookup attribute.".into(),
        )),
    }
}

/// The keys of the time asked for, both its ends included, within what is kept.
fn time_range(
    input: &LookupEventsInput,
    now: Timestamp,
) -> Result<(Vec<u8>, Vec<u8>), CloudTrailError> {
    let kept = now - KEPT;
    let start = input.start_time.unwrap_or(kept);
    let end = input.end_time.unwrap_or(now + Duration::from_secs(1));
    if end < start {
        return Err(CloudTrailError::InvalidTimeRangeException(
            "The start time must be before the end time.".into(),
        ));
    }
    // Events show whole seconds, so the last second counts to its end.
    let end = end.whole_seconds() + Duration::from_secs(1);
    Ok((start.whole_seconds().max(kept).bytes(), end.bytes()))
}

fn event(record: AuditRecord, at: &Scope) -> Event {
    let cloud_trail_event = event_json(&record, at);
    let named = |arn: &String| match resource::type_and_name(arn) {
        Some((kind, name)) => {
            Resource { resource_type: Some(kind.into()), resource_name: name.into() }
        }
        None => Resource { resource_type: None, resource_name: arn.clone() },
    };
    let mut resources: Vec<Resource> = record.resources.iter().map(named).collect();
    // Several ARNs may be of one resource, as a log group's with and without a stream.
    resources.dedup();
    Event {
        resources,
        event_id: record.event_id,
        event_name: record.event_name,
        read_only: record.read_only.to_string(),
        access_key_id: record.access_key_id,
        event_time: record.at.whole_seconds(),
        event_source: record.event_source,
        username: record.username,
        cloud_trail_event,
    }
}
