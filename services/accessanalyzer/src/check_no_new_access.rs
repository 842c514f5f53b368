//! CheckNoNewAccess: whether a changed policy surely allows nothing that it did not allow before.

use crate::{
    check::{CheckedType, Reason, compile, reasons},
    error::AnalyzerError,
};
use service_kit::prelude::*;

/// Compares two policies.
pub(crate) enum CheckNoNewAccess {}

/// What CheckNoNewAccess takes.
#[derive(Debug, Shape)]
#[shape(name = "CheckNoNewAccessRequest", camel)]
pub struct CheckNoNewAccessInput {
    /// The policy as it is to be.
    #[shape(sensitive)]
    pub new_policy_document: String,
    /// The policy as it is.
    #[shape(sensitive)]
    pub existing_policy_document: String,
    /// Of which kind both are.
    pub policy_type: CheckedType,
}

/// What CheckNoNewAccess gives.
#[derive(Debug, Shape)]
#[shape(name = "CheckNoNewAccessResponse", camel)]
pub struct CheckNoNewAccessOutput {
    /// Whether it is sure.
    pub result: NoNewAccess,
    /// The same in words.
    pub message: String,
    /// The statements that may allow more.
    pub reasons: Vec<Reason>,
}

/// A result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
#[shape(name = "CheckNoNewAccessResult")]
pub enum NoNewAccess {
    /// There is no new access.
    Pass,
    /// There may be.
    Fail,
}

impl Operation for CheckNoNewAccess {
    const NAME: &'static str = "CheckNoNewAccess";
    const HTTP: Option<Http> = Some(Http::new("POST", "/policy/check-no-new-access", 200));
    type Input = CheckNoNewAccessInput;
    type Output = CheckNoNewAccessOutput;
    type Error = AnalyzerError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("access-analyzer:CheckNoNewAccess").only()
    }

    async fn run(_: &Context, input: Self::Input) -> Result<Self::Output, AnalyzerError> {
        let new = compile(&input.new_policy_document, input.policy_type)?;
        let existing = compile(&input.existing_policy_document, input.policy_type)?;
        if new.kind() != existing.kind() {
            let message = "Both documents must be of the same type.";
            return Err(AnalyzerError::InvalidParameterException(message.into()));
        }
        let reasons = reasons(&new, &policy::new_access(&existing, &new), "New access");
        let (result, message) = match reasons.is_empty() {
            true => (NoNewAccess::Pass, "does not grant new access"),
            false => (NoNewAccess::Fail, "grants new access"),
        };
        let message =
            format!("The modified permissions {message} compared to the existing policy.");
        Ok(CheckNoNewAccessOutput { result, message, reasons })
    }
}
