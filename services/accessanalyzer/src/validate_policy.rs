//! ValidatePolicy: what is wrong with a policy, and where.

use crate::{
    error::AnalyzerError,
    lint::{self, Document, Finding, Impact, Step},
};
use service_kit::{page, prelude::*};

/// The most findings of one answer.
const PAGE: u32 = 100;
/// The longest document; far beyond every quota.
const MAX_DOCUMENT_BYTES: usize = 128 << 10;

/// Validates a policy.
pub(crate) enum ValidatePolicy {}

/// What ValidatePolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "ValidatePolicyRequest", camel)]
pub struct ValidatePolicyInput {
    /// The most findings.
    #[shape(query)]
    pub max_results: Option<u32>,
    /// Where to go on.
    #[shape(query)]
    pub next_token: Option<String>,
    /// The document.
    pub policy_document: String,
    /// What it is to be.
    pub policy_type: PolicyType,
    /// Of what it is to be the policy.
    pub validate_policy_resource_type: Option<ResourceType>,
}

/// The kinds of policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum PolicyType {
    /// Of a user, group or role.
    #[shape(name = "IDENTITY_POLICY")]
    Identity,
    /// Of a resource.
    #[shape(name = "RESOURCE_POLICY")]
    Resource,
    /// SCP of Organizations.
    #[shape(name = "SERVICE_CONTROL_POLICY")]
    ServiceControl,
    /// RCP of Organizations.
    #[shape(name = "RESOURCE_CONTROL_POLICY")]
    ResourceControl,
}

/// The resources with rules of their own that are known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
#[shape(name = "ValidatePolicyResourceType")]
pub enum ResourceType {
    /// A role's trust policy.
    #[shape(name = "AWS::IAM::AssumeRolePolicyDocument")]
    AwsIamAssumeRolePolicyDocument,
    /// A table.
    #[shape(name = "AWS::DynamoDB::Table")]
    AwsDynamoDbTable,
}

/// What ValidatePolicy gives.
#[derive(Debug, Shape)]
#[shape(name = "ValidatePolicyResponse", camel)]
pub struct ValidatePolicyOutput {
    /// What was found.
    pub findings: Vec<ValidatePolicyFinding>,
    /// Where to go on.
    pub next_token: Option<String>,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(camel)]
pub struct ValidatePolicyFinding {
    /// In words.
    pub finding_details: String,
    /// How much it matters.
    pub finding_type: FindingType,
    /// The check.
    pub issue_code: String,
    /// A page about it.
    pub learn_more_link: String,
    /// Where it is.
    pub locations: Vec<Location>,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
#[shape(name = "ValidatePolicyFindingType")]
pub enum FindingType {
    /// A part of the policy does not work.
    Error,
    /// It allows too much.
    SecurityWarning,
    /// It could read better.
    Suggestion,
    /// It may not do what was meant.
    Warning,
}

/// A place in the document.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(camel)]
pub struct Location {
    /// The way through the JSON.
    pub path: Vec<PathElement>,
    /// The text.
    pub span: Span,
}

/// A step through the JSON.
#[derive(Clone, Debug, PartialEq, Shape)]
pub enum PathElement {
    /// Into a list.
    #[shape(name = "index")]
    Index(u32),
    /// Into the value of this name.
    #[shape(name = "value")]
    Value(String),
}

/// A stretch of text.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(camel)]
pub struct Span {
    /// Where it starts.
    pub start: Position,
    /// Just behind it.
    pub end: Position,
}

/// A place in the text.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(camel)]
pub struct Position {
    /// From 1.
    pub line: u32,
    /// From 0.
    pub column: u32,
    /// From 0.
    pub offset: u32,
}

impl Operation for ValidatePolicy {
    const NAME: &'static str = "ValidatePolicy";
    const HTTP: Option<Http> = Some(Http::new("POST", "/policy/validation", 200));
    type Input = ValidatePolicyInput;
    type Output = ValidatePolicyOutput;
    type Error = AnalyzerError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("access-analyzer:ValidatePolicy").only()
    }

    async fn run(_: &Context, input: Self::Input) -> Result<Self::Output, AnalyzerError> {
        if input.policy_document.len() > MAX_DOCUMENT_BYTES {
            let message = format!("A policy has at most {MAX_DOCUMENT_BYTES} bytes.");
            return Err(AnalyzerError::invalid(message));
        }
        let document = document(&input)?;
        let findings = lint::lint(&input.policy_document, document);
        let from = match &input.next_token {
            None => 0,
            Some(token) => page::decode(token)?
                .try_into()
                .map(u32::from_be_bytes)
                .map_err(|_| AnalyzerError::invalid("Invalid pagination token."))?,
        };
        let limit = input.max_results.unwrap_or(PAGE).clamp(1, PAGE);
        let behind = from.saturating_add(limit);
        let more = findings.len() > behind as usize;
        let shown = findings.iter().skip(from as usize).take(limit as usize);
        Ok(ValidatePolicyOutput {
            findings: shown.map(view).collect(),
            next_token: more.then(|| page::encode(&behind.to_be_bytes())),
        })
    }
}

fn document(input: &ValidatePolicyInput) -> Result<Document, AnalyzerError> {
    let of_resource = input.validate_policy_resource_type;
    match (input.policy_type, of_resource) {
        (PolicyType::Resource, Some(ResourceType::AwsIamAssumeRolePolicyDocument)) => {
            Ok(Document::Trust)
        }
        (PolicyType::Resource, _) => Ok(Document::Resource),
        (_, Some(_)) => Err(AnalyzerError::invalid(
            "validatePolicyResourceType goes with the policy type RESOURCE_POLICY only.",
        )),
        (PolicyType::Identity, None) => Ok(Document::Identity),
        (PolicyType::ServiceControl, None) => Ok(Document::ServiceControl),
        (PolicyType::ResourceControl, None) => Ok(Document::ResourceControl),
    }
}

fn view(finding: &Finding) -> ValidatePolicyFinding {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let position = |at: lint::Position| Position {
        line: number(at.line),
        column: number(at.column),
        offset: number(at.offset),
    };
    let step = |step: &Step| match step {
        Step::Index(index) => PathElement::Index(number(*index)),
        Step::Value(name) => PathElement::Value(name.clone()),
    };
    let locations = finding.locations.iter().map(|location| Location {
        path: location.path.iter().map(step).collect(),
        span: Span { start: position(location.start), end: position(location.end) },
    });
    ValidatePolicyFinding {
        finding_details: finding.details.clone(),
        finding_type: match finding.impact {
            Impact::Error => FindingType::Error,
            Impact::SecurityWarning => FindingType::SecurityWarning,
            Impact::Suggestion => FindingType::Suggestion,
            Impact::Warning => FindingType::Warning,
        },
        issue_code: finding.code.to_owned(),
        learn_more_link: finding.learn_more(),
        locations: locations.collect(),
    }
}
