//! PutMetricAlarm: make an alarm, or configure it anew.

use super::{
    Alarm, ComparisonOperator, ResourceName, Rule, State, StateValue, Tag, TreatMissing, actions,
    arn, history, history::HistoryItemType, tags, watch::Watch,
};
use crate::{
    error::CloudWatchError,
    get_metric_statistics::StatisticName,
    shapes::{Dimension, StandardUnit, series},
    statistic::Statistic,
    window::is_period,
};
use serde_json::json;
use service_kit::prelude::*;

/// The most alarms of an account in a region ("CloudWatch alarms quotas").
const MAX_ALARMS: usize = 5_000;
/// The longest time that the periods of an alarm may span together: a day, or a week for periods
/// of an hour or more.
const MAX_SPAN: u64 = 86_400;
const MAX_LONG_SPAN: u64 = 7 * 86_400;
const HOUR: u32 = 3_600;

/// Makes or changes an alarm. One that is changed keeps its state until it is evaluated next.
pub(crate) enum PutMetricAlarm {}

/// What PutMetricAlarm takes. Alarms on expressions and on anomaly bands are not there.
#[derive(Debug, Shape)]
pub struct PutMetricAlarmInput {
    /// The name.
    #[shape(length = 1..=255)]
    pub alarm_name: String,
    /// What it is for.
    #[shape(length = 0..=1024)]
    pub alarm_description: Option<String>,
    /// Whether anybody is told, as they are unless said.
    pub actions_enabled: Option<bool>,
    /// Who is told that all is well: topics and functions.
    #[shape(name = "OKActions", length = 0..=5)]
    pub ok_actions: Option<Vec<ResourceName>>,
    /// Who is told of an alarm.
    #[shape(length = 0..=5)]
    pub alarm_actions: Option<Vec<ResourceName>>,
    /// Who is told that too little is known.
    #[shape(length = 0..=5)]
    pub insufficient_data_actions: Option<Vec<ResourceName>>,
    /// The metric's name.
    #[shape(length = 1..=255)]
    pub metric_name: Option<String>,
    /// Its namespace.
    #[shape(length = 1..=255, pattern = "[^:].*")]
    pub namespace: Option<String>,
    /// The statistic.
    pub statistic: Option<StatisticName>,
    /// A percentile or the like, in place of the statistic.
    pub extended_statistic: Option<String>,
    /// The metric's dimensions.
    #[shape(length = 0..=30)]
    pub dimensions: Option<Vec<Dimension>>,
    /// Seconds.
    #[shape(range = 1..)]
    pub period: Option<u32>,
    /// Only points of this unit.
    pub unit: Option<StandardUnit>,
    /// How many periods count.
    #[shape(range = 1..)]
    pub evaluation_periods: Option<u32>,
    /// How many of them must be outside of the threshold; all unless said.
    #[shape(range = 1..)]
    pub datapoints_to_alarm: Option<u32>,
    /// The threshold.
    pub threshold: Option<f64>,
    /// How the metric is compared with it.
    pub comparison_operator: Option<ComparisonOperator>,
    /// `breaching`, `notBreaching`, `ignore` or `missing`.
    #[shape(length = 1..=255)]
    pub treat_missing_data: Option<String>,
    /// `evaluate` or `ignore`, for percentiles.
    #[shape(length = 1..=255)]
    pub evaluate_low_sample_count_percentile: Option<String>,
    /// Tags for a new alarm; one that is there keeps its own.
    pub tags: Option<Vec<Tag>>,
}

impl Operation for PutMetricAlarm {
    const NAME: &'static str = "PutMetricAlarm";
    type Input = PutMetricAlarmInput;
    type Output = Empty;
    type Error = CloudWatchError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = arn(at, &input.alarm_name);
        let tags = input.tags.as_deref().unwrap_or_default();
        let told = [&input.ok_actions, &input.alarm_actions, &input.insufficient_data_actions];
        let told = told.into_iter().flatten().flatten().map(|it| it.0.clone()).collect::<Vec<_>>();
        let put = Access::on("cloudwatch:PutMetricAlarm", arn.clone())
            .with_many("cloudwatch:AlarmActions", told);
        match tags {
            [] => put.only(),
            tags => vec![
                put.with_tags(tags::pairs(tags)),
                Access::on("cloudwatch:TagResource", arn).with_tags(tags::pairs(tags)),
            ],
        }
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, CloudWatchError> {
        let rule = rule(&input)?;
        let told = [&input.ok_actions, &input.alarm_actions, &input.insufficient_data_actions];
        if let Some(strange) =
            told.into_iter().flatten().flatten().find(|to| !actions::can_tell(&to.0))
        {
            return Err(Fault::unsupported(format!("the alarm action {}", strange.0)).into());
        }
        let given = input.tags.clone().unwrap_or_default();
        tags::check(&given)?;
        let version = cx.entropy().uuid();
        cx.write(|tx| {
            let known = tx.get::<Alarm>(&*input.alarm_name)?;
            if known.is_none() && tx.list::<Alarm>(())?.len() >= MAX_ALARMS {
                let message = format!("The maximum limit of {MAX_ALARMS} alarms exceeded");
                return Err(CloudWatchError::LimitExceededFault(message));
            }
            let alarm = configured(&input, &rule, known.as_ref(), (&version, &given), tx.now());
            let what = if known.is_some() { "updated" } else { "created" };
            let data = json!({"version": "1.0", "type": if known.is_some() { "Update" } else {
                "Create"
            }});
            let summary = format!("Alarm \"{}\" {what}", alarm.name);
            let id = (&*alarm.name, version.clone());
            history::note(tx, id, HistoryItemType::ConfigurationUpdate, summary, &data)?;
            tx.put(&alarm)?;
            tx.enqueue(&Watch { alarm: alarm.name, version: version.clone() })?;
            Ok(Empty {})
        })
        .await
    }
}

