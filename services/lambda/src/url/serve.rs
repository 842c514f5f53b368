//! The front: serves requests to function URLs.
//!
//! A request finds its URL, is judged, invokes the function or alias as it is, and gets the
//! function's answer. Refusals, answers and failures leave the same headers and metrics.

use super::{
    answer,
    authorize::authorize,
    config::{FunctionUrl, UrlHome},
    event::{self, Asked},
    place::Place,
    reply::Reply,
};
use crate::{
    error::LambdaError,
    execute::{Event, Executed, execute},
    fleet::Fleet,
    invoke::MAX_SYNC_BYTES,
    metrics,
    target::Route,
    traces,
};
use http::StatusCode;
use service_kit::{
    call::BoxFuture,
    front::{Front, Request, Response},
    journal::{JournalHttp, Served},
    prelude::*,
    trace::Trace,
};
use std::sync::Arc;

/// Serves the hosts and paths of function URLs.
pub struct UrlFront;

impl Front for UrlFront {
    fn claims(&self, host: &str, path: &str) -> bool {
        Place::parse(host, path).is_some()
    }

    fn handle<'a>(&'a self, cx: Context, request: Request) -> BoxFuture<'a, Response> {
        Box::pin(async move { serve(&cx, &request).await })
    }
}

/// What became of a request, beside the reply itself.
#[derive(Default)]
struct Left {
    /// The trace header of the answer.
    trace: Option<String>,
    /// The version that ran.
    version: Option<String>,
}

async fn serve(cx: &Context, request: &Request) -> Response {
    let found = Place::parse(&request.host, &request.path)
        .ok_or_else(Reply::no_such_url)
        .and_then(|place| locate(cx, &place).map(|(scope, url)| (place, scope, url)));
    let (place, scope, url) = match found {
        Ok(found) => found,
        Err(reply) => return reply.finish(cx, None),
    };
    let cx = cx.within(scope);
    journal(&cx, request, &place, &url, cx.trace().cloned());
    let mut left = Left::default();
    let reply = match preflight(request, &url) {
        Some(reply) => reply,
        None => {
            let answered = invoke(&cx, request, place, &url, &mut left).await;
            let mut reply = answered.unwrap_or_else(|reply| reply);
            if let Some(cors) = &url.cors {
                cors.decorate(&mut reply.headers, &request.headers);
            }
            reply
        }
    };
    metrics::url_answered(&cx, &url.target(cx.scope()), left.version.as_deref(), reply.status);
    reply.finish(&cx, left.trace.as_deref())
}

/// The URL at `place`, and where it lives.
fn locate(cx: &Context, place: &Place<'_>) -> Result<(Scope, FunctionUrl), Reply> {
    let id = place.id.to_ascii_lowercase();
    let home = cx.read(|tx| tx.get::<UrlHome>(&id))?.ok_or_else(Reply::no_such_url)?;
    let scope = Scope::new(home.account, home.region);
    if place.region.is_some_and(|region| !region.eq_ignore_ascii_case(&scope.region)) {
        return Err(Reply::no_such_url());
    }
    let key = (&home.function, &home.qualifier);
    let url = cx.within(scope.clone()).read(|tx| tx.get::<FunctionUrl>(key))?;
    // A URL deleted and made anew since the first look has another id.
    let url = url.filter(|url| url.id == id).ok_or_else(Reply::no_such_url)?;
    Ok((scope, url))
}

/// Says for the journal what is asked for, as far as that is known: the trace comes later.
fn journal(
    cx: &Context,
    request: &Request,
    place: &Place<'_>,
    url: &FunctionUrl,
    trace: Option<Trace>,
) {
    cx.serves(|| {
        let function = url.target(cx.scope()).qualified_arn();
        let qualifier = Some(url.qualifier.as_str()).filter(|qualifier| !qualifier.is_empty());
        let asked = (request.method.as_str(), place.path);
        let http = JournalHttp::new(asked, (&url.id, qualifier), Some(&function));
        Served { scope: cx.scope().clone(), service: "lambda", http, trace }
    });
}

/// The answer to a browser that asks what it may; Lambda gives it without asking anybody.
fn preflight(request: &Request, url: &FunctionUrl) -> Option<Reply> {
    let headers = url.cors.as_ref()?.preflight(&request.method, &request.headers)?;
    Some(Reply { status: StatusCode::OK, headers, body: Bytes::new() })
}

async fn invoke(
    cx: &Context,
    request: &Request,
    place: Place<'_>,
    url: &FunctionUrl,
    left: &mut Left,
) -> Result<Reply, Reply> {
    let at = cx.now();
    let caller = authorize(cx, request, url)?;
    let fleet = cx.platform().live::<Fleet>();
    let route = fleet.routes.of(cx, fleet, &url.target(cx.scope()))?;
    let trace = traces::of(cx, &fleet.sampler, &route.main);
    let header = trace.header();
    let asked = Asked { request, place, url, caller: caller.as_ref(), trace: &header, at };
    let payload = event::build(cx, &asked)?;
    left.trace = Some(header);
    journal(cx, request, &place, url, Some(trace.clone()));
    if payload.len() > MAX_SYNC_BYTES {
        return Err(LambdaError::too_large(MAX_SYNC_BYTES).into());
    }
    let executed = run(cx, fleet.clone(), route, trace, payload.into()).await?;
    left.version = Some(executed.version);
    match executed.failed {
        true => Err(Reply::bad_gateway()),
        false => answer::read(&executed.payload),
    }
}

/// Runs the function to its end in any case: a client that hangs up stops nothing half way.
async fn run(
    cx: &Context,
    fleet: Arc<Fleet>,
    route: Arc<Route>,
    trace: Trace,
    payload: Bytes,
) -> Result<Executed, Reply> {
    let cx = cx.traced(Some(trace));
    let event = Event {
        request_id: cx.request_id().to_owned(),
        payload,
        client_context: None,
        tail: false,
        status: 200,
    };
    let running = tokio::spawn(async move { execute(&cx, &fleet, &route, event).await });
    Ok(running.await.map_err(|_| Reply::bad_gateway())??)
}
