//! GetResources: the paths of an API.

use crate::{
    api::Api,
    error::{ApiGatewayError, Result},
    paging, permission,
    resource::{Resource, ResourceView},
};
use service_kit::prelude::*;

pub(crate) enum GetResources {}

/// What GetResources takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct GetResourcesInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(query)]
    pub position: Option<String>,
    #[shape(query)]
    pub limit: Option<i32>,
    #[shape(query)]
    pub embed: Option<Vec<String>>,
}

/// What GetResources gives.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct GetResourcesOutput {
    pub position: Option<String>,
    #[shape(wire = "item")]
    pub items: Vec<ResourceView>,
}

impl Operation for GetResources {
    const NAME: &'static str = "GetResources";
    const HTTP: Option<Http> = Some(Http::new("GET", "/restapis/{restapi_id}/resources", 200));
    type Input = GetResourcesInput;
    type Output = GetResourcesOutput;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        permission::on_api(permission::GET, at, &input.rest_api_id, "/resources")
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<GetResourcesOutput> {
        let id = &input.rest_api_id;
        cx.read(|tx| {
            Api::load(tx, id)?;
            let page = paging::page::<Resource>(tx, id, input.position.as_deref(), input.limit)?;
            let items = page.items.into_iter().map(|one| one.show(input.embed.as_deref()));
            Ok(GetResourcesOutput { items: items.collect(), position: page.next })
        })
    }
}
