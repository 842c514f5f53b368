//! GetPolicy: who else may use a function.

use crate::{
    error::LambdaError,
    name::{FunctionRef, NamespacedFunctionName, Qualifier, access},
    resource_policy,
};
use service_kit::prelude::*;

/// Shows the policy of a function, version or alias.
pub(crate) enum GetPolicy {}

/// What GetPolicy takes.
#[derive(Debug, Shape)]
pub struct GetPolicyInput {
    #[shape(label)]
    pub function_name: NamespacedFunctionName,
    #[shape(query)]
    pub qualifier: Option<Qualifier>,
}

/// What GetPolicy gives.
#[derive(Debug, Shape)]
pub struct GetPolicyOutput {
    /// The document.
    pub policy: Option<String>,
    /// Changes with every change.
    pub revision_id: Option<String>,
}

impl Operation for GetPolicy {
    const NAME: &'static str = "GetPolicy";
    const AUDITED_AS: &'static str = "GetPolicy20150331v2";
    const HTTP: Option<Http> =
        Some(Http::new("GET", "/2015-03-31/functions/{FunctionName}/policy", 200));
    type Input = GetPolicyInput;
    type Output = GetPolicyOutput;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let qualifier = input.qualifier.as_ref().map(|it| it.0.as_str());
        access("lambda:GetPolicy", &input.function_name.0, qualifier, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let qualifier = input.qualifier.as_ref().map(|it| it.0.as_str());
        let named = FunctionRef::parse(&input.function_name.0, qualifier, cx.scope())?;
        cx.within(named.scope.clone()).read(|tx| {
            let policy = resource_policy::find(tx, &named)?.ok_or_else(resource_policy::missing)?;
            Ok(GetPolicyOutput {
                policy: Some(policy.show(tx)?),
                revision_id: Some(policy.revision_id),
            })
        })
    }
}
