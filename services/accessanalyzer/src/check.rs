//! What the custom policy checks share: documents, results and reasons.

use crate::error::AnalyzerError;
use policy::{Kind, Policy};
use service_kit::prelude::*;

/// The kinds of documents that are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
#[shape(name = "AccessCheckPolicyType")]
pub enum CheckedType {
    /// Of a user, group or role.
    IdentityPolicy,
    /// Of a resource, or a role's trust.
    ResourcePolicy,
}

/// A statement that may give the access in question.
#[derive(Clone, Debug, PartialEq, Eq, Shape)]
#[shape(name = "ReasonSummary", camel)]
pub struct Reason {
    /// In words.
    pub description: String,
    /// Its place in the document, from 0.
    pub statement_index: u32,
    /// Its name.
    pub statement_id: Option<String>,
}

/// Compiles a document of a check.
pub(crate) fn compile(document: &str, checked: CheckedType) -> Result<Policy, AnalyzerError> {
    let kinds: &[Kind] = match checked {
        CheckedType::IdentityPolicy => &[Kind::Identity],
        CheckedType::ResourcePolicy => &[Kind::Resource, Kind::Trust],
    };
    compile_as(document, kinds)
}

/// Compiles a document as the first of `kinds` that it can be.
pub(crate) fn compile_as(document: &str, kinds: &[Kind]) -> Result<Policy, AnalyzerError> {
    let mut parsed = kinds.iter().map(|kind| Policy::parse(document, *kind));
    let first = parsed.next().unwrap_or_else(|| Policy::parse(document, Kind::Identity));
    let policy = first.or_else(|error| parsed.find_map(Result::ok).ok_or(error));
    policy.map_err(|error| {
        let message = format!("The policy document is not valid: {error}");
        AnalyzerError::UnprocessableEntityException(message)
    })
}

/// The reasons that name the statements at `places` of `policy`.
pub(crate) fn reasons(policy: &Policy, places: &[usize], what: &str) -> Vec<Reason> {
    let names: Vec<Option<&str>> = policy.statements().map(|(sid, _)| sid).collect();
    let reason = |&index: &usize| Reason {
        description: format!("{what} in the statement with index: {index}."),
        statement_index: u32::try_from(index).unwrap_or(u32::MAX),
        statement_id: names.get(index).copied().flatten().map(str::to_owned),
    };
    places.iter().map(reason).collect()
}
