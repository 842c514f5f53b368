//! One execution of a function: admitted, run, reported, counted, traced.

use crate::{
    environment::{self, Cold, Warm},
    error::LambdaError,
    fleet::{Counted, Fleet, Grant},
    metrics,
    output::Output,
    report::{self, Spent, Subject, Verdict},
    target::{Route, Target},
    traces::{self, Ending, Times, Traced},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sandbox::{Invocation, StartError};
use service_kit::prelude::*;
use std::sync::Arc;

/// The end of the log that a caller may ask for, in bytes.
const TAIL_BYTES: usize = 4096;

/// An event for a function.
pub struct Event {
    /// The request's id, the same for each attempt.
    pub request_id: String,
    /// JSON.
    pub payload: Bytes,
    /// JSON that says of the client what mobile SDKs say.
    pub client_context: Option<String>,
    /// Whether the caller wants to see the end of the log.
    pub tail: bool,
    /// The status of the answer that the caller gets for a success.
    pub status: u16,
}

/// An execution that has ended.
pub struct Executed {
    /// The function's answer, or an error document.
    pub payload: Bytes,
    /// Whether it failed.
    pub failed: bool,
    /// The end of the log in base64, if asked for.
    pub tail: Option<String>,
    /// The version that ran.
    pub version: String,
}

/// An execution being made.
struct Execution<'a> {
    cx: &'a Context,
    fleet: &'a Arc<Fleet>,
    route: &'a Route,
    target: &'a Target,
    event: Event,
    traced: Traced,
    begin: Timestamp,
}

/// What an environment made of the event.
struct Ran {
    verdict: Verdict,
    spent: Spent,
    lines: Vec<String>,
    invoked: Timestamp,
    answered: Timestamp,
}

/// Runs `event` at the version that `route` leads to; `cx` works where the function lives.
///
/// # Errors
/// [`LambdaError`] when it cannot be run at all. A function that fails is a success here.
pub async fn execute(
    cx: &Context,
    fleet: &Arc<Fleet>,
    route: &Route,
    event: Event,
) -> Result<Executed, LambdaError> {
    let target = route.pick(cx);
    let counted = match fleet.admit(target) {
        Ok(counted) => counted,
        Err(error) => {
            metrics::throttled(cx, route);
            return Err(error);
        }
    };
    let traced = Traced::begin(cx, &fleet.sampler, target);
    let begin = cx.now();
    let execution = Execution { cx, fleet, route, target, event, traced, begin };
    execution.run(&counted).await
}

