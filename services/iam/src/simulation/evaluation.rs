//! One simulation: policies, actions and resources in, decisions with their reasons out.

use super::organizations::OrganizationsDetail;
use crate::{error::IamError, names::Document, paging::Paging};
use policy::{Arn, Attached, Decision, Effect, Kind, Policies, Policy, Principal, Request};
use service_kit::prelude::*;
use std::sync::Arc;

/// The most decisions of one request.
const MAX_DECISIONS: usize = 10_000;

/// What of a request is not about where policies come from.
pub(crate) struct Question {
    /// Who asks.
    pub principal: Principal,
    /// Actions.
    pub actions: Vec<String>,
    /// ARNs; `*` if there is none.
    pub resources: Vec<String>,
    /// The account that owns the resources.
    pub owner: Option<String>,
    /// Condition keys.
    pub entries: Vec<ContextEntry>,
    /// Which page.
    pub paging: Paging,
}

/// A condition key and its values.
#[derive(Clone, Debug, Shape)]
pub struct ContextEntry {
    /// Such as `aws:SourceIp`.
    #[shape(length = 5..=256)]
    pub context_key_name: Option<String>,
    /// Its values.
    #[shape(default)]
    pub context_key_values: Vec<String>,
    /// Whether it has one value or many, and what they mean.
    pub context_key_type: Option<ContextKeyType>,
}

/// The type of a condition key.
#[derive(Clone, Copy, Debug, Shape)]
#[shape(name = "ContextKeyTypeEnum")]
pub enum ContextKeyType {
    #[shape(name = "string")]
    String,
    #[shape(name = "stringList")]
    StringList,
    #[shape(name = "numeric")]
    Numeric,
    #[shape(name = "numericList")]
    NumericList,
    #[shape(name = "boolean")]
    Boolean,
    #[shape(name = "booleanList")]
    BooleanList,
    #[shape(name = "ip")]
    Ip,
    #[shape(name = "ipList")]
    IpList,
    #[shape(name = "binary")]
    Binary,
    #[shape(name = "binaryList")]
    BinaryList,
    #[shape(name = "date")]
    Date,
    #[shape(name = "dateList")]
    DateList,
}

/// What a simulation gives.
#[derive(Debug, Shape)]
#[shape(name = "SimulatePolicyResponse")]
pub struct SimulatePolicyOutput {
    /// One for each action.
    pub evaluation_results: Vec<EvaluationResult>,
    /// Whether there are more.
    pub is_truncated: bool,
    /// Where to go on.
    pub marker: Option<String>,
}

/// The answer for one action.
#[derive(Clone, Debug, Shape)]
pub struct EvaluationResult {
    /// The action.
    pub eval_action_name: String,
    /// The resource, or `*` for several.
    pub eval_resource_name: String,
    /// The answer; for several resources the most restrictive one.
    pub eval_decision: EvalDecision,
    /// The statements that matched.
    pub matched_statements: Vec<MatchedStatement>,
    /// Keys that conditions ask about and the request does not give.
    pub missing_context_values: Vec<String>,
    /// What the account's organization says, if it is bound by one.
    pub organizations_decision_detail: Option<OrganizationsDetail>,
    /// What the boundary says, if there is one.
    pub permissions_boundary_decision_detail: Option<BoundaryDetail>,
    /// Across accounts, what each side says.
    pub eval_decision_details: Option<BTreeMap<String, EvalDecision>>,
    /// The answers for each of several resources.
    pub resource_specific_results: Option<Vec<ResourceResult>>,
}

/// The answer for one of several resources.
#[derive(Clone, Debug, Shape)]
#[shape(name = "ResourceSpecificResult")]
pub struct ResourceResult {
    /// The resource.
    pub eval_resource_name: String,
    /// The answer.
    pub eval_resource_decision: EvalDecision,
    /// The statements that matched.
    pub matched_statements: Vec<MatchedStatement>,
    /// Keys that conditions ask about and the request does not give.
    pub missing_context_values: Vec<String>,
    /// Across accounts, what each side says.
    pub eval_decision_details: Option<BTreeMap<String, EvalDecision>>,
    /// What the boundary says, if there is one.
    pub permissions_boundary_decision_detail: Option<BoundaryDetail>,
}

/// A decision, the most restrictive last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Shape)]
#[shape(name = "PolicyEvaluationDecisionType")]
pub enum EvalDecision {
    /// Allowed.
    #[shape(name = "allowed")]
    Allowed,
    /// Nothing allows it.
    #[shape(name = "implicitDeny")]
    ImplicitDeny,
    /// A statement denies it.
    #[shape(name = "explicitDeny")]
    ExplicitDeny,
}

/// A statement that matched.
#[derive(Clone, Debug, Shape)]
#[shape(name = "Statement")]
pub struct MatchedStatement {
    /// The policy's name.
    pub source_policy_id: String,
    /// The policy's kind.
    pub source_policy_type: String,
    /// Where the statement starts.
    pub start_position: Position,
    /// Where it ends.
    pub end_position: Position,
}

