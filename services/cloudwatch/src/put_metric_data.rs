//! PutMetricData: data points of metrics of one's own.

use crate::{
    error::CloudWatchError,
    shapes::{Dimension, StandardUnit, series},
};
use service_kit::{
    key::Key,
    metrics::{MAX_VALUES, Point, minute},
    prelude::*,
};

/// The most metrics of one call.
const MAX_DATA: usize = 1_000;
/// The most values of one metric in one call.
const MAX_DATUM_VALUES: usize = 150;
/// How old points may be.
const MAX_AGE: Duration = Duration::from_secs(14 * 86_400);
/// How far in the future points may be.
const MAX_AHEAD: Duration = Duration::from_secs(2 * 3_600);

/// Adds data points.
pub(crate) enum PutMetricData {}

/// What PutMetricData takes.
#[derive(Debug, Shape)]
pub struct PutMetricDataInput {
    /// Not one of AWS's.
    #[shape(length = 1..=255, pattern = "[^:].*")]
    pub namespace: String,
    /// The points.
    pub metric_data: Option<Vec<MetricDatum>>,
}

/// Points of one metric at one time.
#[derive(Debug, Shape)]
pub struct MetricDatum {
    /// The metric's name.
    #[shape(length = 1..=255)]
    pub metric_name: String,
    /// Its dimensions.
    #[shape(length = 0..=30)]
    pub dimensions: Option<Vec<Dimension>>,
    /// When; none means now.
    pub timestamp: Option<Timestamp>,
    /// One value.
    pub value: Option<f64>,
    /// A summary of many values.
    pub statistic_values: Option<StatisticSet>,
    /// Many values.
    pub values: Option<Vec<f64>>,
    /// How often each of them came.
    pub counts: Option<Vec<f64>>,
    /// What they are measured in.
    pub unit: Option<StandardUnit>,
    /// Seconds: 1 or 60.
    #[shape(range = 1..)]
    pub storage_resolution: Option<i32>,
}

/// A summary of values.
#[derive(Clone, Copy, Debug, Shape)]
pub struct StatisticSet {
    /// How many.
    pub sample_count: f64,
    /// Their sum.
    pub sum: f64,
    /// The smallest.
    pub minimum: f64,
    /// The largest.
    pub maximum: f64,
}

impl Operation for PutMetricData {
    const NAME: &'static str = "PutMetricData";
    const DATA_EVENT: bool = true;
    type Input = PutMetricDataInput;
    type Output = Empty;
    type Error = CloudWatchError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("cloudwatch:PutMetricData")
            .with("cloudwatch:namespace", input.namespace.as_str())
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, CloudWatchError> {
        if input.namespace.starts_with("AWS/") {
            return Err(CloudWatchError::value(
                "The value AWS/ for parameter Namespace is invalid.",
            ));
        }
        let data = input.metric_data.unwrap_or_default();
        if data.is_empty() {
            return Err(CloudWatchError::MissingRequiredParameterException(
                "The parameter MetricData is required.".into(),
            ));
        }
        if data.len() > MAX_DATA {
            return Err(CloudWatchError::value(format!(
                "The collection MetricData must not have a size greater than {MAX_DATA}."
            )));
        }
        let now = cx.now();
        let mut points: BTreeMap<Vec<u8>, Point> = BTreeMap::new();
        for (index, datum) in data.into_iter().enumerate() {
            let point = point(&input.namespace, datum, now, index + 1)?;
            let key = point.key().bytes();
            points.entry(key).and_modify(|known| known.merge(&point)).or_insert(point);
        }
        cx.write(|tx| {
            for point in points.values() {
                let mut merged = point.clone();
                if let Some(stored) = tx.get::<Point>(point.key())? {
                    merged.merge(&stored);
                }
                tx.put(&merged)?;
            }
            Ok::<_, Fault>(())
        })
        .await?;
        Ok(Empty)
    }
}

