//! Methods of resources and what they answer with.

use crate::{
    error::{Result, bad, unsupported},
    integration::Integration,
};
use service_kit::prelude::*;

/// What a method may be called.
pub const METHODS: [&str; 8] = ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY"];

/// One method of a resource. A listing that does not embed methods shows it empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Shape)]
#[shape(camel)]
pub struct Method {
    pub http_method: Option<String>,
    /// `NONE` or `AWS_IAM`.
    pub authorization_type: Option<String>,
    pub api_key_required: Option<bool>,
    pub request_validator_id: Option<String>,
    pub operation_name: Option<String>,
    /// Places such as `method.request.querystring.page`, and whether they are required.
    pub request_parameters: Option<BTreeMap<String, bool>>,
    pub request_models: Option<BTreeMap<String, String>>,
    pub method_responses: Option<BTreeMap<String, MethodResponse>>,
    pub method_integration: Option<Integration>,
}

impl Method {
    /// Whether callers must sign.
    pub fn needs_iam(&self) -> bool {
        self.authorization_type.as_deref() == Some(AWS_IAM)
    }
}

/// A response that a method declares. It describes the API; only what an integration response
/// maps to it has an effect, and with AWS_PROXY nothing does, as on AWS.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Shape)]
#[shape(camel)]
pub struct MethodResponse {
    pub status_code: String,
    pub response_parameters: Option<BTreeMap<String, bool>>,
    pub response_models: Option<BTreeMap<String, String>>,
}

const NONE: &str = "NONE";
const AWS_IAM: &str = "AWS_IAM";
/// The models that every API has from the start.
const OWN_MODELS: [&str; 2] = ["Empty", "Error"];

/// Refuses a method's name that is none.
///
/// # Errors
/// `BadRequestException`, in AWS's words.
pub fn check_name(name: &str) -> Result<()> {
    match METHODS.contains(&name) {
        true => Ok(()),
        false => Err(bad(format!(
            "Invalid HttpMethod specified. Valid options are {}",
            METHODS.join(",")
        ))),
    }
}

/// Refuses an authorization type that is none, or not built.
///
/// # Errors
/// `BadRequestException`, or a refusal that names it.
pub fn check_authorization(name: &str) -> Result<()> {
    match name {
        NONE | AWS_IAM => Ok(()),
        "CUSTOM" | "COGNITO_USER_POOLS" => {
            Err(unsupported(format_args!("methods of authorizationType {name}")))
        }
        _ => Err(bad("Invalid authorization type specified. Valid options are NONE, AWS_IAM, \
                      CUSTOM, COGNITO_USER_POOLS")),
    }
}

/// Refuses API keys, which are not built.
///
/// # Errors
/// A refusal that names them.
pub fn check_api_key(required: bool) -> Result<()> {
    match required {
        true => Err(unsupported("apiKeyRequired true")),
        false => Ok(()),
    }
}

/// Refuses parameters that are in no place of a request, or share a name.
///
/// # Errors
/// `BadRequestException`, in AWS's words.
pub fn check_parameters(parameters: &BTreeMap<String, bool>) -> Result<()> {
    let mut names = Vec::new();
    for parameter in parameters.keys() {
        let (_, name) = place(parameter).ok_or_else(|| {
            bad(format!(
                "Invalid mapping expression specified: Validation Result: warnings : [], errors : \
                 [Invalid mapping expression specified: {parameter}]"
            ))
        })?;
        if names.contains(&name) {
            return Err(bad("Parameter names must be unique across querystring, header and path"));
        }
        names.push(name);
    }
    Ok(())
}

/// The place (`header`, `path` or `querystring`) and name of `method.request.place.name`.
pub fn place(parameter: &str) -> Option<(&str, &str)> {
    let (place, name) = parameter.strip_prefix("method.request.")?.split_once('.')?;
    (matches!(place, "header" | "path" | "querystring") && !name.is_empty())
        .then_some((place, name))
}

/// Refuses models other than the two that every API has.
///
/// # Errors
/// `BadRequestException`, in AWS's words: no other model can exist.
pub fn check_models(models: &BTreeMap<String, String>) -> Result<()> {
    match models.values().find(|model| !OWN_MODELS.contains(&model.as_str())) {
        Some(model) => Err(bad(format!("Invalid model identifier specified: {model}"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_types_and_parameters_are_checked() {
        check_name("ANY").unwrap();
        assert_eq!(
            check_name("FETCH").unwrap_err().into_failure().message,
            "Invalid HttpMethod specified. Valid options are \
             GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"
        );
        assert_eq!(check_authorization("CUSTOM").unwrap_err().into_failure().status, 501);
        check_authorization("AWS_IAM").unwrap();
        assert_eq!(place("method.request.querystring.a.b"), Some(("querystring", "a.b")));
        assert_eq!(place("method.request.cookie.a"), None);
        let same = ["method.request.header.a", "method.request.path.a"];
        let same = same.map(|name| (name.to_owned(), true)).into();
        assert!(check_parameters(&same).is_err());
    }
}
