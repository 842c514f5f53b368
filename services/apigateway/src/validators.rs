//! CreateRequestValidator and its kin: whether methods ask for their required parameters.

use crate::{
    api::Api,
    error::{ApiGatewayError, Result, bad, unsupported},
    paging,
    patch::{self, Change, PatchOperation},
    permission,
    validator::{RequestValidator, Validator},
};
use service_kit::prelude::*;

const ALL: &str = "/restapis/{restapi_id}/requestvalidators";
const ONE: &str = "/restapis/{restapi_id}/requestvalidators/{requestvalidator_id}";

pub(crate) enum CreateRequestValidator {}
pub(crate) enum GetRequestValidators {}
pub(crate) enum GetRequestValidator {}
pub(crate) enum UpdateRequestValidator {}
pub(crate) enum DeleteRequestValidator {}

/// What CreateRequestValidator takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct CreateRequestValidatorInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    pub name: Option<String>,
    pub validate_request_body: Option<bool>,
    pub validate_request_parameters: Option<bool>,
}

/// What GetRequestValidators takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct GetRequestValidatorsInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(query)]
    pub position: Option<String>,
    #[shape(query)]
    pub limit: Option<i32>,
}

/// What GetRequestValidators gives.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct GetRequestValidatorsOutput {
    pub position: Option<String>,
    #[shape(wire = "item")]
    pub items: Vec<RequestValidator>,
}

/// A validator, by its place.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct ValidatorInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(label = "requestvalidator_id")]
    pub request_validator_id: String,
}

/// What UpdateRequestValidator takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct UpdateRequestValidatorInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(label = "requestvalidator_id")]
    pub request_validator_id: String,
    pub patch_operations: Option<Vec<PatchOperation>>,
}

fn below(id: &str) -> String {
    format!("/requestvalidators/{id}")
}

fn check_body(wanted: bool) -> Result<()> {
    match wanted {
        true => Err(unsupported("validateRequestBody true (models)")),
        false => Ok(()),
    }
}

impl Operation for CreateRequestValidator {
    const NAME: &'static str = "CreateRequestValidator";
    const HTTP: Option<Http> = Some(Http::new("POST", ALL, 201));
    type Input = CreateRequestValidatorInput;
    type Output = RequestValidator;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        permission::on_api(permission::POST, at, &input.rest_api_id, "/requestvalidators")
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<RequestValidator> {
        check_body(input.validate_request_body.unwrap_or(false))?;
        let validator = Validator {
            api: input.rest_api_id,
            id: cx.entropy().lower_id(6),
            name: input.name,
            parameters: input.validate_request_parameters.unwrap_or(false),
        };
        cx.write(|tx| {
            if tx.get::<Api>(&validator.api)?.is_none() {
                return Err(bad("Invalid REST API identifier specified"));
            }
            tx.put(&validator)?;
            Ok(())
        })
        .await?;
        Ok(validator.show())
    }
}

impl Operation for GetRequestValidators {
    const NAME: &'static str = "GetRequestValidators";
    const HTTP: Option<Http> = Some(Http::new("GET", ALL, 200));
    type Input = GetRequestValidatorsInput;
    type Output = GetRequestValidatorsOutput;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        permission::on_api(permission::GET, at, &input.rest_api_id, "/requestvalidators")
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<GetRequestValidatorsOutput> {
        let id = &input.rest_api_id;
        cx.read(|tx| {
            Api::load(tx, id)?;
            let page = paging::page::<Validator>(tx, id, input.position.as_deref(), input.limit)?;
            let items = page.items.into_iter().map(Validator::show).collect();
            Ok(GetRequestValidatorsOutput { items, position: page.next })
        })
    }
}

impl Operation for GetRequestValidator {
    const NAME: &'static str = "GetRequestValidator";
    const HTTP: Option<Http> = Some(Http::new("GET", ONE, 200));
    type Input = ValidatorInput;
    type Output = RequestValidator;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let below = below(&input.request_validator_id);
        permission::on_api(permission::GET, at, &input.rest_api_id, below)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<RequestValidator> {
        let (api, id) = (&input.rest_api_id, &input.request_validator_id);
        Ok(cx.read(|tx| Validator::load(tx, api, id))?.show())
    }
}

impl Operation for UpdateRequestValidator {
    const NAME: &'static str = "UpdateRequestValidator";
    const HTTP: Option<Http> = Some(Http::new("PATCH", ONE, 200));
    type Input = UpdateRequestValidatorInput;
    type Output = RequestValidator;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let below = below(&input.request_validator_id);
        permission::on_api(permission::PATCH, at, &input.rest_api_id, below)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<RequestValidator> {
        let (api, id) = (&input.rest_api_id, &input.request_validator_id);
        cx.write(|tx| {
            let mut validator = Validator::load(&tx.reader(), api, id)?;
            let operations = input.patch_operations.as_deref();
            patch::each(operations, |change| apply(&mut validator, change))?;
            tx.put(&validator)?;
            Ok(validator.show())
        })
        .await
    }
}

fn apply(validator: &mut Validator, change: &Change<'_>) -> Result<()> {
    match change.path {
        "/name" => match change.text()? {
            None => return Err(bad("Request Validator name cannot be blank")),
            name => validator.name = name,
        },
        "/validateRequestParameters" => validator.parameters = change.flag()?,
        "/validateRequestBody" => check_body(change.flag()?)?,
        path => {
            return Err(bad(format!(
                "Invalid patch path  '{path}' specified for op 'replace'. Must be one of: \
                 [/name, /validateRequestParameters, /validateRequestBody]"
            )));
        }
    }
    Ok(())
}

impl Operation for DeleteRequestValidator {
    const NAME: &'static str = "DeleteRequestValidator";
    const HTTP: Option<Http> = Some(Http::new("DELETE", ONE, 202));
    type Input = ValidatorInput;
    type Output = Empty;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let below = below(&input.request_validator_id);
        permission::on_api(permission::DELETE, at, &input.rest_api_id, below)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty> {
        let (api, id) = (&input.rest_api_id, &input.request_validator_id);
        cx.write(|tx| {
            Validator::load(&tx.reader(), api, id)?;
            tx.delete::<Validator>((api, id));
            Ok(Empty)
        })
        .await
    }
}
