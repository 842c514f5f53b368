//! UpdateFunctionUrlConfig: change who has to sign, or what browsers may do.

use super::{
    config::{self, FunctionUrlConfig, FunctionUrlQualifier, InvokeMode},
    cors::Cors,
};
use crate::{error::LambdaError, name::FunctionName, resource_policy::FunctionUrlAuthType};
use service_kit::prelude::*;

/// Changes what is named of a URL and leaves the rest; an empty `Cors` takes the settings away.
pub enum UpdateFunctionUrlConfig {}

/// What UpdateFunctionUrlConfig takes.
#[derive(Debug, Shape)]
pub struct UpdateFunctionUrlConfigInput {
    #[shape(label)]
    pub function_name: FunctionName,
    #[shape(query)]
    pub qualifier: Option<FunctionUrlQualifier>,
    pub auth_type: Option<FunctionUrlAuthType>,
    pub cors: Option<Cors>,
    pub invoke_mode: Option<InvokeMode>,
}

impl Operation for UpdateFunctionUrlConfig {
    const NAME: &'static str = "UpdateFunctionUrlConfig";
    const HTTP: Option<Http> =
        Some(Http::new("PUT", "/2021-10-31/functions/{FunctionName}/url", 200));
    type Input = UpdateFunctionUrlConfigInput;
    type Output = FunctionUrlConfig;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let (name, qualifier) = (&input.function_name.0, input.qualifier.as_ref());
        let auth_type = input.auth_type.map(|it| it.as_str());
        config::permission("lambda:UpdateFunctionUrlConfig", name, qualifier, at)
            .with_some("lambda:FunctionUrlAuthType", auth_type)
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = config::named(&input.function_name.0, input.qualifier.as_ref(), cx.scope())?;
        let cx = cx.within(named.scope.clone());
        let now = cx.now();
        let url = cx
            .write(|tx| {
                config::check_target(&tx.reader(), &named)?;
                let mut url = config::find(&tx.reader(), &named)?;
                url.auth_type = input.auth_type.unwrap_or(url.auth_type);
                if let Some(cors) = &input.cors {
                    url.cors = cors.clone().stored();
                }
                url.modified = now;
                tx.put(&url)?;
                Ok::<_, LambdaError>(url)
            })
            .await?;
        Ok(url.show(&named.scope, input.invoke_mode))
    }
}
