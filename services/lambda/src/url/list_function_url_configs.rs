//! ListFunctionUrlConfigs: all addresses of a function, those of its aliases included.

use super::config::{self, FunctionUrl, FunctionUrlConfig, InvokeMode};
use crate::{
    error::LambdaError,
    name::{FunctionName, FunctionRef, access_whole},
};
use service_kit::prelude::*;

/// The most URLs in one answer, and how many there are if the request does not say.
const MAX_PAGE: usize = 50;

/// Lists the URLs of a function and its aliases.
pub enum ListFunctionUrlConfigs {}

/// What ListFunctionUrlConfigs takes.
#[derive(Debug, Shape)]
pub struct ListFunctionUrlConfigsInput {
    #[shape(label)]
    pub function_name: FunctionName,
    #[shape(query)]
    pub marker: Option<String>,
    #[shape(query, range = 1..=50)]
    pub max_items: Option<u32>,
}

/// What ListFunctionUrlConfigs gives.
#[derive(Debug, Shape)]
pub struct ListFunctionUrlConfigsOutput {
    pub function_url_configs: Vec<FunctionUrlConfig>,
    pub next_marker: Option<String>,
}

impl Operation for ListFunctionUrlConfigs {
    const NAME: &'static str = "ListFunctionUrlConfigs";
    const HTTP: Option<Http> =
        Some(Http::new("GET", "/2021-10-31/functions/{FunctionName}/urls", 200));
    type Input = ListFunctionUrlConfigsInput;
    type Output = ListFunctionUrlConfigsOutput;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access_whole("lambda:ListFunctionUrlConfigs", &input.function_name.0, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = FunctionRef::whole(&input.function_name.0, cx.scope())?;
        let marker = input.marker.as_deref().filter(|marker| !marker.is_empty());
        let asked = input.max_items.and_then(|asked| usize::try_from(asked).ok());
        let page = cx.within(named.scope.clone()).read(|tx| {
            config::check_target(tx, &named)?;
            let limit = asked.unwrap_or(MAX_PAGE).min(MAX_PAGE);
            Ok::<_, LambdaError>(tx.page::<FunctionUrl>(&named.name, marker, limit)?)
        })?;
        let show = |url: FunctionUrl| url.show(&named.scope, Some(InvokeMode::Buffered));
        let function_url_configs = page.items.into_iter().map(show).collect();
        Ok(ListFunctionUrlConfigsOutput { function_url_configs, next_marker: page.next })
    }
}
