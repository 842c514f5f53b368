//! Integrations: what is behind a method.

use crate::{
    credentials::Credentials,
    error::{Result, bad, unsupported},
};
use service_kit::prelude::*;

/// The longest a client is kept waiting, in milliseconds, and the default.
pub const MAX_TIMEOUT_MILLIS: u32 = 29_000;
const MIN_TIMEOUT_MILLIS: u32 = 50;
/// What happens to a body for whose type there is no template.
const PASSTHROUGH: [&str; 3] = ["WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"];

/// What an integration calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub enum IntegrationType {
    /// An HTTP endpoint, mapped; not built.
    Http,
    /// An AWS action, mapped; not built.
    Aws,
    /// Nothing: the gateway answers itself.
    Mock,
    /// An HTTP endpoint, as it is; not built.
    HttpProxy,
    /// A Lambda function, with the request as its event.
    AwsProxy,
}

/// The way to an integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ConnectionType {
    /// Directly.
    Internet,
    /// Through a VPC link; not built.
    VpcLink,
}

/// How an integration's answer travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ResponseTransferMode {
    /// Whole.
    Buffered,
    /// As it comes; not built.
    Stream,
}

/// What is behind a method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Shape)]
#[shape(camel)]
pub struct Integration {
    pub r#type: IntegrationType,
    /// With what method the integration is called; Lambda takes only `POST`.
    pub http_method: Option<String>,
    pub uri: Option<String>,
    /// In whose name a function is called: a role's or the caller's; the function's policy decides
    /// where there are none. Without effect on MOCK, as on AWS.
    pub credentials: Option<String>,
    /// Without effect on AWS_PROXY and MOCK, as on AWS.
    pub request_parameters: Option<BTreeMap<String, String>>,
    /// By media type. With MOCK they choose the status; without effect on AWS_PROXY, as on AWS.
    pub request_templates: Option<BTreeMap<String, String>>,
    pub passthrough_behavior: String,
    pub timeout_in_millis: u32,
    pub cache_namespace: String,
    pub cache_key_parameters: Vec<String>,
    /// By status. Without effect on AWS_PROXY, as on AWS.
    pub integration_responses: Option<BTreeMap<String, IntegrationResponse>>,
}

/// How an integration's answer becomes the method's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Shape)]
#[shape(camel)]
pub struct IntegrationResponse {
    pub status_code: String,
    /// A regular expression over the status; the response without one is the default.
    pub selection_pattern: Option<String>,
    /// `method.response.header.Name` to `'a fixed text'`.
    pub response_parameters: Option<BTreeMap<String, String>>,
    /// By media type.
    pub response_templates: Option<BTreeMap<String, String>>,
}

/// Refuses what is not built, and what AWS refuses, for an API in `account`.
///
/// # Errors
/// `BadRequestException` in AWS's words, or a refusal that names what is missing.
pub fn check(integration: &Integration, account: &str) -> Result<()> {
    if let Some(credentials) = &integration.credentials {
        Credentials::parse(credentials, account)?;
    }
    match integration.r#type {
        IntegrationType::AwsProxy => {
            if integration.http_method.as_deref().is_none_or(str::is_empty) {
                return Err(bad("Enumeration value for HttpMethod must be non-empty"));
            }
            check_uri(integration.uri.as_deref().unwrap_or_default())?;
        }
        IntegrationType::Mock => {
            for template in integration.request_templates.iter().flatten().map(|(_, text)| text) {
                check_template(template)?;
            }
        }
        other => {
            return Err(unsupported(format_args!("integrations of type {}", other.as_str())));
        }
    }
    check_timeout(integration.timeout_in_millis)?;
    check_passthrough(&integration.passthrough_behavior)
}

fn check_timeout(millis: u32) -> Result<()> {
    match (MIN_TIMEOUT_MILLIS..=MAX_TIMEOUT_MILLIS).contains(&millis) {
        true => Ok(()),
        false => Err(bad("Timeout should be between 50 ms and 29000 ms")),
    }
}

fn check_passthrough(behavior: &str) -> Result<()> {
    match PASSTHROUGH.contains(&behavior) {
        true => Ok(()),
        false => Err(bad(format!(
            "Invalid passthrough behavior specified. Valid options are {}",
            PASSTHROUGH.join(",")
        ))),
    }
}

