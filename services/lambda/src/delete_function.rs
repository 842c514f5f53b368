//! DeleteFunction: remove a function with all its versions and aliases, or one version.

use crate::{
    alias::Alias,
    code,
    error::LambdaError,
    event_invoke_config,
    fleet::Fleet,
    function::{self, Code, Function, Tags, Version},
    name::{FunctionRef, LATEST, NamespacedFunctionName, Qualifier, access},
    resource_policy::ResourcePolicy,
    url,
};
use service_kit::prelude::*;

/// Deletes what is named; executions that have begun go on to their end.
pub(crate) enum DeleteFunction {}

/// What DeleteFunction takes.
#[derive(Debug, Shape)]
pub struct DeleteFunctionInput {
    #[shape(label)]
    pub function_name: NamespacedFunctionName,
    #[shape(query)]
    pub qualifier: Option<Qualifier>,
}

/// What DeleteFunction gives.
#[derive(Debug, Shape)]
pub struct DeleteFunctionOutput {
    /// 204: it is gone.
    #[shape(status)]
    pub status_code: Option<u16>,
}

impl Operation for DeleteFunction {
    const NAME: &'static str = "DeleteFunction";
    const AUDITED_AS: &'static str = "DeleteFunction20150331";
    const HTTP: Option<Http> =
        Some(Http::new("DELETE", "/2015-03-31/functions/{FunctionName}", 200));
    type Input = DeleteFunctionInput;
    type Output = DeleteFunctionOutput;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let qualifier = input.qualifier.as_ref().map(|it| it.0.as_str());
        access("lambda:DeleteFunction", &input.function_name.0, qualifier, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let qualifier = input.qualifier.as_ref().map(|it| it.0.as_str());
        let named = FunctionRef::parse(&input.function_name.0, qualifier, cx.scope())?;
        let cx = cx.within(named.scope.clone());
        let write = cx.write(|tx| {
            let function = function::find(&tx.reader(), &named.name)?;
            match named.qualifier.as_deref() {
                None => delete_all(tx, &function),
                Some(LATEST) => Err(LambdaError::invalid(
                    "$LATEST version cannot be deleted without deleting the function.",
                )),
                Some(_) => delete_version(tx, &function, &named),
            }
        });
        let deleted = write.await?;
        let version = named.qualifier.as_deref();
        cx.platform().live::<Fleet>().retire(&named.arn(), version);
        code::discard(&cx, deleted);
        Ok(DeleteFunctionOutput { status_code: Some(204) })
    }
}

/// Gives the code that these rows referred to.
fn delete_all(tx: &mut Tx<'_>, function: &Function) -> Result<Vec<Code>, LambdaError> {
    let name = function.name.as_str();
    let mut deleted = vec![function.latest.code.clone()];
    for version in tx.list::<Version>(name)? {
        tx.delete::<Version>((name, version.number));
        deleted.push(version.configuration.code);
    }
    for alias in tx.list::<Alias>(name)? {
        tx.delete::<Alias>((name, &alias.name));
    }
    for policy in tx.list::<ResourcePolicy>(name)? {
        tx.delete::<ResourcePolicy>((name, &policy.qualifier));
    }
    url::remove_all(tx, name)?;
    event_invoke_config::remove_all(tx, name)?;
    tx.delete::<Tags>(name);
    tx.delete::<Function>(name);
    Ok(deleted)
}

fn delete_version(
    tx: &mut Tx<'_>,
    function: &Function,
    named: &FunctionRef,
) -> Result<Vec<Code>, LambdaError> {
    let name = function.name.as_str();
    let Some(number) = named.version() else {
        let message = "Deletion of aliases is not currently supported.";
        return Err(LambdaError::invalid(message));
    };
    let version = number.to_string();
    let uses = |alias: &Alias| {
        alias.version == version || alias.other.as_ref().is_some_and(|(it, _)| *it == version)
    };
    if let Some(alias) = tx.list::<Alias>(name)?.into_iter().find(uses) {
        return Err(LambdaError::conflict(format!(
            "Version {version} cannot be deleted: the alias {} points to it.",
            alias.name
        )));
    }
    let deleted = tx.get::<Version>((name, number))?.map(|it| it.configuration.code);
    tx.delete::<Version>((name, number));
    event_invoke_config::remove(tx, name, &version);
    tx.delete::<ResourcePolicy>((name, version));
    Ok(deleted.into_iter().collect())
}
