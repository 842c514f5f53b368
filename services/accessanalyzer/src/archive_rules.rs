//! CreateArchiveRule, GetArchiveRule, ListArchiveRules, UpdateArchiveRule, DeleteArchiveRule,
//! ApplyArchiveRule: which findings are meant.

use crate::{
    analyzer::{Analyzer, Criterion, MAX_RULES, Rule, arn_of},
    error::AnalyzerError,
    finding::{Finding, Status},
};
use service_kit::prelude::*;

/// The ARN that permissions on archive rules name.
fn rule_arn(at: &Scope, analyzer: &str, rule: &str) -> String {
    format!("{}/archive-rule/{rule}", arn_of(at, analyzer))
}

/// The rule of this name.
fn rule<'a>(analyzer: &'a Analyzer, name: &str) -> Result<&'a Rule, AnalyzerError> {
    analyzer.rules.get(name).ok_or_else(|| {
        AnalyzerError::ResourceNotFoundException(format!("There is no archive rule {name}."))
    })
}

/// Makes a rule, for findings to come.
pub(crate) enum CreateArchiveRule {}

/// What CreateArchiveRule takes.
#[derive(Debug, Shape)]
#[shape(name = "CreateArchiveRuleRequest", camel)]
pub struct CreateArchiveRuleInput {
    /// The analyzer.
    #[shape(label, length = 1..=255, pattern = "[A-Za-z_][A-Za-z0-9_.-]*")]
    pub analyzer_name: String,
    /// The rule's name.
    #[shape(length = 1..=255, pattern = "[A-Za-z][A-Za-z0-9_.-]*")]
    pub rule_name: String,
    /// Which findings it archives.
    pub filter: BTreeMap<String, Criterion>,
    /// Asking again with the same token is no conflict.
    pub client_token: Option<String>,
}

