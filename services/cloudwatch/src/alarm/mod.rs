//! Alarms: a metric that is watched, the state that it is in, and what is told when that changes.

pub(crate) mod actions;
pub(crate) mod delete_alarms;
pub(crate) mod describe_alarm_history;
pub(crate) mod describe_alarms;
pub(crate) mod describe_alarms_for_metric;
pub(crate) mod enabled;
mod evaluate;
pub(crate) mod history;
pub(crate) mod put_metric_alarm;
pub(crate) mod set_alarm_state;
pub(crate) mod tags;
mod verdict;
mod view;
pub(crate) mod watch;

pub(crate) use view::MetricAlarm;

use crate::error::CloudWatchError;
use service_kit::{key::Key, metrics::Series, prelude::*};

/// The name of an alarm.
#[derive(Clone, Debug, PartialEq, Shape)]
#[shape(length = 1..=255)]
pub struct AlarmName(pub String);

/// The ARN of something to tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Shape)]
#[shape(length = 1..=1024)]
pub struct ResourceName(pub String);

/// The state of an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub enum StateValue {
    /// The metric is within its threshold.
    #[serde(rename = "OK")]
    Ok,
    /// It is outside.
    #[serde(rename = "ALARM")]
    Alarm,
    /// Too little is known.
    #[serde(rename = "INSUFFICIENT_DATA")]
    InsufficientData,
}

/// How the metric is compared with the threshold. Bands of anomaly detection are not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub enum ComparisonOperator {
    /// `>=`.
    #[shape(name = "GreaterThanOrEqualToThreshold")]
    GreaterOrEqual,
    /// `>`.
    #[shape(name = "GreaterThanThreshold")]
    Greater,
    /// `<`.
    #[shape(name = "LessThanThreshold")]
    Less,
    /// `<=`.
    #[shape(name = "LessThanOrEqualToThreshold")]
    LessOrEqual,
}

/// A key and a value that somebody put on an alarm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Shape)]
pub struct Tag {
    /// The key.
    #[shape(length = 1..=128)]
    pub key: String,
    /// The value.
    #[shape(length = 0..=256)]
    pub value: String,
}

/// What is done with periods that have no data ("Configuring how CloudWatch alarms treat missing
/// data").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TreatMissing {
    /// They count as nothing; with none at all too little is known.
    #[default]
    Missing,
    /// The state stays as it is.
    Ignore,
    /// They count as outside of the threshold.
    Breaching,
    /// They count as within.
    NotBreaching,
}

impl TreatMissing {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "missing" => Self::Missing,
            "ignore" => Self::Ignore,
            "breaching" => Self::Breaching,
            "notBreaching" => Self::NotBreaching,
            _ => return None,
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Ignore => "ignore",
            Self::Breaching => "breaching",
            Self::NotBreaching => "notBreaching",
        }
    }
}

/// What an alarm watches for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub series: Series,
    /// The statistic's name: `Sum`, `p99`.
    pub statistic: String,
    pub unit: Option<String>,
    /// Seconds.
    pub period: u32,
    /// The periods looked at, and how many of them must be outside of the threshold.
    pub periods: u32,
    pub to_alarm: Option<u32>,
    pub threshold: f64,
    pub comparison: ComparisonOperator,
    pub missing: Option<TreatMissing>,
    /// `evaluate` or `ignore`, for percentiles.
    pub low_samples: Option<String>,
}

/// The state of an alarm, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    pub value: StateValue,
    pub reason: String,
    pub data: Option<String>,
    pub updated: Timestamp,
    /// When the value was another last.
    pub transitioned: Timestamp,
}

/// An alarm.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Alarm {
    pub name: String,
    pub description: Option<String>,
    pub actions_enabled: bool,
    /// What is told, by the state that it becomes.
    pub on_ok: Vec<ResourceName>,
    pub on_alarm: Vec<ResourceName>,
    pub on_insufficient_data: Vec<ResourceName>,
    pub rule: Rule,
    pub state: State,
    pub configured: Timestamp,
    pub tags: Vec<Tag>,
    /// Which chain of evaluations goes on: that of the latest configuration.
    pub version: String,
}

impl Record for Alarm {
    const TABLE: &'static str = "cloudwatch.alarm";

    fn key(&self) -> impl Key {
        &self.name
    }
}

impl Alarm {
    /// The alarm's ARN.
    pub(crate) fn arn(&self, scope: &Scope) -> String {
        arn(scope, &self.name)
    }

    /// What is told of the state it is in.
    pub(crate) fn actions(&self) -> &[ResourceName] {
        match self.state.value {
            StateValue::Ok => &self.on_ok,
            StateValue::Alarm => &self.on_alarm,
            StateValue::InsufficientData => &self.on_insufficient_data,
        }
    }
}

/// The ARN of the alarm `name`.
pub(crate) fn arn(scope: &Scope, name: &str) -> String {
    scope.arn_below("cloudwatch", "alarm:", name)
}

/// The alarm `name`.
pub(crate) fn find(tx: &ReadTx<'_>, name: &str) -> Result<Alarm, CloudWatchError> {
    let missing = || CloudWatchError::ResourceNotFound("Unknown Alarm".into());
    tx.get::<Alarm>(name)?.ok_or_else(missing)
}

/// A permission for each of the alarms `names`.
pub(crate) fn on_each(action: &'static str, names: &[AlarmName], scope: &Scope) -> Vec<Access> {
    let each = |AlarmName(name): &AlarmName| Access::on(action, arn(scope, name));
    match names {
        [] => Access::any(action).only(),
        names => names.iter().map(each).collect(),
    }
}
