//! GetMetricData: many metrics at once, and calculations over them.

use crate::{
    error::CloudWatchError,
    math::{self, Expression, Line, Value},
    shapes::{Metric, StandardUnit, series},
    statistic::Statistic,
    window::{Window, is_period},
};
use service_kit::{page, prelude::*};
use std::collections::HashMap;

/// The most queries of one call.
const MAX_QUERIES: usize = 500;
/// The most data points of one page.
const MAX_DATAPOINTS: u32 = 100_800;
/// The most periods that the metrics of one call may span.
const MAX_PERIODS: i64 = 1_000_000;
/// The deepest chain of expressions that name expressions.
const MAX_CHAIN: usize = 32;

/// Computes metrics.
pub(crate) enum GetMetricData {}

/// What GetMetricData takes.
#[derive(Debug, Shape)]
pub struct GetMetricDataInput {
    /// The queries.
    pub metric_data_queries: Vec<MetricDataQuery>,
    /// From when.
    pub start_time: Timestamp,
    /// Until before when.
    pub end_time: Timestamp,
    /// Where to go on.
    pub next_token: Option<String>,
    /// Whether the newest points come first, as they do unless told.
    pub scan_by: Option<ScanBy>,
    /// The most data points of the page.
    pub max_datapoints: Option<i32>,
}

/// One query: a metric or an expression.
#[derive(Debug, Shape)]
pub struct MetricDataQuery {
    /// Its name for expressions.
    #[shape(length = 1..=255)]
    pub id: String,
    /// The metric.
    pub metric_stat: Option<MetricStat>,
    /// The expression.
    #[shape(length = 1..=2048)]
    pub expression: Option<String>,
    /// What it is called in the answer.
    pub label: Option<String>,
    /// Whether it is in the answer, as it is unless told.
    pub return_data: Option<bool>,
}

/// A metric's statistic by period.
#[derive(Debug, Shape)]
pub struct MetricStat {
    /// The metric.
    pub metric: Metric,
    /// Seconds.
    #[shape(range = 1..)]
    pub period: i32,
    /// The statistic's name.
    pub stat: String,
    /// Only points of this unit.
    pub unit: Option<StandardUnit>,
}

/// The order of data points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ScanBy {
    /// The newest first.
    #[shape(name = "TimestampDescending")]
    TimestampDescending,
    /// The oldest first.
    #[shape(name = "TimestampAscending")]
    TimestampAscending,
}

/// What GetMetricData gives.
#[derive(Debug, Shape)]
pub struct GetMetricDataOutput {
    /// The results in the order of the queries.
    pub metric_data_results: Vec<MetricDataResult>,
    /// Where to go on.
    pub next_token: Option<String>,
    /// Always empty.
    pub messages: Vec<MessageData>,
}

/// A query's result.
#[derive(Debug, Shape)]
pub struct MetricDataResult {
    /// The query's name.
    pub id: String,
    /// What it is called.
    pub label: String,
    /// When the periods start.
    pub timestamps: Vec<Timestamp>,
    /// A value for each.
    pub values: Vec<f64>,
    /// Whether more comes on the next page.
    pub status_code: StatusCode,
}

/// Whether a result is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum StatusCode {
    /// It is.
    #[shape(name = "Complete")]
    Complete,
    /// More comes.
    #[shape(name = "PartialData")]
    PartialData,
}

/// A message about the whole operation.
#[derive(Debug, Shape)]
pub struct MessageData {
    /// Its code.
    pub code: String,
    /// Its text.
    pub value: String,
}

impl Operation for GetMetricData {
    const NAME: &'static str = "GetMetricData";
    const DATA_EVENT: bool = true;
    type Input = GetMetricDataInput;
    type Output = GetMetricDataOutput;
    type Error = CloudWatchError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("cloudwatch:GetMetricData").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, CloudWatchError> {
        if input.start_time >= input.end_time {
            return Err(invalid(
                "The parameter StartTime must be less than the parameter EndTime.",
            ));
        }
        let skip = match &input.next_token {
            Some(token) => offset(token)?,
            None => 0,
        };
        cx.platform().flush().await?;
        let results = cx.read(|tx| Queries::new(tx, &input)?.results())?;
        let most =
            input.max_datapoints.map_or(Some(MAX_DATAPOINTS), |most| u32::try_from(most).ok());
        let most = most
            .filter(|most| (1..=MAX_DATAPOINTS).contains(most))
            .ok_or_else(|| invalid(format!("MaxDatapoints must be from 1 to {MAX_DATAPOINTS}.")))?;
        Ok(one_page(results, skip, most as usize))
    }
}

