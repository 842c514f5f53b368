//! DeleteAlias: forget a name.

use crate::{
    alias::{Alias, AliasName},
    error::LambdaError,
    event_invoke_config, function,
    name::{FunctionName, FunctionRef, access_whole},
    resource_policy::ResourcePolicy,
    url,
};
use service_kit::prelude::*;

/// Deletes an alias, with its policy, its URL and what is set for its events; one that is not there
/// is deleted already.
pub(crate) enum DeleteAlias {}

/// What DeleteAlias takes.
#[derive(Debug, Shape)]
pub struct DeleteAliasInput {
    #[shape(label)]
    pub function_name: FunctionName,
    #[shape(label)]
    pub name: AliasName,
}

impl Operation for DeleteAlias {
    const NAME: &'static str = "DeleteAlias";
    const AUDITED_AS: &'static str = "DeleteAlias20150331";
    const HTTP: Option<Http> =
        Some(Http::new("DELETE", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", 204));
    type Input = DeleteAliasInput;
    type Output = Empty;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access_whole("lambda:DeleteAlias", &input.function_name.0, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = FunctionRef::whole(&input.function_name.0, cx.scope())?;
        cx.within(named.scope.clone())
            .write(|tx| {
                let function = function::find(&tx.reader(), &named.name)?;
                tx.delete::<Alias>((&function.name, &input.name.0));
                tx.delete::<ResourcePolicy>((&function.name, &input.name.0));
                event_invoke_config::remove(tx, &function.name, &input.name.0);
                url::remove(tx, &function.name, &input.name.0)?;
                Ok(Empty)
            })
            .await
    }
}
