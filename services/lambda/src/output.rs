//! Where an environment's log lines and trace segments go: one task for each, which writes what
//! came in meanwhile in one call, as the function's role.

use serde_json::{Value, json};
use service_kit::{context::Caller, prelude::*};
use shape::Failure;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio::sync::mpsc;

/// Lines that wait to be written; more are dropped and counted.
const MAX_WAITING: usize = 16_384;
/// The most events of one call; CloudWatch Logs takes 10,000.
const MAX_BATCH: usize = 2_048;
/// The most text of one call in bytes, each event counted with 26 more (PutLogEvents).
const MAX_BATCH_BYTES: usize = 1_000_000;
/// The least time between two calls: a busy function's lines are written together.
const PAUSE: Duration = Duration::from_millis(20);

/// Where one environment writes.
pub struct Stream {
    /// The log group.
    pub group: String,
    /// The log stream.
    pub name: String,
    /// The role session that must be allowed to.
    pub caller: Caller,
}

/// What is on its way.
enum Item {
    Line { at_ms: i64, text: String },
    Segments(Vec<String>),
}

/// The near end of an environment's output. The task ends when all clones are gone.
#[derive(Clone)]
pub struct Output {
    items: mpsc::Sender<Item>,
    dropped: Arc<AtomicU64>,
}

impl Output {
    /// Starts the task that writes to `stream`.
    pub fn start(cx: Context, stream: Stream) -> Self {
        let (items, receiver) = mpsc::channel(MAX_WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        let writer = Writer {
            cx,
            stream,
            dropped: dropped.clone(),
            ready: false,
            refused: false,
            held: Vec::new(),
        };
        tokio::spawn(writer.run(receiver));
        Self { items, dropped }
    }

    /// Logs a line; never waits.
    pub fn line(&self, at_ms: i64, text: impl Into<String>) {
        self.send(Item::Line { at_ms, text: text.into() });
    }

    /// Sends segment documents to X-Ray; never waits.
    pub fn segments(&self, documents: Vec<String>) {
        self.send(Item::Segments(documents));
    }

    fn send(&self, item: Item) {
        if self.items.try_send(item).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The far end.
struct Writer {
    cx: Context,
    stream: Stream,
    dropped: Arc<AtomicU64>,
    /// Whether the stream has been made.
    ready: bool,
    /// Whether a refusal has been reported: once is enough.
    refused: bool,
    held: Vec<(i64, String)>,
}

impl Writer {
    async fn run(mut self, mut items: mpsc::Receiver<Item>) {
        let mut batch = Vec::with_capacity(64);
        while items.recv_many(&mut batch, MAX_BATCH).await > 0 {
            for item in batch.drain(..) {
                match item {
                    Item::Line { at_ms, text } => self.held.push((at_ms, text)),
                    Item::Segments(documents) => self.put_segments(documents).await,
                }
            }
            self.note_dropped();
            self.put_lines().await;
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn note_dropped(&mut self) {
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            let at_ms = self.cx.now().as_millis();
            let note = format!("[heist] {dropped} log lines were dropped: too much output");
            self.held.push((at_ms, note));
        }
    }

    async fn put_lines(&mut self) {
        let mut lines = std::mem::take(&mut self.held);
        // CloudWatch Logs wants order; a clock that was moved back must not cost lines.
        lines.sort_by_key(|(at_ms, _)| *at_ms);
        for events in batches(lines) {
            let outcome = self.put_events(events).await;
            if let Err(failure) = outcome {
                self.report(&failure);
            }
        }
    }

    async fn put_events(&mut self, events: Vec<Value>) -> Result<(), Failure> {
        if !self.ready {
            self.make_stream().await?;
            self.ready = true;
        }
        let input = self.input([("logEvents", Value::Array(events))]);
        let outcome = self.call("logs", "PutLogEvents", input).await;
        if let Err(failure) = &outcome {
            // Somebody may have deleted the group meanwhile.
            self.ready = failure.code != "ResourceNotFoundException";
        }
        outcome
    }

    async fn make_stream(&self) -> Result<(), Failure> {
        match self.call("logs", "CreateLogStream", self.input([])).await {
            Err(failure) if failure.code == "ResourceNotFoundException" => {
                let group = json!({"logGroupName": self.stream.group});
                unless_there(self.call("logs", "CreateLogGroup", group).await)?;
                unless_there(self.call("logs", "CreateLogStream", self.input([])).await)
            }
            outcome => unless_there(outcome),
        }
    }

    fn input<const N: usize>(&self, more: [(&str, Value); N]) -> Value {
        let mut input =
            json!({"logGroupName": self.stream.group, "logStreamName": self.stream.name});
        for (name, value) in more {
            input[name] = value;
        }
        input
    }

    async fn put_segments(&mut self, documents: Vec<String>) {
        let input = json!({"TraceSegmentDocuments": documents});
        if let Err(failure) = self.call("xray", "PutTraceSegments", input).await {
            self.report(&failure);
        }
    }

    async fn call(
        &self,
        service: &'static str,
        operation: &'static str,
        input: Value,
    ) -> Result<(), Failure> {
        let caller = As::Session(Box::new(self.stream.caller.clone()));
        self.cx.call(service, operation, input, caller).await.map(drop)
    }

    /// As on AWS, a role that may not write loses what it wrote; here the operator is told.
    fn report(&mut self, failure: &Failure) {
        if !std::mem::replace(&mut self.refused, true) {
            let (group, message) = (&self.stream.group, &failure.message);
            eprintln!(
                "heist: output of a function is lost ({group:?}): {}: {message:?}",
                failure.code
            );
        }
    }
}

fn unless_there(outcome: Result<(), Failure>) -> Result<(), Failure> {
    match outcome {
        Err(failure) if failure.code == "ResourceAlreadyExistsException" => Ok(()),
        outcome => outcome,
    }
}

/// `lines` as log events, cut into calls.
fn batches(lines: Vec<(i64, String)>) -> Vec<Vec<Value>> {
    let mut batches: Vec<Vec<Value>> = Vec::new();
    let mut bytes = usize::MAX;
    for (at_ms, text) in lines {
        let size = text.len() + 27;
        let full = batches.last().is_none_or(|batch| batch.len() >= MAX_BATCH);
        if full || bytes.saturating_add(size) > MAX_BATCH_BYTES {
            batches.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        if let Some(batch) = batches.last_mut() {
            batch.push(json!({"timestamp": at_ms, "message": text + "\n"}));
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_stay_below_the_limits_and_lines_in_order() {
        let lines = |count: usize, bytes: usize| vec![(7, "x".repeat(bytes)); count];
        let sizes = |lines| batches(lines).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes(lines(3, 10)), [3]);
        assert_eq!(sizes(lines(5_000, 1)), [2_048, 2_048, 904]);
        assert_eq!(sizes(lines(4, 400_000)), [2, 2]);
        let first = &batches(vec![(1, "a".into()), (2, "b".into())])[0];
        assert_eq!(first[1], json!({"timestamp": 2, "message": "b\n"}));
    }
}
