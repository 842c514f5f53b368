//! GetRestApis: all APIs of the account in the region.

use crate::{
    api::{Api, RestApi},
    error::{ApiGatewayError, Result},
    paging, permission,
};
use service_kit::prelude::*;

pub(crate) enum GetRestApis {}

/// What GetRestApis takes.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct GetRestApisInput {
    #[shape(query)]
    pub position: Option<String>,
    #[shape(query)]
    pub limit: Option<i32>,
}

/// What GetRestApis gives.
#[derive(Debug, Shape)]
#[shape(camel)]
pub struct GetRestApisOutput {
    pub position: Option<String>,
    #[shape(wire = "item")]
    pub items: Vec<RestApi>,
}

impl Operation for GetRestApis {
    const NAME: &'static str = "GetRestApis";
    const HTTP: Option<Http> = Some(Http::new("GET", "/restapis", 200));
    type Input = GetRestApisInput;
    type Output = GetRestApisOutput;
    type Error = ApiGatewayError;

    fn access(_: &Self::Input, at: &Scope) -> Vec<Access> {
        permission::on(permission::GET, at, "/restapis").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<GetRestApisOutput> {
        cx.read(|tx| {
            let page = paging::page::<Api>(tx, (), input.position.as_deref(), input.limit)?;
            let items = page.items.into_iter().map(|api| api.show(tx)).collect::<Result<_>>()?;
            Ok(GetRestApisOutput { position: page.next, items })
        })
    }
}
