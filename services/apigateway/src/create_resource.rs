//! CreateResource: add a path part below a resource.

use crate::{
    api::Api,
    error::{ApiGatewayError, Result},
    permission,
    resource::{MAX_RESOURCES, Resource, ResourceView, check_place, join},
};
use service_kit::prelude::*;

pub(crate) enum CreateResource {}

/// What CreateResource takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct CreateResourceInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
    #[shape(label = "parent_id")]
    pub parent_id: String,
    pub path_part: String,
}

impl Operation for CreateResource {
    const NAME: &'static str = "CreateResource";
    const HTTP: Option<Http> =
        Some(Http::new("POST", "/restapis/{restapi_id}/resources/{parent_id}", 201));
    type Input = CreateResourceInput;
    type Output = ResourceView;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let below = format!("/resources/{}", input.parent_id);
        permission::on_api(permission::POST, at, &input.rest_api_id, below)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<ResourceView> {
        let id = cx.entropy().lower_id(6);
        cx.write(|tx| {
            let api = Api::load(&tx.reader(), &input.rest_api_id)?;
            let parent = Resource::load(&tx.reader(), &api.id, &input.parent_id)?;
            let all = tx.list::<Resource>(&api.id)?;
            if all.len() >= MAX_RESOURCES {
                let message = "Maximum number of resources for this API has been reached. Please \
                               contact AWS if you need additional resources.";
                return Err(ApiGatewayError::LimitExceededException(message.into()));
            }
            check_place(&all, &parent, &input.path_part, "")?;
            let resource = Resource {
                path: join(&parent.path, &input.path_part),
                id: id.clone(),
                parent_id: Some(parent.id),
                path_part: Some(input.path_part.clone()),
                ..Resource::root(&api.id, String::new())
            };
            tx.put(&resource)?;
            Ok(resource.show(None))
        })
        .await
    }
}
