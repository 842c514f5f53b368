//! PutMethodResponse and its kin: the responses that a method declares.

use crate::{
    error::{ApiGatewayError, Result},
    method::{Method, MethodResponse, check_models},
    methods::{NO_CONTENT_TYPE, NO_PARAMETER},
    patch::{self, Change, PatchOperation, invalid_path},
    permission,
    resource::Resource,
};
use service_kit::prelude::*;

const PATH: &str = "/restapis/{restapi_id}/resources/{resource_id}/methods/{http_method}\
                    /responses/{status_code}";

pub(crate) enum PutMethodResponse {}
pub(crate) enum GetMethodResponse {}
pub(crate) enum UpdateMethodResponse {}
pub(crate) enum DeleteMethodResponse {}

/// What PutMethodResponse takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct PutMethodResponseInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(label = "resource_id")]
    pub resource_id: String,
    #[shape(label = "http_method")]
    pub http_method: String,
    #[shape(label = "status_code", pattern = r"[1-5]\d\d")]
    pub status_code: String,
    pub response_parameters: Option<BTreeMap<String, bool>>,
    pub response_models: Option<BTreeMap<String, String>>,
}

/// A response of a method, by its place.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct ResponseInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(label = "resource_id")]
    pub resource_id: String,
    #[shape(label = "http_method")]
    pub http_method: String,
    #[shape(label = "status_code", pattern = r"[1-5]\d\d")]
    pub status_code: String,
}

/// What the updates of responses take.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct UpdateResponseInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(label = "resource_id")]
    pub resource_id: String,
    #[shape(label = "http_method")]
    pub http_method: String,
    #[shape(label = "status_code", pattern = r"[1-5]\d\d")]
    pub status_code: String,
    pub patch_operations: Option<Vec<PatchOperation>>,
}

/// The refusal for a status that has no response.
pub(crate) fn no_response() -> ApiGatewayError {
    ApiGatewayError::NotFoundException("Invalid Response status code specified".into())
}

fn below(status: &str) -> String {
    format!("/responses/{status}")
}

impl Operation for PutMethodResponse {
    const NAME: &'static str = "PutMethodResponse";
    const HTTP: Option<Http> = Some(Http::new("PUT", PATH, 201));
    type Input = PutMethodResponseInput;
    type Output = MethodResponse;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let place = (&*input.rest_api_id, &*input.resource_id, &*input.http_method);
        permission::on_method(permission::PUT, at, place, below(&input.status_code))
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<MethodResponse> {
        input.response_models.as_ref().map_or(Ok(()), check_models)?;
        let response = MethodResponse {
            status_code: input.status_code,
            response_parameters: input.response_parameters,
            response_models: input.response_models,
        };
        Resource::change(cx, &input.rest_api_id, &input.resource_id, |resource, _| {
            let method = resource.method_mut(&input.http_method)?;
            let responses = method.method_responses.get_or_insert_default();
            if responses.contains_key(&response.status_code) {
                let message = "Response already exists for this resource";
                return Err(ApiGatewayError::ConflictException(message.into()));
            }
            responses.insert(response.status_code.clone(), response.clone());
            Ok(response.clone())
        })
        .await
    }
}

fn of<'a>(method: &'a mut Method, status: &str) -> Result<&'a mut MethodResponse> {
    let responses = method.method_responses.as_mut();
    responses.and_then(|all| all.get_mut(status)).ok_or_else(no_response)
}

impl Operation for GetMethodResponse {
    const NAME: &'static str = "GetMethodResponse";
    const HTTP: Option<Http> = Some(Http::new("GET", PATH, 200));
    type Input = ResponseInput;
    type Output = MethodResponse;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let place = (&*input.rest_api_id, &*input.resource_id, &*input.http_method);
        permission::on_method(permission::GET, at, place, below(&input.status_code))
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<MethodResponse> {
        cx.read(|tx| {
            let mut resource = Resource::load(tx, &input.rest_api_id, &input.resource_id)?;
            of(resource.method_mut(&input.http_method)?, &input.status_code).cloned()
        })
    }
}

impl Operation for UpdateMethodResponse {
    const NAME: &'static str = "UpdateMethodResponse";
    const HTTP: Option<Http> = Some(Http::new("PATCH", PATH, 201));
    type Input = UpdateResponseInput;
    type Output = MethodResponse;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let place = (&*input.rest_api_id, &*input.resource_id, &*input.http_method);
        permission::on_method(permission::PATCH, at, place, below(&input.status_code))
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<MethodResponse> {
        Resource::change(cx, &input.rest_api_id, &input.resource_id, |resource, _| {
            let response = of(resource.method_mut(&input.http_method)?, &input.status_code)?;
            patch::each(input.patch_operations.as_deref(), |change| apply(response, change))?;
            response.response_models.as_ref().map_or(Ok(()), check_models)?;
            Ok(response.clone())
        })
        .await
    }
}

fn apply(response: &mut MethodResponse, change: &Change<'_>) -> Result<()> {
    match change.parts()[..] {
        ["responseParameters", name] => {
            let absent = || ApiGatewayError::NotFoundException(NO_PARAMETER.into());
            let read = |value: &str| patch::flag(change.path, value);
            change.optional_entry(&mut response.response_parameters, name, absent, read)
        }
        ["responseModels", kind] => {
            let absent = || ApiGatewayError::NotFoundException(NO_CONTENT_TYPE.into());
            let read = |value: &str| Ok(value.to_owned());
            change.optional_entry(&mut response.response_models, kind, absent, read)
        }
        _ => Err(invalid_path(change.path)),
    }
}

impl Operation for DeleteMethodResponse {
    const NAME: &'static str = "DeleteMethodResponse";
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
            let responses = &mut resource.method_mut(&input.http_method)?.method_responses;
            let removed = responses.as_mut().and_then(|all| all.remove(&input.status_code));
            removed.ok_or_else(no_response)?;
            responses.take_if(|all| all.is_empty());
            Ok(Empty)
        })
        .await
    }
}
