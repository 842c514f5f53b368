//! DescribeAlarms: the alarms, by name, prefix, state or action.

use super::{Alarm, AlarmName, MetricAlarm, StateValue};
use crate::error::CloudWatchError;
use service_kit::{page, prelude::*};

/// The alarms of a page unless told.
const PAGE: u32 = 50;

/// Lists alarms.
pub(crate) enum DescribeAlarms {}

/// The kinds of alarms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum AlarmType {
    /// Made of others: there are none here.
    #[shape(name = "CompositeAlarm")]
    CompositeAlarm,
    /// On a metric.
    #[shape(name = "MetricAlarm")]
    MetricAlarm,
}

/// What DescribeAlarms takes.
#[derive(Debug, Shape)]
pub struct DescribeAlarmsInput {
    /// The names.
    #[shape(length = 0..=100)]
    pub alarm_names: Option<Vec<AlarmName>>,
    /// What the name begins with.
    #[shape(length = 1..=255)]
    pub alarm_name_prefix: Option<String>,
    /// The kinds; only those on metrics unless told.
    pub alarm_types: Option<Vec<AlarmType>>,
    /// The state.
    pub state_value: Option<StateValue>,
    /// What the ARN of one who is told begins with.
    #[shape(length = 1..=1024)]
    pub action_prefix: Option<String>,
    /// The most of a page.
    #[shape(range = 1..=100)]
    pub max_records: Option<u32>,
    /// Where to go on.
    pub next_token: Option<String>,
}

/// What DescribeAlarms gives.
#[derive(Debug, Shape)]
pub struct DescribeAlarmsOutput {
    /// The alarms.
    pub metric_alarms: Option<Vec<MetricAlarm>>,
    /// Where to go on.
    pub next_token: Option<String>,
}

impl Operation for DescribeAlarms {
    const NAME: &'static str = "DescribeAlarms";
    type Input = DescribeAlarmsInput;
    type Output = DescribeAlarmsOutput;
    type Error = CloudWatchError;

    fn access(_: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("cloudwatch:DescribeAlarms", at.arn_below("cloudwatch", "alarm:", "*")).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, CloudWatchError> {
        if input.alarm_names.is_some() && input.alarm_name_prefix.is_some() {
            return Err(CloudWatchError::combination(
                "AlarmNames and AlarmNamePrefix cannot be given together.",
            ));
        }
        let after = input.next_token.as_deref().map(|token| {
            let bad = || CloudWatchError::InvalidNextToken("The NextToken is not valid.".into());
            let name = page::decode(token).map_err(|_| bad())?;
            String::from_utf8(name).map_err(|_| bad())
        });
        let after = after.transpose()?;
        let all = cx.read(|tx| tx.list::<Alarm>(()))?;
        let behind = |alarm: &&Alarm| after.as_ref().is_none_or(|after| alarm.name > *after);
        let wanted = all.iter().filter(behind).filter(|alarm| is_wanted(&input, alarm));
        let most = input.max_records.unwrap_or(PAGE) as usize;
        let mut found: Vec<_> = wanted.take(most + 1).cloned().collect();
        let more = found.len() > most;
        found.truncate(most);
        let next = found.last().filter(|_| more).map(|alarm| page::encode(alarm.name.as_bytes()));
        let view = |alarm| MetricAlarm::of(alarm, cx.scope());
        Ok(DescribeAlarmsOutput {
            metric_alarms: Some(found.into_iter().map(view).collect()),
            next_token: next,
        })
    }
}

fn is_wanted(input: &DescribeAlarmsInput, alarm: &Alarm) -> bool {
    let told = || alarm.on_ok.iter().chain(&alarm.on_alarm).chain(&alarm.on_insufficient_data);
    let on_metrics = |types: &Vec<AlarmType>| types.contains(&AlarmType::MetricAlarm);
    let named =
        |names: &Vec<AlarmName>| names.is_empty() || names.iter().any(|name| name.0 == alarm.name);
    input.alarm_types.as_ref().is_none_or(|types| types.is_empty() || on_metrics(types))
        && input.alarm_names.as_ref().is_none_or(named)
        && input.alarm_name_prefix.as_ref().is_none_or(|it| alarm.name.starts_with(it))
        && input.state_value.is_none_or(|state| state == alarm.state.value)
        && input.action_prefix.as_ref().is_none_or(|it| told().any(|to| to.0.starts_with(it)))
}