/// A place in a document.
#[derive(Clone, Copy, Debug, Shape)]
pub struct Position {
    /// From 1.
    pub line: u32,
    /// As AWS counts: one more than the place of the character from 1.
    pub column: u32,
}

/// What a boundary says.
#[derive(Clone, Copy, Debug, Shape)]
#[shape(name = "PermissionsBoundaryDecisionDetail")]
pub struct BoundaryDetail {
    /// Whether it allows the action.
    pub allowed_by_permissions_boundary: bool,
}

/// Compiles a document of a simulation.
pub(crate) fn compile(document: &str, kind: Kind) -> Result<Policy, IamError> {
    Policy::parse(document, kind)
        .map_err(|error| IamError::InvalidInputException(format!("Invalid policy: {error}")))
}

/// The policies `named`, compiled.
pub(crate) fn attach<'a>(
    named: impl IntoIterator<Item = (String, &'a str)>,
    kind: Kind,
) -> Result<Vec<Attached>, IamError> {
    let attach = |(name, text): (String, &str)| Ok(Attached::new(name, compile(text, kind)?));
    named.into_iter().map(attach).collect()
}

/// The documents of a request, named as AWS does: `PolicyInputList.1`.
pub(crate) fn numbered<'a>(
    list: &str,
    documents: &'a [Document],
) -> impl Iterator<Item = (String, &'a str)> {
    let numbers = documents.iter().enumerate();
    numbers.map(move |(index, it)| (format!("{list}.{}", index + 1), it.0.as_str()))
}

/// The caller as a resource policy may know it: a user of `account`, or the one in `arn`.
pub(crate) fn caller(account: &str, arn: Option<&str>) -> Result<Principal, IamError> {
    let Some(arn) = arn else {
        let nobody: Arc<str> = "".into();
        let (name, id) = (nobody.clone(), nobody);
        return Ok(Principal::User { account: account.into(), path: "/".into(), name, id });
    };
    let parsed = Arn::parse(arn).filter(|arn| arn.service == "iam" && arn.owner().is_some());
    let user = parsed.and_then(|parsed| Some((parsed, parsed.resource.strip_prefix("user")?)));
    let split = user.and_then(|(parsed, rest)| Some((parsed, rest.rsplit_once('/')?)));
    match split {
        Some((parsed, (path, name))) => Ok(Principal::User {
            account: parsed.account.into(),
            path: format!("{path}/").into(),
            name: name.into(),
            id: "".into(),
        }),
        None => Err(IamError::InvalidInputException(format!(
            "Invalid CallerArn {arn}: it must be the ARN of a user."
        ))),
    }
}

/// Answers the question from the policies.
pub(crate) fn evaluate(
    now: Timestamp,
    question: Question,
    policies: &Policies,
) -> Result<SimulatePolicyOutput, IamError> {
    let mut question = question;
    if question.resources.is_empty() {
        question.resources.push("*".to_owned());
    }
    if question.actions.len().saturating_mul(question.resources.len()) > MAX_DECISIONS {
        return Err(IamError::InvalidInputException(format!(
            "A simulation covers at most {MAX_DECISIONS} pairs of action and resource."
        )));
    }
    let keys = keys(now, &question);
    let numbered: Vec<_> = question.actions.iter().enumerate().collect();
    let page = question.paging.of(numbered, |(index, _)| format!("{index:06}"))?;
    let results =
        page.items.iter().map(|(_, action)| answer(&question, action, &keys, policies)).collect();
    Ok(SimulatePolicyOutput {
        evaluation_results: results,
        is_truncated: page.next.is_some(),
        marker: page.next,
    })
}

/// What is known of the caller and the time, and over it what the request says.
fn keys(now: Timestamp, question: &Question) -> policy::Context {
    use ContextKeyType as Type;
    let mut keys = policy::Context::default();
    question.principal.context_keys(&mut keys);
    keys.set("aws:CurrentTime", now.date_time());
    keys.set("aws:EpochTime", now.as_secs().to_string());
    for entry in &question.entries {
        let Some(name) = entry.context_key_name.clone() else { continue };
        let many = matches!(
            entry.context_key_type,
            Some(
                Type::StringList
                    | Type::NumericList
                    | Type::BooleanList
                    | Type::IpList
                    | Type::BinaryList
                    | Type::DateList
            )
        );
        match entry.context_key_values.as_slice() {
            [value] if !many => keys.set(name, value.as_str()),
            values => keys.set_many(name, values.iter().cloned()),
        }
    }
    keys
}

