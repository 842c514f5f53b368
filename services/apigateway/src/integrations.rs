//! PutIntegration, GetIntegration, UpdateIntegration, DeleteIntegration: what is behind a method.

use crate::{
    credentials::Credentials,
    error::{ApiGatewayError, Result, bad, unknown, unsupported},
    integration::{
        ConnectionType, Integration, IntegrationType, MAX_TIMEOUT_MILLIS, ResponseTransferMode,
        check,
    },
    method::{self, Method},
    methods::{MethodInput, NO_CONTENT_TYPE, NO_PARAMETER, UpdateMethodInput},
    patch::{self, Change, PatchOperation, invalid_path},
    permission,
    resource::Resource,
};
use service_kit::prelude::*;

const PATH: &str =
    "/restapis/{restapi_id}/resources/{resource_id}/methods/{http_method}/integration";

/// The patch path of an integration's credentials, which asks for a permission of its own.
const CREDENTIALS: &str = "/credentials";

pub(crate) enum PutIntegration {}
pub(crate) enum GetIntegration {}
pub(crate) enum UpdateIntegration {}
pub(crate) enum DeleteIntegration {}

/// What PutIntegration takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct PutIntegrationInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(label = "resource_id")]
    pub resource_id: String,
    #[shape(label = "http_method")]
    pub http_method: String,
    pub r#type: IntegrationType,
    #[shape(wire = "httpMethod")]
    pub integration_http_method: Option<String>,
    pub uri: Option<String>,
    pub credentials: Option<String>,
    pub connection_type: Option<ConnectionType>,
    pub request_parameters: Option<BTreeMap<String, String>>,
    pub request_templates: Option<BTreeMap<String, String>>,
    pub passthrough_behavior: Option<String>,
    pub timeout_in_millis: Option<i32>,
    pub response_transfer_mode: Option<ResponseTransferMode>,
}

impl Operation for PutIntegration {
    const NAME: &'static str = "PutIntegration";
    const HTTP: Option<Http> = Some(Http::new("PUT", PATH, 201));
    type Input = PutIntegrationInput;
    type Output = Integration;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let place = (&*input.rest_api_id, &*input.resource_id, &*input.http_method);
        let mut needed = permission::on_method(permission::PUT, at, place, "/integration");
        needed.extend(input.credentials.iter().filter_map(|it| Credentials::pass(it, at)));
        needed
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Integration> {
        Resource::change(cx, &input.rest_api_id, &input.resource_id, |resource, _| {
            let method = resource.method_mut(&input.http_method)?;
            let integration = new_integration(&input, cx.account())?;
            method.method_integration = Some(integration.clone());
            Ok(integration)
        })
        .await
    }
}

fn new_integration(input: &PutIntegrationInput, account: &str) -> Result<Integration> {
    if input.connection_type == Some(ConnectionType::VpcLink) {
        return Err(unsupported("connectionType VPC_LINK"));
    }
    if input.response_transfer_mode == Some(ResponseTransferMode::Stream) {
        return Err(unsupported("responseTransferMode STREAM"));
    }
    if let Some(name) = input.integration_http_method.as_deref() {
        method::check_name(name)?;
    }
    let timeout = input.timeout_in_millis.map_or(MAX_TIMEOUT_MILLIS, i32::cast_unsigned);
    let passthrough = input.passthrough_behavior.as_deref().unwrap_or("WHEN_NO_MATCH");
    let integration = Integration {
        r#type: input.r#type,
        http_method: input.integration_http_method.clone(),
        uri: input.uri.clone(),
        credentials: input.credentials.clone().filter(|text| !text.is_empty()),
        request_parameters: input.request_parameters.clone(),
        request_templates: input.request_templates.clone(),
        passthrough_behavior: passthrough.to_ascii_uppercase(),
        timeout_in_millis: timeout,
        cache_namespace: input.resource_id.clone(),
        cache_key_parameters: Vec::new(),
        integration_responses: None,
    };
    check(&integration, account)?;
    Ok(integration)
}

/// A method's integration.
///
/// # Errors
/// `NotFoundException`.
pub(crate) fn of(method: &Method) -> Result<&Integration> {
    method.method_integration.as_ref().ok_or_else(|| unknown("Integration"))
}

