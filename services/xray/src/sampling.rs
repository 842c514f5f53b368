//! GetSamplingRules, GetSamplingTargets: which requests are traced: all.

use crate::error::XrayError;
use service_kit::prelude::*;

/// The name of the only rule.
const DEFAULT: &str = "Default";
/// The part of requests that is traced. On AWS it is 5 %; here nothing is dropped.
const RATE: f64 = 1.0;
/// Requests each second that are traced before the rate counts, as on AWS.
const RESERVOIR: i32 = 1;
/// How often clients report.
const INTERVAL: Duration = Duration::from_secs(10);

/// Lists the rules.
pub(crate) enum GetSamplingRules {}

/// What GetSamplingRules takes.
#[derive(Debug, Shape)]
#[shape(name = "GetSamplingRulesRequest")]
pub struct GetSamplingRulesInput {
    /// There is one page only.
    pub next_token: Option<String>,
}

/// What GetSamplingRules gives.
#[derive(Debug, Shape)]
#[shape(name = "GetSamplingRulesResult")]
pub struct GetSamplingRulesOutput {
    /// The rules.
    pub sampling_rule_records: Vec<SamplingRuleRecord>,
}

/// A rule with its times.
#[derive(Debug, Shape)]
pub struct SamplingRuleRecord {
    /// The rule.
    pub sampling_rule: SamplingRule,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed.
    pub modified_at: Timestamp,
}

/// A rule.
#[derive(Debug, Shape)]
pub struct SamplingRule {
    /// Its name.
    pub rule_name: String,
    /// Its ARN.
    #[shape(name = "RuleARN")]
    pub rule_arn: String,
    /// For which resources.
    #[shape(name = "ResourceARN")]
    pub resource_arn: String,
    /// The last of all.
    pub priority: i32,
    /// The part of requests that is traced.
    pub fixed_rate: f64,
    /// Requests each second that are traced before the rate counts.
    pub reservoir_size: i32,
    /// For which services.
    pub service_name: String,
    /// For which types of service.
    pub service_type: String,
    /// For which hosts.
    pub host: String,
    /// For which methods.
    #[shape(name = "HTTPMethod")]
    pub http_method: String,
    /// For which paths.
    #[shape(name = "URLPath")]
    pub url_path: String,
    /// Of the format.
    pub version: i32,
    /// For which attributes.
    pub attributes: BTreeMap<String, String>,
}

impl Operation for GetSamplingRules {
    const NAME: &'static str = "GetSamplingRules";
    const HTTP: Option<Http> = Some(Http::new("POST", "/GetSamplingRules", 200));
    type Input = GetSamplingRulesInput;
    type Output = GetSamplingRulesOutput;
    type Error = XrayError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("xray:GetSamplingRules").only()
    }

    async fn run(cx: &Context, _: Self::Input) -> Result<Self::Output, XrayError> {
        let any = || "*".to_owned();
        let sampling_rule = SamplingRule {
            rule_name: DEFAULT.into(),
            rule_arn: cx.scope().arn("xray", "sampling-rule/Default"),
            resource_arn: any(),
            priority: 10_000,
            fixed_rate: RATE,
            reservoir_size: RESERVOIR,
            service_name: any(),
            service_type: any(),
            host: any(),
            http_method: any(),
            url_path: any(),
            version: 1,
            attributes: BTreeMap::new(),
        };
        // The rule has always been there; AWS too answers the epoch.
        let (created_at, modified_at) = (Timestamp::from_secs(0), Timestamp::from_secs(0));
        let record = SamplingRuleRecord { sampling_rule, created_at, modified_at };
        Ok(GetSamplingRulesOutput { sampling_rule_records: vec![record] })
    }
}

/// Says what clients may sample until their next report.
pub(crate) enum GetSamplingTargets {}

/// What GetSamplingTargets takes.
#[derive(Debug, Shape)]
#[shape(name = "GetSamplingTargetsRequest")]
pub struct GetSamplingTargetsInput {
    /// What the client saw of each rule.
    #[shape(length = 0..=25)]
    pub sampling_statistics_documents: Vec<SamplingStatisticsDocument>,
}

/// What a client saw of one rule.
#[derive(Debug, Shape)]
pub struct SamplingStatisticsDocument {
    /// The rule.
    #[shape(length = 1..=32)]
    pub rule_name: String,
    /// The client.
    #[shape(name = "ClientID", length = 24..=24)]
    pub client_id: String,
    /// When.
    pub timestamp: Timestamp,
    /// Requests that the rule was for.
    #[shape(range = 0..)]
    pub request_count: i32,
    /// Those traced.
    #[shape(range = 0..)]
    pub sampled_count: i32,
    /// Those traced beyond the quota.
    #[shape(range = 0..)]
    pub borrow_count: Option<i32>,
}

/// What GetSamplingTargets gives.
#[derive(Debug, Shape)]
#[shape(name = "GetSamplingTargetsResult")]
pub struct GetSamplingTargetsOutput {
    /// For each rule that is known.
    pub sampling_target_documents: Vec<SamplingTargetDocument>,
    /// When rules changed last.
    pub last_rule_modification: Timestamp,
    /// Rules that are not known.
    pub unprocessed_statistics: Vec<UnprocessedStatistics>,
}

/// What a client may sample.
#[derive(Debug, Shape)]
pub struct SamplingTargetDocument {
    /// The rule.
    pub rule_name: String,
    /// The part of requests.
    pub fixed_rate: f64,
    /// Requests each second before the rate counts.
    pub reservoir_quota: i32,
    /// Until when the quota holds.
    #[shape(name = "ReservoirQuotaTTL")]
    pub reservoir_quota_ttl: Timestamp,
    /// Seconds to the next report.
    pub interval: i32,
}

/// A rule that is not known.
#[derive(Debug, Shape)]
pub struct UnprocessedStatistics {
    /// Its name.
    pub rule_name: String,
    /// What is wrong.
    pub error_code: String,
    /// The same in words.
    pub message: String,
}

impl Operation for GetSamplingTargets {
    const NAME: &'static str = "GetSamplingTargets";
    const HTTP: Option<Http> = Some(Http::new("POST", "/SamplingTargets", 200));
    const DATA_EVENT: bool = true;
    type Input = GetSamplingTargetsInput;
    type Output = GetSamplingTargetsOutput;
    type Error = XrayError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("xray:GetSamplingTargets").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, XrayError> {
        let mut output = GetSamplingTargetsOutput {
            sampling_target_documents: Vec::new(),
            last_rule_modification: Timestamp::from_secs(0),
            unprocessed_statistics: Vec::new(),
        };
        for document in input.sampling_statistics_documents {
            if document.rule_name == DEFAULT {
                output.sampling_target_documents.push(SamplingTargetDocument {
                    rule_name: document.rule_name,
                    fixed_rate: RATE,
                    reservoir_quota: RESERVOIR,
                    reservoir_quota_ttl: cx.now() + INTERVAL,
                    interval: i32::try_from(INTERVAL.as_secs()).unwrap_or(i32::MAX),
                });
            } else {
                output.unprocessed_statistics.push(UnprocessedStatistics {
                    message: format!("Unknown rule {}", document.rule_name),
                    rule_name: document.rule_name,
                    error_code: "RuleNotFound".into(),
                });
            }
        }
        Ok(output)
    }
}