fn answer(
    question: &Question,
    action: &str,
    keys: &policy::Context,
    policies: &Policies,
) -> EvaluationResult {
    let decide = |resource: &String| one(question, action, resource, keys, policies);
    let mut all: Vec<ResourceResult> = question.resources.iter().map(decide).collect();
    let worst = all.iter().map(|result| result.eval_resource_decision).max();
    let single = all.pop_if(|_| question.resources.len() == 1);
    let several = single.is_none().then_some(all);
    let first = single.or_else(|| several.as_ref().and_then(|all| all.first().cloned()));
    let matched = |result: &ResourceResult| result.matched_statements.clone();
    EvaluationResult {
        eval_action_name: action.to_owned(),
        eval_resource_name: match &several {
            Some(_) => "*".to_owned(),
            None => first.as_ref().map_or("*".into(), |it| it.eval_resource_name.clone()),
        },
        eval_decision: worst.unwrap_or(EvalDecision::ImplicitDeny),
        matched_statements: match &several {
            Some(all) => all.iter().flat_map(matched).collect(),
            None => first.as_ref().map(matched).unwrap_or_default(),
        },
        missing_context_values: first
            .as_ref()
            .map(|it| it.missing_context_values.clone())
            .unwrap_or_default(),
        organizations_decision_detail: OrganizationsDetail::of(question, action, keys, policies),
        eval_decision_details: first.as_ref().and_then(|it| it.eval_decision_details.clone()),
        permissions_boundary_decision_detail: first
            .and_then(|it| it.permissions_boundary_decision_detail),
        resource_specific_results: several,
    }
}

fn one(
    question: &Question,
    action: &str,
    resource: &str,
    keys: &policy::Context,
    policies: &Policies,
) -> ResourceResult {
    let request = Request {
        principal: &question.principal,
        action,
        resource,
        resource_account: question.owner.as_deref().or_else(|| question.principal.account()),
        context: keys,
    };
    let decision = policy::decide(&request, policies);
    let boundary = policies.boundary.as_ref().map(|boundary| {
        let alone = Policies { identity: vec![boundary.clone()], ..Policies::default() };
        let allowed = policy::decide(&request, &alone).is_allowed();
        BoundaryDetail { allowed_by_permissions_boundary: allowed }
    });
    ResourceResult {
        eval_resource_name: resource.to_owned(),
        eval_resource_decision: decision.effect.into(),
        eval_decision_details: (!decision.same_account).then(|| sides(&request, policies)),
        matched_statements: matched(&decision),
        missing_context_values: decision.missing_keys.iter().map(ToString::to_string).collect(),
        permissions_boundary_decision_detail: boundary,
    }
}

/// What the caller's policies say by themselves, and what the resource's does: across accounts both
/// must allow ("SimulateCustomPolicy", EvalDecisionDetails).
fn sides(request: &Request<'_>, policies: &Policies) -> BTreeMap<String, EvalDecision> {
    let own = Policies { resource: None, ..policies.clone() };
    let at_home = Request { resource_account: request.principal.account(), ..*request };
    let resource = Policies { resource: policies.resource.clone(), ..Policies::default() };
    let everything = compile(EVERYTHING, Kind::Identity).map(|policy| Attached::new("", policy));
    let resource = Policies { identity: everything.into_iter().collect(), ..resource };
    [
        ("IAM Policy".to_owned(), policy::decide(&at_home, &own).effect.into()),
        ("Resource Policy".to_owned(), policy::decide(request, &resource).effect.into()),
    ]
    .into()
}

/// A policy that keeps nobody from what the resource's policy allows.
const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

impl From<Effect> for EvalDecision {
    fn from(effect: Effect) -> Self {
        match effect {
            Effect::Allowed => Self::Allowed,
            Effect::ImplicitDeny => Self::ImplicitDeny,
            Effect::ExplicitDeny => Self::ExplicitDeny,
        }
    }
}

fn matched(decision: &Decision) -> Vec<MatchedStatement> {
    let position =
        |at: policy::Position| Position { line: at.line, column: at.column.saturating_add(1) };
    let view = |statement: &policy::MatchedStatement| MatchedStatement {
        source_policy_id: statement.policy.to_string(),
        source_policy_type: match statement.policy_type {
            policy::PolicyType::Resource => "Resource Policy".to_owned(),
            policy::PolicyType::Boundary => "Permissions Boundary Policy".to_owned(),
            _ => "IAM Policy".to_owned(),
        },
        start_position: position(statement.start),
        end_position: position(statement.end),
    };
    // Of the organization's policies only the answer is told.
    let told =
        |it: &&policy::MatchedStatement| it.policy_type != policy::PolicyType::ServiceControl;
    decision.statements.iter().filter(told).map(view).collect()
}

/// The account of `ResourceOwner`, which is an account's ARN or id.
pub(crate) fn owner(given: Option<String>) -> Option<String> {
    let owner = given?;
    let of_arn = Arn::parse(&owner).map(|arn| arn.account.to_owned());
    Some(of_arn.unwrap_or(owner))
}
