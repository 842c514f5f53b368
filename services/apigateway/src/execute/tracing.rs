//! Traces of requests: the segment of the stage and, below it, that of the call to Lambda.
//!
//! "Amazon API Gateway active tracing support for AWS X-Ray": a stage with tracing records every
//! request (there is no sampling here); another one only what a client has sampled already. The
//! stage's segment is written by a service-linked role, so nobody needs to be allowed.

use super::{
    exchange::{Exchange, Integrated},
    snapshot::Snapshot,
};
use crate::permission;
use http::StatusCode;
use serde_json::{Value, json};
use service_kit::{
    context::Context,
    front::Request,
    trace::{Segment, Trace},
};

/// The trace that a request belongs to.
#[derive(Default)]
pub struct Tracing {
    trace: Option<Trace>,
    /// The stage's segment; none when nothing is recorded.
    segment: Option<String>,
    header: Option<String>,
}

impl Tracing {
    /// Continues the trace of `cx`, or begins one. A client that has decided about sampling has
    /// the last word; otherwise the stage decides, by being `active`.
    pub fn begin(cx: &Context, request: &Request, active: bool) -> Self {
        let sent = request.headers.get("x-amzn-trace-id").and_then(|header| header.to_str().ok());
        let decided = sent.is_some_and(|header| header.contains("Sampled="));
        let mut trace = match cx.trace() {
            Some(trace) => trace.clone(),
            None => Trace::begin(cx.now(), cx.entropy(), active),
        };
        trace.sampled |= active && !decided;
        let segment = trace.sampled.then(|| cx.entropy().hex(16));
        let header = match &segment {
            Some(segment) => trace.below(segment).header(),
            None if trace.parent.is_some() => trace.header(),
            None => format!("Root={}", trace.root),
        };
        Self { trace: Some(trace), segment, header: Some(header) }
    }

    /// The header as the integration and the client see it.
    pub fn header(&self) -> Option<&str> {
        self.header.as_deref()
    }

    /// The trace, however much of it is recorded.
    pub fn trace(&self) -> Option<Trace> {
        self.trace.clone()
    }

    /// The trace for a call to the integration, and the id of the subsegment it is below.
    pub fn below(&self, cx: &Context) -> (Option<Trace>, Option<String>) {
        let Some(trace) = &self.trace else { return (None, None) };
        match &self.segment {
            None => (Some(trace.clone()), None),
            Some(_) => {
                let id = cx.entropy().hex(16);
                (Some(trace.below(&id)), Some(id))
            }
        }
    }

    /// Writes the stage's segment, if the trace is recorded.
    pub fn record(
        &self,
        cx: &Context,
        snapshot: &Snapshot,
        request: &Request,
        exchange: &Exchange,
        status: StatusCode,
    ) {
        let (Some(trace), Some(id)) = (&self.trace, &self.segment) else { return };
        let agent = request.headers.get("user-agent").and_then(|agent| agent.to_str().ok());
        let scheme = if request.secure { "https" } else { "http" };
        let path = format_args!("/restapis/{}/stages/{}", snapshot.api, snapshot.stage);
        let called = exchange.integrated().map(|call| subsegment(cx, call));
        let document = json!({
            "id": id,
            "trace_id": &*trace.root,
            "parent_id": trace.parent.as_deref(),
            "name": format!("{}/{}", snapshot.api_name, snapshot.stage),
            "origin": "AWS::ApiGateway::Stage",
            "resource_arn": permission::arn(cx.region(), path),
            "start_time": exchange.start.as_secs_f64(),
            "end_time": (exchange.start + cx.elapsed()).as_secs_f64(),
            "http": {
                "request": {
                    "method": request.method.as_str(),
                    "url": format!("{scheme}://{}{}", request.host, request.path),
                    "client_ip": request.source_ip.map(|ip| ip.to_canonical().to_string()),
                    "user_agent": agent,
                },
                "response": {"status": status.as_u16()},
            },
            "error": status.is_client_error(),
            "throttle": status == StatusCode::TOO_MANY_REQUESTS,
            "fault": status.is_server_error(),
            "annotations": {"aws:api_id": &*snapshot.api, "aws:api_stage": &*snapshot.stage},
            "aws": {"api_gateway": {
                "account_id": cx.account(),
                "rest_api_id": &*snapshot.api,
                "stage": &*snapshot.stage,
                "request_id": cx.request_id(),
            }},
            "subsegments": called.into_iter().collect::<Vec<_>>(),
        });
        let (trace_id, id, start) = (trace.root.to_string(), id.clone(), exchange.start);
        let segment =
            Segment { trace_id, id, start, document: without_nulls(document).to_string() };
        cx.segment(segment);
    }
}

fn subsegment(cx: &Context, call: &Integrated) -> Value {
    json!({
        "id": call.subsegment,
        "name": "Lambda",
        "namespace": "aws",
        "start_time": call.start.as_secs_f64(),
        "end_time": (call.start + call.latency).as_secs_f64(),
        "http": {"response": {"status": call.status}},
        "fault": call.status >= 500,
        "aws": {
            "operation": "Invoke",
            "region": cx.region(),
            "function_name": call.function,
            "resource_names": [call.function],
        },
    })
}

/// X-Ray's documents leave absent members out.
fn without_nulls(mut value: Value) -> Value {
    if let Value::Object(members) = &mut value {
        members.retain(|_, member| !member.is_null());
    }
    value
}
