//! DeleteFunctionUrlConfig: take away the address of a function or alias.

use super::config::{self, FunctionUrlQualifier};
use crate::{error::LambdaError, name::FunctionName};
use service_kit::prelude::*;

/// Deletes the URL for good: a new one has another address.
pub enum DeleteFunctionUrlConfig {}

/// What DeleteFunctionUrlConfig takes.
#[derive(Debug, Shape)]
pub struct DeleteFunctionUrlConfigInput {
    #[shape(label)]
    pub function_name: FunctionName,
    #[shape(query)]
    pub qualifier: Option<FunctionUrlQualifier>,
}

impl Operation for DeleteFunctionUrlConfig {
    const NAME: &'static str = "DeleteFunctionUrlConfig";
    const HTTP: Option<Http> =
        Some(Http::new("DELETE", "/2021-10-31/functions/{FunctionName}/url", 204));
    type Input = DeleteFunctionUrlConfigInput;
    type Output = Empty;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let (name, qualifier) = (&input.function_name.0, input.qualifier.as_ref());
        config::permission("lambda:DeleteFunctionUrlConfig", name, qualifier, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = config::named(&input.function_name.0, input.qualifier.as_ref(), cx.scope())?;
        cx.within(named.scope.clone())
            .write(|tx| {
                let url = config::find(&tx.reader(), &named)?;
                config::remove(tx, &url.function, &url.qualifier)?;
                Ok(Empty)
            })
            .await
    }
}
