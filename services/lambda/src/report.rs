//! What Lambda itself says of an invocation: log lines, error documents and billed time.

use sandbox::{Exit, Outcome, StartFailure};
use serde_json::json;
use service_kit::prelude::*;

/// How an invocation ended, as callers, logs and metrics need to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What the caller gets.
    pub payload: Bytes,
    /// Whether the function failed.
    pub failed: bool,
    /// A line that Lambda adds to the function's own.
    pub line: Option<String>,
    /// What the `REPORT` line adds.
    pub status: Status,
}

/// What the `REPORT` line says of the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing: the function answered, with success or with an error of its own.
    Answered,
    /// The time was over.
    TimedOut,
    /// The runtime ended; with the error's type.
    Failed(String),
}

/// One invocation, for those who write about it.
pub struct Subject<'a> {
    /// The request's id.
    pub request_id: &'a str,
    /// The function's time limit in seconds.
    pub timeout_secs: u32,
    /// When it ended.
    pub end: Timestamp,
}

impl Subject<'_> {
    /// Of an invocation that reached the function.
    pub fn verdict(&self, outcome: Outcome) -> Verdict {
        match outcome {
            Outcome::Response(payload) => {
                Verdict { payload, failed: false, line: None, status: Status::Answered }
            }
            Outcome::Error { body, .. } => {
                Verdict { payload: body, failed: true, line: None, status: Status::Answered }
            }
            Outcome::TimedOut => self.timed_out(),
            Outcome::Exited(exit) => self.exited(&exit),
        }
    }

    /// Of an environment that did not start; none when the host is to blame.
    pub fn start_verdict(&self, failure: StartFailure) -> Result<Verdict, String> {
        match failure {
            StartFailure::Init { error_type, body } => Ok(Verdict {
                payload: body,
                failed: true,
                line: None,
                status: Status::Failed(error_type),
            }),
            StartFailure::InvalidEntrypoint(reason) => {
                Ok(self.platform_error("Runtime.InvalidEntrypoint", &reason))
            }
            StartFailure::Exited(exit) => Ok(self.exited(&exit)),
            StartFailure::TimedOut => Ok(self.timed_out()),
            StartFailure::Sandbox(reason) => Err(reason),
        }
    }

    fn timed_out(&self) -> Verdict {
        let said = format!("Task timed out after {:.2} seconds", f64::from(self.timeout_secs));
        let at = self.end.date_time_millis();
        Verdict {
            line: Some(format!("{at} {} {said}", self.request_id)),
            status: Status::TimedOut,
            ..self.platform_error("Sandbox.Timedout", &said)
        }
    }

    fn exited(&self, exit: &Exit) -> Verdict {
        self.platform_error(exit_type(exit), &exit.status)
    }

    fn platform_error(&self, kind: &str, reason: &str) -> Verdict {
        let message = format!("RequestId: {} Error: {reason}", self.request_id);
        let document = json!({"errorType": kind, "errorMessage": message});
        Verdict {
            payload: document.to_string().into(),
            failed: true,
            line: Some(format!("{message}\n{kind}")),
            status: Status::Failed(kind.to_owned()),
        }
    }
}

fn exit_type(exit: &Exit) -> &'static str {
    if exit.out_of_memory { "Runtime.OutOfMemory" } else { "Runtime.ExitError" }
}

/// What an invocation took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// The invocation itself.
    pub duration: Duration,
    /// The initialization before it, if there was one.
    pub init: Option<Duration>,
    /// What the function may use, in MiB.
    pub memory_mb: u32,
    /// What it has used at most, in MiB.
    pub max_memory_mb: u32,
}

impl Spent {
    /// The time to pay for, in milliseconds; initializations count too (AWS Lambda pricing,
    /// August 2025).
    pub fn billed_ms(&self) -> u128 {
        (self.duration + self.init.unwrap_or_default()).as_micros().div_ceil(1000)
    }
}

/// What the `REPORT` line says of the trace.
#[derive(Clone, Debug)]
pub struct Traced {
    /// `1-…`.
    pub trace_id: String,
    /// The function's segment.
    pub segment_id: String,
}

/// `START …`.
pub fn start(json: bool, request_id: &str, version: &str, at: Timestamp) -> String {
    if json {
        let record = json!({"requestId": request_id, "version": version});
        return platform_event("platform.start", at, &record);
    }
    format!("START RequestId: {request_id} Version: {version}")
}

