//! CreateFunctionUrlConfig: give a function or an alias an address of its own.

use super::{
    config::{self, FunctionUrl, FunctionUrlQualifier, InvokeMode, UrlHome},
    cors::Cors,
};
use crate::{error::LambdaError, name::FunctionName, resource_policy::FunctionUrlAuthType};
use service_kit::prelude::*;

/// Creates the URL. Who may use it is said elsewhere: by AddPermission or by identity policies.
pub enum CreateFunctionUrlConfig {}

/// What CreateFunctionUrlConfig takes.
#[derive(Debug, Shape)]
pub struct CreateFunctionUrlConfigInput {
    #[shape(label)]
    pub function_name: FunctionName,
    #[shape(query)]
    pub qualifier: Option<FunctionUrlQualifier>,
    pub auth_type: FunctionUrlAuthType,
    pub cors: Option<Cors>,
    pub invoke_mode: Option<InvokeMode>,
}

/// What CreateFunctionUrlConfig gives.
#[derive(Debug, Shape)]
pub struct CreateFunctionUrlConfigOutput {
    pub function_url: String,
    pub function_arn: String,
    pub auth_type: FunctionUrlAuthType,
    pub cors: Option<Cors>,
    pub creation_time: String,
    pub invoke_mode: Option<InvokeMode>,
}

impl Operation for CreateFunctionUrlConfig {
    const NAME: &'static str = "CreateFunctionUrlConfig";
    const HTTP: Option<Http> =
        Some(Http::new("POST", "/2021-10-31/functions/{FunctionName}/url", 201));
    type Input = CreateFunctionUrlConfigInput;
    type Output = CreateFunctionUrlConfigOutput;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let (name, qualifier) = (&input.function_name.0, input.qualifier.as_ref());
        config::permission("lambda:CreateFunctionUrlConfig", name, qualifier, at)
            .with("lambda:FunctionUrlAuthType", input.auth_type.as_str())
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = config::named(&input.function_name.0, input.qualifier.as_ref(), cx.scope())?;
        let cx = cx.within(named.scope.clone());
        let url = FunctionUrl {
            function: named.name.clone(),
            qualifier: named.qualifier.clone().unwrap_or_default(),
            id: FunctionUrl::new_id(&cx),
            auth_type: input.auth_type,
            cors: input.cors.and_then(Cors::stored),
            created: cx.now(),
            modified: cx.now(),
        };
        cx.write(|tx| {
            config::check_target(&tx.reader(), &named)?;
            if tx.get::<FunctionUrl>((&url.function, &url.qualifier))?.is_some() {
                return Err(LambdaError::conflict(format!(
                    "Failed to create function url config for [functionArn = {}]. Error message:  \
                     FunctionUrlConfig exists for this Lambda function",
                    named.qualified_arn()
                )));
            }
            tx.put(&UrlHome {
                id: url.id.clone(),
                account: named.scope.account.to_string(),
                region: named.scope.region.to_string(),
                function: url.function.clone(),
                qualifier: url.qualifier.clone(),
            })?;
            Ok(tx.put(&url)?)
        })
        .await?;
        let shown = url.show(&named.scope, input.invoke_mode);
        Ok(CreateFunctionUrlConfigOutput {
            function_url: shown.function_url,
            function_arn: shown.function_arn,
            auth_type: shown.auth_type,
            cors: shown.cors,
            creation_time: shown.creation_time,
            invoke_mode: shown.invoke_mode,
        })
    }
}
