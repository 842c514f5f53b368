//! DeleteResource: remove a path with all paths below it.

use crate::{
    error::{ApiGatewayError, Result, bad},
    permission,
    resource::{Resource, subtree},
};
use service_kit::prelude::*;

pub(crate) enum DeleteResource {}

/// What DeleteResource takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct DeleteResourceInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(label = "resource_id")]
    pub resource_id: String,
}

impl Operation for DeleteResource {
    const NAME: &'static str = "DeleteResource";
    const HTTP: Option<Http> =
        Some(Http::new("DELETE", "/restapis/{restapi_id}/resources/{resource_id}", 202));
    type Input = DeleteResourceInput;
    type Output = Empty;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let below = format!("/resources/{}", input.resource_id);
        permission::on_api(permission::DELETE, at, &input.rest_api_id, below)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty> {
        let (api, id) = (&input.rest_api_id, &input.resource_id);
        cx.write(|tx| {
            let resource = Resource::load(&tx.reader(), api, id)?;
            if resource.parent_id.is_none() {
                return Err(bad("Root resource cannot be deleted"));
            }
            for below in subtree(&tx.list::<Resource>(api)?, id) {
                tx.delete::<Resource>((api, &below));
            }
            Ok(Empty)
        })
        .await
    }
}
