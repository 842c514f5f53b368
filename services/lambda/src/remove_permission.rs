//! RemovePermission: take back what AddPermission gave.

use crate::{
    error::LambdaError,
    function::Function,
    name::{FunctionRef, NamespacedFunctionName, Qualifier, access},
    resource_policy::{self, ResourcePolicy},
};
use service_kit::prelude::*;

/// Removes one statement from the policy of a function, version or alias.
pub(crate) enum RemovePermission {}

/// What RemovePermission takes.
#[derive(Debug, Shape)]
pub struct RemovePermissionInput {
    #[shape(label)]
    pub function_name: NamespacedFunctionName,
    #[shape(label, length = 1..=100, pattern = "([a-zA-Z0-9-_.]+)")]
    pub statement_id: String,
    #[shape(query)]
    pub qualifier: Option<Qualifier>,
    #[shape(query)]
    pub revision_id: Option<String>,
}

impl Operation for RemovePermission {
    const NAME: &'static str = "RemovePermission";
    const AUDITED_AS: &'static str = "RemovePermission20150331v2";
    const HTTP: Option<Http> =
        Some(Http::new("DELETE", "/2015-03-31/functions/{FunctionName}/policy/{StatementId}", 204));
    type Input = RemovePermissionInput;
    type Output = Empty;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let qualifier = input.qualifier.as_ref().map(|it| it.0.as_str());
        access("lambda:RemovePermission", &input.function_name.0, qualifier, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let qualifier = input.qualifier.as_ref().map(|it| it.0.as_str());
        let named = FunctionRef::parse(&input.function_name.0, qualifier, cx.scope())?;
        let cx = cx.within(named.scope.clone());
        let revision_id = cx.entropy().uuid();
        cx.write(|tx| {
            if tx.get::<Function>(&named.name)?.is_none() {
                let message = format!("No policy found for: {}", named.qualified_arn());
                return Err(LambdaError::not_found(message));
            }
            resource_policy::subject(&tx.reader(), &named)?;
            let known = resource_policy::find(&tx.reader(), &named)?;
            let mut policy = known.ok_or_else(|| {
                LambdaError::not_found("No policy is associated with the given resource.")
            })?;
            if input.revision_id.as_ref().is_some_and(|given| *given != policy.revision_id) {
                return Err(LambdaError::stale_policy());
            }
            if policy.remove(&input.statement_id)? {
                policy.revision_id = revision_id.clone();
                tx.put(&policy)?;
            } else {
                let key = (&named.name, resource_policy::qualifier(&named));
                tx.delete::<ResourcePolicy>(key);
            }
            Ok(Empty)
        })
        .await
    }
}
