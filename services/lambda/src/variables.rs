//! A function's environment variables: what may be set, and how they are kept.

use crate::{error::LambdaError, name::function_arn};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use service_kit::{platform::Platform, prelude::*};

/// All names and values together, as JSON, in bytes.
const MAX_BYTES: usize = 4096;

/// The purpose they are sealed for.
const PURPOSE: &str = "lambda-variables";

/// What only Lambda sets (AWS Lambda Developer Guide, "Defined runtime environment variables").
const RESERVED: [&str; 19] = [
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
];

/// Variables by name.
pub type Variables = BTreeMap<String, String>;

/// Whether a function may set these.
///
/// # Errors
/// In AWS's words, when a name is malformed or reserved, or all are too long.
pub fn check(variables: &Variables) -> Result<(), LambdaError> {
    if !variables.keys().all(|name| is_name(name)) {
        return Err(Fault::invalid(
            "1 validation error detected: Value at 'environment.variables' failed to satisfy \
             constraint: Map keys must satisfy constraint: [Member must satisfy regular \
             expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
        )
        .into());
    }
    let refused = "Lambda was unable to configure your environment variables because the \
                   environment variables you have provided";
    let reserved: Vec<&str> =
        variables.keys().map(String::as_str).filter(|name| RESERVED.contains(name)).collect();
    if !reserved.is_empty() {
        return Err(LambdaError::invalid(format!(
            "{refused} contains reserved keys that are currently not supported for modification. \
             Reserved keys used in this request: {}",
            reserved.join(", ")
        )));
    }
    let measured = serde_json::to_string(variables).map_err(Fault::internal)?;
    if measured.len() > MAX_BYTES {
        return Err(LambdaError::invalid(format!(
            "{refused} exceeded the 4KB limit. String measured: {measured}"
        )));
    }
    Ok(())
}

/// A letter or an underscore of ours, then at least one more letter, digit or underscore.
fn is_name(name: &str) -> bool {
    let reserved = RESERVED.contains(&name); // told apart with a better message
    let mut characters = name.bytes();
    let starts = characters.next().is_some_and(|first| first.is_ascii_alphabetic());
    let goes_on =
        characters.len() > 0 && characters.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    reserved || (starts && goes_on)
}

/// The form to store, readable for this function only.
///
/// # Errors
/// [`Fault`] when they cannot be sealed.
pub fn seal(
    platform: &Platform,
    scope: &Scope,
    function: &str,
    variables: &Variables,
) -> Result<Option<String>, Fault> {
    if variables.is_empty() {
        return Ok(None);
    }
    let plain = serde_json::to_vec(variables).map_err(Fault::internal)?;
    let context = function_arn(scope, function);
    let sealed = platform.seal().seal(PURPOSE, context.as_bytes(), &plain)?;
    Ok(Some(STANDARD.encode(sealed)))
}

/// Opens what [`seal`] made.
///
/// # Errors
/// [`Fault::Internal`] when it is damaged or another function's.
pub fn open(
    platform: &Platform,
    scope: &Scope,
    function: &str,
    sealed: Option<&str>,
) -> Result<Variables, Fault> {
    let Some(sealed) = sealed else { return Ok(Variables::new()) };
    let context = function_arn(scope, function);
    let sealed = STANDARD.decode(sealed).map_err(Fault::internal)?;
    let plain = platform.seal().open(PURPOSE, context.as_bytes(), &sealed);
    let plain = plain.ok_or_else(|| Fault::internal("sealed variables do not open"))?;
    serde_json::from_slice(&plain).map_err(Fault::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str, value: &str) -> Option<String> {
        let variables = Variables::from([(name.to_owned(), value.to_owned())]);
        check(&variables).err().map(|error| error.into_failure().message)
    }

    #[test]
    fn names_and_sizes_are_checked_in_aws_words() {
        assert_eq!(refused("TABLE_1", "x"), None);
        for name in ["1A", "_A", "A", "A-B", ""] {
            assert!(refused(name, "x").unwrap().contains("regular expression"), "{name}");
        }
        let message = refused("AWS_REGION", "x").unwrap();
        assert!(message.ends_with("Reserved keys used in this request: AWS_REGION"));
        assert_eq!(refused("AA", &"x".repeat(4096 - 9)), None);
        assert!(refused("AA", &"x".repeat(4096 - 8)).unwrap().contains("4KB limit"));
    }
}
