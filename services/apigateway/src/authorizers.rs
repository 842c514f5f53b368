//! GetAuthorizers and GetAuthorizer: what authorizers an API has, which is none as yet.

use crate::{
    api::Api,
    error::{ApiGatewayError, Result, bad, unknown},
    permission,
};
use service_kit::prelude::*;

const ALL: &str = "/restapis/{restapi_id}/authorizers";
const ONE: &str = "/restapis/{restapi_id}/authorizers/{authorizer_id}";

pub(crate) enum GetAuthorizers {}
pub(crate) enum GetAuthorizer {}

/// What GetAuthorizers takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct GetAuthorizersInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(query)]
    pub position: Option<String>,
    #[shape(query)]
    pub limit: Option<i32>,
}

/// What GetAuthorizers gives.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct GetAuthorizersOutput {
    pub position: Option<String>,
    #[shape(wire = "item")]
    pub items: Vec<Authorizer>,
}

/// An authorizer, by its place.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct AuthorizerInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(label = "authorizer_id")]
    pub authorizer_id: String,
}

/// An authorizer. CreateAuthorizer is not built, so there are none to show.
#[derive(Clone, Debug, Shape)]
#[shape(camel)]
pub struct Authorizer {
    pub id: Option<String>,
    pub name: Option<String>,
}

impl Operation for GetAuthorizers {
    const NAME: &'static str = "GetAuthorizers";
    const HTTP: Option<Http> = Some(Http::new("GET", ALL, 200));
    type Input = GetAuthorizersInput;
    type Output = GetAuthorizersOutput;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        permission::on_api(permission::GET, at, &input.rest_api_id, "/authorizers")
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<GetAuthorizersOutput> {
        cx.read(|tx| Api::load(tx, &input.rest_api_id))?;
        match input.position {
            // A list that is empty has no second page.
            Some(_) => Err(bad("Invalid position parameter specified")),
            None => Ok(GetAuthorizersOutput { position: None, items: Vec::new() }),
        }
    }
}

impl Operation for GetAuthorizer {
    const NAME: &'static str = "GetAuthorizer";
    const HTTP: Option<Http> = Some(Http::new("GET", ONE, 200));
    type Input = AuthorizerInput;
    type Output = Authorizer;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let below = format_args!("/authorizers/{}", input.authorizer_id);
        permission::on_api(permission::GET, at, &input.rest_api_id, below)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Authorizer> {
        cx.read(|tx| Api::load(tx, &input.rest_api_id))?;
        Err(unknown("Authorizer"))
    }
}
