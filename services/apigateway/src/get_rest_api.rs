//! GetRestApi: one API.

use crate::{
    api::{Api, RestApi},
    error::{ApiGatewayError, Result},
    permission,
};
use service_kit::prelude::*;

pub(crate) enum GetRestApi {}

/// What GetRestApi takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct GetRestApiInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
}

impl Operation for GetRestApi {
    const NAME: &'static str = "GetRestApi";
    const HTTP: Option<Http> = Some(Http::new("GET", "/restapis/{restapi_id}", 200));
    type Input = GetRestApiInput;
    type Output = RestApi;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        permission::on_api(permission::GET, at, &input.rest_api_id, "")
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<RestApi> {
        cx.read(|tx| Api::load(tx, &input.rest_api_id)?.show(tx))
    }
}
