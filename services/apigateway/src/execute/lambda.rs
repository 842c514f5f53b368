//! The AWS_PROXY integration: calls a function with the request as its event.

use super::{
    Call, answer, event,
    exchange::Integrated,
    identity::Identity,
    reply::{Refusal, Reply},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::header::ACCEPT;
use serde_json::{Value, json};
use service_kit::{
    clock::Stopwatch,
    context::{Caller, Context},
    prelude::*,
};

/// The function behind a method.
#[derive(Debug)]
pub struct Function {
    /// Its ARN, with a version or alias where the integration names one.
    pub arn: String,
    /// Where it lives.
    pub scope: Scope,
    /// In whose name it is called.
    pub identity: Identity,
    /// On behalf of what: `api/stage/METHOD/resource/path`, as configured.
    pub source_arn: String,
    /// How long the client waits at most.
    pub timeout: Duration,
}

/// Calls `function` for `call` and gives its answer. Unless the integration has credentials, the
/// call is made as the API's: the function's policy has to let the API in.
pub async fn invoke(
    cx: &Context,
    call: &Call<'_>,
    function: &Function,
    caller: Option<Caller>,
) -> Reply {
    let payload = STANDARD.encode(event::build(cx, call, caller.as_ref()));
    let (trace, subsegment) = call.exchange.tracing.below(cx);
    let (start, watch) = (cx.now(), Stopwatch::start());
    let traced = cx.traced(trace);
    let outcome = tokio::select! {
        biased;
        outcome = ask(&traced, function, payload, caller.as_ref()) => Some(outcome),
        () = cx.clock().sleep(function.timeout) => None,
    };
    let accept = call.request.headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    let binary = call.snapshot.binary.is_accepted(accept);
    let reply = match outcome {
        None => Err(Refusal::timed_out()),
        Some(payload) => payload.and_then(|payload| answer::read(&payload, binary)),
    };
    let reply = reply.unwrap_or_else(Reply::from);
    call.exchange.note(Integrated {
        latency: watch.elapsed(),
        start,
        status: reply.status.as_u16(),
        function: name(&function.arn).to_owned(),
        subsegment,
    });
    reply
}

/// The function's payload.
///
/// # Errors
/// [`Refusal::internal`]: 500 when it may not or could not be called, 502 when it failed.
async fn ask(
    cx: &Context,
    function: &Function,
    payload: String,
    caller: Option<&Caller>,
) -> Result<Vec<u8>, Refusal> {
    let input = json!({
        "FunctionName": function.arn,
        "InvocationType": "RequestResponse",
        "Payload": payload,
    });
    let name = function.identity.name(cx, &function.source_arn, caller).await?;
    let output = cx
        .call_in(function.scope.clone(), "lambda", "Invoke", input, name)
        .await
        .map_err(|_| Refusal::internal(500))?;
    if output.get("FunctionError").is_some_and(|error| !error.is_null()) {
        return Err(Refusal::internal(502));
    }
    let payload = output.get("Payload").and_then(Value::as_str).unwrap_or_default();
    STANDARD.decode(payload).map_err(|_| Refusal::internal(502))
}

/// The function's name in its ARN.
fn name(arn: &str) -> &str {
    arn.split(':').nth(6).unwrap_or(arn)
}
