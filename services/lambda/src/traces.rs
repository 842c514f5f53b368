//! Lambda's own segments: the service's and the function's.

use crate::{function::Configuration, target::Target};
use parking_lot::Mutex;
use serde_json::{Value, json};
use service_kit::{prelude::*, trace::Trace};
use std::collections::HashMap;

/// Of the requests beyond the first of each second, one in so many is traced: X-Ray's default
/// sampling rule.
const ONE_IN: u64 = 20;

/// Decides which invocations begin a trace.
#[derive(Default)]
pub struct Sampler(Mutex<HashMap<String, i64>>);

impl Sampler {
    /// Whether an invocation of the function at `arn` begins a sampled trace.
    pub fn samples(&self, cx: &Context, arn: &str) -> bool {
        let second = cx.now().as_secs();
        let mut last = self.0.lock();
        if last.len() >= 4_096 {
            last.clear();
        }
        let first = last.insert(arn.to_owned(), second) != Some(second);
        first || cx.entropy().below(ONE_IN) == 0
    }
}

impl Sampler {
    /// Forgets the functions that `is_theirs` picks by their ARNs.
    pub fn forget(&self, is_theirs: impl Fn(&str) -> bool) {
        self.0.lock().retain(|arn, _| !is_theirs(arn));
    }
}

/// The request's trace, or one that begins here.
pub fn of(cx: &Context, sampler: &Sampler, target: &Target) -> Trace {
    let begin = || {
        let sampled = target.configuration.active_tracing && sampler.samples(cx, &target.arn);
        Trace::begin(cx.now(), cx.entropy(), sampled)
    };
    cx.trace().cloned().unwrap_or_else(begin)
}

/// The trace of one invocation.
pub struct Traced {
    /// The caller's trace, or one that begins here.
    pub trace: Trace,
    /// The service's segment.
    pub service_segment: String,
    /// The function's segment, the parent of what the code does.
    pub function_segment: String,
}

impl Traced {
    /// Goes on with the request's trace, or begins one.
    pub fn begin(cx: &Context, sampler: &Sampler, target: &Target) -> Self {
        Self {
            trace: of(cx, sampler, target),
            service_segment: cx.entropy().hex(16),
            function_segment: cx.entropy().hex(16),
        }
    }

    /// What the function gets as its trace header.
    pub fn header(&self) -> String {
        self.trace.below(&self.function_segment).header()
    }
}

/// When things happened.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// The invocation came in.
    pub begin: Timestamp,
    /// The initialization before it, if there was one.
    pub init: Option<Duration>,
    /// The function got the event.
    pub invoked: Timestamp,
    /// The function had answered.
    pub answered: Timestamp,
    /// All was over.
    pub end: Timestamp,
}

/// How it ended, for both segments.
pub struct Ending<'a> {
    /// The request's id.
    pub request_id: &'a str,
    /// The status of the answer.
    pub status: u16,
    /// The function's error document, if it failed.
    pub error: Option<&'a [u8]>,
}

/// The documents of both segments.
pub fn documents(
    traced: &Traced,
    target: &Target,
    arn: &str,
    times: &Times,
    ending: &Ending<'_>,
) -> Vec<String> {
    let common = |id: &str, parent: Option<&str>, origin: &str| {
        let mut segment = json!({
            "id": id,
            "trace_id": &*traced.trace.root,
            "name": target.name,
            "origin": origin,
            "resource_arn": arn,
            "start_time": times.begin.as_secs_f64(),
            "end_time": times.end.as_secs_f64(),
        });
        if let Some(parent) = parent {
            segment["parent_id"] = parent.into();
        }
        segment
    };
    let parent = traced.trace.parent.as_deref();
    let mut service = common(&traced.service_segment, parent, "AWS::Lambda");
    service["http"] = json!({"response": {"status": ending.status}});
    service["aws"] = json!({"request_id": ending.request_id});
    let mut function =
        common(&traced.function_segment, Some(&traced.service_segment), "AWS::Lambda::Function");
    function["aws"] = json!({
        "account_id": &*target.scope.account,
        "function_arn": arn,
        "request_id": ending.request_id,
        "resource_names": [target.name],
        "tracing": {"sampling": mode(&target.configuration)},
    });
    function["subsegments"] = subsegments(traced, times);
    if let Some(error) = ending.error {
        for segment in [&mut service, &mut function] {
            segment["fault"] = true.into();
        }
        function["cause"] = cause(&traced.function_segment, error);
    }
    vec![service.to_string(), function.to_string()]
}

fn mode(configuration: &Configuration) -> &'static str {
    if configuration.active_tracing { "Active" } else { "PassThrough" }
}

/// What the function's time went into. Ids count on from the segment's own, which is random.
fn subsegments(traced: &Traced, times: &Times) -> Value {
    let begun = times.init.map(|init| times.invoked - init);
    let spans = [
        ("Initialization", begun, times.invoked),
        ("Invocation", Some(times.invoked), times.answered),
        ("Overhead", Some(times.answered), times.end),
    ];
    let base = u64::from_str_radix(&traced.function_segment, 16).unwrap_or_default();
    let subsegment = |(index, (name, start, end)): (u64, (&str, Option<Timestamp>, Timestamp))| {
        Some(json!({
            "id": format!("{:016x}", base.wrapping_add(index + 1)),
            "name": name,
            "start_time": start?.as_secs_f64(),
            "end_time": end.as_secs_f64(),
        }))
    };
    (0..).zip(spans).filter_map(subsegment).collect()
}

/// X-Ray's cause from a function's error document.
fn cause(id: &str, error: &[u8]) -> Value {
    let document: Value = serde_json::from_slice(error).unwrap_or_default();
    let text = |name: &str| document[name].as_str().unwrap_or_default();
    let (kind, message) = (text("errorType"), text("errorMessage"));
    json!({
        "working_directory": "/var/task",
        "exceptions": [{"id": id, "type": kind, "message": message}],
    })
}
