//! GetInsightRuleReport: who contributed most to a rule of Contributor Insights.

use crate::{error::CloudWatchError, window::Window};
use service_kit::{
    insights::{Contributions, Rule},
    key::Key,
    prelude::*,
};
use std::ops::ControlFlow;

/// The most periods of one report.
const MAX_PERIODS: i64 = 1_440;
/// How many contributors are told, unless a request says otherwise, and at most.
const USUAL_CONTRIBUTORS: i32 = 10;
const MAX_CONTRIBUTORS: i32 = 100;

/// The statistics that may be asked for.
const METRICS: [&str; 7] = [
    "UniqueContributors",
    "MaxContributorValue",
    "SampleCount",
    "Sum",
    "Minimum",
    "Maximum",
    "Average",
];

/// Reports.
pub(crate) enum GetInsightRuleReport {}

/// What GetInsightRuleReport takes.
#[derive(Debug, Shape)]
pub struct GetInsightRuleReportInput {
    /// The rule.
    #[shape(length = 1..=128, pattern = r"[\x20-\x7E]+")]
    pub rule_name: String,
    /// From when.
    pub start_time: Timestamp,
    /// Until before when.
    pub end_time: Timestamp,
    /// Seconds.
    #[shape(range = 1..)]
    pub period: i32,
    /// How many contributors at most.
    pub max_contributor_count: Option<i32>,
    /// Which statistics of each period.
    pub metrics: Option<Vec<InsightRuleMetricName>>,
    /// What contributors are sorted by: `Sum` or `Maximum`.
    #[shape(length = 1..=32, pattern = r"[\x20-\x7E]+")]
    pub order_by: Option<String>,
}

/// The name of a statistic.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(length = 1..=32, pattern = r"[\x20-\x7E]+")]
pub struct InsightRuleMetricName(pub String);

/// What GetInsightRuleReport gives.
#[derive(Debug, Shape)]
pub struct GetInsightRuleReportOutput {
    /// What the keys of contributors are.
    pub key_labels: Option<Vec<String>>,
    /// How values were aggregated.
    pub aggregation_statistic: Option<String>,
    /// All of them together.
    pub aggregate_value: Option<f64>,
    /// How many contributors there were.
    pub approximate_unique_count: Option<i64>,
    /// The largest ones.
    pub contributors: Option<Vec<InsightRuleContributor>>,
    /// The statistics asked for.
    pub metric_datapoints: Option<Vec<InsightRuleMetricDatapoint>>,
}

/// One contributor.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct InsightRuleContributor {
    /// Its keys.
    pub keys: Vec<String>,
    /// What it contributed.
    pub approximate_aggregate_value: f64,
    /// When.
    pub datapoints: Vec<InsightRuleContributorDatapoint>,
}

/// What was contributed in one period.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct InsightRuleContributorDatapoint {
    /// When the period starts.
    pub timestamp: Timestamp,
    /// What was contributed.
    pub approximate_value: f64,
}

/// The statistics of one period.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct InsightRuleMetricDatapoint {
    /// When the period starts.
    pub timestamp: Timestamp,
    /// How many contributors there were.
    pub unique_contributors: Option<f64>,
    /// What the largest one contributed.
    pub max_contributor_value: Option<f64>,
    /// How often something was contributed.
    pub sample_count: Option<f64>,
    /// The mean.
    pub average: Option<f64>,
    /// The sum.
    pub sum: Option<f64>,
    /// The least at once.
    pub minimum: Option<f64>,
    /// The most at once.
    pub maximum: Option<f64>,
}

impl GetInsightRuleReportInput {
    fn window(&self) -> Result<Window, CloudWatchError> {
        let wrong = |what: &str| {
            CloudWatchError::value(format!("The value for parameter {what} is invalid."))
        };
        let period = i64::from(self.period);
        if period % 60 != 0 {
            return Err(wrong("Period"));
        }
        let window =
            Window { start: self.start_time.as_secs(), end: self.end_time.as_secs(), period };
        if window.len() == 0 {
            return Err(wrong("StartTime"));
        }
        if window.len() > MAX_PERIODS {
            return Err(wrong("EndTime"));
        }
        if !(1..=MAX_CONTRIBUTORS).contains(&self.most()) {
            return Err(wrong("MaxContributorCount"));
        }
        if !matches!(self.order_by.as_deref(), None | Some("Sum" | "Maximum")) {
            return Err(wrong("OrderBy"));
        }
        let mut metrics = self.metrics.iter().flatten();
        match metrics.all(|metric| METRICS.contains(&metric.0.as_str())) {
            true => Ok(window),
            false => Err(wrong("Metrics")),
        }
    }

    fn most(&self) -> i32 {
        self.max_contributor_count.unwrap_or(USUAL_CONTRIBUTORS)
    }
}

