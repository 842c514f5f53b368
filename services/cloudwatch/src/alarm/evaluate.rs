//! Looks at an alarm's metric and says what state that makes.

use super::{Alarm, ComparisonOperator, Rule, StateValue, verdict};
use crate::{statistic::Statistic, window::Window};
use serde_json::json;
use service_kit::prelude::*;

/// What a look at the metric found.
pub(super) struct Found {
    pub(super) value: StateValue,
    pub(super) reason: String,
    pub(super) data: String,
}

/// The state that `alarm` should be in at `now`; none if it stays as it is.
pub(super) fn evaluate(
    tx: &ReadTx<'_>,
    alarm: &Alarm,
    now: Timestamp,
) -> Result<Option<Found>, Fault> {
    let rule = &alarm.rule;
    let Some(statistic) = Statistic::parse(&rule.statistic) else { return Ok(None) };
    let points = points(tx, rule, statistic, now)?;
    let outside =
        |(_, value): &(i64, f64)| verdict::breaches(*value, rule.comparison, rule.threshold);
    let breaching: Vec<bool> = points.iter().map(outside).collect();
    let (periods, to_alarm) = (rule.periods, rule.to_alarm.unwrap_or(rule.periods));
    let needed = (periods as usize, to_alarm as usize);
    let value = verdict::verdict(&breaching, needed, rule.missing.unwrap_or_default());
    let counted = points.get(points.len().saturating_sub(needed.0)..).unwrap_or_default();
    Ok(value.map(|value| Found {
        value,
        reason: reason(alarm, value, counted),
        data: data(alarm, counted, now),
    }))
}

/// The values of the latest periods that are over and have some, the newest last.
fn points(
    tx: &ReadTx<'_>,
    rule: &Rule,
    statistic: Statistic,
    now: Timestamp,
) -> Result<Vec<(i64, f64)>, Fault> {
    let period = i64::from(rule.period);
    let end = now.as_secs().div_euclid(period) * period;
    let range = i64::try_from(verdict::range(rule.periods)).unwrap_or(i64::MAX);
    let window = Window { start: end - range.saturating_mul(period), end, period };
    let gathered = window.gather(tx, &rule.series, rule.unit.as_deref(), false)?;
    let values = gathered.iter().filter_map(|((at, _), point)| Some((*at, statistic.of(point)?)));
    Ok(values.collect())
}

fn reason(alarm: &Alarm, value: StateValue, counted: &[(i64, f64)]) -> String {
    let rule = &alarm.rule;
    let (periods, to_alarm) = (rule.periods, rule.to_alarm.unwrap_or(rule.periods));
    let outside =
        |(_, value): &&(i64, f64)| verdict::breaches(*value, rule.comparison, rule.threshold);
    let threshold = format!("the threshold ({:?})", rule.threshold);
    let was = match rule.comparison {
        ComparisonOperator::GreaterOrEqual => "greater than or equal to",
        ComparisonOperator::Greater => "greater than",
        ComparisonOperator::Less => "less than",
        ComparisonOperator::LessOrEqual => "less than or equal to",
    };
    let breaching: Vec<_> = counted.iter().filter(outside).collect();
    let within: Vec<_> = counted.iter().filter(|point| !outside(point)).collect();
    let (told, not) = match value {
        StateValue::InsufficientData => {
            return "Insufficient Data: no data points were received.".into();
        }
        StateValue::Alarm => (breaching, ""),
        StateValue::Ok => (within, "not "),
    };
    if told.is_empty() {
        let treated = rule.missing.unwrap_or_default().name();
        return format!(
            "Threshold Crossed: no datapoints were received for {periods} {} and {periods} \
             missing {} treated as [{treated}].",
            plural(periods, "period", "periods"),
            plural(periods, "datapoint was", "datapoints were"),
        );
    }
    let shown = told
        .iter()
        .rev()
        .map(|(at, value)| format!("{value:?} ({})", day_first(Timestamp::from_secs(*at))));
    let (change, count) = match value {
        StateValue::Alarm => ("OK -> ALARM", to_alarm),
        _ => ("ALARM -> OK", periods + 1 - to_alarm.min(periods)),
    };
    format!(
        "Threshold Crossed: {} out of the last {periods} {} [{}] {} {not}{was} {threshold} \
         (minimum {count} {} for {change} transition).",
        told.len(),
        plural(periods, "datapoint", "datapoints"),
        shown.collect::<Vec<_>>().join(", "),
        if told.len() == 1 { "was" } else { "were" },
        plural(count, "datapoint", "datapoints"),
    )
}

fn plural(count: u32, one: &'static str, several: &'static str) -> &'static str {
    if count == 1 { one } else { several }
}

/// As reasons spell times: `28/11/26 23:30:00`.
fn day_first(at: Timestamp) -> String {
    let text = at.date_time();
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    format!("{}/{}/{} {}", part(8, 10), part(5, 7), part(2, 4), part(11, 19))
}

/// `StateReasonData`.
fn data(alarm: &Alarm, counted: &[(i64, f64)], now: Timestamp) -> String {
    let rule = &alarm.rule;
    let at = |seconds: i64| Timestamp::from_secs(seconds).date_time();
    let evaluated = counted
        .iter()
        .rev()
        .map(|(moment, value)| json!({"timestamp": at(*moment), "value": value}));
    let first = counted.first().map(|(moment, _)| at(*moment));
    let recent: Vec<f64> = counted.iter().map(|(_, value)| *value).collect();
    json!({
        "version": "1.0",
        "queryDate": now.date_time(),
        "startDate": first,
        "statistic": rule.statistic,
        "period": rule.period,
        "recentDatapoints": recent,
        "threshold": rule.threshold,
        "evaluatedDatapoints": evaluated.collect::<Vec<_>>(),
    })
    .to_string()
}
