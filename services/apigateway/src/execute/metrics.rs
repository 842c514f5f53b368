//! What CloudWatch gets to know ("Amazon API Gateway dimensions and metrics").

use http::StatusCode;
use service_kit::{context::Context, metrics::Series, prelude::*};

/// The series of one stage, by metric: each for the API as a whole and for the stage.
pub struct Metrics {
    count: [Series; 2],
    client_errors: [Series; 2],
    server_errors: [Series; 2],
    latency: [Series; 2],
    integration_latency: [Series; 2],
}

impl Metrics {
    /// The series of `stage` of the API called `name`.
    pub fn new(name: &str, stage: &str) -> Self {
        let series = |metric: &'static str| {
            let whole = Series::new("AWS/ApiGateway", metric, &[("ApiName", name)]);
            let dimensions = [("ApiName", name), ("Stage", stage)];
            [whole, Series::new("AWS/ApiGateway", metric, &dimensions)]
        };
        Self {
            count: series("Count"),
            client_errors: series("4XXError"),
            server_errors: series("5XXError"),
            latency: series("Latency"),
            integration_latency: series("IntegrationLatency"),
        }
    }

    /// Counts one answer. Errors are counted as zero too, so that their average is a rate.
    pub fn count(&self, cx: &Context, status: StatusCode, integration: Option<Duration>) {
        let put = |series: &[Series; 2], value: f64, unit: &str| {
            for series in series {
                cx.count(series.clone(), value, unit);
            }
        };
        put(&self.count, 1.0, "Count");
        put(&self.client_errors, f64::from(u8::from(status.is_client_error())), "Count");
        put(&self.server_errors, f64::from(u8::from(status.is_server_error())), "Count");
        put(&self.latency, millis(cx.elapsed()), "Milliseconds");
        if let Some(latency) = integration {
            put(&self.integration_latency, millis(latency), "Milliseconds");
        }
    }
}

/// Whole milliseconds, as AWS counts them.
fn millis(span: Duration) -> f64 {
    (span.as_secs_f64() * 1e3).round()
}