impl Operation for GetInsightRuleReport {
    const NAME: &'static str = "GetInsightRuleReport";
    const DATA_EVENT: bool = true;
    type Input = GetInsightRuleReportInput;
    type Output = GetInsightRuleReportOutput;
    type Error = CloudWatchError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = at.arn("cloudwatch", format_args!("insight-rule/{}", input.rule_name));
        Access::on("cloudwatch:GetInsightRuleReport", arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, CloudWatchError> {
        let window = input.window()?;
        cx.platform().flush().await?;
        let (rule, periods) = cx.read(|tx| {
            let rule: Option<Rule> = tx.get(&*input.rule_name)?;
            let rule = rule.ok_or_else(|| {
                let text = format!("The rule {} does not exist.", input.rule_name);
                CloudWatchError::ResourceNotFoundException(text)
            })?;
            Ok::<_, CloudWatchError>((rule, periods(tx, &input.rule_name, window)?))
        })?;
        let by_maximum = input.order_by.as_deref() == Some("Maximum");
        let mut contributors = contributors(&periods);
        let all = contributors.len();
        let rank = |one: &InsightRuleContributor| match by_maximum {
            true => one.datapoints.iter().map(|point| point.approximate_value).fold(0.0, f64::max),
            false => one.approximate_aggregate_value,
        };
        contributors.sort_by(|one, other| rank(other).total_cmp(&rank(one)));
        contributors.truncate(usize::try_from(input.most()).unwrap_or(0));
        let asked: Vec<&str> =
            input.metrics.iter().flatten().map(|metric| metric.0.as_str()).collect();
        let points = periods.iter().map(|(start, period)| datapoint(*start, period, &asked));
        Ok(GetInsightRuleReportOutput {
            key_labels: Some(rule.labels),
            aggregation_statistic: Some(if rule.sums { "Sum" } else { "SampleCount" }.into()),
            aggregate_value: Some(periods.values().map(|period| period.sum).sum()),
            approximate_unique_count: i64::try_from(all).ok(),
            contributors: Some(contributors),
            metric_datapoints: (!asked.is_empty()).then(|| points.collect()),
        })
    }
}

/// One period: what was contributed, and by whom.
struct Period {
    samples: f64,
    sum: f64,
    minimum: f64,
    maximum: f64,
    by: BTreeMap<Vec<String>, f64>,
}

/// What was contributed to `rule` in each period of `window`, by the period's start.
fn periods(tx: &ReadTx<'_>, rule: &str, window: Window) -> Result<BTreeMap<i64, Period>, Fault> {
    let mut periods = BTreeMap::new();
    let key = |seconds: i64| Timestamp::from_secs(seconds).bytes();
    let (from, to) = (key(window.start), key(window.end));
    let between = (&*from, Some(&*to));
    tx.visit_between::<Contributions>(rule, between, Order::Ascending, |counted| {
        let since = counted.at.as_secs() - window.start;
        let start = window.start + since.div_euclid(window.period) * window.period;
        let period = periods.entry(start).or_insert_with(|| Period {
            samples: 0.0,
            sum: 0.0,
            minimum: f64::INFINITY,
            maximum: f64::NEG_INFINITY,
            by: BTreeMap::new(),
        });
        period.samples += counted.samples;
        period.sum += counted.sum;
        period.minimum = period.minimum.min(counted.minimum);
        period.maximum = period.maximum.max(counted.maximum);
        for (keys, value) in counted.by {
            *period.by.entry(keys).or_default() += value;
        }
        ControlFlow::Continue(())
    })?;
    Ok(periods)
}

fn contributors(periods: &BTreeMap<i64, Period>) -> Vec<InsightRuleContributor> {
    let mut all: BTreeMap<&[String], Vec<InsightRuleContributorDatapoint>> = BTreeMap::new();
    for (start, period) in periods {
        for (keys, value) in &period.by {
            all.entry(keys).or_default().push(InsightRuleContributorDatapoint {
                timestamp: Timestamp::from_secs(*start),
                approximate_value: *value,
            });
        }
    }
    let contributor = |(keys, datapoints): (&[String], Vec<InsightRuleContributorDatapoint>)| {
        InsightRuleContributor {
            keys: keys.to_vec(),
            approximate_aggregate_value: datapoints
                .iter()
                .map(|point| point.approximate_value)
                .sum(),
            datapoints,
        }
    };
    all.into_iter().map(contributor).collect()
}

fn datapoint(start: i64, period: &Period, asked: &[&str]) -> InsightRuleMetricDatapoint {
    let told = |name: &str, value: f64| asked.contains(&name).then_some(value);
    InsightRuleMetricDatapoint {
        timestamp: Timestamp::from_secs(start),
        unique_contributors: told("UniqueContributors", period.by.len() as f64),
        max_contributor_value: told(
            "MaxContributorValue",
            period.by.values().copied().fold(0.0, f64::max),
        ),
        sample_count: told("SampleCount", period.samples),
        average: told("Average", period.sum / period.samples),
        sum: told("Sum", period.sum),
        minimum: told("Minimum", period.minimum),
        maximum: told("Maximum", period.maximum),
    }
}