/// `END …`; JSON logs have none.
pub fn end(request_id: &str) -> String {
    format!("END RequestId: {request_id}")
}

/// `INIT_START …`: which runtime begins.
pub fn init_start(json: bool, version: &str, at: Timestamp) -> String {
    if json {
        let record = json!({
            "initializationType": "on-demand", "phase": "init", "runtimeVersion": version,
        });
        return platform_event("platform.initStart", at, &record);
    }
    format!("INIT_START Runtime Version: {version}")
}

/// `INIT_REPORT …`: an initialization that failed.
pub fn init_report(json: bool, took: Duration, failure: &StartFailure, at: Timestamp) -> String {
    let (status, kind) = match failure {
        StartFailure::TimedOut => ("timeout", None),
        StartFailure::Init { error_type, .. } => ("error", Some(error_type.as_str())),
        StartFailure::InvalidEntrypoint(_) => ("error", Some("Runtime.InvalidEntrypoint")),
        StartFailure::Exited(exit) => ("error", Some(exit_type(exit))),
        StartFailure::Sandbox(_) => ("error", None),
    };
    if json {
        let mut record = json!({
            "initializationType": "on-demand", "phase": "init", "status": status,
            "metrics": {"durationMs": number(took)},
        });
        if let Some(kind) = kind {
            record["errorType"] = kind.into();
        }
        return platform_event("platform.initReport", at, &record);
    }
    let kind = kind.map_or_else(String::new, |kind| format!("\tError Type: {kind}"));
    let took = milliseconds(took);
    format!("INIT_REPORT Init Duration: {took} ms\tPhase: init\tStatus: {status}{kind}")
}

/// A line of Lambda's own about a failure, as JSON logs have it.
pub fn failure_line(json: bool, subject: &Subject<'_>, line: String) -> String {
    if !json {
        return line;
    }
    json!({
        "timestamp": subject.end.date_time_millis(),
        "level": "ERROR",
        "message": line,
        "requestId": subject.request_id,
    })
    .to_string()
}

/// `REPORT …`: what it took.
pub fn report(
    json: bool,
    subject: &Subject<'_>,
    spent: &Spent,
    verdict: &Verdict,
    traced: Option<&Traced>,
) -> String {
    if json {
        return json_report(subject, spent, verdict, traced);
    }
    use std::fmt::Write as _;
    let mut line = format!(
        "REPORT RequestId: {}\tDuration: {} ms\tBilled Duration: {} ms\tMemory Size: {} MB\tMax \
         Memory Used: {} MB\t",
        subject.request_id,
        milliseconds(spent.duration),
        spent.billed_ms(),
        spent.memory_mb,
        spent.max_memory_mb,
    );
    // Writing to a string cannot fail.
    if let Some(init) = spent.init {
        write!(line, "Init Duration: {} ms\t", milliseconds(init)).ok();
    }
    match &verdict.status {
        Status::Answered => {}
        Status::TimedOut => line.push_str("Status: timeout"),
        Status::Failed(kind) => {
            write!(line, "Status: error\tError Type: {kind}").ok();
        }
    }
    if let Some(Traced { trace_id, segment_id }) = traced {
        write!(line, "\nXRAY TraceId: {trace_id}\tSegmentId: {segment_id}\tSampled: true\t").ok();
    }
    line
}

fn json_report(
    subject: &Subject<'_>,
    spent: &Spent,
    verdict: &Verdict,
    traced: Option<&Traced>,
) -> String {
    let mut metrics = json!({
        "durationMs": number(spent.duration),
        "billedDurationMs": u64::try_from(spent.billed_ms()).unwrap_or(u64::MAX),
        "memorySizeMB": spent.memory_mb,
        "maxMemoryUsedMB": spent.max_memory_mb,
    });
    if let Some(init) = spent.init {
        metrics["initDurationMs"] = number(init).into();
    }
    let (status, kind) = match &verdict.status {
        Status::Answered if verdict.failed => ("error", None),
        Status::Answered => ("success", None),
        Status::TimedOut => ("timeout", None),
        Status::Failed(kind) => ("error", Some(kind)),
    };
    let mut record = json!({"requestId": subject.request_id, "status": status, "metrics": metrics});
    if let Some(kind) = kind {
        record["errorType"] = kind.as_str().into();
    }
    if let Some(Traced { trace_id, segment_id }) = traced {
        let value = format!("Root={trace_id};Parent={segment_id};Sampled=1");
        record["tracing"] =
            json!({"spanId": segment_id, "type": "X-Amzn-Trace-Id", "value": value});
    }
    platform_event("platform.report", subject.end, &record)
}