impl Operation for GetIntegration {
    const NAME: &'static str = "GetIntegration";
    const HTTP: Option<Http> = Some(Http::new("GET", PATH, 200));
    type Input = MethodInput;
    type Output = Integration;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let place = (&*input.rest_api_id, &*input.resource_id, &*input.http_method);
        permission::on_method(permission::GET, at, place, "/integration")
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Integration> {
        cx.read(|tx| {
            let resource = Resource::load(tx, &input.rest_api_id, &input.resource_id)?;
            of(resource.method(&input.http_method)?).cloned()
        })
    }
}

impl Operation for UpdateIntegration {
    const NAME: &'static str = "UpdateIntegration";
    const HTTP: Option<Http> = Some(Http::new("PATCH", PATH, 200));
    type Input = UpdateMethodInput;
    type Output = Integration;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let place = (&*input.rest_api_id, &*input.resource_id, &*input.http_method);
        let mut needed = permission::on_method(permission::PATCH, at, place, "/integration");
        let operations = input.patch_operations.as_deref().unwrap_or_default().iter();
        let given = operations.filter(|it| it.path.as_deref() == Some(CREDENTIALS));
        let given = given.filter_map(|it| it.value.as_deref());
        needed.extend(given.filter_map(|it| Credentials::pass(it, at)));
        needed
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Integration> {
        Resource::change(cx, &input.rest_api_id, &input.resource_id, |resource, _| {
            let method = resource.method_mut(&input.http_method)?;
            let mut integration = of(method)?.clone();
            update(&mut integration, input.patch_operations.as_deref(), cx.account())?;
            method.method_integration = Some(integration.clone());
            Ok(integration)
        })
        .await
    }
}

fn update(
    integration: &mut Integration,
    operations: Option<&[PatchOperation]>,
    account: &str,
) -> Result<()> {
    patch::each(operations, |change| apply(integration, change))?;
    check(integration, account)
}

fn apply(integration: &mut Integration, change: &Change<'_>) -> Result<()> {
    let text = |value: &str| Ok(value.to_owned());
    match change.parts()[..] {
        ["uri"] => integration.uri = change.text()?,
        ["credentials"] => integration.credentials = change.text()?,
        ["httpMethod"] => {
            let name = change.replacement()?;
            method::check_name(name)?;
            integration.http_method = Some(name.to_owned());
        }
        ["timeoutInMillis"] => {
            let value = change.replacement()?;
            let message = || bad(format!("Invalid integer value for {}: {value}", change.path));
            integration.timeout_in_millis = value.parse().map_err(|_| message())?;
        }
        ["passthroughBehavior"] => {
            integration.passthrough_behavior = change.replacement()?.to_ascii_uppercase();
        }
        ["requestTemplates", kind] => {
            let absent = || ApiGatewayError::NotFoundException(NO_CONTENT_TYPE.into());
            change.optional_entry(&mut integration.request_templates, kind, absent, text)?;
        }
        ["requestParameters", name] => {
            let absent = || ApiGatewayError::NotFoundException(NO_PARAMETER.into());
            change.optional_entry(&mut integration.request_parameters, name, absent, text)?;
        }
        ["connectionType"] if change.replacement()? == "INTERNET" => {}
        [
            "connectionType"
            | "connectionId"
            | "contentHandling"
            | "cacheNamespace"
            | "cacheKeyParameters"
            | "tlsConfig"
            | "responseTransferMode",
            ..,
        ] => return Err(unsupported(format_args!("UpdateIntegration of {}", change.path))),
        _ => return Err(invalid_path(change.path)),
    }
    Ok(())
}

impl Operation for DeleteIntegration {
    const NAME: &'static str = "DeleteIntegration";
    const HTTP: Option<Http> = Some(Http::new("DELETE", PATH, 204));
    type Input = MethodInput;
    type Output = Empty;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let place = (&*input.rest_api_id, &*input.resource_id, &*input.http_method);
        permission::on_method(permission::DELETE, at, place, "/integration")
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty> {
        Resource::change(cx, &input.rest_api_id, &input.resource_id, |resource, _| {
            let method = resource.method_mut(&input.http_method)?;
            method.method_integration.take().ok_or_else(|| unknown("Integration"))?;
            Ok(Empty)
        })
        .await
    }
}