/// The point of the datum with this number, counted from 1.
fn point(
    namespace: &str,
    datum: MetricDatum,
    now: Timestamp,
    number: usize,
) -> Result<Point, CloudWatchError> {
    let name = |member: &str| format!("MetricData.member.{number}.{member}");
    let at = datum.timestamp.unwrap_or(now);
    if at < now - MAX_AGE || at > now + MAX_AHEAD {
        return Err(CloudWatchError::value(format!(
            "The parameter {} must be from two weeks ago to two hours from now.",
            name("Timestamp")
        )));
    }
    let at = match datum.storage_resolution.unwrap_or(60) {
        1 => at.whole_seconds(),
        60 => minute(at),
        other => {
            let member = name("StorageResolution");
            return Err(CloudWatchError::value(format!(
                "The value {other} for parameter {member} is invalid."
            )));
        }
    };
    let (set, values) = samples(&datum, &name)?;
    let dimensions = datum.dimensions.unwrap_or_default();
    Ok(Point {
        series: series(namespace, &datum.metric_name, &dimensions),
        at,
        unit: datum.unit.unwrap_or(StandardUnit::None).as_str().into(),
        count: set.sample_count,
        sum: set.sum,
        minimum: set.minimum,
        maximum: set.maximum,
        values,
    })
}

/// The summary of a datum's values, and the values themselves where they are known.
fn samples(
    datum: &MetricDatum,
    name: &dyn Fn(&str) -> String,
) -> Result<(StatisticSet, Vec<(f64, f64)>), CloudWatchError> {
    let values: Vec<(f64, f64)> = match (datum.value, &datum.statistic_values, &datum.values) {
        (Some(value), None, None) => vec![(value, 1.0)],
        (None, Some(set), None) => return summarized(*set, name),
        (None, None, Some(values)) => counted(values, datum.counts.as_deref(), name)?,
        (None, None, None) => {
            return Err(CloudWatchError::MissingRequiredParameterException(format!(
                "At least one of the parameters {}, {} or {} must be specified.",
                name("Value"),
                name("StatisticValues"),
                name("Values")
            )));
        }
        _ => {
            return Err(CloudWatchError::combination(format!(
                "The parameters {}, {} and {} are mutually exclusive and you have specified more \
                 than one.",
                name("Value"),
                name("StatisticValues"),
                name("Values")
            )));
        }
    };
    for (value, count) in &values {
        check_number(*value, &name("Value"))?;
        check_number(*count, &name("Counts"))?;
    }
    let all = || values.iter().map(|(value, _)| *value);
    let set = StatisticSet {
        sample_count: values.iter().map(|(_, count)| count).sum(),
        sum: values.iter().map(|(value, count)| value * count).sum(),
        minimum: all().fold(f64::INFINITY, f64::min),
        maximum: all().fold(f64::NEG_INFINITY, f64::max),
    };
    Ok((set, values))
}

fn counted(
    values: &[f64],
    counts: Option<&[f64]>,
    name: &dyn Fn(&str) -> String,
) -> Result<Vec<(f64, f64)>, CloudWatchError> {
    if values.is_empty() || values.len() > MAX_DATUM_VALUES {
        return Err(CloudWatchError::value(format!(
            "The collection {} must have from 1 to {MAX_DATUM_VALUES} values.",
            name("Values")
        )));
    }
    let Some(counts) = counts else {
        return Ok(values.iter().map(|value| (*value, 1.0)).collect());
    };
    if counts.len() != values.len() {
        return Err(CloudWatchError::value(format!(
            "The parameters {} and {} must be of the same size.",
            name("Values"),
            name("Counts")
        )));
    }
    if counts.iter().any(|count| !count.is_finite() || *count < 0.0) {
        return Err(CloudWatchError::value(format!(
            "The parameter {} must not be negative.",
            name("Counts")
        )));
    }
    let pairs = values.iter().copied().zip(counts.iter().copied());
    Ok(pairs.filter(|(_, count)| *count > 0.0).take(MAX_VALUES).collect())
}

/// A summary says its values only if there is one, or all are the same ("Percentiles").
fn summarized(
    set: StatisticSet,
    name: &dyn Fn(&str) -> String,
) -> Result<(StatisticSet, Vec<(f64, f64)>), CloudWatchError> {
    for value in [set.sample_count, set.sum, set.minimum, set.maximum] {
        check_number(value, &name("StatisticValues"))?;
    }
    if set.sample_count <= 0.0 || set.minimum > set.maximum {
        return Err(CloudWatchError::value(format!(
            "The parameter {} is invalid.",
            name("StatisticValues")
        )));
    }
    let same = set.minimum == set.maximum;
    let values = if same { vec![(set.minimum, set.sample_count)] } else { Vec::new() };
    Ok((set, values))
}

/// Numbers are from -2^360 to 2^360 ("MetricDatum").
fn check_number(number: f64, name: &str) -> Result<(), CloudWatchError> {
    if number.is_finite() && number.abs() <= 2_f64.powi(360) {
        return Ok(());
    }
    Err(CloudWatchError::value(format!("The value {number} for parameter {name} is invalid.")))
}
