//! What CloudWatch is told of invocations: for the function, for the alias or version invoked,
//! and for the account.

use crate::{
    fleet::Counted,
    report::{Spent, Verdict},
    target::Route,
};
use service_kit::{metrics::Series, prelude::*};

const NAMESPACE: &str = "AWS/Lambda";

fn count(cx: &Context, route: &Route, name: &str, value: f64, unit: &str) {
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
