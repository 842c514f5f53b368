//! GetContextKeysForCustomPolicy and GetContextKeysForPrincipalPolicy: what conditions ask about.

use crate::{
    error::IamError,
    names::{ArnText, Document},
    simulation::{evaluation::compile, source::Source},
};
use policy::Kind;
use service_kit::prelude::*;

/// Lists the condition keys that documents depend on.
pub(crate) enum GetContextKeysForCustomPolicy {}

/// What GetContextKeysForCustomPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "GetContextKeysForCustomPolicyRequest")]
pub struct GetContextKeysForCustomPolicyInput {
    /// The documents.
    pub policy_input_list: Vec<Document>,
}

/// What both operations give.
#[derive(Debug, Shape)]
#[shape(name = "GetContextKeysForPolicyResponse")]
pub struct GetContextKeysForPolicyOutput {
    /// Each key once, sorted.
    pub context_key_names: Vec<String>,
}

impl Operation for GetContextKeysForCustomPolicy {
    const NAME: &'static str = "GetContextKeysForCustomPolicy";
    type Input = GetContextKeysForCustomPolicyInput;
    type Output = GetContextKeysForPolicyOutput;
    type Error = IamError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("iam:GetContextKeysForCustomPolicy").only()
    }

    async fn run(_: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        keys(input.policy_input_list.iter().map(|document| &*document.0))
    }
}

/// Lists the condition keys that a principal's policies depend on.
pub(crate) enum GetContextKeysForPrincipalPolicy {}

/// What GetContextKeysForPrincipalPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "GetContextKeysForPrincipalPolicyRequest")]
pub struct GetContextKeysForPrincipalPolicyInput {
    /// The user, role or group.
    pub policy_source_arn: ArnText,
    /// Further documents.
    #[shape(default)]
    pub policy_input_list: Vec<Document>,
}

impl Operation for GetContextKeysForPrincipalPolicy {
    const NAME: &'static str = "GetContextKeysForPrincipalPolicy";
    type Input = GetContextKeysForPrincipalPolicyInput;
    type Output = GetContextKeysForPolicyOutput;
    type Error = IamError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        let source = input.policy_source_arn.0.as_str();
        Access::on("iam:GetContextKeysForPrincipalPolicy", source).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, IamError> {
        let source = cx.read(|tx| Source::of(tx, &input.policy_source_arn.0))?;
        let own = source.policies.iter().map(|(_, document)| document.as_str());
        keys(own.chain(input.policy_input_list.iter().map(|document| &*document.0)))
    }
}

fn keys<'a>(
    documents: impl Iterator<Item = &'a str>,
) -> Result<GetContextKeysForPolicyOutput, IamError> {
    let mut names = Vec::new();
    for document in documents {
        let policy = compile(document, Kind::Identity)?;
        names.extend(policy.context_keys().into_iter().map(str::to_owned));
    }
    names.sort_unstable_by_key(|name| name.to_ascii_lowercase());
    names.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
    Ok(GetContextKeysForPolicyOutput { context_key_names: names })
}
