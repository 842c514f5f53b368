//! PutIntegrationResponse and its kin: how an integration's answer becomes the method's.

use crate::{
    error::{ApiGatewayError, Result, bad, unknown},
    integration::{Integration, IntegrationResponse, check_response},
    integrations,
    method::Method,
    method_responses::{ResponseInput, UpdateResponseInput, no_response},
    methods::{NO_CONTENT_TYPE, NO_PARAMETER},
    patch::{self, Change, invalid_path},
    permission,
    resource::Resource,
};
use service_kit::prelude::*;

const PATH: &str = "/restapis/{restapi_id}/resources/{resource_id}/methods/{http_method}\
                    /integration/responses/{status_code}";

pub(crate) enum PutIntegrationResponse {}
pub(crate) enum GetIntegrationResponse {}
pub(crate) enum UpdateIntegrationResponse {}
pub(crate) enum DeleteIntegrationResponse {}

/// What PutIntegrationResponse takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct PutIntegrationResponseInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(label = "resource_id")]
    pub resource_id: String,
    #[shape(label = "http_method")]
    pub http_method: String,
    #[shape(label = "status_code", pattern = r"[1-5]\d\d")]
    pub status_code: String,
    pub selection_pattern: Option<String>,
    pub response_parameters: Option<BTreeMap<String, String>>,
    pub response_templates: Option<BTreeMap<String, String>>,
}

fn below(status: &str) -> String {
    format!("/integration/responses/{status}")
}

/// Refuses a response that its method does not declare, or that is not built.
fn check(method: &Method, response: &IntegrationResponse) -> Result<()> {
    let declared = method.method_responses.as_ref().and_then(|all| all.get(&response.status_code));
    let declared = declared.ok_or_else(no_response)?;
    for name in response.response_parameters.iter().flatten().map(|(name, _)| name) {
        if !declared.response_parameters.as_ref().is_some_and(|known| known.contains_key(name)) {
            return Err(bad(format!(
                "Validation Result: warnings : [], errors : [Invalid mapping expression \
                 parameter specified: {name}]"
            )));
        }
    }
    check_response(response, integrations::of(method)?.r#type)
}

impl Operation for PutIntegrationResponse {
    const NAME: &'static str = "PutIntegrationResponse";
    const HTTP: Option<Http> = Some(Http::new("PUT", PATH, 201));
    type Input = PutIntegrationResponseInput;
    type Output = IntegrationResponse;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let place = (&*input.rest_api_id, &*input.resource_id, &*input.http_method);
        permission::on_method(permission::PUT, at, place, below(&input.status_code))
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<IntegrationResponse> {
        let response = IntegrationResponse {
            status_code: input.status_code,
            selection_pattern: input.selection_pattern,
            response_parameters: input.response_parameters,
            response_templates: input.response_templates,
        };
        Resource::change(cx, &input.rest_api_id, &input.resource_id, |resource, _| {
            let method = resource.method_mut(&input.http_method)?;
            integrations::of(method)?;
            check(method, &response)?;
            let responses = responses(method)?.get_or_insert_default();
            responses.insert(response.status_code.clone(), response.clone());
            Ok(response.clone())
        })
        .await
    }
}

fn responses(method: &mut Method) -> Result<&mut Option<BTreeMap<String, IntegrationResponse>>> {
    let integration = method.method_integration.as_mut();
    integration.map(|one| &mut one.integration_responses).ok_or_else(|| unknown("Integration"))
}

fn of<'a>(integration: &'a Integration, status: &str) -> Result<&'a IntegrationResponse> {
    let responses = integration.integration_responses.as_ref();
    responses.and_then(|all| all.get(status)).ok_or_else(no_response)
}

impl Operation for GetIntegrationResponse {
    const NAME: &'static str = "GetIntegrationResponse";
    const HTTP: Option<Http> = Some(Http::new("GET", PATH, 200));
    type Input = ResponseInput;
    type Output = IntegrationResponse;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let place = (&*input.rest_api_id, &*input.resource_id, &*input.http_method);
        permission::on_method(permission::GET, at, place, below(&input.status_code))
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<IntegrationResponse> {
        cx.read(|tx| {
            let resource = Resource::load(tx, &input.rest_api_id, &input.resource_id)?;
            let integration = integrations::of(resource.method(&input.http_method)?)?;
            of(integration, &input.status_code).cloned()
        })
    }
}

impl Operation for UpdateIntegrationResponse {
    const NAME: &'static str = "UpdateIntegrationResponse";
    const HTTP: Option<Http> = Some(Http::new("PATCH", PATH, 200));
    type Input = UpdateResponseInput;
    type Output = IntegrationResponse;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let place = (&*input.rest_api_id, &*input.resource_id, &*input.http_method);
        permission::on_method(permission::PATCH, at, place, below(&input.status_code))
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<IntegrationResponse> {
        Resource::change(cx, &input.rest_api_id, &input.resource_id, |resource, _| {
            let method = resource.method_mut(&input.http_method)?;
            let mut response = of(integrations::of(method)?, &input.status_code)?.clone();
            patch::each(input.patch_operations.as_deref(), |change| apply(&mut response, change))?;
            check(method, &response)?;
            let responses = responses(method)?.get_or_insert_default();
            responses.insert(response.status_code.clone(), response.clone());
            Ok(response)
        })
        .await
    }
}

fn apply(response: &mut IntegrationResponse, change: &Change<'_>) -> Result<()> {
    let text = |value: &str| Ok(value.to_owned());
    match change.parts()[..] {
        ["selectionPattern"] => {
            response.selection_pattern = Some(change.replacement()?.to_owned());
            Ok(())
        }
        ["responseParameters", name] => {
            let absent = || ApiGatewayError::NotFoundException(NO_PARAMETER.into());
            change.optional_entry(&mut response.response_parameters, name, absent, text)
        }
        ["responseTemplates", kind] => {
            let absent = || ApiGatewayError::NotFoundException(NO_CONTENT_TYPE.into());
            change.optional_entry(&mut response.response_templates, kind, absent, text)
        }
        _ => Err(invalid_path(change.path)),
    }
}

impl Operation for DeleteIntegrationResponse {
    const NAME: &'static str = "DeleteIntegrationResponse";
    const HTTP: Option<Http> = Some(Http::new("DELETE", PATH, 204));
    type Input = ResponseInput;
    type Output = Empty;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let place = (&*input.rest_api_id, &*input.resource_id, &*input.http_method);
        permission::on_method(permission::DELETE, at, place, below(&input.status_code))
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty> {
        Resource::change(cx, &input.rest_api_id, &input.resource_id, |resource, _| {
            // AWS names the integration even when it is the method that is missing.
            let method = resource.method_mut(&input.http_method);
            let responses = responses(method.map_err(|_| unknown("Integration"))?)?;
            let removed = responses.as_mut().and_then(|all| all.remove(&input.status_code));
            removed.ok_or_else(no_response)?;
            responses.take_if(|all| all.is_empty());
            Ok(Empty)
        })
        .await
    }
}
