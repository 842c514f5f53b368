//! Events taken for later: durable before they are acknowledged, run in the background, tried
//! again when the function fails.

use crate::{
    error::LambdaError,
    event_invoke_config::EventInvokeConfig,
    execute::{Event, execute},
    fleet::Fleet,
    metrics,
    name::FunctionRef,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use service_kit::{prelude::*, trace::Trace};

/// The longest pause while the function is throttled.
const MAX_PAUSE: Duration = Duration::from_secs(300);

/// An event that waits for its function.
#[derive(Clone, Serialize, Deserialize)]
pub struct InvokeEvent {
    /// The ARN as invoked.
    pub function_arn: String,
    /// The id of the request that brought it.
    pub request_id: String,
    /// The event in base64.
    pub payload: String,
    /// JSON.
    pub client_context: Option<String>,
    /// The trace header of the request.
    pub trace: Option<String>,
    /// When it came.
    pub received: Timestamp,
    /// How often the function has failed with it.
    pub failures: u32,
}

impl Job for InvokeEvent {
    const KIND: &'static str = "lambda.invoke";

    async fn run(&self, cx: &Context, attempt: u32) -> Outcome {
        let trace = self.trace.as_deref().and_then(Trace::parse);
        let cx = cx.traced(trace);
        match self.attempt(&cx).await {
            Ok(false) => Outcome::Done,
            Ok(true) => self.failed(&cx).await,
            Err(LambdaError::ResourceNotFoundException { .. }) => Outcome::Done,
            // Limits, and whatever else is not the function's fault, pass.
            Err(_) => match self.config(&cx) {
                Ok(config) if cx.now().since(self.received) >= config.age() => self.give_up(&cx),
                _ => Outcome::Again(pause(attempt)),
            },
        }
    }
}

impl InvokeEvent {
    /// Whether the function failed.
    async fn attempt(&self, cx: &Context) -> Result<bool, LambdaError> {
        let fleet = cx.platform().live::<Fleet>();
        let function = FunctionRef::parse(&self.function_arn, None, cx.scope())?;
        let route = fleet.routes.of(cx, fleet, &function)?;
        let payload = STANDARD.decode(&self.payload).map_err(Fault::internal)?;
        let event = Event {
            request_id: self.request_id.clone(),
            payload: payload.into(),
            client_context: self.client_context.clone(),
            tail: false,
            status: 202,
        };
        Ok(execute(cx, fleet, &route, event).await?.failed)
    }

    /// One and two minutes after failures the event is tried again (AWS Lambda Developer Guide,
    /// "How Lambda handles errors and retries with asynchronous invocation").
    /// An event that will be too old by then is given up.
    async fn failed(&self, cx: &Context) -> Outcome {
        let Ok(config) = self.config(cx) else { return Outcome::Again(Duration::from_secs(1)) };
        let again = Self { failures: self.failures + 1, ..self.clone() };
        let due = cx.now() + Duration::from_secs(60 * u64::from(again.failures));
        if again.failures > config.retries() || due.since(self.received) >= config.age() {
            return self.give_up(cx);
        }
        match cx.write(|tx| tx.enqueue_at(due, &again)).await {
            Ok(()) => Outcome::Done,
            Err::<_, Fault>(_) => Outcome::Again(Duration::from_secs(1)),
        }
    }

    /// What is set for events of the function, version or alias that was invoked.
    fn config(&self, cx: &Context) -> Result<EventInvokeConfig, LambdaError> {
        let function = FunctionRef::parse(&self.function_arn, None, cx.scope())?;
        Ok(cx.read(|tx| EventInvokeConfig::of(tx, &function))?)
    }

    fn give_up(&self, cx: &Context) -> Outcome {
        let fleet = cx.platform().live::<Fleet>();
        let function = FunctionRef::parse(&self.function_arn, None, cx.scope());
        if let Ok(route) = function.and_then(|function| fleet.routes.of(cx, fleet, &function)) {
            metrics::dropped(cx, &route);
        }
        Outcome::Done
    }
}

/// Doubles from one second.
fn pause(attempt: u32) -> Duration {
    Duration::from_secs(1 << attempt.saturating_sub(1).min(16)).min(MAX_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_five_minutes() {
        let pauses = [1, 2, 5, 9, 10, 99].map(|attempt| pause(attempt).as_secs());
        assert_eq!(pauses, [1, 2, 16, 256, 300, 300]);
    }
}
