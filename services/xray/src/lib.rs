//! AWS X-Ray: segments of traces, summaries of them, and the graph of services they went through.

mod batch_get_traces;
mod document;
mod error;
mod filter;
mod get_service_graph;
mod get_trace_summaries;
mod graph;
mod keep;
mod put_trace_segments;
mod sampling;
mod service_id;
mod trace;

use service_kit::{
    job::job,
    prelude::*,
    retention::{self, Forget},
    service::Speaks,
};

/// The service's table.
pub static SERVICE: Service = Service {
    speaks: &[Speaks::RestJson],
    validation_code: "InvalidRequestException",
    operations: &[
        operation::<batch_get_traces::BatchGetTraces>(),
        operation::<sampling::GetSamplingRules>(),
        operation::<sampling::GetSamplingTargets>(),
        operation::<get_service_graph::GetServiceGraph>(),
        operation::<get_service_graph::GetTraceGraph>(),
        operation::<get_trace_summaries::GetTraceSummaries>(),
        operation::<put_trace_segments::PutTraceSegments>(),
    ],
    jobs: &[job::<Forget<keep::Segments>>()],
    shared: &[retention::keeper::<keep::Segments>()],
    start: Some(retention::start::<keep::Segments>),
    ..Service::new("xray", "xray.amazonaws.com")
};
