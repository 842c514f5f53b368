//! DescribeAlarmsForMetric: the alarms that watch one metric.

use super::{Alarm, MetricAlarm};
use crate::{
    error::CloudWatchError,
    get_metric_statistics::StatisticName,
    shapes::{Dimension, StandardUnit, series},
};
use service_kit::prelude::*;

/// Lists the alarms on a metric.
pub(crate) enum DescribeAlarmsForMetric {}

/// What DescribeAlarmsForMetric takes.
#[derive(Debug, Shape)]
pub struct DescribeAlarmsForMetricInput {
    /// The metric's name.
    #[shape(length = 1..=255)]
    pub metric_name: String,
    /// Its namespace.
    #[shape(length = 1..=255, pattern = "[^:].*")]
    pub namespace: String,
    /// The statistic.
    pub statistic: Option<StatisticName>,
    /// The percentile or the like.
    pub extended_statistic: Option<String>,
    /// The metric's dimensions.
    #[shape(length = 0..=30)]
    pub dimensions: Option<Vec<Dimension>>,
    /// Seconds.
    #[shape(range = 1..)]
    pub period: Option<u32>,
    /// The unit.
    pub unit: Option<StandardUnit>,
}

/// What DescribeAlarmsForMetric gives.
#[derive(Debug, Shape)]
pub struct DescribeAlarmsForMetricOutput {
    /// The alarms.
    pub metric_alarms: Option<Vec<MetricAlarm>>,
}

impl Operation for DescribeAlarmsForMetric {
    const NAME: &'static str = "DescribeAlarmsForMetric";
    type Input = DescribeAlarmsForMetricInput;
    type Output = DescribeAlarmsForMetricOutput;
    type Error = CloudWatchError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("cloudwatch:DescribeAlarmsForMetric").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, CloudWatchError> {
        let dimensions = input.dimensions.as_deref().unwrap_or_default();
        let series = series(&input.namespace, &input.metric_name, dimensions);
        let statistic = input.statistic.map(|statistic| statistic.as_str().to_owned());
        let statistic = statistic.or(input.extended_statistic);
        let unit = input.unit.map(|unit| unit.as_str());
        let all = cx.read(|tx| tx.list::<Alarm>(()))?;
        let watching = all.into_iter().filter(|Alarm { rule, .. }| {
            rule.series == series
                && statistic.as_ref().is_none_or(|it| rule.statistic == *it)
                && input.period.is_none_or(|period| rule.period == period)
                && unit.is_none_or(|unit| rule.unit.as_deref() == Some(unit))
        });
        let view = |alarm| MetricAlarm::of(alarm, cx.scope());
        Ok(DescribeAlarmsForMetricOutput { metric_alarms: Some(watching.map(view).collect()) })
    }
}
