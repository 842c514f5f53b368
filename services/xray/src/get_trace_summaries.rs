//! GetTraceSummaries: which traces there were, and what they were like.

use crate::{
    document::Node,
    error::XrayError,
    filter::{self, Filter, Subject},
    service_id::ServiceId,
    trace::{self, Trace, first_key},
};
use service_kit::{page, prelude::*};

/// The most segments that one answer looks at.
const MAX_SEGMENTS: usize = 5_000;
/// The longest time that can be asked for.
const MAX_SPAN: Duration = Duration::from_secs(86_400);
/// How long after its id's time a trace can still get segments that a search by event finds.
const MAX_LATENESS_SECS: i64 = 86_400;

/// Summarizes traces.
pub(crate) enum GetTraceSummaries {}

/// What GetTraceSummaries takes.
#[derive(Debug, Shape)]
#[shape(name = "GetTraceSummariesRequest")]
pub struct GetTraceSummariesInput {
    /// From when.
    pub start_time: Timestamp,
    /// Until when.
    pub end_time: Timestamp,
    /// Whether the trace's id or its segments' times count.
    pub time_range_type: Option<TimeRangeType>,
    /// What traces must be like.
    pub filter_expression: Option<String>,
    /// Where to go on.
    pub next_token: Option<String>,
}

/// What of a trace is in the time range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum TimeRangeType {
    /// The time in its id.
    #[shape(name = "TraceId")]
    TraceId,
    /// The end of one of its segments.
    #[shape(name = "Event")]
    Event,
    /// When a service handled it.
    #[shape(name = "Service")]
    Service,
}

/// What GetTraceSummaries gives.
#[derive(Debug, Shape)]
#[shape(name = "GetTraceSummariesResult")]
pub struct GetTraceSummariesOutput {
    /// The traces.
    pub trace_summaries: Vec<TraceSummary>,
    /// The start of this page.
    pub approximate_time: Timestamp,
    /// Traces looked at.
    pub traces_processed_count: u64,
    /// Where to go on; given also when nothing has been found so far.
    pub next_token: Option<String>,
}

/// A trace in short.
#[derive(Debug, Shape)]
pub struct TraceSummary {
    /// Its id.
    pub id: String,
    /// When it began.
    pub start_time: Timestamp,
    /// Seconds from the first start to the last end.
    pub duration: f64,
    /// Seconds that the root segment took.
    pub response_time: f64,
    /// Whether the root failed by its own fault.
    pub has_fault: bool,
    /// Whether the root failed by its caller's.
    pub has_error: bool,
    /// Whether any segment was throttled.
    pub has_throttle: bool,
    /// Whether segments are still in progress.
    pub is_partial: bool,
    /// The root's request.
    pub http: HttpSummary,
    /// Annotations by key.
    pub annotations: BTreeMap<String, Vec<ValueWithServiceIds>>,
    /// Users that segments name.
    pub users: Vec<TraceUser>,
    /// The services it went through.
    pub service_ids: Vec<ServiceId>,
    /// Resources that segments name.
    #[shape(name = "ResourceARNs")]
    pub resource_arns: Vec<ResourceArnDetail>,
    /// The root's service.
    pub entry_point: Option<ServiceId>,
    /// For a search by event: the time that matched.
    pub matched_event_time: Option<Timestamp>,
}

/// A request in short.
#[derive(Debug, Shape)]
#[shape(name = "Http")]
pub struct HttpSummary {
    /// The URL.
    #[shape(name = "HttpURL")]
    pub http_url: Option<String>,
    /// The status.
    pub http_status: Option<i32>,
    /// The method.
    pub http_method: Option<String>,
    /// The client's software.
    pub user_agent: Option<String>,
    /// The client's address.
    pub client_ip: Option<String>,
}

/// An annotation's value with who said it.
#[derive(Debug, Shape)]
pub struct ValueWithServiceIds {
    /// The value.
    pub annotation_value: AnnotationValue,
    /// The services.
    pub service_ids: Vec<ServiceId>,
}

/// An annotation's value: one of these.
#[derive(Debug, Default, Shape)]
pub struct AnnotationValue {
    /// A number.
    pub number_value: Option<f64>,
    /// True or false.
    pub boolean_value: Option<bool>,
    /// Text.
    pub string_value: Option<String>,
}

impl AnnotationValue {
    fn of(value: &serde_json::Value) -> Self {
        Self {
            number_value: value.as_f64(),
            boolean_value: value.as_bool(),
            string_value: value.as_str().map(str::to_owned),
        }
    }
}

/// A user with who named them.
#[derive(Debug, Shape)]
pub struct TraceUser {
    /// The name.
    pub user_name: String,
    /// The services.
    pub service_ids: Vec<ServiceId>,
}

/// A resource.
#[derive(Debug, Shape)]
#[shape(name = "ResourceARNDetail")]
pub struct ResourceArnDetail {
    /// Its ARN.
    #[shape(name = "ARN")]
    pub arn: String,
}

