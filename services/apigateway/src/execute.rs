//! The data plane: serves requests to deployed stages.
//!
//! A request is matched against the snapshot of its stage, judged, and answered by the method's
//! integration. Each step may refuse it in the words of a gateway response ("Gateway response
//! types for API Gateway"); refusals, answers and failures leave the same headers, metrics and,
//! when traced, a segment.

mod answer;
mod authorize;
mod binary;
mod compile;
mod event;
mod exchange;
mod headers;
mod identity;
mod lambda;
mod metrics;
mod mock;
mod query;
mod reply;
mod router;
mod snapshot;
mod target;
mod tracing;
mod validate;

use compile::{Behind, Route};
use exchange::Exchange;
use reply::{Refusal, Reply};
use service_kit::{
    call::BoxFuture,
    context::Context,
    front::{Front, Request, Response},
    journal::{JournalHttp, Served},
};
use snapshot::{Live, Snapshot};
use target::Target;
use tracing::Tracing;

/// AWS's limit of a request's body ("Amazon API Gateway quotas").
const MAX_BODY_BYTES: usize = 10 << 20;

/// Serves the hosts and paths of deployed APIs.
pub struct ExecuteApi;

impl Front for ExecuteApi {
    fn claims(&self, host: &str, path: &str) -> bool {
        Target::parse(host, path).is_some()
    }

    fn handle<'a>(&'a self, cx: Context, request: Request) -> BoxFuture<'a, Response> {
        Box::pin(async move { serve(&cx, &request).await })
    }
}

/// A request that has found its stage and method.
struct Call<'a> {
    snapshot: &'a Snapshot,
    route: &'a Route,
    request: &'a Request,
    target: Target<'a>,
    path_parameters: Vec<(&'a str, &'a str)>,
    exchange: &'a Exchange,
}

async fn serve(cx: &Context, request: &Request) -> Response {
    let mut exchange = Exchange::begin(cx);
    let found = Target::parse(&request.host, &request.path)
        .ok_or_else(Refusal::forbidden)
        .and_then(|target| {
            let live = cx.platform().live::<Live>();
            live.find(cx, &target).map(|snapshot| (target, snapshot))
        });
    let (target, snapshot) = match found {
        Ok(found) => found,
        Err(refusal) => return exchange.finish(cx, refusal.into()),
    };
    let cx = cx.within(snapshot.scope.clone());
    exchange.tracing = Tracing::begin(&cx, request, snapshot.tracing);
    let reply = answer(&cx, &snapshot, request, target, &exchange).await;
    snapshot.metrics.count(&cx, reply.status, exchange.integration_latency());
    exchange.tracing.record(&cx, &snapshot, request, &exchange, reply.status);
    exchange.finish(&cx, reply)
}

async fn answer(
    cx: &Context,
    snapshot: &Snapshot,
    request: &Request,
    target: Target<'_>,
    exchange: &Exchange,
) -> Reply {
    match prepare(cx, snapshot, request, target, exchange) {
        Err(refusal) => refusal.into(),
        Ok((call, caller)) => match &call.route.behind {
            Behind::Lambda(function) => lambda::invoke(cx, &call, function, caller).await,
            Behind::Mock(mock) => mock.answer(&request.headers, &request.body),
            Behind::Misconfigured => Refusal::internal(500).into(),
        },
    }
}

/// All that can refuse a request before its integration is asked.
fn prepare<'a>(
    cx: &Context,
    snapshot: &'a Snapshot,
    request: &'a Request,
    target: Target<'a>,
    exchange: &'a Exchange,
) -> Result<(Call<'a>, Option<service_kit::context::Caller>), Refusal> {
    let found = snapshot.router.find(request.method.as_str(), target.path);
    cx.serves(|| {
        let route = found.as_ref().map(|(route, _)| &*route.resource_path);
        let (asked, at) =
            ((request.method.as_str(), target.path), (target.api, Some(target.stage)));
        let http = JournalHttp::new(asked, at, route);
        Served {
            scope: cx.scope().clone(),
            service: "execute-api",
            http,
            trace: exchange.tracing.trace(),
        }
    });
    if snapshot.disabled {
        return Err(Refusal::forbidden());
    }
    let (route, path_parameters) = found.ok_or_else(Refusal::missing_token)?;
    if request.body.len() > MAX_BODY_BYTES {
        return Err(Refusal::too_long());
    }
    let call = Call { snapshot, route, request, target, path_parameters, exchange };
    let caller = authorize::authorize(cx, &call)?;
    validate::validate(&call)?;
    Ok((call, caller))
}
