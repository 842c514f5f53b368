//! Invoke: run a function now, later, or see whether one could.

use crate::{
    error::LambdaError,
    event::InvokeEvent,
    execute::{Event, execute},
    fleet::Fleet,
    metrics,
    name::{FunctionRef, NamespacedFunctionName, Qualifier, access},
    target::Route,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::de::IgnoredAny;
use service_kit::{prelude::*, trace::Trace};

/// The largest event for an answer, in bytes ("Lambda quotas").
pub const MAX_SYNC_BYTES: usize = 6_291_456;
/// The largest event for later, in bytes.
const MAX_ASYNC_BYTES: usize = 1_048_576;

/// Runs a function: with an answer, or as an event that is taken for later.
pub(crate) enum Invoke {}

/// What Invoke takes.
#[derive(Debug, Shape)]
pub struct InvokeInput {
    #[shape(label)]
    pub function_name: NamespacedFunctionName,
    #[shape(header = "X-Amz-Invocation-Type")]
    pub invocation_type: Option<InvocationType>,
    #[shape(header = "X-Amz-Log-Type")]
    pub log_type: Option<LogType>,
    #[shape(header = "X-Amz-Client-Context")]
    pub client_context: Option<String>,
    #[shape(payload, sensitive)]
    pub payload: Option<Bytes>,
    #[shape(query)]
    pub qualifier: Option<Qualifier>,
}

/// What Invoke gives.
#[derive(Debug, Shape)]
pub struct InvokeOutput {
    #[shape(status)]
    pub status_code: Option<u16>,
    #[shape(header = "X-Amz-Function-Error")]
    pub function_error: Option<String>,
    #[shape(header = "X-Amz-Log-Result")]
    pub log_result: Option<String>,
    #[shape(payload, sensitive)]
    pub payload: Option<Bytes>,
    #[shape(header = "X-Amz-Executed-Version")]
    pub executed_version: Option<String>,
}

/// What becomes of the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum InvocationType {
    /// It is taken for later.
    #[shape(name = "Event")]
    Event,
    /// It is answered.
    #[shape(name = "RequestResponse")]
    RequestResponse,
    /// Nothing.
    #[shape(name = "DryRun")]
    DryRun,
}

/// Whether the caller wants to see the end of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum LogType {
    /// No.
    #[shape(name = "None")]
    None,
    /// Yes.
    #[shape(name = "Tail")]
    Tail,
}

impl Operation for Invoke {
    const NAME: &'static str = "Invoke";
    const HTTP: Option<Http> =
        Some(Http::new("POST", "/2015-03-31/functions/{FunctionName}/invocations", 200));
    const DATA_EVENT: bool = true;
    type Input = InvokeInput;
    type Output = InvokeOutput;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let qualifier = input.qualifier.as_ref().map(|it| it.0.as_str());
        access("lambda:InvokeFunction", &input.function_name.0, qualifier, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let qualifier = input.qualifier.as_ref().map(|it| it.0.as_str());
        let named = FunctionRef::parse(&input.function_name.0, qualifier, cx.scope())?;
        let cx = &cx.within(named.scope.clone());
        let fleet = cx.platform().live::<Fleet>();
        let route = fleet.routes.of(cx, fleet, &named)?;
        let later = input.invocation_type == Some(InvocationType::Event);
        let payload = checked(input.payload, if later { MAX_ASYNC_BYTES } else { MAX_SYNC_BYTES })?;
        let client_context = input.client_context.map(client_context).transpose()?;
        match input.invocation_type {
            Some(InvocationType::DryRun) => return Ok(acknowledged(204)),
            Some(InvocationType::Event) => {
                return take_for_later(cx, &route, &payload, client_context).await;
            }
            _ => {}
        }
        let event = Event {
            request_id: cx.request_id().to_owned(),
            payload,
            client_context,
            tail: input.log_type == Some(LogType::Tail),
            status: 200,
        };
        let executed = execute(cx, fleet, &route, event).await?;
        Ok(InvokeOutput {
            status_code: Some(200),
            function_error: executed.failed.then(|| "Unhandled".to_owned()),
            log_result: executed.tail,
            payload: Some(executed.payload),
            executed_version: Some(executed.version),
        })
    }
}

/// The event, which must be JSON and not too large; nothing is an empty object.
fn checked(payload: Option<Bytes>, limit: usize) -> Result<Bytes, LambdaError> {
    let payload = match payload {
        Some(payload) if !payload.is_empty() => payload,
        _ => return Ok(Bytes::from_static(b"{}")),
    };
    if payload.len() > limit {
        return Err(LambdaError::too_large(limit));
    }
    serde_json::from_slice::<IgnoredAny>(&payload).map_err(LambdaError::not_json)?;
    Ok(payload)
}

fn client_context(encoded: String) -> Result<String, LambdaError> {
    let decoded = STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let json = decoded.filter(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    json.ok_or_else(|| {
        LambdaError::not_json("Client context must be a valid Base64-encoded JSON object.")
    })
}

fn acknowledged(status: u16) -> InvokeOutput {
    InvokeOutput {
        status_code: Some(status),
        function_error: None,
        log_result: None,
        payload: None,
        executed_version: None,
    }
}

/// Writes the event as a job, then acknowledges it.
async fn take_for_later(
    cx: &Context,
    route: &Route,
    payload: &Bytes,
    client_context: Option<String>,
) -> Result<InvokeOutput, LambdaError> {
    let job = InvokeEvent {
        function_arn: route.arn.clone(),
        request_id: cx.request_id().to_owned(),
        payload: STANDARD.encode(payload),
        client_context,
        trace: cx.trace().map(Trace::header),
        received: cx.now(),
        failures: 0,
    };
    cx.write(|tx| tx.enqueue(&job)).await.map_err(LambdaError::Common)?;
    metrics::received(cx, route);
    Ok(acknowledged(202))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_json_of_bounded_size() {
        assert_eq!(checked(None, 10).unwrap(), "{}");
        assert_eq!(checked(Some("[1]".into()), 10).unwrap(), "[1]");
        assert!(matches!(
            checked(Some("{".into()), 10),
            Err(LambdaError::InvalidRequestContentException { .. })
        ));
        assert!(matches!(
            checked(Some("[1,2,3,4,5]".into()), 10),
            Err(LambdaError::RequestTooLargeException { .. })
        ));
    }

    #[test]
    fn client_contexts_are_json_in_base64() {
        assert_eq!(client_context(STANDARD.encode("{}")).unwrap(), "{}");
        assert!(client_context("{}".to_owned()).is_err());
    }
}