impl Operation for CreateArchiveRule {
    const NAME: &'static str = "CreateArchiveRule";
    const HTTP: Option<Http> = Some(Http::new("PUT", "/analyzer/{analyzerName}/archive-rule", 200));
    type Input = CreateArchiveRuleInput;
    type Output = Empty;
    type Error = AnalyzerError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = rule_arn(at, &input.analyzer_name, &input.rule_name);
        Access::on("access-analyzer:CreateArchiveRule", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, AnalyzerError> {
        cx.write(|tx| {
            let mut analyzer = Analyzer::get(&tx.reader(), &input.analyzer_name)?;
            if let Some(known) = analyzer.rules.get(&input.rule_name) {
                if known.token.is_some() && known.token == input.client_token {
                    return Ok(Empty {});
                }
                let message = format!("There is an archive rule {} already.", input.rule_name);
                return Err(AnalyzerError::ConflictException(message));
            }
            if analyzer.rules.len() >= MAX_RULES {
                return Err(AnalyzerError::ServiceQuotaExceededException("Too many rules.".into()));
            }
            let (created, updated) = (tx.now(), tx.now());
            let token = input.client_token.clone();
            let rule = Rule { token, filter: input.filter.clone(), created, updated };
            analyzer.rules.insert(input.rule_name.clone(), rule);
            tx.put(&analyzer)?;
            Ok(Empty {})
        })
        .await
    }
}

/// A rule as shown.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(camel)]
pub struct ArchiveRuleSummary {
    /// Its name.
    #[shape(length = 1..=255, pattern = "[A-Za-z][A-Za-z0-9_.-]*")]
    pub rule_name: String,
    /// Which findings it archives.
    pub filter: BTreeMap<String, Criterion>,
    /// When it was made.
    #[shape(timestamp = DateTime)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[shape(timestamp = DateTime)]
    pub updated_at: Timestamp,
}

fn summary(name: &str, rule: &Rule) -> ArchiveRuleSummary {
    ArchiveRuleSummary {
        rule_name: name.to_owned(),
        filter: rule.filter.clone(),
        created_at: rule.created,
        updated_at: rule.updated,
    }
}

/// Shows a rule.
pub(crate) enum GetArchiveRule {}

/// What GetArchiveRule takes.
#[derive(Debug, Shape)]
#[shape(name = "GetArchiveRuleRequest", camel)]
pub struct GetArchiveRuleInput {
    /// The analyzer.
    #[shape(label, length = 1..=255, pattern = "[A-Za-z_][A-Za-z0-9_.-]*")]
    pub analyzer_name: String,
    /// The rule's name.
    #[shape(label, length = 1..=255, pattern = "[A-Za-z][A-Za-z0-9_.-]*")]
    pub rule_name: String,
}

/// What GetArchiveRule gives.
#[derive(Debug, Shape)]
#[shape(name = "GetArchiveRuleResponse", camel)]
pub struct GetArchiveRuleOutput {
    /// It.
    pub archive_rule: ArchiveRuleSummary,
}

impl Operation for GetArchiveRule {
    const NAME: &'static str = "GetArchiveRule";
    const HTTP: Option<Http> =
        Some(Http::new("GET", "/analyzer/{analyzerName}/archive-rule/{ruleName}", 200));
    type Input = GetArchiveRuleInput;
    type Output = GetArchiveRuleOutput;
    type Error = AnalyzerError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = rule_arn(at, &input.analyzer_name, &input.rule_name);
        Access::on("access-analyzer:GetArchiveRule", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, AnalyzerError> {
        let analyzer = cx.read(|tx| Analyzer::get(tx, &input.analyzer_name))?;
        let name = input.rule_name.as_str();
        Ok(GetArchiveRuleOutput { archive_rule: summary(name, rule(&analyzer, name)?) })
    }
}

/// Lists rules.
pub(crate) enum ListArchiveRules {}

/// What ListArchiveRules takes. An answer holds all rules that there can be.
#[derive(Debug, Shape)]
#[shape(name = "ListArchiveRulesRequest", camel)]
pub struct ListArchiveRulesInput {
    /// The analyzer.
    #[shape(label, length = 1..=255, pattern = "[A-Za-z_][A-Za-z0-9_.-]*")]
    pub analyzer_name: String,
}

/// What ListArchiveRules gives.
#[derive(Debug, Shape)]
#[shape(name = "ListArchiveRulesResponse", camel)]
pub struct ListArchiveRulesOutput {
    /// The rules, by name.
    pub archive_rules: Vec<ArchiveRuleSummary>,
}

impl Operation for ListArchiveRules {
    const NAME: &'static str = "ListArchiveRules";
    const HTTP: Option<Http> = Some(Http::new("GET", "/analyzer/{analyzerName}/archive-rule", 200));
    type Input = ListArchiveRulesInput;
    type Output = ListArchiveRulesOutput;
    type Error = AnalyzerError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("access-analyzer:ListArchiveRules", arn_of(at, &input.analyzer_name)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, AnalyzerError> {
        let analyzer = cx.read(|tx| Analyzer::get(tx, &input.analyzer_name))?;
        let rules = analyzer.rules.iter().map(|(name, rule)| summary(name, rule));
        Ok(ListArchiveRulesOutput { archive_rules: rules.collect() })
    }
}

/// Changes which findings a rule archives.
pub(crate) enum UpdateArchiveRule {}

/// What UpdateArchiveRule takes.
#[derive(Debug, Shape)]
#[shape(name = "UpdateArchiveRuleRequest", camel)]
pub struct UpdateArchiveRuleInput {
    /// The analyzer.
    #[shape(label, length = 1..=255, pattern = "[A-Za-z_][A-Za-z0-9_.-]*")]
    pub analyzer_name: String,
    /// The rule's name.
    #[shape(label, length = 1..=255, pattern = "[A-Za-z][A-Za-z0-9_.-]*")]
    pub rule_name: String,
    /// Which findings it archives.
    pub filter: BTreeMap<String, Criterion>,
    /// Makes the request safe to send again, which it is anyway.
    pub client_token: Option<String>,
}

impl Operation for UpdateArchiveRule {
    const NAME: &'static str = "UpdateArchiveRule";
    const HTTP: Option<Http> =
        Some(Http::new("PUT", "/analyzer/{analyzerName}/archive-rule/{ruleName}", 200));
    type Input = UpdateArchiveRuleInput;
    type Output = Empty;
    type Error = AnalyzerError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = rule_arn(at, &input.analyzer_name, &input.rule_name);
        Access::on("access-analyzer:UpdateArchiveRule", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, AnalyzerError> {
        cx.write(|tx| {
            let mut analyzer = Analyzer::get(&tx.reader(), &input.analyzer_name)?;
            let known = rule(&analyzer, &input.rule_name)?.clone();
            let changed = Rule { filter: input.filter.clone(), updated: tx.now(), ..known };
            analyzer.rules.insert(input.rule_name.clone(), changed);
            tx.put(&analyzer)?;
            Ok(Empty {})
        })
        .await
    }
}

/// Deletes a rule; what it archived stays so.
pub(crate) enum DeleteArchiveRule {}

/// What DeleteArchiveRule takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteArchiveRuleRequest", camel)]
pub struct DeleteArchiveRuleInput {
    /// The analyzer.
    #[shape(label, length = 1..=255, pattern = "[A-Za-z_][A-Za-z0-9_.-]*")]
    pub analyzer_name: String,
    /// The rule's name.
    #[shape(label, length = 1..=255, pattern = "[A-Za-z][A-Za-z0-9_.-]*")]
    pub rule_name: String,
    /// Nothing is deleted twice, with or without it.
    #[shape(query)]
    pub client_token: Option<String>,
}

impl Operation for DeleteArchiveRule {
    const NAME: &'static str = "DeleteArchiveRule";
    const HTTP: Option<Http> =
        Some(Http::new("DELETE", "/analyzer/{analyzerName}/archive-rule/{ruleName}", 200));
    type Input = DeleteArchiveRuleInput;
    type Output = Empty;
    type Error = AnalyzerError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = rule_arn(at, &input.analyzer_name, &input.rule_name);
        Access::on("access-analyzer:DeleteArchiveRule", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, AnalyzerError> {
        cx.write(|tx| {
            let mut analyzer = Analyzer::get(&tx.reader(), &input.analyzer_name)?;
            rule(&analyzer, &input.rule_name)?;
            analyzer.rules.remove(&input.rule_name);
            tx.put(&analyzer)?;
            Ok(Empty {})
        })
        .await
    }
}

/// Archives what a rule fits and was found before.
pub(crate) enum ApplyArchiveRule {}

/// What ApplyArchiveRule takes.
#[derive(Debug, Shape)]
#[shape(name = "ApplyArchiveRuleRequest", camel)]
pub struct ApplyArchiveRuleInput {
    /// The analyzer.
    #[shape(pattern = "[^:]*:[^:]*:[^:]*:[^:]*:[^:]*:analyzer/.{1,255}")]
    pub analyzer_arn: String,
    /// The rule's name.
    #[shape(length = 1..=255, pattern = "[A-Za-z][A-Za-z0-9_.-]*")]
    pub rule_name: String,
    /// Makes the request safe to send again, which it is anyway.
    pub client_token: Option<String>,
}

impl Operation for ApplyArchiveRule {
    const NAME: &'static str = "ApplyArchiveRule";
    const HTTP: Option<Http> = Some(Http::new("PUT", "/archive-rule", 200));
    type Input = ApplyArchiveRuleInput;
    type Output = Empty;
    type Error = AnalyzerError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("access-analyzer:ApplyArchiveRule", input.analyzer_arn.as_str()).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, AnalyzerError> {
        cx.write(|tx| {
            let analyzer = Analyzer::by_arn(&tx.reader(), &input.analyzer_arn)?;
            let filter = &rule(&analyzer, &input.rule_name)?.filter;
            let updated = tx.now();
            for finding in tx.reader().list::<Finding>(&analyzer.name)? {
                if finding.status == Status::Active && finding.fits(filter) {
                    tx.put(&Finding { status: Status::Archived, updated, ..finding })?;
                }
            }
            Ok(Empty {})
        })
        .await
    }
}
