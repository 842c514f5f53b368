//! GetFunctionConfiguration: how a version of a function runs.

use crate::{
    error::LambdaError,
    function,
    name::{FunctionRef, NamespacedFunctionName, Qualifier, access},
    shapes::{self, FunctionConfiguration},
};
use service_kit::prelude::*;

/// Shows the configuration of a version.
pub(crate) enum GetFunctionConfiguration {}

/// What GetFunctionConfiguration takes.
#[derive(Debug, Shape)]
pub struct GetFunctionConfigurationInput {
    #[shape(label)]
    pub function_name: NamespacedFunctionName,
    #[shape(query)]
    pub qualifier: Option<Qualifier>,
}

impl Operation for GetFunctionConfiguration {
    const NAME: &'static str = "GetFunctionConfiguration";
    const AUDITED_AS: &'static str = "GetFunctionConfiguration20150331v2";
    const HTTP: Option<Http> =
        Some(Http::new("GET", "/2015-03-31/functions/{FunctionName}/configuration", 200));
    type Input = GetFunctionConfigurationInput;
    type Output = FunctionConfiguration;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let qualifier = input.qualifier.as_ref().map(|it| it.0.as_str());
        access("lambda:GetFunctionConfiguration", &input.function_name.0, qualifier, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let qualifier = input.qualifier.as_ref().map(|it| it.0.as_str());
        let named = FunctionRef::parse(&input.function_name.0, qualifier, cx.scope())?;
        let cx = &cx.within(named.scope.clone());
        let (_, configuration) = cx.read(|tx| function::configuration(tx, &named))?;
        Ok(shapes::show(cx, &named.name, named.qualifier.as_deref(), configuration)?)
    }
}
