//! UpdateAlias: let a name stand for another version.

use crate::{
    alias::{
        self, Alias, AliasConfiguration, AliasName, AliasRoutingConfiguration, Description,
        VersionName,
    },
    error::LambdaError,
    function,
    get_alias::find,
    name::{FunctionName, FunctionRef, access_whole},
};
use service_kit::prelude::*;

/// Changes what is named of an alias and leaves the rest.
pub(crate) enum UpdateAlias {}

/// What UpdateAlias takes.
#[derive(Debug, Shape)]
pub struct UpdateAliasInput {
    #[shape(label)]
    pub function_name: FunctionName,
    #[shape(label)]
    pub name: AliasName,
    pub function_version: Option<VersionName>,
    pub description: Option<Description>,
    pub routing_config: Option<AliasRoutingConfiguration>,
    pub revision_id: Option<String>,
}

impl Operation for UpdateAlias {
    const NAME: &'static str = "UpdateAlias";
    const AUDITED_AS: &'static str = "UpdateAlias20150331";
    const HTTP: Option<Http> =
        Some(Http::new("PUT", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", 200));
    type Input = UpdateAliasInput;
    type Output = AliasConfiguration;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access_whole("lambda:UpdateAlias", &input.function_name.0, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = FunctionRef::whole(&input.function_name.0, cx.scope())?;
        let routed = input.routing_config.is_some();
        let other = alias::other_version(input.routing_config)?;
        let revision_id = cx.entropy().uuid();
        let updated: Alias = cx
            .within(named.scope.clone())
            .write(|tx| {
                let mut alias = find(&tx.reader(), &named, &input.name.0)?;
                if input.revision_id.as_ref().is_some_and(|given| *given != alias.revision_id) {
                    return Err(LambdaError::stale_revision());
                }
                if let Some(VersionName(version)) = &input.function_version {
                    alias.version.clone_from(version);
                }
                if let Some(Description(description)) = &input.description {
                    alias.description.clone_from(description);
                }
                if routed {
                    alias.other.clone_from(&other);
                }
                let function = function::find(&tx.reader(), &named.name)?;
                alias::check_versions(&tx.reader(), &function, &alias)?;
                alias.revision_id.clone_from(&revision_id);
                tx.put(&alias)?;
                Ok(alias)
            })
            .await?;
        Ok(updated.show(&named.scope))
    }
}