/// The alarm as it is from now on.
fn configured(
    input: &PutMetricAlarmInput,
    rule: &Rule,
    known: Option<&Alarm>,
    (version, tags): (&str, &[Tag]),
    now: Timestamp,
) -> Alarm {
    let fresh = State {
        value: StateValue::InsufficientData,
        reason: "Unchecked: Initial alarm creation".into(),
        data: None,
        updated: now,
        transitioned: now,
    };
    Alarm {
        name: input.alarm_name.clone(),
        description: input.alarm_description.clone(),
        actions_enabled: input.actions_enabled.unwrap_or(true),
        on_ok: input.ok_actions.clone().unwrap_or_default(),
        on_alarm: input.alarm_actions.clone().unwrap_or_default(),
        on_insufficient_data: input.insufficient_data_actions.clone().unwrap_or_default(),
        rule: rule.clone(),
        state: known.map_or(fresh, |alarm| alarm.state.clone()),
        configured: now,
        tags: known.map_or_else(|| tags.to_vec(), |alarm| alarm.tags.clone()),
        version: version.to_owned(),
    }
}

fn rule(input: &PutMetricAlarmInput) -> Result<Rule, CloudWatchError> {
    let needed = |name: &str| {
        let message = format!("The parameter {name} is required.");
        CloudWatchError::MissingRequiredParameterException(message)
    };
    let name = input.metric_name.as_deref().ok_or_else(|| needed("MetricName"))?;
    let namespace = input.namespace.as_deref().ok_or_else(|| needed("Namespace"))?;
    let period = input.period.ok_or_else(|| needed("Period"))?;
    let periods = input.evaluation_periods.ok_or_else(|| needed("EvaluationPeriods"))?;
    let statistic = match (input.statistic, &input.extended_statistic) {
        (Some(statistic), None) => statistic.as_str().to_owned(),
        (None, Some(extended)) if Statistic::parse(extended).is_some() => extended.clone(),
        (None, Some(extended)) => {
            return Err(CloudWatchError::value(format!(
                "The value {extended} for parameter ExtendedStatistic is not supported."
            )));
        }
        _ => {
            return Err(CloudWatchError::combination(
                "Exactly one of Statistic and ExtendedStatistic must be given.",
            ));
        }
    };
    check_times(input, period, periods)?;
    let missing = input.treat_missing_data.as_deref().map(|text| {
        TreatMissing::parse(text).ok_or_else(|| {
            CloudWatchError::value(format!("The value {text} for TreatMissingData is unknown."))
        })
    });
    let low_samples = input.evaluate_low_sample_count_percentile.clone();
    if low_samples.as_deref().is_some_and(|text| !matches!(text, "evaluate" | "ignore")) {
        return Err(CloudWatchError::value(
            "EvaluateLowSampleCountPercentile must be evaluate or ignore.",
        ));
    }
    if low_samples.as_deref() == Some("ignore") {
        return Err(Fault::unsupported("EvaluateLowSampleCountPercentile ignore").into());
    }
    Ok(Rule {
        series: series(namespace, name, input.dimensions.as_deref().unwrap_or_default()),
        statistic,
        unit: input.unit.map(|unit| unit.as_str().to_owned()),
        period,
        periods,
        to_alarm: input.datapoints_to_alarm,
        threshold: input.threshold.ok_or_else(|| needed("Threshold"))?,
        comparison: input.comparison_operator.ok_or_else(|| needed("ComparisonOperator"))?,
        missing: missing.transpose()?,
        low_samples,
    })
}

fn check_times(
    input: &PutMetricAlarmInput,
    period: u32,
    periods: u32,
) -> Result<(), CloudWatchError> {
    if !is_period(period.into()) || period < 10 {
        return Err(CloudWatchError::value("Period must be 10, 20, 30 or a multiple of 60."));
    }
    let (span, most) = (
        u64::from(period) * u64::from(periods),
        if period >= HOUR { MAX_LONG_SPAN } else { MAX_SPAN },
    );
    if span > most {
        return Err(CloudWatchError::combination(format!(
            "Metrics cannot be checked across more than {most} seconds (EvaluationPeriods * \
             Period must be <= {most})."
        )));
    }
    if input.datapoints_to_alarm.is_some_and(|needed| needed > periods) {
        return Err(CloudWatchError::combination(
            "DatapointsToAlarm must be less than or equal to EvaluationPeriods.",
        ));
    }
    Ok(())
}
