//! What Lambda starts: the API with its table and its topic, as the environment names them.
//!
//! `TABLE_NAME` and `TOPIC_ARN` must be set. `LOG_LEVEL` is `INFO`, a line for each request, or
//! `ERROR`, failures only. Where it runs (region, credentials, endpoint) is the SDK's to find out.

mod api;
mod inputs;
mod item;
mod message;
mod problem;
mod store;
#[cfg(test)]
mod tests;
mod topic;

use api::Api;
use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use message::Request;
use std::{env, time::Duration};
use store::Table;
use topic::Sns;

#[tokio::main(flavor = "current_thread")] // an environment has one request at a time
async fn main() -> Result<(), Error> {
    let (table, topic) = (setting("TABLE_NAME")?, setting("TOPIC_ARN")?);
    let log_requests = log_requests()?;
    let config = sdk().await;
    let api = &Api {
        store: Table::new(aws_sdk_dynamodb::Client::new(&config), table),
        topic: Sns::new(aws_sdk_sns::Client::new(&config), topic),
        log_requests,
        write_line: Box::new(|line| println!("{line}")),
    };
    let handler = |event: LambdaEvent<Request>| async move {
        let trace = event.context.xray_trace_id.as_deref();
        Ok::<_, Error>(api.answer(&event.payload, &event.context.request_id, trace).await)
    };
    lambda_runtime::run(service_fn(handler)).await
}

/// An environment variable; without it the function does not start, and says so.
fn setting(name: &str) -> Result<String, String> {
    let value = env::var(name).ok().filter(|value| !value.is_empty());
    value.ok_or_else(|| format!("the environment variable {name} is not set"))
}

fn log_requests() -> Result<bool, String> {
    match setting("LOG_LEVEL").as_deref() {
        Ok("INFO") | Err(_) => Ok(true),
        Ok("ERROR") => Ok(false),
        Ok(other) => Err(format!("LOG_LEVEL is {other}; it must be one of INFO, ERROR")),
    }
}

/// The SDK's settings. Time limits are far below the 29 seconds that API Gateway waits, so that a
/// client hears of a failure from us. Of the TLS stacks, rustls on ring builds fastest.
async fn sdk() -> SdkConfig {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(2))
        .build();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        .load()
        .await
}
