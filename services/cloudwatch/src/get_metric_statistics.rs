//! GetMetricStatistics: statistics of one metric by period.

use crate::{
    error::CloudWatchError,
    shapes::{Dimension, StandardUnit, series},
    statistic::Statistic,
    window::{Window, is_period},
};
use service_kit::{metrics::Point, prelude::*};

/// The most data points of one answer.
const MAX_DATAPOINTS: i64 = 1_440;

/// Computes statistics.
pub(crate) enum GetMetricStatistics {}

/// What GetMetricStatistics takes.
#[derive(Debug, Shape)]
pub struct GetMetricStatisticsInput {
    /// The metric's namespace.
    #[shape(length = 1..=255, pattern = "[^:].*")]
    pub namespace: String,
    /// Its name.
    #[shape(length = 1..=255)]
    pub metric_name: String,
    /// Just these dimensions.
    #[shape(length = 0..=30)]
    pub dimensions: Option<Vec<Dimension>>,
    /// From when.
    pub start_time: Timestamp,
    /// Until before when.
    pub end_time: Timestamp,
    /// Seconds.
    #[shape(range = 1..)]
    pub period: i32,
    /// Which statistics.
    #[shape(length = 1..=5)]
    pub statistics: Option<Vec<StatisticName>>,
    /// Which percentiles and their like.
    #[shape(length = 1..=10)]
    pub extended_statistics: Option<Vec<String>>,
    /// Only points of this unit.
    pub unit: Option<StandardUnit>,
}

/// A simple statistic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
#[shape(name = "Statistic")]
pub enum StatisticName {
    /// How many values.
    #[shape(name = "SampleCount")]
    SampleCount,
    /// Their mean.
    #[shape(name = "Average")]
    Average,
    /// Their sum.
    #[shape(name = "Sum")]
    Sum,
    /// The smallest.
    #[shape(name = "Minimum")]
    Minimum,
    /// The largest.
    #[shape(name = "Maximum")]
    Maximum,
}

/// What GetMetricStatistics gives.
#[derive(Debug, Shape)]
pub struct GetMetricStatisticsOutput {
    /// The metric's name.
    pub label: String,
    /// One for each period and unit with data.
    pub datapoints: Vec<Datapoint>,
}

/// The statistics of a period.
#[derive(Debug, Shape)]
pub struct Datapoint {
    /// When the period starts.
    pub timestamp: Timestamp,
    /// How many values, if asked for.
    pub sample_count: Option<f64>,
    /// Their mean, if asked for.
    pub average: Option<f64>,
    /// Their sum, if asked for.
    pub sum: Option<f64>,
    /// The smallest, if asked for.
    pub minimum: Option<f64>,
    /// The largest, if asked for.
    pub maximum: Option<f64>,
    /// Their unit.
    pub unit: Option<StandardUnit>,
    /// Percentiles and their like by name.
    pub extended_statistics: Option<BTreeMap<String, f64>>,
}

impl Operation for GetMetricStatistics {
    const NAME: &'static str = "GetMetricStatistics";
    const DATA_EVENT: bool = true;
    type Input = GetMetricStatisticsInput;
    type Output = GetMetricStatisticsOutput;
    type Error = CloudWatchError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("cloudwatch:GetMetricStatistics").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, CloudWatchError> {
        let window = window(&input, cx.now())?;
        let extended = extended(&input)?;
        let simple = input.statistics.as_deref().unwrap_or_default();
        let dimensions = input.dimensions.as_deref().unwrap_or_default();
        let series = series(&input.namespace, &input.metric_name, dimensions);
        let unit = input.unit.map(|unit| unit.as_str());
        cx.platform().flush().await?;
        let periods = cx.read(|tx| window.gather(tx, &series, unit, true))?;
        let datapoints = periods
            .iter()
            .map(|((start, _), point)| datapoint(*start, point, simple, &extended))
            .collect();
        Ok(GetMetricStatisticsOutput { label: input.metric_name, datapoints })
    }
}

/// Checks the times and cuts them into periods.
fn window(input: &GetMetricStatisticsInput, now: Timestamp) -> Result<Window, CloudWatchError> {
    if input.start_time >= input.end_time {
        return Err(CloudWatchError::value(
            "The parameter StartTime must be less than the parameter EndTime.",
        ));
    }
    let period = i64::from(input.period);
    // Older data is there in longer periods only ("GetMetricStatistics").
    let days = now.since(input.start_time).as_secs() / 86_400;
    let least = match days {
        0..15 => 60,
        15..63 => 300,
        _ => 3_600,
    };
    if !is_period(period) || (least > 60 && period % least != 0) {
        return Err(CloudWatchError::value(format!(
            "The parameter Period must be a multiple of {least}, or 1, 5, 10, 20 or 30 for data \
             of the last three hours."
        )));
    }
    let round = if period < 60 { period } else { least };
    let start = input.start_time.as_secs().div_euclid(round) * round;
    let end = input.end_time.as_secs() + i64::from(input.end_time.as_micros() % 1_000_000 != 0);
    let window = Window { start, end, period };
    if window.len() > MAX_DATAPOINTS {
        return Err(CloudWatchError::combination(format!(
            "You have requested up to {} datapoints, which exceeds the limit of {}. You may reduce \
             the datapoints requested by increasing Period, or decreasing the time range.",
            thousands(window.len()),
            thousands(MAX_DATAPOINTS)
        )));
    }
    Ok(window)
}

/// `2880` as `2,880`.
fn thousands(number: i64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

fn extended(input: &GetMetricStatisticsInput) -> Result<Vec<(String, Statistic)>, CloudWatchError> {
    let names = match (&input.statistics, &input.extended_statistics) {
        (Some(_), None) => return Ok(Vec::new()),
        (None, Some(names)) => names,
        (Some(_), Some(_)) => {
            return Err(CloudWatchError::combination(
                "The parameters Statistics and ExtendedStatistics are mutually exclusive and you \
                 have specified both.",
            ));
        }
        (None, None) => {
            return Err(CloudWatchError::MissingRequiredParameterException(
                "At least one of the parameters Statistics or ExtendedStatistics must be \
                 specified."
                    .into(),
            ));
        }
    };
    let parse = |name: &String| match Statistic::parse(name) {
        Some(statistic) => Ok((name.clone(), statistic)),
        None => Err(CloudWatchError::value(format!(
            "The value {name} for parameter ExtendedStatistics is not supported."
        ))),
    };
    names.iter().map(parse).collect()
}

fn datapoint(
    start: i64,
    point: &Point,
    simple: &[StatisticName],
    extended: &[(String, Statistic)],
) -> Datapoint {
    let asked = |name: StatisticName, statistic: Statistic| {
        simple.contains(&name).then(|| statistic.of(point)).flatten()
    };
    let known =
        |(name, statistic): &(String, Statistic)| Some((name.clone(), statistic.of(point)?));
    Datapoint {
        timestamp: Timestamp::from_secs(start),
        sample_count: asked(StatisticName::SampleCount, Statistic::SampleCount),
        average: asked(StatisticName::Average, Statistic::Average),
        sum: asked(StatisticName::Sum, Statistic::Sum),
        minimum: asked(StatisticName::Minimum, Statistic::Minimum),
        maximum: asked(StatisticName::Maximum, Statistic::Maximum),
        unit: StandardUnit::named(&point.unit),
        extended_statistics: (!extended.is_empty())
            .then(|| extended.iter().filter_map(known).collect()),
    }
}
