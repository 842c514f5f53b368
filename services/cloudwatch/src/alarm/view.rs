//! An alarm as answers show it.

use super::{Alarm, ComparisonOperator, ResourceName, StateValue};
use crate::{
    get_metric_statistics::StatisticName,
    shapes::{Dimension, StandardUnit},
};
use service_kit::prelude::*;

/// An alarm.
#[derive(Clone, Debug, Shape)]
pub struct MetricAlarm {
    /// Its name.
    #[shape(length = 1..=255)]
    pub alarm_name: Option<String>,
    /// Its ARN.
    #[shape(length = 1..=1600)]
    pub alarm_arn: Option<String>,
    /// What it is for.
    #[shape(length = 0..=1024)]
    pub alarm_description: Option<String>,
    /// When it was configured.
    pub alarm_configuration_updated_timestamp: Option<Timestamp>,
    /// Whether anybody is told.
    pub actions_enabled: Option<bool>,
    /// Who is told that all is well.
    #[shape(name = "OKActions", length = 0..=5)]
    pub ok_actions: Option<Vec<ResourceName>>,
    /// Who is told of an alarm.
    #[shape(length = 0..=5)]
    pub alarm_actions: Option<Vec<ResourceName>>,
    /// Who is told that too little is known.
    #[shape(length = 0..=5)]
    pub insufficient_data_actions: Option<Vec<ResourceName>>,
    /// Its state.
    pub state_value: Option<StateValue>,
    /// Why, in words.
    #[shape(length = 0..=1023)]
    pub state_reason: Option<String>,
    /// Why, as JSON.
    #[shape(length = 0..=4000)]
    pub state_reason_data: Option<String>,
    /// When that was last said.
    pub state_updated_timestamp: Option<Timestamp>,
    /// The metric's name.
    #[shape(length = 1..=255)]
    pub metric_name: Option<String>,
    /// Its namespace.
    #[shape(length = 1..=255, pattern = "[^:].*")]
    pub namespace: Option<String>,
    /// The statistic.
    pub statistic: Option<StatisticName>,
    /// The percentile or the like, in place of the statistic.
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
    /// How many of them must be outside of the threshold.
    #[shape(range = 1..)]
    pub datapoints_to_alarm: Option<u32>,
    /// The threshold.
    pub threshold: Option<f64>,
    /// How the metric is compared with it.
    pub comparison_operator: Option<ComparisonOperator>,
    /// What is done with periods without data.
    #[shape(length = 1..=255)]
    pub treat_missing_data: Option<String>,
    /// What is done with percentiles of few samples.
    #[shape(length = 1..=255)]
    pub evaluate_low_sample_count_percentile: Option<String>,
    /// Since when the state is what it is.
    pub state_transitioned_timestamp: Option<Timestamp>,
}

impl MetricAlarm {
    pub(crate) fn of(alarm: Alarm, scope: &Scope) -> Self {
        let arn = alarm.arn(scope);
        let Alarm { rule, state, .. } = alarm;
        let statistic = StatisticName::read(shape::Value::String(rule.statistic.clone())).ok();
        let dimension = |(name, value)| Dimension { name, value };
        Self {
            alarm_name: Some(alarm.name),
            alarm_arn: Some(arn),
            alarm_description: alarm.description,
            alarm_configuration_updated_timestamp: Some(alarm.configured),
            actions_enabled: Some(alarm.actions_enabled),
            ok_actions: Some(alarm.on_ok),
            alarm_actions: Some(alarm.on_alarm),
            insufficient_data_actions: Some(alarm.on_insufficient_data),
            state_value: Some(state.value),
            state_reason: Some(state.reason),
            state_reason_data: state.data,
            state_updated_timestamp: Some(state.updated),
            state_transitioned_timestamp: Some(state.transitioned),
            metric_name: Some(rule.series.name.into()),
            namespace: Some(rule.series.namespace.into()),
            extended_statistic: statistic.is_none().then_some(rule.statistic),
            statistic,
            dimensions: Some(rule.series.dimensions.into_iter().map(dimension).collect()),
            period: Some(rule.period),
            unit: rule.unit.as_deref().and_then(StandardUnit::named),
            evaluation_periods: Some(rule.periods),
            datapoints_to_alarm: rule.to_alarm,
            threshold: Some(rule.threshold),
            comparison_operator: Some(rule.comparison),
            treat_missing_data: rule.missing.map(|missing| missing.name().into()),
            evaluate_low_sample_count_percentile: rule.low_samples,
        }
    }
}