fn invalid(message: impl Into<String>) -> CloudWatchError {
    Fault::invalid(message).into()
}

fn offset(token: &str) -> Result<usize, CloudWatchError> {
    let bad = || CloudWatchError::InvalidNextToken("The NextToken is not valid.".into());
    let bytes = page::decode(token).map_err(|_| bad())?;
    String::from_utf8(bytes).ok().and_then(|text| text.parse().ok()).ok_or_else(bad)
}

/// The results without the first `skip` data points, `most` of them.
fn one_page(results: Vec<MetricDataResult>, skip: usize, most: usize) -> GetMetricDataOutput {
    let (mut passed, mut page_results) = (0_usize, Vec::new());
    let mut more = false;
    for mut result in results {
        let whole = result.values.len();
        let from = skip.saturating_sub(passed).min(whole);
        let to = (skip + most).saturating_sub(passed).min(whole);
        passed += whole;
        result.timestamps = result.timestamps.get(from..to).unwrap_or_default().to_vec();
        result.values = result.values.get(from..to).unwrap_or_default().to_vec();
        let partial = to < whole;
        more |= partial;
        result.status_code = if partial { StatusCode::PartialData } else { StatusCode::Complete };
        // A result that an earlier page completed is not repeated.
        if skip == 0 || to > from || (from < whole) {
            page_results.push(result);
        }
    }
    let next_token = more.then(|| page::encode((skip + most).to_string().as_bytes()));
    GetMetricDataOutput { metric_data_results: page_results, next_token, messages: Vec::new() }
}

/// The queries of one call being worked out.
struct Queries<'a> {
    tx: &'a ReadTx<'a>,
    input: &'a GetMetricDataInput,
    expressions: HashMap<&'a str, Expression>,
    known: HashMap<&'a str, Value>,
    /// Periods of all metrics so far.
    periods: i64,
}

impl<'a> Queries<'a> {
    fn new(tx: &'a ReadTx<'a>, input: &'a GetMetricDataInput) -> Result<Self, CloudWatchError> {
        let queries = &input.metric_data_queries;
        if queries.is_empty() || queries.len() > MAX_QUERIES {
            return Err(invalid(format!(
                "The collection MetricDataQueries must have from 1 to {MAX_QUERIES} queries."
            )));
        }
        let mut expressions = HashMap::new();
        for (index, query) in queries.iter().enumerate() {
            let id = query.id.as_str();
            let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
            if !id.starts_with(|first: char| first.is_ascii_lowercase()) || !id.chars().all(plain) {
                return Err(invalid(format!(
                    "The value {id} for parameter MetricDataQueries.member.{}.Id is not matching \
                     the expected pattern ^[a-z][a-zA-Z0-9_]*$.",
                    index + 1
                )));
            }
            if queries.iter().take(index).any(|other| other.id == query.id) {
                return Err(invalid(format!("The Id {id} is used by more than one query.")));
            }
            match (&query.metric_stat, &query.expression) {
                (Some(_), None) => {}
                (None, Some(text)) => {
                    let parsed = math::parse(text).map_err(|why| wrong(id, &why))?;
                    expressions.insert(id, parsed);
                }
                _ => {
                    return Err(invalid(format!(
                        "Query {id} must have either MetricStat or Expression."
                    )));
                }
            }
            if query.label.as_ref().is_some_and(|label| label.contains("${")) {
                return Err(Fault::unsupported("dynamic labels of GetMetricData").into());
            }
        }
        Ok(Self { tx, input, expressions, known: HashMap::new(), periods: 0 })
    }

    fn results(mut self) -> Result<Vec<MetricDataResult>, CloudWatchError> {
        let ascending = self.input.scan_by == Some(ScanBy::TimestampAscending);
        let mut results = Vec::new();
        for query in &self.input.metric_data_queries {
            if query.return_data == Some(false) {
                continue;
            }
            let lines = match self.value(&query.id, 0)? {
                Value::Line(line) => vec![line],
                Value::Lines(lines) => lines,
                Value::Scalar(_) => {
                    return Err(wrong(&query.id, "it must give a time series"));
                }
            };
            let label = label(query);
            results.extend(lines.into_iter().map(|line| result(query, &label, line, ascending)));
        }
        if results.is_empty() {
            return Err(invalid("At least one query must have ReturnData."));
        }
        Ok(results)
    }

