//! EnableAlarmActions and DisableAlarmActions: whether anybody is told.

use super::{Alarm, AlarmName, on_each};
use crate::error::CloudWatchError;
use service_kit::prelude::*;

/// Has changes of state told.
pub(crate) enum EnableAlarmActions {}

/// Keeps changes of state to itself.
pub(crate) enum DisableAlarmActions {}

/// What EnableAlarmActions takes.
#[derive(Debug, Shape)]
pub struct EnableAlarmActionsInput {
    /// The names.
    #[shape(length = 0..=100)]
    pub alarm_names: Vec<AlarmName>,
}

/// What DisableAlarmActions takes.
#[derive(Debug, Shape)]
pub struct DisableAlarmActionsInput {
    /// The names.
    #[shape(length = 0..=100)]
    pub alarm_names: Vec<AlarmName>,
}

impl Operation for EnableAlarmActions {
    const NAME: &'static str = "EnableAlarmActions";
    type Input = EnableAlarmActionsInput;
    type Output = Empty;
    type Error = CloudWatchError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        on_each("cloudwatch:EnableAlarmActions", &input.alarm_names, at)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, CloudWatchError> {
        set(cx, &input.alarm_names, true).await
    }
}

impl Operation for DisableAlarmActions {
    const NAME: &'static str = "DisableAlarmActions";
    type Input = DisableAlarmActionsInput;
    type Output = Empty;
    type Error = CloudWatchError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        on_each("cloudwatch:DisableAlarmActions", &input.alarm_names, at)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, CloudWatchError> {
        set(cx, &input.alarm_names, false).await
    }
}

async fn set(cx: &Context, names: &[AlarmName], enabled: bool) -> Result<Empty, CloudWatchError> {
    cx.write(|tx| {
        for AlarmName(name) in names {
            if let Some(mut alarm) = tx.get::<Alarm>(&**name)? {
                alarm.actions_enabled = enabled;
                tx.put(&alarm)?;
            }
        }
        Ok(Empty {})
    })
    .await
}