impl Operation for GetTraceSummaries {
    const NAME: &'static str = "GetTraceSummaries";
    const HTTP: Option<Http> = Some(Http::new("POST", "/TraceSummaries", 200));
    const DATA_EVENT: bool = true;
    type Input = GetTraceSummariesInput;
    type Output = GetTraceSummariesOutput;
    type Error = XrayError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("xray:GetTraceSummaries").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, XrayError> {
        let filter = filter::parse(input.filter_expression.as_deref().unwrap_or_default())
            .map_err(|why| XrayError::invalid(format!("Invalid filter expression: {why}.")))?;
        let by_event = match input.time_range_type {
            None | Some(TimeRangeType::TraceId) => false,
            Some(TimeRangeType::Event) => true,
            Some(TimeRangeType::Service) => {
                return Err(Fault::unsupported("TimeRangeType Service").into());
            }
        };
        check_span(input.start_time, input.end_time, MAX_SPAN)?;
        let earlier = if by_event { MAX_LATENESS_SECS } else { 0 };
        let from = match &input.next_token {
            Some(token) => page::decode(token)?,
            None => first_key(input.start_time.as_secs() - earlier),
        };
        let to = first_key(input.end_time.as_secs() + 1);
        cx.platform().flush().await?;
        cx.read(|tx| {
            let found = trace::between(tx, (&from, &to), MAX_SEGMENTS)?;
            let range = by_event.then_some((input.start_time, input.end_time));
            let summaries = found.traces.iter();
            let summaries =
                summaries.filter_map(|trace| summary(trace, &filter, range, tx.scope()));
            Ok(GetTraceSummariesOutput {
                trace_summaries: summaries.collect(),
                approximate_time: input.start_time,
                traces_processed_count: found.traces.len() as u64,
                next_token: found.next.map(|key| page::encode(&key)),
            })
        })
    }
}

/// Checks a time range.
pub(crate) fn check_span(
    start: Timestamp,
    end: Timestamp,
    longest: Duration,
) -> Result<(), XrayError> {
    if end < start {
        return Err(XrayError::invalid("Start time must be before end time."));
    }
    if end.since(start) > longest {
        let hours = longest.as_secs() / 3_600;
        return Err(XrayError::invalid(format!("Time range cannot be longer than {hours} hours.")));
    }
    Ok(())
}

/// The summary of a trace, if it is asked for.
fn summary(
    trace: &Trace,
    filter: &Filter,
    range: Option<(Timestamp, Timestamp)>,
    at: &Scope,
) -> Option<TraceSummary> {
    let ends = trace.nodes.iter().filter_map(|node| node.end).map(Timestamp::from_secs_f64);
    let matched = range.map(|(start, end)| ends.filter(|time| (start..=end).contains(time)).max());
    if matched == Some(None) || !filter.holds(&Subject::of(trace, at)) {
        return None;
    }
    let root = trace.root()?;
    let services = trace.services(at);
    let mut has_throttle = false;
    trace.visit(&mut |node| has_throttle |= node.throttle);
    Some(TraceSummary {
        id: trace.id.clone(),
        start_time: Timestamp::from_secs_f64(trace.start()),
        duration: trace.duration(),
        response_time: root.duration(),
        has_fault: root.fault,
        has_error: root.error,
        has_throttle,
        is_partial: trace.is_partial(),
        http: http(root),
        annotations: annotations(trace, at),
        users: users(trace, at),
        service_ids: services.into_iter().map(|(id, _)| id).collect(),
        resource_arns: resource_arns(trace),
        entry_point: Some(ServiceId::of(root, at)),
        matched_event_time: matched.flatten(),
    })
}

fn http(root: &Node) -> HttpSummary {
    HttpSummary {
        http_url: root.url.clone(),
        http_status: root.status.and_then(|status| i32::try_from(status).ok()),
        http_method: root.method.clone(),
        user_agent: root.user_agent.clone(),
        client_ip: root.client_ip.clone(),
    }
}

fn annotations(trace: &Trace, at: &Scope) -> BTreeMap<String, Vec<ValueWithServiceIds>> {
    let mut found: BTreeMap<String, Vec<ValueWithServiceIds>> = BTreeMap::new();
    for segment in &trace.nodes {
        let service = ServiceId::of(segment, at);
        segment.visit(&mut |node| {
            for (key, value) in &node.annotations {
                let annotation_value = AnnotationValue::of(value);
                let service_ids = vec![service.clone()];
                found
                    .entry(key.clone())
                    .or_default()
                    .push(ValueWithServiceIds { annotation_value, service_ids });
            }
        });
    }
    found
}

fn users(trace: &Trace, at: &Scope) -> Vec<TraceUser> {
    let mut found: BTreeMap<String, Vec<ServiceId>> = BTreeMap::new();
    for segment in &trace.nodes {
        if let Some(user) = &segment.user {
            found.entry(user.clone()).or_default().push(ServiceId::of(segment, at));
        }
    }
    let user = |(user_name, service_ids)| TraceUser { user_name, service_ids };
    found.into_iter().map(user).collect()
}

fn resource_arns(trace: &Trace) -> Vec<ResourceArnDetail> {
    let mut arns: Vec<_> =
        trace.nodes.iter().filter_map(|node| node.resource_arn.clone()).collect();
    arns.sort();
    arns.dedup();
    arns.into_iter().map(|arn| ResourceArnDetail { arn }).collect()
}
