//! PutMethod, GetMethod, UpdateMethod, DeleteMethod: what a resource answers to.

use crate::{
    error::{ApiGatewayError, Result, bad, unknown, unsupported},
    method::{
        Method, check_api_key, check_authorization, check_models, check_name, check_parameters,
    },
    patch::{self, Change, PatchOperation, invalid_path},
    permission,
    resource::Resource,
    validator::Validator,
};
use service_kit::prelude::*;

const PATH: &str = "/restapis/{restapi_id}/resources/{resource_id}/methods/{http_method}";

pub(crate) enum PutMethod {}
pub(crate) enum GetMethod {}
pub(crate) enum UpdateMethod {}
pub(crate) enum DeleteMethod {}

/// What PutMethod takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct PutMethodInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(label = "resource_id")]
    pub resource_id: String,
    #[shape(label = "http_method")]
    pub http_method: String,
    pub authorization_type: String,
    pub api_key_required: Option<bool>,
    pub operation_name: Option<String>,
    pub request_parameters: Option<BTreeMap<String, bool>>,
    pub request_models: Option<BTreeMap<String, String>>,
    pub request_validator_id: Option<String>,
}

/// A method, by its place.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct MethodInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(label = "resource_id")]
    pub resource_id: String,
    #[shape(label = "http_method")]
    pub http_method: String,
}

/// What UpdateMethod takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct UpdateMethodInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(label = "resource_id")]
    pub resource_id: String,
    #[shape(label = "http_method")]
    pub http_method: String,
    pub patch_operations: Option<Vec<PatchOperation>>,
}

impl Operation for PutMethod {
    const NAME: &'static str = "PutMethod";
    const HTTP: Option<Http> = Some(Http::new("PUT", PATH, 201));
    type Input = PutMethodInput;
    type Output = Method;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let place = (&*input.rest_api_id, &*input.resource_id, &*input.http_method);
        let needed = permission::on_method(permission::PUT, at, place, "").into_iter();
        let authorization = input.authorization_type.as_str();
        needed
            .map(|access| access.with_many(permission::REQUEST_AUTHORIZATION, [authorization]))
            .collect()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Method> {
        let name = input.http_method.as_str();
        Resource::change(cx, &input.rest_api_id, &input.resource_id, |resource, tx| {
            check_name(name)?;
            let method = new_method(&input)?;
            check_validator(tx, &input.rest_api_id, &method)?;
            if resource.methods.contains_key(name) {
                let message = "Method already exists for this resource";
                return Err(ApiGatewayError::ConflictException(message.into()));
            }
            resource.methods.insert(name.to_owned(), method.clone());
            Ok(method)
        })
        .await
    }
}

fn new_method(input: &PutMethodInput) -> Result<Method> {
    check_authorization(&input.authorization_type)?;
    check_api_key(input.api_key_required.unwrap_or(false))?;
    input.request_parameters.as_ref().map_or(Ok(()), check_parameters)?;
    input.request_models.as_ref().map_or(Ok(()), check_models)?;
    Ok(Method {
        http_method: Some(input.http_method.clone()),
        authorization_type: Some(input.authorization_type.clone()),
        api_key_required: Some(false),
        request_validator_id: input.request_validator_id.clone().filter(|id| !id.is_empty()),
        operation_name: input.operation_name.clone(),
        request_parameters: input.request_parameters.clone(),
        request_models: input.request_models.clone(),
        ..Method::default()
    })
}

fn check_validator(tx: &ReadTx<'_>, api: &str, method: &Method) -> Result<()> {
    let Some(id) = &method.request_validator_id else { return Ok(()) };
    match tx.get::<Validator>((api, id))? {
        Some(_) => Ok(()),
        None => Err(bad("Invalid Request Validator identifier specified")),
    }
}

impl Operation for GetMethod {
    const NAME: &'static str = "GetMethod";
    const HTTP: Option<Http> = Some(Http::new("GET", PATH, 200));
    type Input = MethodInput;
    type Output = Method;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let MethodInput { rest_api_id, resource_id, http_method } = input;
        permission::on_method(permission::GET, at, (rest_api_id, resource_id, http_method), "")
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Method> {
        cx.read(|tx| {
            let resource = Resource::load(tx, &input.rest_api_id, &input.resource_id)?;
            resource.method(&input.http_method).cloned()
        })
    }
}

impl Operation for UpdateMethod {
    const NAME: &'static str = "UpdateMethod";
    const HTTP: Option<Http> = Some(Http::new("PATCH", PATH, 200));
    type Input = UpdateMethodInput;
    type Output = Method;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let place = (&*input.rest_api_id, &*input.resource_id, &*input.http_method);
        let needed = permission::on_method(permission::PATCH, at, place, "").into_iter();
        let keys = [("/authorizationType", permission::REQUEST_AUTHORIZATION, true)];
        let operations = input.patch_operations.as_deref();
        needed.map(|access| permission::with_patches(access, operations, &keys)).collect()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Method> {
        Resource::change(cx, &input.rest_api_id, &input.resource_id, |resource, tx| {
            let method = resource.method_mut(&input.http_method)?;
            patch::each(input.patch_operations.as_deref(), |change| apply(method, change))?;
            method.request_parameters.as_ref().map_or(Ok(()), check_parameters)?;
            method.request_models.as_ref().map_or(Ok(()), check_models)?;
            check_validator(tx, &input.rest_api_id, method)?;
            Ok(method.clone())
        })
        .await
    }
}

fn apply(method: &mut Method, change: &Change<'_>) -> Result<()> {
    match change.parts()[..] {
        ["authorizationType"] => {
            let kind = change.replacement()?;
            check_authorization(kind)?;
            method.authorization_type = Some(kind.to_owned());
        }
        ["apiKeyRequired"] => check_api_key(change.flag()?)?,
        ["operationName"] => method.operation_name = change.text()?,
        ["requestValidatorId"] => method.request_validator_id = change.text()?,
        ["requestParameters", name] => {
            let parameters = &mut method.request_parameters;
            let absent = || ApiGatewayError::NotFoundException(NO_PARAMETER.into());
            change.optional_entry(parameters, name, absent, |value| {
                patch::flag(change.path, value)
            })?;
        }
        ["requestModels", kind] => {
            let absent = || ApiGatewayError::NotFoundException(NO_CONTENT_TYPE.into());
            let read = |value: &str| Ok(value.to_owned());
            change.optional_entry(&mut method.request_models, kind, absent, read)?;
        }
        ["authorizerId"] | ["authorizationScopes", ..] => {
            return Err(unsupported(format_args!("UpdateMethod of {}", change.path)));
        }
        _ => return Err(invalid_path(change.path)),
    }
    Ok(())
}

/// What AWS says of a parameter that is not there.
pub(crate) const NO_PARAMETER: &str = "Invalid parameter name specified";
/// What AWS says of a media type that is not there.
pub(crate) const NO_CONTENT_TYPE: &str = "Content-Type specified was not found";

impl Operation for DeleteMethod {
    const NAME: &'static str = "DeleteMethod";
    const HTTP: Option<Http> = Some(Http::new("DELETE", PATH, 204));
    type Input = MethodInput;
    type Output = Empty;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let MethodInput { rest_api_id, resource_id, http_method } = input;
        permission::on_method(permission::DELETE, at, (rest_api_id, resource_id, http_method), "")
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty> {
        Resource::change(cx, &input.rest_api_id, &input.resource_id, |resource, _| {
            let removed = resource.methods.remove(&input.http_method);
            removed.ok_or_else(|| unknown("Method"))?;
            Ok(Empty)
        })
        .await
    }
}