    fn query(&self, id: &str) -> Option<&'a MetricDataQuery> {
        self.input.metric_data_queries.iter().find(|query| query.id == id)
    }

    /// The value of the query with this id.
    fn value(&mut self, id: &str, depth: usize) -> Result<Value, CloudWatchError> {
        if let Some(known) = self.known.get(id) {
            return Ok(known.clone());
        }
        if depth > MAX_CHAIN {
            return Err(wrong(id, "expressions name each other in a circle or too long a chain"));
        }
        let query = self.query(id).ok_or_else(|| wrong(id, "there is no query of this id"))?;
        let value = match &query.metric_stat {
            Some(stat) => Value::Line(self.line(stat)?),
            None => self.calculated(query, depth)?,
        };
        self.known.insert(&query.id, value.clone());
        Ok(value)
    }

    fn calculated(
        &mut self,
        query: &MetricDataQuery,
        depth: usize,
    ) -> Result<Value, CloudWatchError> {
        let Some(expression) = self.expressions.get(query.id.as_str()).cloned() else {
            return Err(wrong(&query.id, "there is no such expression"));
        };
        let mut failed = None;
        let lookup = &mut |name: &str| {
            let found =
                if name == math::ALL { self.metrics() } else { self.value(name, depth + 1) };
            found.map_err(|error| {
                failed = Some(error);
                String::new()
            })
        };
        let value = math::evaluate(&expression, lookup);
        value.map_err(|why| failed.unwrap_or_else(|| wrong(&query.id, &why)))
    }

    /// All metrics of the call, for METRICS().
    fn metrics(&mut self) -> Result<Value, CloudWatchError> {
        let mut lines = Vec::new();
        for query in &self.input.metric_data_queries {
            if query.metric_stat.is_some()
                && let Value::Line(line) = self.value(&query.id, 0)?
            {
                lines.push(line);
            }
        }
        Ok(Value::Lines(lines))
    }

    fn line(&mut self, stat: &MetricStat) -> Result<Line, CloudWatchError> {
        let period = i64::from(stat.period);
        if !is_period(period) {
            return Err(invalid(format!("The value {period} for parameter Period is invalid.")));
        }
        let statistic = Statistic::parse(&stat.stat).ok_or_else(|| {
            invalid(format!("The value {} for parameter Stat is not supported.", stat.stat))
        })?;
        let (Some(namespace), Some(name)) = (&stat.metric.namespace, &stat.metric.metric_name)
        else {
            return Err(invalid("A metric must have a Namespace and a MetricName."));
        };
        let start = self.input.start_time.as_secs().div_euclid(period) * period;
        let end = self.input.end_time.as_secs();
        let window = Window { start, end, period };
        self.periods = self.periods.saturating_add(window.len());
        if self.periods > MAX_PERIODS {
            return Err(invalid("The time range has too many periods; ask for longer ones."));
        }
        let dimensions = stat.metric.dimensions.as_deref().unwrap_or_default();
        let unit = stat.unit.map(|unit| unit.as_str());
        let series = series(namespace, name, dimensions);
        let periods = window.gather(self.tx, &series, unit, false)?;
        let points =
            periods.iter().filter_map(|((at, _), point)| Some((*at, statistic.of(point)?)));
        Ok(Line { window, points: points.collect() })
    }
}

fn wrong(id: &str, why: &str) -> CloudWatchError {
    invalid(format!("Error in expression '{id}': {why}"))
}

fn label(query: &MetricDataQuery) -> String {
    let metric = query.metric_stat.as_ref().and_then(|stat| stat.metric.metric_name.as_ref());
    query.label.as_ref().or(metric).unwrap_or(&query.id).clone()
}

fn result(query: &MetricDataQuery, label: &str, line: Line, ascending: bool) -> MetricDataResult {
    let mut points: Vec<_> = line.points.into_iter().collect();
    if !ascending {
        points.reverse();
    }
    MetricDataResult {
        id: query.id.clone(),
        label: label.to_owned(),
        timestamps: points.iter().map(|(at, _)| Timestamp::from_secs(*at)).collect(),
        values: points.into_iter().map(|(_, value)| value).collect(),
        status_code: StatusCode::Complete,
    }
}
