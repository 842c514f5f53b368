//! What control-plane calls need: the HTTP method as the action, the path as the resource.
//!
//! Service Authorization Reference, "Actions, resources, and condition keys for Amazon API Gateway
//! Management": `apigateway:GET` on `arn:aws:apigateway:us-east-1::/restapis/...`.

use crate::patch::PatchOperation;
use service_kit::prelude::*;
use std::fmt::Display;

/// Reads.
pub const GET: &str = "apigateway:GET";
/// Creates below a collection.
pub const POST: &str = "apigateway:POST";
/// Creates or replaces.
pub const PUT: &str = "apigateway:PUT";
/// Changes.
pub const PATCH: &str = "apigateway:PATCH";
/// Removes.
pub const DELETE: &str = "apigateway:DELETE";
/// Needed besides when an API's own policy is set.
pub const UPDATE_POLICY: &str = "apigateway:UpdateRestApiPolicy";

/// The ARN of a path of the control plane in `region`; it names no account.
pub fn arn(region: &str, path: impl Display) -> String {
    format!("arn:aws:apigateway:{region}::{path}")
}

/// `verb` on `path`.
pub fn on(verb: &'static str, at: &Scope, path: impl Display) -> Access {
    // These ARNs name no account.
    Access::on(verb, arn(&at.region, path)).anywhere()
}

/// `verb` on something of an API: `below` starts with a slash or is empty.
pub fn on_api(verb: &'static str, at: &Scope, api: &str, below: impl Display) -> Vec<Access> {
    on(verb, at, format_args!("/restapis/{api}{below}")).only()
}

/// `verb` on something of a method: `below` starts with a slash or is empty.
pub fn on_method(
    verb: &'static str,
    at: &Scope,
    (api, resource, method): (&str, &str, &str),
    below: impl Display,
) -> Vec<Access> {
    on_api(verb, at, api, format_args!("/resources/{resource}/methods/{method}{below}"))
}

/// `apigateway:Request/ApiName`.
pub const REQUEST_NAME: &str = "apigateway:Request/ApiName";
/// `apigateway:Request/DisableExecuteApiEndpoint`.
pub const REQUEST_DISABLED: &str = "apigateway:Request/DisableExecuteApiEndpoint";
/// `apigateway:Request/EndpointType`, of several values.
pub const REQUEST_ENDPOINT: &str = "apigateway:Request/EndpointType";
/// `apigateway:Request/RouteAuthorizationType`, of several values.
pub const REQUEST_AUTHORIZATION: &str = "apigateway:Request/RouteAuthorizationType";
/// `apigateway:Request/StageName`.
pub const REQUEST_STAGE: &str = "apigateway:Request/StageName";

/// Adds to `access` the condition key that each of `operations` is about: `keys` pairs a patch's
/// path with its key and whether that has several values.
pub fn with_patches(
    mut access: Access,
    operations: Option<&[PatchOperation]>,
    keys: &[(&str, &'static str, bool)],
) -> Access {
    for operation in operations.unwrap_or_default() {
        let path = operation.path.as_deref().unwrap_or_default();
        let known = keys.iter().find(|(start, ..)| path.starts_with(start));
        let (Some((_, key, several)), Some(value)) = (known, &operation.value) else { continue };
        access = match several {
            true => access.with_many(key, [value.as_str()]),
            false => access.with(key, value.as_str()),
        };
    }
    access
}

/// The resource and method that a control-plane ARN names.
pub fn named_method(arn: &str) -> Option<(&str, &str, &str)> {
    let parsed = policy::Arn::parse(arn).filter(|parsed| parsed.service == "apigateway")?;
    let mut segments = parsed.resource.strip_prefix("/restapis/")?.split('/');
    let api = segments.next()?;
    match (segments.next(), segments.next(), segments.next(), segments.next()) {
        (Some("resources"), Some(resource), Some("methods"), Some(method)) => {
            Some((api, resource, method))
        }
        _ => None,
    }
}

/// The API and, if it is about one, the stage that a control-plane ARN names.
pub fn named(arn: &str) -> Option<(&str, Option<&str>)> {
    let parsed = policy::Arn::parse(arn).filter(|parsed| parsed.service == "apigateway")?;
    let mut segments = parsed.resource.strip_prefix("/restapis/")?.split('/');
    let api = segments.next().filter(|api| !api.is_empty())?;
    match (segments.next(), segments.next()) {
        (Some("stages"), Some(stage)) => Some((api, Some(stage))),
        _ => Some((api, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_name_an_api_or_one_of_its_stages() {
        let at = Scope::new("111122223333", "eu-west-1");
        let access = &on_method(PUT, &at, ("abc", "r1", "GET"), "/integration")[0];
        assert_eq!(
            access.resource,
            "arn:aws:apigateway:eu-west-1::/restapis/abc/resources/r1/methods/GET/integration"
        );
        assert_eq!(named(&access.resource), Some(("abc", None)));
        assert_eq!(named_method(&access.resource), Some(("abc", "r1", "GET")));
        assert_eq!(named(&arn("x", "/restapis/abc/stages/dev")), Some(("abc", Some("dev"))));
        assert_eq!(named(&arn("x", "/restapis")), None);
        assert_eq!(named("arn:aws:sqs:x:1:/restapis/abc"), None);
    }
}
