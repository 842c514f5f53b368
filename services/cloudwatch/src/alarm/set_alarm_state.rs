//! SetAlarmState: put an alarm into a state for a while, to try what it sets going.

use super::{StateValue, find, watch};
use crate::error::CloudWatchError;
use service_kit::prelude::*;

/// Puts an alarm into a state, until it is evaluated next.
pub(crate) enum SetAlarmState {}

/// What SetAlarmState takes.
#[derive(Debug, Shape)]
pub struct SetAlarmStateInput {
    /// The alarm.
    #[shape(length = 1..=255)]
    pub alarm_name: String,
    /// The state.
    pub state_value: StateValue,
    /// Why, in words.
    #[shape(length = 0..=1023)]
    pub state_reason: String,
    /// Why, as JSON.
    #[shape(length = 0..=4000)]
    pub state_reason_data: Option<String>,
}

impl Operation for SetAlarmState {
    const NAME: &'static str = "SetAlarmState";
    type Input = SetAlarmStateInput;
    type Output = Empty;
    type Error = CloudWatchError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("cloudwatch:SetAlarmState", super::arn(at, &input.alarm_name)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, CloudWatchError> {
        let data = input.state_reason_data.as_deref();
        if data.is_some_and(|data| serde_json::from_str::<serde_json::Value>(data).is_err()) {
            let message = "StateReasonData was not valid JSON.".into();
            return Err(CloudWatchError::InvalidFormatFault(message));
        }
        let id = cx.entropy().uuid();
        cx.write(|tx| {
            let mut alarm = find(&tx.reader(), &input.alarm_name)?;
            let state =
                (input.state_value, input.state_reason.clone(), input.state_reason_data.clone());
            watch::change(tx, &mut alarm, state, &id)?;
            Ok(Empty {})
        })
        .await
    }
}
