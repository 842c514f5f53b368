//! GetAlias: which version a name stands for.

use crate::{
    alias::{Alias, AliasConfiguration, AliasName},
    error::LambdaError,
    function,
    name::{FunctionName, FunctionRef, access_whole},
};
use service_kit::prelude::*;

/// Shows an alias of a function.
pub(crate) enum GetAlias {}

/// What GetAlias takes.
#[derive(Debug, Shape)]
pub struct GetAliasInput {
    #[shape(label)]
    pub function_name: FunctionName,
    #[shape(label)]
    pub name: AliasName,
}

impl Operation for GetAlias {
    const NAME: &'static str = "GetAlias";
    const AUDITED_AS: &'static str = "GetAlias20150331";
    const HTTP: Option<Http> =
        Some(Http::new("GET", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", 200));
    type Input = GetAliasInput;
    type Output = AliasConfiguration;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access_whole("lambda:GetAlias", &input.function_name.0, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = FunctionRef::whole(&input.function_name.0, cx.scope())?;
        let cx = cx.within(named.scope.clone());
        let alias = cx.read(|tx| find(tx, &named, &input.name.0))?;
        Ok(alias.show(&named.scope))
    }
}

/// The alias called `name`.
///
/// # Errors
/// [`LambdaError::ResourceNotFoundException`] when the function has none.
pub fn find(tx: &ReadTx<'_>, named: &FunctionRef, name: &str) -> Result<Alias, LambdaError> {
    let function = function::find(tx, &named.name)?;
    let missing =
        || LambdaError::not_found(format!("Cannot find alias arn: {}:{name}", named.arn()));
    tx.get::<Alias>((&function.name, name))?.ok_or_else(missing)
}
