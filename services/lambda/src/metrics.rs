//! What CloudWatch is told of invocations: for the function, for the alias or version invoked,
//! and for the account.

use crate::{
    fleet::Counted,
    name::{FunctionRef, LATEST},
    report::{Spent, Verdict},
    target::Route,
};
use http::StatusCode;
use service_kit::{metrics::Series, prelude::*};

const NAMESPACE: &str = "AWS/Lambda";

fn count(cx: &Context, route: &Route, name: &'static str, value: f64, unit: &str) {
    let function = ("FunctionName", route.main.name.as_str());
    let resource = ("Resource", route.resource.as_str());
    for dimensions in [&[][..], &[function], &[function, resource]] {
        cx.count(Series::new(NAMESPACE, name, dimensions), value, unit);
    }
}

/// An execution has ended.
pub fn executed(cx: &Context, route: &Route, verdict: &Verdict, spent: &Spent, counted: &Counted) {
    count(cx, route, "Invocations", 1.0, "Count");
    count(cx, route, "Errors", f64::from(u8::from(verdict.failed)), "Count");
    count(cx, route, "Duration", spent.duration.as_secs_f64() * 1000.0, "Milliseconds");
    count(cx, route, "Throttles", 0.0, "Count");
    count(cx, route, "ConcurrentExecutions", f64::from(counted.of_function()), "Count");
}

/// An execution was refused because there are too many.
pub fn throttled(cx: &Context, route: &Route) {
    count(cx, route, "Throttles", 1.0, "Count");
}

/// An event was taken for later.
pub fn received(cx: &Context, route: &Route) {
    count(cx, route, "AsyncEventsReceived", 1.0, "Count");
}

/// An event was given up.
pub fn dropped(cx: &Context, route: &Route) {
    count(cx, route, "AsyncEventsDropped", 1.0, "Count");
}

/// A request to a function URL was answered, by `version` if that ran ("Monitoring Lambda function
/// URLs"). Errors are counted as zero too, so that their average is a rate.
pub fn url_answered(cx: &Context, url: &FunctionRef, version: Option<&str>, status: StatusCode) {
    let function = ("FunctionName", url.name.as_str());
    let place = format!("{}:{}", url.name, url.qualifier.as_deref().unwrap_or(LATEST));
    let resource = ("Resource", place.as_str());
    let executed = version.map(|version| [function, resource, ("ExecutedVersion", version)]);
    let is = |error: bool| f64::from(u8::from(error));
    let latency = (cx.elapsed().as_secs_f64() * 1e3).round();
    for (name, value, unit) in [
        ("UrlRequestCount", 1.0, "Count"),
        ("Url4xxCount", is(status.is_client_error()), "Count"),
        ("Url5xxCount", is(status.is_server_error()), "Count"),
        ("UrlRequestLatency", latency, "Milliseconds"),
    ] {
        let places = [&[function][..], &[function, resource]];
        for dimensions in places.into_iter().chain(executed.as_ref().map(<[_; 3]>::as_slice)) {
            cx.count(Series::new(NAMESPACE, name, dimensions), value, unit);
        }
    }
}
