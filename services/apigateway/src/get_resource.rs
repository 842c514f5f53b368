//! GetResource: one path of an API.

use crate::{
    error::{ApiGatewayError, Result},
    permission,
    resource::{Resource, ResourceView},
};
use service_kit::prelude::*;

pub(crate) enum GetResource {}

/// What GetResource takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct GetResourceInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(label = "resource_id")]
    pub resource_id: String,
    #[shape(query)]
    pub embed: Option<Vec<String>>,
}

impl Operation for GetResource {
    const NAME: &'static str = "GetResource";
    const HTTP: Option<Http> =
        Some(Http::new("GET", "/restapis/{restapi_id}/resources/{resource_id}", 200));
    type Input = GetResourceInput;
    type Output = ResourceView;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let below = format!("/resources/{}", input.resource_id);
        permission::on_api(permission::GET, at, &input.rest_api_id, below)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<ResourceView> {
        let resource = cx.read(|tx| Resource::load(tx, &input.rest_api_id, &input.resource_id))?;
        Ok(resource.show(input.embed.as_deref()))
    }
}