impl Execution<'_> {
    async fn run(self, counted: &Counted) -> Result<Executed, LambdaError> {
        let (warm, belated) = match self.environment().await? {
            Cold::Ready(warm, belated) => (warm, belated),
            Cold::Failed { error, output } => {
                let ran = self.not_started(error, &output)?;
                return Ok(self.finish(ran, &output, counted));
            }
        };
        let mut warm = warm;
        let mut running = self.fleet.running(&self.target.scope.account);
        // Only then: who was not there to be ended sees that the account is erased.
        if self.cx.is_void() {
            return self.erased(warm);
        }
        let ran = tokio::select! {
            ran = self.invoke(&mut warm, belated) => ran,
            () = running.ended() => return self.erased(warm),
        };
        drop(running);
        let output = warm.output.clone();
        self.put_back(warm);
        Ok(self.finish(ran, &output, counted))
    }

    /// The account is erased, and so ends whatever runs in its name.
    fn erased(&self, warm: Box<Warm>) -> Result<Executed, LambdaError> {
        drop(warm.retire());
        Err(Fault::Erased.into())
    }

    /// A warm environment, or a new one.
    async fn environment(&self) -> Result<Cold, LambdaError> {
        let grant = self.fleet.acquire(&self.target.key).await.inspect_err(|_| {
            metrics::throttled(self.cx, self.route);
        })?;
        let slot = match grant {
            Grant::Warm(warm) if !warm.is_spent(self.begin) => {
                return Ok(Cold::Ready(warm, Duration::ZERO));
            }
            Grant::Warm(warm) => warm.retire(),
            Grant::Slot(slot) => slot,
        };
        let started = environment::start(self.cx, self.fleet, self.target, slot).await?;
        Ok(started)
    }

    async fn invoke(&self, warm: &mut Warm, belated: Duration) -> Ran {
        // What the initialization wrote is in the log already.
        warm.environment.take_log();
        let invoked = self.cx.now();
        let start = self.start_line(&warm.output, invoked);
        let timeout = Duration::from_secs(self.target.configuration.timeout_secs.into());
        let invocation = Invocation {
            request_id: self.event.request_id.clone(),
            function_arn: self.route.arn.clone(),
            trace_id: Some(self.traced.header()),
            payload: self.event.payload.clone(),
            timeout: timeout.saturating_sub(belated),
            client_context: self.event.client_context.clone(),
            cognito_identity: None,
        };
        let (outcome, usage) = warm.environment.invoke(invocation).await;
        let answered = self.cx.now();
        let mut lines = vec![start];
        lines.extend(warm.environment.take_log().into_iter().map(|line| line.text));
        let verdict = self.subject(answered).verdict(outcome);
        let spent = Spent {
            duration: (usage.duration + belated).min(timeout),
            init: usage.init_duration.filter(|_| belated.is_zero()),
            memory_mb: self.target.configuration.memory_mb,
            max_memory_mb: usage.max_memory_mb,
        };
        Ran { verdict, spent, lines, invoked, answered }
    }

    /// What the caller learns of a function that did not start.
    fn not_started(&self, error: StartError, output: &Output) -> Result<Ran, LambdaError> {
        let now = self.cx.now();
        let StartError { reason, log, duration, max_memory_mb } = error;
        let verdict = self.subject(now).start_verdict(reason).map_err(|reason| {
            LambdaError::host(format!(
                "Heist cannot isolate functions on this host: {reason}. `heist doctor` says more."
            ))
        })?;
        let mut lines = vec![self.start_line(output, now)];
        lines.extend(log.into_iter().map(|line| line.text));
        let memory_mb = self.target.configuration.memory_mb;
        let spent = Spent { duration, init: None, memory_mb, max_memory_mb };
        Ok(Ran { verdict, spent, lines, invoked: now, answered: now })
    }

    fn subject(&self, end: Timestamp) -> Subject<'_> {
        let timeout_secs = self.target.configuration.timeout_secs;
        Subject { request_id: &self.event.request_id, timeout_secs, end }
    }

    fn start_line(&self, output: &Output, at: Timestamp) -> String {
        let configuration = &self.target.configuration;
        let (json, version) = (configuration.json_logs, &configuration.version);
        let line = report::start(json, &self.event.request_id, version, at);
        output.line(at.as_millis(), line.as_str());
        line
    }

    fn put_back(&self, mut warm: Box<Warm>) {
        let now = self.cx.now();
        let routes = &self.fleet.routes;
        let current = routes.is_current(self.cx, self.fleet, self.route, self.target);
        if current && !self.cx.is_void() && warm.environment.is_alive() && !warm.is_spent(now) {
            warm.idle_since = now;
            self.fleet.release(*warm);
        } else {
            drop(warm.retire());
        }
    }

    /// Writes the last lines, counts, traces, and gives the caller its answer.
    fn finish(self, mut ran: Ran, output: &Output, counted: &Counted) -> Executed {
        let end = self.cx.now();
        let sampled = self.traced.trace.sampled;
        self.log_end(&mut ran, output, end);
        metrics::executed(self.cx, self.route, &ran.verdict, &ran.spent, counted);
        if sampled {
            let times = Times {
                begin: self.begin,
                init: ran.spent.init,
                invoked: ran.invoked,
                answered: ran.answered,
                end,
            };
            let ending = Ending {
                request_id: &self.event.request_id,
                status: self.event.status,
                error: ran.verdict.failed.then_some(&ran.verdict.payload[..]),
            };
            let arn = &self.route.arn;
            output.segments(traces::documents(&self.traced, self.target, arn, &times, &ending));
        }
        Executed {
            tail: self.event.tail.then(|| tail(&ran.lines)),
            payload: ran.verdict.payload,
            failed: ran.verdict.failed,
            version: self.target.configuration.version.clone(),
        }
    }

    fn log_end(&self, ran: &mut Ran, output: &Output, end: Timestamp) {
        let json = self.target.configuration.json_logs;
        let subject = self.subject(end);
        let traced = self.traced.trace.sampled.then(|| report::Traced {
            trace_id: self.traced.trace.root.to_string(),
            segment_id: self.traced.function_segment.clone(),
        });
        let own = ran.verdict.line.take().map(|line| report::failure_line(json, &subject, line));
        let over = (!json).then(|| report::end(subject.request_id));
        let report = report::report(json, &subject, &ran.spent, &ran.verdict, traced.as_ref());
        for line in own.into_iter().chain(over).chain([report]) {
            output.line(end.as_millis(), line.as_str());
            if self.event.tail {
                ran.lines.push(line);
            }
        }
    }
}

/// The end of the log in base64.
fn tail(lines: &[String]) -> String {
    let mut text = lines.join("\n");
    text.push('\n');
    let bytes = text.as_bytes();
    STANDARD.encode(bytes.get(bytes.len().saturating_sub(TAIL_BYTES)..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_the_log_is_shown() {
        let shown = STANDARD.decode(tail(&["a".repeat(5_000), "end".to_owned()])).unwrap();
        assert_eq!(shown.len(), 4096);
        assert!(shown.ends_with(b"a\nend\n"));
    }
}
