//! CreateAlias: give a version a name.

use crate::{
    alias::{
        self, Alias, AliasConfiguration, AliasName, AliasRoutingConfiguration, Description,
        VersionName,
    },
    error::LambdaError,
    function,
    name::{FunctionName, FunctionRef, access_whole},
};
use service_kit::prelude::*;

/// Creates an alias of a function.
pub(crate) enum CreateAlias {}

/// What CreateAlias takes.
#[derive(Debug, Shape)]
pub struct CreateAliasInput {
    #[shape(label)]
    pub function_name: FunctionName,
    pub name: AliasName,
    pub function_version: VersionName,
    pub description: Option<Description>,
    pub routing_config: Option<AliasRoutingConfiguration>,
}

impl Operation for CreateAlias {
    const NAME: &'static str = "CreateAlias";
    const AUDITED_AS: &'static str = "CreateAlias20150331";
    const HTTP: Option<Http> =
        Some(Http::new("POST", "/2015-03-31/functions/{FunctionName}/aliases", 201));
    type Input = CreateAliasInput;
    type Output = AliasConfiguration;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access_whole("lambda:CreateAlias", &input.function_name.0, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = FunctionRef::whole(&input.function_name.0, cx.scope())?;
        alias::check_name(&input.name.0)?;
        let alias = Alias {
            function: named.name.clone(),
            name: input.name.0,
            version: input.function_version.0,
            description: input.description.map(|it| it.0).unwrap_or_default(),
            other: alias::other_version(input.routing_config)?,
            revision_id: cx.entropy().uuid(),
        };
        cx.within(named.scope.clone())
            .write(|tx| {
                let function = function::find(&tx.reader(), &named.name)?;
                if tx.get::<Alias>((&alias.function, &alias.name))?.is_some() {
                    let arn = alias.clone().show(&named.scope).alias_arn.unwrap_or_default();
                    return Err(LambdaError::conflict(format!("Alias already exists: {arn}")));
                }
                alias::check_versions(&tx.reader(), &function, &alias)?;
                Ok(tx.put(&alias)?)
            })
            .await?;
        Ok(alias.show(&named.scope))
    }
}
