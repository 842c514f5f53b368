//! CheckAccessNotGranted: whether a policy surely does not allow certain actions or resources.

use crate::{
    check::{CheckedType, Reason, compile, reasons},
    error::AnalyzerError,
};
use policy::Asked;
use service_kit::prelude::*;

/// Looks for access that must not be there.
pub(crate) enum CheckAccessNotGranted {}

/// What CheckAccessNotGranted takes.
#[derive(Debug, Shape)]
#[shape(name = "CheckAccessNotGrantedRequest", camel)]
pub struct CheckAccessNotGrantedInput {
    /// The policy.
    #[shape(sensitive)]
    pub policy_document: String,
    /// What must not be allowed.
    #[shape(length = 0..=1)]
    pub access: Vec<CriticalAccess>,
    /// Of which kind the policy is.
    pub policy_type: CheckedType,
}

/// Actions on resources.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(name = "Access", camel)]
pub struct CriticalAccess {
    /// Any of these; if none are given, any at all.
    #[shape(length = 0..=100)]
    pub actions: Option<Vec<String>>,
    /// On any of these; if none are given, on any at all.
    #[shape(length = 0..=100)]
    pub resources: Option<Vec<ResourcePattern>>,
}

/// An ARN, perhaps with wildcards.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(name = "Resource", length = 0..=2048)]
pub struct ResourcePattern(pub String);

/// What CheckAccessNotGranted gives.
#[derive(Debug, Shape)]
#[shape(name = "CheckAccessNotGrantedResponse", camel)]
pub struct CheckAccessNotGrantedOutput {
    /// Whether it is sure.
    pub result: NotGranted,
    /// The same in words.
    pub message: String,
    /// The statements that may allow it.
    pub reasons: Vec<Reason>,
}

/// A result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
#[shape(name = "CheckAccessNotGrantedResult")]
pub enum NotGranted {
    /// There is no such access.
    Pass,
    /// There may be.
    Fail,
}

impl Operation for CheckAccessNotGranted {
    const NAME: &'static str = "CheckAccessNotGranted";
    const HTTP: Option<Http> = Some(Http::new("POST", "/policy/check-access-not-granted", 200));
    type Input = CheckAccessNotGrantedInput;
    type Output = CheckAccessNotGrantedOutput;
    type Error = AnalyzerError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("access-analyzer:CheckAccessNotGranted").only()
    }

    async fn run(_: &Context, input: Self::Input) -> Result<Self::Output, AnalyzerError> {
        let policy = compile(&input.policy_document, input.policy_type)?;
        let asked = input.access.iter().map(asked).collect::<Result<Vec<_>, _>>()?;
        let places = policy::granted_access(&policy, &asked);
        let reasons = reasons(&policy, &places, "One or more of the listed actions or resources");
        let (result, message) = match reasons.is_empty() {
            true => (NotGranted::Pass, "does not grant"),
            false => (NotGranted::Fail, "grants"),
        };
        let message = format!(
            "The policy document {message} access to perform the listed actions or resources."
        );
        Ok(CheckAccessNotGrantedOutput { result, message, reasons })
    }
}

fn asked(access: &CriticalAccess) -> Result<Asked, AnalyzerError> {
    let actions = access.actions.as_deref().unwrap_or_default();
    let resources = access.resources.as_deref().unwrap_or_default();
    if actions.is_empty() && resources.is_empty() {
        let message = "At least one action or resource is needed.";
        return Err(AnalyzerError::InvalidParameterException(message.into()));
    }
    let resources: Vec<&str> = resources.iter().map(|resource| resource.0.as_str()).collect();
    Asked::new(actions, &resources)
        .map_err(|error| AnalyzerError::InvalidParameterException(error.to_string()))
}