fn check_uri(uri: &str) -> Result<()> {
    // It only looks like an ARN: where the account would be, it names a service.
    let arn = policy::Arn::split(uri).filter(|arn| {
        arn.partition == "aws" && !arn.service.is_empty() && policy::is_region(arn.region)
    });
    let Some(arn) = arn else { return Err(bad("Invalid ARN specified in the request")) };
    let action = arn.resource.starts_with("path/") || arn.resource.starts_with("action/");
    if arn.service != "apigateway" || !action {
        return Err(bad("AWS ARN for integration must contain path or action"));
    }
    if arn.account != "lambda" {
        return Err(only_lambda());
    }
    let function = function(uri).ok_or_else(only_lambda)?;
    // What stage variables make of it is looked at when it is deployed.
    if function.contains("${stageVariables.") || is_function(function) {
        return Ok(());
    }
    Err(bad("Invalid lambda function"))
}

/// Whether `arn` is a function's, in whatever account and region.
fn is_function(arn: &str) -> bool {
    Scope::of_arn("lambda", arn).is_some_and(|(_, resource)| resource.starts_with("function:"))
}

fn only_lambda() -> crate::error::ApiGatewayError {
    bad("Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose \
         stream invocations.")
}

/// The function's ARN in
/// `arn:aws:apigateway:region:lambda:path/2015-03-31/functions/ARN/invocations`.
pub fn function(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once(":lambda:path/2015-03-31/functions/")?;
    rest.strip_suffix("/invocations").filter(|arn| !arn.is_empty())
}

/// Refuses mapping templates that do more than stand as they are: there is no VTL here.
///
/// # Errors
/// A refusal that says so.
pub fn check_template(template: &str) -> Result<()> {
    match template.contains(['$', '#']) {
        true => Err(unsupported("mapping templates with $ or # (VTL)")),
        false => Ok(()),
    }
}

/// Refuses a response that would need more than fixed text.
///
/// # Errors
/// `BadRequestException`, or a refusal that names what is missing.
pub fn check_response(response: &IntegrationResponse, kind: IntegrationType) -> Result<()> {
    // With a proxy nothing of this has an effect, so nothing of it can be wrong.
    if kind == IntegrationType::AwsProxy {
        return Ok(());
    }
    for template in response.response_templates.iter().flatten().map(|(_, text)| text) {
        check_template(template)?;
    }
    for (name, value) in response.response_parameters.iter().flatten() {
        if header_of(name).is_none() || fixed_text(value).is_none() {
            return Err(unsupported(format_args!("the response mapping {name} to {value}")));
        }
    }
    if response.selection_pattern.as_deref().is_some_and(|pattern| !is_plain(pattern)) {
        return Err(unsupported("selection patterns other than digits, dots and alternatives"));
    }
    Ok(())
}

/// A pattern that [`selects`] understands: alternatives of digits and dots.
fn is_plain(pattern: &str) -> bool {
    pattern.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'|')
}

/// Whether `pattern` (see [`check_response`]) matches a whole status code.
pub fn selects(pattern: &str, status: &str) -> bool {
    let fits = |(wanted, have): (u8, u8)| wanted == b'.' || wanted == have;
    pattern
        .split('|')
        .any(|one| one.len() == status.len() && one.bytes().zip(status.bytes()).all(fits))
}

/// The header that `method.response.header.Name` sets.
pub fn header_of(parameter: &str) -> Option<&str> {
    parameter.strip_prefix("method.response.header.").filter(|name| !name.is_empty())
}

/// The text inside `'...'`.
pub fn fixed_text(value: &str) -> Option<&str> {
    value.strip_prefix('\'')?.strip_suffix('\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    const FUNCTION: &str = "arn:aws:lambda:eu-west-1:111122223333:function:f";

    fn message(uri: &str) -> String {
        check_uri(uri).unwrap_err().into_failure().message
    }

    #[test]
    fn lambda_uris_are_taken_and_others_refused_as_on_aws() {
        let good = format!(
            "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
        );
        check_uri(&good).unwrap();
        assert_eq!(function(&good), Some(FUNCTION));
        assert_eq!(message(FUNCTION), "AWS ARN for integration must contain path or action");
        assert_eq!(message("bad-arn:lambda:path/x"), "Invalid ARN specified in the request");
        let test = good.replace("path/", "test/");
        assert_eq!(message(&test), "AWS ARN for integration must contain path or action");
        assert!(message(&good.replace(":lambda:path", ":firehose:path")).contains("only supports"));
        assert!(message(&good.replace("2015-03-31/functions", "random/value")).contains("only"));
    }

    #[test]
    fn patterns_select_whole_statuses() {
        assert!(selects("200|4..", "404"));
        assert!(!selects("200|4..", "500"));
        assert!(!selects("40", "404"));
        assert!(check_template("{\"statusCode\": 200}").is_ok());
        assert!(check_template("$input.json('$')").is_err());
        assert_eq!(fixed_text("'*'"), Some("*"));
        assert_eq!(fixed_text("integration.response.header.x"), None);
    }
}
