//! AddPermission: let an account, a principal or an AWS service use a function.

use crate::{
    error::LambdaError,
    name::{FunctionRef, NamespacedFunctionName, Qualifier, access},
    resource_policy::{self, FunctionUrlAuthType, Grant, ResourcePolicy},
};
use service_kit::prelude::*;

/// Adds one statement to the policy of a function, version or alias.
pub(crate) enum AddPermission {}

/// What AddPermission takes.
#[derive(Debug, Shape)]
pub struct AddPermissionInput {
    #[shape(label)]
    pub function_name: NamespacedFunctionName,
    #[shape(length = 1..=100, pattern = "([a-zA-Z0-9-_]+)")]
    pub statement_id: String,
    #[shape(pattern = "(lambda:[*]|lambda:[a-zA-Z]+|[*])")]
    pub action: String,
    #[shape(pattern = r"[^\s]+")]
    pub principal: String,
    #[shape(
        pattern = r"arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}(-gov)?-[a-z]+-\d{1})?:(\d{12})?:(.*)"
    )]
    pub source_arn: Option<String>,
    #[shape(length = 0..=12, pattern = r"\d{12}")]
    pub source_account: Option<String>,
    #[shape(length = 0..=256, pattern = r"[a-zA-Z0-9._\-]+")]
    pub event_source_token: Option<String>,
    #[shape(query)]
    pub qualifier: Option<Qualifier>,
    pub revision_id: Option<String>,
    #[shape(name = "PrincipalOrgID", length = 12..=34, pattern = "o-[a-z0-9]{10,32}")]
    pub principal_org_id: Option<String>,
    pub function_url_auth_type: Option<FunctionUrlAuthType>,
    pub invoked_via_function_url: Option<bool>,
}

/// What AddPermission gives.
#[derive(Debug, Shape)]
pub struct AddPermissionOutput {
    /// The statement as JSON.
    pub statement: Option<String>,
}

impl Operation for AddPermission {
    const NAME: &'static str = "AddPermission";
    const AUDITED_AS: &'static str = "AddPermission20150331v2";
    const HTTP: Option<Http> =
        Some(Http::new("POST", "/2015-03-31/functions/{FunctionName}/policy", 201));
    type Input = AddPermissionInput;
    type Output = AddPermissionOutput;
    type Error = LambdaError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let qualifier = input.qualifier.as_ref().map(|it| it.0.as_str());
        access("lambda:AddPermission", &input.function_name.0, qualifier, at)
            .with("lambda:Principal", input.principal.as_str())
            .with_some(
                "lambda:FunctionUrlAuthType",
                input.function_url_auth_type.map(|it| it.as_str()),
            )
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let qualifier = input.qualifier.as_ref().map(|it| it.0.as_str());
        let named = FunctionRef::parse(&input.function_name.0, qualifier, cx.scope())?;
        let grant = Grant {
            statement_id: input.statement_id,
            action: input.action,
            principal: input.principal,
            source_arn: input.source_arn,
            source_account: input.source_account,
            event_source_token: input.event_source_token,
            principal_org_id: input.principal_org_id,
            function_url_auth_type: input.function_url_auth_type,
            invoked_via_function_url: input.invoked_via_function_url,
        };
        let statement = grant.statement(&named.qualified_arn())?;
        let cx = cx.within(named.scope.clone());
        let revision_id = cx.entropy().uuid();
        cx.write(|tx| {
            // The first statement is added to the function, version or alias as it is.
            let subject = resource_policy::subject(&tx.reader(), &named)?;
            let known = resource_policy::find(&tx.reader(), &named)?;
            let current = known.as_ref().map_or(&subject, |policy| &policy.revision_id);
            if input.revision_id.as_ref().is_some_and(|given| given != current) {
                return Err(LambdaError::stale_policy());
            }
            let mut policy = known.unwrap_or_else(|| ResourcePolicy::empty(&named));
            policy.add(&tx.reader(), statement.clone())?;
            policy.revision_id = revision_id.clone();
            Ok(tx.put(&policy)?)
        })
        .await?;
        Ok(AddPermissionOutput { statement: Some(statement.to_string()) })
    }
}
