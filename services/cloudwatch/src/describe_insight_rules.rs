//! DescribeInsightRules: the rules of Contributor Insights, which services make for their users.

use crate::error::CloudWatchError;
use serde_json::json;
use service_kit::{insights::Rule, prelude::*};

/// The rules of one page, unless a request says otherwise.
const PAGE: u32 = 500;

/// Lists rules.
pub(crate) enum DescribeInsightRules {}

/// What DescribeInsightRules takes.
#[derive(Debug, Shape)]
pub struct DescribeInsightRulesInput {
    /// Where to go on.
    pub next_token: Option<String>,
    /// How many at most.
    #[shape(range = 1..=500)]
    pub max_results: Option<u32>,
}

/// What DescribeInsightRules gives.
#[derive(Debug, Shape)]
pub struct DescribeInsightRulesOutput {
    /// Where to go on.
    pub next_token: Option<String>,
    /// The rules.
    pub insight_rules: Option<Vec<InsightRule>>,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct InsightRule {
    /// Its name.
    #[shape(length = 1..=128, pattern = r"[\x20-\x7E]+")]
    pub name: String,
    /// Whether it collects anything.
    #[shape(length = 1..=32, pattern = r"[\x20-\x7E]+")]
    pub state: String,
    /// How its definition is to be read.
    pub schema: String,
    /// What it collects.
    #[shape(length = 1..=8192, pattern = r"[\x00-\x7F]+")]
    pub definition: String,
    /// Whether a service made it.
    pub managed_rule: Option<bool>,
}

impl From<Rule> for InsightRule {
    fn from(rule: Rule) -> Self {
        let schema = json!({"Name": "ServiceLogRule", "Version": 1});
        let aggregate_on = if rule.sums { "Sum" } else { "Count" };
        let definition = json!({
            "Schema": schema,
            "AggregateOn": aggregate_on,
            "Contribution": {"Keys": rule.labels, "Filters": []},
        });
        Self {
            name: rule.name,
            state: "ENABLED".into(),
            schema: schema.to_string(),
            definition: definition.to_string(),
            managed_rule: Some(true),
        }
    }
}

impl Operation for DescribeInsightRules {
    const NAME: &'static str = "DescribeInsightRules";
    type Input = DescribeInsightRulesInput;
    type Output = DescribeInsightRulesOutput;
    type Error = CloudWatchError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("cloudwatch:DescribeInsightRules").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, CloudWatchError> {
        let limit = input.max_results.unwrap_or(PAGE) as usize;
        let token = input.next_token.as_deref();
        let page: Page<Rule> =
            cx.read(|tx| tx.page((), token, limit)).map_err(|fault| match fault {
                Fault::Validation(message) => CloudWatchError::InvalidNextToken(message),
                other => other.into(),
            })?;
        Ok(DescribeInsightRulesOutput {
            next_token: page.next,
            insight_rules: Some(page.items.into_iter().map(InsightRule::from).collect()),
        })
    }
}
