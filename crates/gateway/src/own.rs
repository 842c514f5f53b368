//! Heist's own routes: health for everybody, explanations for those whom policies allow.

use crate::{
    authenticate::Proof,
    journal_view,
    pipeline::{Gateway, Inbound},
};
use bytes::Bytes;
use http::{HeaderValue, Method, Response, header};
use policy::Arn;
use serde_json::{Value, json};
use service_kit::{
    access::Access,
    audit::{Asked, Refusal},
    context::Context,
    fault::Fault,
    usage::{self, Usage},
};
use shape::{Failure, Timestamp};
use sigv4::Rules;
use std::sync::Arc;

/// The name that requests to these routes are signed for.
const SIGNING_NAME: &str = "heist";

/// Answers a request under `/_heist/`.
pub async fn handle(
    gateway: &Arc<Gateway>,
    inbound: &Inbound,
    presented: &Proof<'_>,
) -> Response<Bytes> {
    let route = (&inbound.parts.method, inbound.path());
    match route {
        (&Method::GET, "/_heist/health") => answer(200, &health(gateway)),
        (&Method::GET, "/_heist/refusals") => told(refusals(gateway, inbound, presented).await),
        (&Method::GET, "/_heist/requests") => told(request(gateway, inbound, presented)),
        (&Method::POST, "/_heist/policy") => told(policy(gateway, inbound, presented).await),
        _ => answer(404, &json!({"message": "There is no such route; try /_heist/health."})),
    }
}

fn told(outcome: Result<Value, Failure>) -> Response<Bytes> {
    match outcome {
        Ok(body) => answer(200, &body),
        Err(failure) => {
            let body = json!({"__type": failure.code, "message": failure.message});
            answer(failure.status, &body)
        }
    }
}

fn answer(status: u16, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

fn health(gateway: &Gateway) -> Value {
    let services = gateway.catalog().services().iter();
    let names: Vec<_> = services.filter(|service| !service.operations.is_empty()).collect();
    json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "services": names.iter().map(|service| service.name).collect::<Vec<_>>(),
    })
}

/// The latest refusals in the caller's account, newest first; `request-id=` or `encoded=` picks
/// one. Needs `iam:GetRequestAuthorizationDetails`, so players of the range see none unless
/// policies say so.
async fn refusals(
    gateway: &Arc<Gateway>,
    inbound: &Inbound,
    presented: &Proof<'_>,
) -> Result<Value, Failure> {
    let cx = permitted(gateway, inbound, presented, "iam:GetRequestAuthorizationDetails")?;
    let asked = match inbound.query().split_once('=') {
        Some(("encoded", message)) => Asked::Encoded(message),
        Some(("request-id", id)) => Asked::Request(id),
        _ => Asked::Any,
    };
    let found = Refusal::views(cx.platform(), Some(cx.account()), asked).await;
    Ok(json!({"refusals": found.map_err(shape::ErrorShape::into_failure)?}))
}

/// What the journal says of the request `request-id=`, to the accounts that are parties to it. That
/// needs the same permission as refusals.
fn request(
    gateway: &Arc<Gateway>,
    inbound: &Inbound,
    presented: &Proof<'_>,
) -> Result<Value, Failure> {
    let cx = permitted(gateway, inbound, presented, "iam:GetRequestAuthorizationDetails")?;
    let id = inbound.query().strip_prefix("request-id=").unwrap_or_default();
    let found = cx.platform().journal().find(id).map_err(shape::ErrorShape::into_failure)?;
    Ok(json!({"request": found.and_then(|entry| journal_view::of(&entry, cx.account()))}))
}

/// The smallest policy that allows what `principal` has used, `since` so many seconds after 1970.
/// Needs `access-analyzer:GetGeneratedPolicy`, as Access Analyzer's operation of that name does.
async fn policy(
    gateway: &Arc<Gateway>,
    inbound: &Inbound,
    presented: &Proof<'_>,
) -> Result<Value, Failure> {
    let cx = permitted(gateway, inbound, presented, "access-analyzer:GetGeneratedPolicy")?;
    let asked: Value = serde_json::from_slice(&inbound.body).unwrap_or_default();
    let principal = asked["principal"].as_str().unwrap_or_default();
    let since = Timestamp::from_secs(asked["since"].as_i64().unwrap_or_default());
    cx.platform().flush_usage(true).await.map_err(shape::ErrorShape::into_failure)?;
    let usage = cx.read(|tx| match usage::subject_of(tx, principal)? {
        Some(subject) if Arn::parse(principal).is_some_and(|arn| arn.account == cx.account()) => {
            Usage::of(tx, &subject).map(Some)
        }
        _ => Ok(None),
    });
    let usage = usage.map_err(|fault: Fault| shape::ErrorShape::into_failure(fault))?;
    let usage = usage.ok_or_else(|| {
        let message = format!("There is no user or role {principal} in account {}.", cx.account());
        Failure::new("NoSuchEntity", 404, message)
    })?;
    Ok(json!({"policy": usage::policy(&usage, since, cx.now())}))
}

/// A context for the signed request, if policies allow its caller `action`.
fn permitted(
    gateway: &Arc<Gateway>,
    inbound: &Inbound,
    presented: &Proof<'_>,
    action: &'static str,
) -> Result<Context, Failure> {
    let caller = gateway.prove(
        &inbound.signed(),
        presented,
        &inbound.body,
        &Rules { service: SIGNING_NAME, region: None, s3: false },
        &inbound.origin(),
        sigv4::Dialect::RestJson,
    )?;
    let platform = gateway.platform();
    let scope = crate::authenticate::scope(platform, &caller, presented, false);
    let request_id = platform.entropy().uuid().into();
    let cx = Context::new(platform.clone(), scope, caller, request_id, None);
    if !gateway.would_allow(&cx, &Access::any(action)) {
        let message = format!("You need a permission for {action} to see this.");
        return Err(Failure::new("AccessDeniedException", 403, message));
    }
    Ok(cx)
}
