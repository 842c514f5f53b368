//! DeleteRestApi: remove an API with all that belongs to it.

use crate::{
    api::{Api, ApiHome},
    deployment::Deployment,
    error::{ApiGatewayError, Result},
    permission,
    resource::Resource,
    stage::Stage,
    validator::Validator,
};
use service_kit::prelude::*;

pub(crate) enum DeleteRestApi {}

/// What DeleteRestApi takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct DeleteRestApiInput {
    #[shape(label = "restapi_id")]
    pub rest_api_id: String,
}

impl Operation for DeleteRestApi {
    const NAME: &'static str = "DeleteRestApi";
    const HTTP: Option<Http> = Some(Http::new("DELETE", "/restapis/{restapi_id}", 202));
    type Input = DeleteRestApiInput;
    type Output = Empty;
    type Error = ApiGatewayError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        permission::on_api(permission::DELETE, at, &input.rest_api_id, "")
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty> {
        let id = &input.rest_api_id;
        cx.write(|tx| {
            Api::load(&tx.reader(), id)?;
            for stage in tx.list::<Stage>(id)? {
                tx.delete::<Stage>((id, &stage.name));
            }
            for deployment in tx.list::<Deployment>(id)? {
                deployment.remove(tx)?;
            }
            for validator in tx.list::<Validator>(id)? {
                tx.delete::<Validator>((id, &validator.id));
            }
            for resource in tx.list::<Resource>(id)? {
                tx.delete::<Resource>((id, &resource.id));
            }
            tx.delete::<ApiHome>(id);
            tx.delete::<Api>(id);
            Ok(Empty)
        })
        .await
    }
}