fn platform_event(kind: &str, at: Timestamp, record: &serde_json::Value) -> String {
    json!({"time": at.date_time_millis(), "type": kind, "record": record}).to_string()
}

/// With three decimals, as in JSON logs.
fn number(span: Duration) -> f64 {
    (span.as_secs_f64() * 1e6).round() / 1e3
}

/// With two decimals, as in all of Lambda's lines.
fn milliseconds(span: Duration) -> String {
    format!("{:.2}", span.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBJECT: Subject<'static> =
        Subject { request_id: "r-1", timeout_secs: 3, end: Timestamp::from_secs(1_795_446_000) };

    const SPENT: Spent = Spent {
        duration: Duration::from_micros(1_234),
        init: Some(Duration::from_micros(90_120)),
        memory_mb: 128,
        max_memory_mb: 30,
    };

    fn document(verdict: &Verdict) -> serde_json::Value {
        serde_json::from_slice(&verdict.payload).unwrap()
    }

    #[test]
    fn a_timeout_reads_as_on_lambda() {
        let verdict = SUBJECT.verdict(Outcome::TimedOut);
        assert_eq!(
            document(&verdict),
            json!({
                "errorType": "Sandbox.Timedout",
                "errorMessage": "RequestId: r-1 Error: Task timed out after 3.00 seconds",
            })
        );
        assert_eq!(
            verdict.line.unwrap(),
            "2026-11-23T15:00:00.000Z r-1 Task timed out after 3.00 seconds"
        );
    }

    #[test]
    fn an_exit_reads_as_on_lambda() {
        let status = "Runtime exited with error: exit status 1".to_owned();
        let verdict = SUBJECT.verdict(Outcome::Exited(Exit { status, out_of_memory: false }));
        let message = "RequestId: r-1 Error: Runtime exited with error: exit status 1";
        assert_eq!(
            document(&verdict),
            json!({"errorType": "Runtime.ExitError", "errorMessage": message})
        );
        assert_eq!(verdict.line.unwrap(), format!("{message}\nRuntime.ExitError"));
    }

    #[test]
    fn a_host_that_cannot_isolate_is_no_fault_of_the_function() {
        let failure = StartFailure::Sandbox("no namespaces".to_owned());
        assert_eq!(SUBJECT.start_verdict(failure), Err("no namespaces".to_owned()));
    }

    #[test]
    fn the_report_counts_initializations_and_names_the_trace() {
        let verdict = SUBJECT.verdict(Outcome::Response(Bytes::new()));
        assert_eq!(
            report(false, &SUBJECT, &SPENT, &verdict, None),
            "REPORT RequestId: r-1\tDuration: 1.23 ms\tBilled Duration: 92 ms\tMemory Size: 128 \
             MB\tMax Memory Used: 30 MB\tInit Duration: 90.12 ms\t"
        );
        let traced = Traced { trace_id: "1-a-b".into(), segment_id: "c".into() };
        let warm = Spent { init: None, ..SPENT };
        assert_eq!(
            report(false, &SUBJECT, &warm, &verdict, Some(&traced)),
            "REPORT RequestId: r-1\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 128 \
             MB\tMax Memory Used: 30 MB\t\nXRAY TraceId: 1-a-b\tSegmentId: c\tSampled: true\t"
        );
        let timed_out = SUBJECT.verdict(Outcome::TimedOut);
        assert!(report(false, &SUBJECT, &warm, &timed_out, None).ends_with("\tStatus: timeout"));
    }

    #[test]
    fn json_logs_carry_the_same_facts() {
        let verdict = SUBJECT.verdict(Outcome::TimedOut);
        let line = report(true, &SUBJECT, &SPENT, &verdict, None);
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["type"], "platform.report");
        assert_eq!(line["record"]["status"], "timeout");
        assert_eq!(line["record"]["metrics"]["durationMs"], 1.234);
        assert_eq!(line["record"]["metrics"]["billedDurationMs"], 92);
    }
}
