//! GetServiceGraph, GetTraceGraph: services and their calls, in a time or in some traces.

use crate::{
    batch_get_traces::{TraceId, check_count},
    error::XrayError,
    get_trace_summaries::check_span,
    graph::{Graph, ServiceNode},
    trace::{self, first_key},
};
use service_kit::prelude::*;

/// The most segments in one graph.
const MAX_SEGMENTS: usize = 50_000;
/// The longest time of one graph.
const MAX_SPAN: Duration = Duration::from_secs(6 * 3_600);

/// Draws the graph of a time.
pub(crate) enum GetServiceGraph {}

/// What GetServiceGraph takes.
#[derive(Debug, Shape)]
#[shape(name = "GetServiceGraphRequest")]
pub struct GetServiceGraphInput {
    /// From when.
    pub start_time: Timestamp,
    /// Until when.
    pub end_time: Timestamp,
}

/// What GetServiceGraph gives.
#[derive(Debug, Shape)]
#[shape(name = "GetServiceGraphResult")]
pub struct GetServiceGraphOutput {
    /// From when.
    pub start_time: Timestamp,
    /// Until when.
    pub end_time: Timestamp,
    /// The services.
    pub services: Vec<ServiceNode>,
    /// Always false: there are no groups.
    pub contains_old_group_versions: bool,
}

impl Operation for GetServiceGraph {
    const NAME: &'static str = "GetServiceGraph";
    const HTTP: Option<Http> = Some(Http::new("POST", "/ServiceGraph", 200));
    const DATA_EVENT: bool = true;
    type Input = GetServiceGraphInput;
    type Output = GetServiceGraphOutput;
    type Error = XrayError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("xray:GetServiceGraph").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, XrayError> {
        let GetServiceGraphInput { start_time, end_time } = input;
        check_span(start_time, end_time, MAX_SPAN)?;
        let (from, to) = (first_key(start_time.as_secs()), first_key(end_time.as_secs() + 1));
        cx.platform().flush().await?;
        let found = cx.read(|tx| trace::between(tx, (&from, &to), MAX_SEGMENTS))?;
        if found.next.is_some() {
            return Err(XrayError::invalid(format!(
                "The time range has more than {MAX_SEGMENTS} segments; ask for a shorter one."
            )));
        }
        let mut graph = Graph::default();
        found.traces.iter().for_each(|trace| graph.add(trace, cx.scope()));
        let services = graph.finish();
        let contains_old_group_versions = false;
        Ok(GetServiceGraphOutput { start_time, end_time, services, contains_old_group_versions })
    }
}

/// Draws the graph of some traces.
pub(crate) enum GetTraceGraph {}

/// What GetTraceGraph takes.
#[derive(Debug, Shape)]
#[shape(name = "GetTraceGraphRequest")]
pub struct GetTraceGraphInput {
    /// At most five.
    pub trace_ids: Vec<TraceId>,
}

/// What GetTraceGraph gives.
#[derive(Debug, Shape)]
#[shape(name = "GetTraceGraphResult")]
pub struct GetTraceGraphOutput {
    /// The services.
    pub services: Vec<ServiceNode>,
}

impl Operation for GetTraceGraph {
    const NAME: &'static str = "GetTraceGraph";
    const HTTP: Option<Http> = Some(Http::new("POST", "/TraceGraph", 200));
    const DATA_EVENT: bool = true;
    type Input = GetTraceGraphInput;
    type Output = GetTraceGraphOutput;
    type Error = XrayError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("xray:GetTraceGraph").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, XrayError> {
        check_count(&input.trace_ids)?;
        cx.platform().flush().await?;
        let mut graph = Graph::default();
        cx.read(|tx| {
            for TraceId(id) in &input.trace_ids {
                if let Some(found) = trace::one(tx, id)? {
                    graph.add(&found, tx.scope());
                }
            }
            Ok::<_, XrayError>(())
        })?;
        Ok(GetTraceGraphOutput { services: graph.finish() })
    }
}
