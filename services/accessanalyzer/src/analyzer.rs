//! Analyzers as stored and shown, and the filters that rules and lists choose findings by.

use crate::error::AnalyzerError;
use service_kit::{key::Key, prelude::*};
use shape::Failure;

/// The most analyzers of external access in one region ("IAM Access Analyzer quotas").
pub(crate) const MAX_ANALYZERS: usize = 1;
/// The most archive rules of an analyzer.
pub(crate) const MAX_RULES: usize = 100;

/// An analyzer as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Analyzer {
    pub name: String,
    pub created: Timestamp,
    /// What the client asked with, so that asking again is no conflict.
    pub token: Option<String>,
    pub tags: BTreeMap<String, String>,
    pub rules: BTreeMap<String, Rule>,
    /// The resource looked at last, and when.
    pub last: Option<(String, Timestamp)>,
}

/// An archive rule: findings that it fits are archived when they are made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Rule {
    /// As [`Analyzer::token`].
    pub token: Option<String>,
    pub filter: Filter,
    pub created: Timestamp,
    pub updated: Timestamp,
}

/// What each property must be.
pub(crate) type Filter = BTreeMap<String, Criterion>;

/// What one property must be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Shape)]
#[shape(camel)]
pub struct Criterion {
    /// One of these.
    #[shape(length = 1..=20)]
    pub eq: Option<Vec<String>>,
    /// None of these.
    #[shape(length = 1..=20)]
    pub neq: Option<Vec<String>>,
    /// A text with one of these in it.
    #[shape(length = 1..=20)]
    pub contains: Option<Vec<String>>,
    /// There, or not there.
    pub exists: Option<bool>,
}

impl Criterion {
    /// Whether the values of a property are as wanted.
    pub(crate) fn holds(&self, values: &[String]) -> bool {
        let any = |listed: &[String], test: fn(&str, &str) -> bool| {
            values.iter().any(|value| listed.iter().any(|listed| test(value, listed)))
        };
        let equal: fn(&str, &str) -> bool = |value, listed| value == listed;
        let within: fn(&str, &str) -> bool = |value, listed| value.contains(listed);
        self.eq.as_ref().is_none_or(|listed| any(listed, equal))
            && self.neq.as_ref().is_none_or(|listed| !any(listed, equal))
            && self.contains.as_ref().is_none_or(|listed| any(listed, within))
            && self.exists.is_none_or(|exists| exists != values.is_empty())
    }
}

impl Record for Analyzer {
    const TABLE: &'static str = "accessanalyzer.analyzer";

    fn key(&self) -> impl Key {
        &self.name
    }
}

impl Analyzer {
    /// The analyzer of this name.
    pub fn get(tx: &ReadTx<'_>, name: &str) -> Result<Self, AnalyzerError> {
        tx.get::<Self>(name)?.ok_or_else(|| missing(name))
    }

    /// The analyzer with this ARN.
    pub fn by_arn(tx: &ReadTx<'_>, arn: &str) -> Result<Self, AnalyzerError> {
        // A name alone would be judged as the resource of its own that it is not.
        let name = arn.strip_prefix(&*arn_of(tx.scope(), ""));
        Self::get(tx, name.ok_or_else(|| missing(arn))?)
    }

    /// Its ARN.
    pub fn arn(&self, at: &Scope) -> String {
        arn_of(at, &self.name)
    }

    /// What is shown of it.
    pub fn summary(&self, at: &Scope) -> AnalyzerSummary {
        let (resource, when) = self.last.clone().unzip();
        AnalyzerSummary {
            arn: self.arn(at),
            name: self.name.clone(),
            r#type: Type::Account,
            created_at: self.created,
            last_resource_analyzed: resource,
            last_resource_analyzed_at: when,
            tags: self.tags.clone(),
            status: AnalyzerStatus::Active,
        }
    }
}

fn missing(name: &str) -> AnalyzerError {
    AnalyzerError::ResourceNotFoundException(format!("There is no analyzer {name}."))
}

/// What is said of a permission on what is no analyzer's ARN.
pub(crate) fn misnamed(access: &Access) -> Failure {
    missing(&access.resource).into_failure()
}

/// The ARN of the analyzer called `name`.
pub(crate) fn arn_of(at: &Scope, name: &str) -> String {
    at.arn("access-analyzer", format_args!("analyzer/{name}"))
}

/// What analyzers look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum Type {
    /// Access from outside the account.
    Account,
    /// Access from outside the organization.
    Organization,
    /// Permissions that nobody uses.
    AccountUnusedAccess,
    /// Permissions that nobody in the organization uses.
    OrganizationUnusedAccess,
}

/// An analyzer as shown.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(camel)]
pub struct AnalyzerSummary {
    /// Its ARN.
    #[shape(pattern = "[^:]*:[^:]*:[^:]*:[^:]*:[^:]*:analyzer/.{1,255}")]
    pub arn: String,
    /// Its name.
    #[shape(length = 1..=255, pattern = "[A-Za-z_][A-Za-z0-9_.-]*")]
    pub name: String,
    /// What it looks for.
    pub r#type: Type,
    /// When it was made.
    #[shape(timestamp = DateTime)]
    pub created_at: Timestamp,
    /// What it looked at last.
    pub last_resource_analyzed: Option<String>,
    /// When that was.
    #[shape(timestamp = DateTime)]
    pub last_resource_analyzed_at: Option<Timestamp>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Whether it works.
    pub status: AnalyzerStatus,
}

/// Whether an analyzer works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum AnalyzerStatus {
    /// It does.
    Active,
}
