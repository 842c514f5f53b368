//! GetFunctionCodeSigningConfig: no function here has one, which Terraform asks for each of them.

use crate::{
    error::LambdaError,
    function,
    name::{FunctionRef, NamespacedFunctionName, access_whole},
};
use service_kit::prelude::*;

/// Says that a function's code need not be signed.
pub(crate) enum GetFunctionCodeSigningConfig {}

/// What GetFunctionCodeSigningConfig takes.
#[derive(Debug, Shape)]
pub struct GetFunctionCodeSigningConfigInput {
    #[shape(label)]
    pub function_name: NamespacedFunctionName,
}

/// What GetFunctionCodeSigningConfig gives.
#[derive(Debug, Shape)]
pub struct GetFunctionCodeSigningConfigOutput {
    /// Empty: none.
    pub code_signing_config_arn: String,
    /// The function's name.
    pub function_name: String,
}

impl Operation for GetFunctionCodeSigningConfig {
    const NAME: &'static str = "GetFunctionCodeSigningConfig";
    const HTTP: Option<Http> =
        Some(Http::new("GET", "/2020-06-30/functions/{FunctionName}/code-signing-config", 200));
    type Input = GetFunctionCodeSigningConfigInput;
    type Output = GetFunctionCodeSigningConfigOutput;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access_whole("lambda:GetFunctionCodeSigningConfig", &input.function_name.0, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = FunctionRef::whole(&input.function_name.0, cx.scope())?;
        let cx = cx.within(named.scope.clone());
        let function = cx.read(|tx| function::find(tx, &named.name))?;
        Ok(GetFunctionCodeSigningConfigOutput {
            code_signing_config_arn: String::new(),
            function_name: function.name,
        })
    }
}
