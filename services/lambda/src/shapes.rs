//! Shapes that several operations share, and a configuration as answers show it.

use crate::{
    function::Configuration,
    name::function_arn,
    runtime::{Architecture, Runtime},
    variables::{self, Variables},
};
use service_kit::prelude::*;

/// A role's ARN.
#[derive(Clone, Debug, Shape)]
#[shape(
    name = "RoleArn",
    pattern = r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"
)]
pub struct RoleArn(pub String);

/// What is called in the code.
#[derive(Clone, Debug, Shape)]
#[shape(name = "Handler", length = 0..=128, pattern = r"[^\s]+")]
pub struct Handler(pub String);

/// How a deployment package is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum PackageType {
    /// An archive.
    #[shape(name = "Zip")]
    Zip,
}

/// Variables that the code finds in its environment.
#[derive(Clone, Debug, Shape)]
pub struct Environment {
    /// By name.
    #[shape(sensitive)]
    pub variables: Option<Variables>,
}

/// Variables as answers show them.
#[derive(Clone, Debug, Shape)]
pub struct EnvironmentResponse {
    /// By name.
    #[shape(sensitive)]
    pub variables: Option<Variables>,
}

/// Whether traces begin at the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum TracingMode {
    /// They do.
    #[shape(name = "Active")]
    Active,
    /// They go on only where the caller's is sampled.
    #[shape(name = "PassThrough")]
    PassThrough,
}

/// How the function takes part in traces.
#[derive(Clone, Debug, Shape)]
pub struct TracingConfig {
    /// Whether they begin here.
    pub mode: Option<TracingMode>,
}

/// As [`TracingConfig`], in answers.
#[derive(Clone, Debug, Shape)]
pub struct TracingConfigResponse {
    /// Whether they begin here.
    pub mode: Option<TracingMode>,
}

/// The function's `/tmp`.
#[derive(Clone, Debug, Shape)]
pub struct EphemeralStorage {
    /// In MiB.
    #[shape(range = 512..=10_240)]
    pub size: u32,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum LogFormat {
    /// One JSON document each.
    Json,
    /// Plain text.
    #[shape(name = "Text")]
    Text,
}

/// Where and how the function logs.
#[derive(Clone, Debug, Shape)]
pub struct LoggingConfig {
    /// How lines look.
    pub log_format: Option<LogFormat>,
    /// The log group.
    #[shape(length = 1..=512, pattern = r"[\.\-_/#A-Za-z0-9]+")]
    pub log_group: Option<String>,
}

/// Whether the function can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum State {
    /// It can.
    #[shape(name = "Active")]
    Active,
}

/// What became of the last change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum LastUpdateStatus {
    /// It took effect.
    #[shape(name = "Successful")]
    Successful,
}

/// A version of a function as answers show it.
#[derive(Clone, Debug, Shape)]
pub struct FunctionConfiguration {
    pub function_name: Option<String>,
    pub function_arn: Option<String>,
    pub runtime: Option<Runtime>,
    pub role: Option<RoleArn>,
    pub handler: Option<Handler>,
    pub code_size: Option<u64>,
    pub description: Option<String>,
    pub timeout: Option<u32>,
    pub memory_size: Option<u32>,
    pub last_modified: Option<String>,
    #[shape(name = "CodeSha256")]
    pub code_sha256: Option<String>,
    pub version: Option<String>,
    pub environment: Option<EnvironmentResponse>,
    pub tracing_config: Option<TracingConfigResponse>,
    pub revision_id: Option<String>,
    pub state: Option<State>,
    pub last_update_status: Option<LastUpdateStatus>,
    pub package_type: Option<PackageType>,
    pub architectures: Option<Vec<Architecture>>,
    pub ephemeral_storage: Option<EphemeralStorage>,
    pub logging_config: Option<LoggingConfig>,
}

/// `configuration` of the function called `name`, which was found by its ARN and `qualifier`.
///
/// # Errors
/// [`Fault`] when its variables cannot be opened.
pub fn show(
    cx: &Context,
    name: &str,
    qualifier: Option<&str>,
    configuration: Configuration,
) -> Result<FunctionConfiguration, Fault> {
    let sealed = configuration.sealed_variables.as_deref();
    let variables = variables::open(cx.platform(), cx.scope(), name, sealed)?;
    let arn = function_arn(cx.scope(), name);
    let log_group = configuration.log_group(name);
    let code_sha256 = configuration.code.sha256();
    let format = if configuration.json_logs { LogFormat::Json } else { LogFormat::Text };
    let mode =
        if configuration.active_tracing { TracingMode::Active } else { TracingMode::PassThrough };
    Ok(FunctionConfiguration {
        function_name: Some(name.to_owned()),
        function_arn: Some(qualifier.map_or(arn.clone(), |qualifier| format!("{arn}:{qualifier}"))),
        runtime: Some(configuration.runtime),
        role: Some(RoleArn(configuration.role)),
        handler: Some(Handler(configuration.handler)),
        code_size: Some(configuration.code.bytes),
        description: Some(configuration.description),
        timeout: Some(configuration.timeout_secs),
        memory_size: Some(configuration.memory_mb),
        last_modified: Some(last_modified(configuration.modified)),
        code_sha256: Some(code_sha256),
        version: Some(configuration.version),
        environment: (!variables.is_empty())
            .then_some(EnvironmentResponse { variables: Some(variables) }),
        tracing_config: Some(TracingConfigResponse { mode: Some(mode) }),
        revision_id: Some(configuration.revision_id),
        state: Some(State::Active),
        last_update_status: Some(LastUpdateStatus::Successful),
        package_type: Some(PackageType::Zip),
        architectures: Some(vec![configuration.architecture]),
        ephemeral_storage: Some(EphemeralStorage { size: configuration.ephemeral_mb }),
        logging_config: Some(LoggingConfig {
            log_format: Some(format),
            log_group: Some(log_group),
        }),
    })
}

/// As [`show`], for lists, which leave out the state.
///
/// # Errors
/// As [`show`].
pub fn show_listed(
    cx: &Context,
    name: &str,
    qualifier: Option<&str>,
    configuration: Configuration,
) -> Result<FunctionConfiguration, Fault> {
    let listed = show(cx, name, qualifier, configuration)?;
    Ok(FunctionConfiguration { state: None, last_update_status: None, ..listed })
}

/// As [`show_listed`], for lists of versions, whose ARNs name the version, `$LATEST` too.
///
/// # Errors
/// As [`show`].
pub fn show_version(
    cx: &Context,
    name: &str,
    configuration: Configuration,
) -> Result<FunctionConfiguration, Fault> {
    let version = configuration.version.clone();
    show_listed(cx, name, Some(&version), configuration)
}

/// `2026-11-23T15:00:00.000+0000`.
fn last_modified(at: Timestamp) -> String {
    at.date_time_millis().replace('Z', "+0000")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_look_as_lambda_writes_them() {
        let at = Timestamp::from_secs(1_795_446_000);
        assert_eq!(last_modified(at), "2026-11-23T15:00:00.000+0000");
    }
}
