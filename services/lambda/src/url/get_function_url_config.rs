//! GetFunctionUrlConfig: the address of a function or alias.

use super::config::{self, FunctionUrlConfig, FunctionUrlQualifier, InvokeMode};
use crate::{error::LambdaError, name::FunctionName};
use service_kit::prelude::*;

/// Shows the URL of a function or alias.
pub enum GetFunctionUrlConfig {}

/// What GetFunctionUrlConfig takes.
#[derive(Debug, Shape)]
pub struct GetFunctionUrlConfigInput {
    #[shape(label)]
    pub function_name: FunctionName,
    #[shape(query)]
    pub qualifier: Option<FunctionUrlQualifier>,
}

impl Operation for GetFunctionUrlConfig {
    const NAME: &'static str = "GetFunctionUrlConfig";
    const HTTP: Option<Http> =
        Some(Http::new("GET", "/2021-10-31/functions/{FunctionName}/url", 200));
    type Input = GetFunctionUrlConfigInput;
    type Output = FunctionUrlConfig;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let (name, qualifier) = (&input.function_name.0, input.qualifier.as_ref());
        config::permission("lambda:GetFunctionUrlConfig", name, qualifier, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = config::named(&input.function_name.0, input.qualifier.as_ref(), cx.scope())?;
        let url = cx.within(named.scope.clone()).read(|tx| config::find(tx, &named))?;
        Ok(url.show(&named.scope, Some(InvokeMode::Buffered)))
    }
}
