//! DeleteAlarms: remove alarms; those that are not there do not matter.

use super::{Alarm, AlarmName, history, history::HistoryItemType, on_each};
use crate::error::CloudWatchError;
use serde_json::json;
use service_kit::prelude::*;

/// Removes alarms. Their history stays for as long as it is kept.
pub(crate) enum DeleteAlarms {}

/// What DeleteAlarms takes.
#[derive(Debug, Shape)]
pub struct DeleteAlarmsInput {
    /// The names.
    #[shape(length = 0..=100)]
    pub alarm_names: Vec<AlarmName>,
}

impl Operation for DeleteAlarms {
    const NAME: &'static str = "DeleteAlarms";
    type Input = DeleteAlarmsInput;
    type Output = Empty;
    type Error = CloudWatchError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        on_each("cloudwatch:DeleteAlarms", &input.alarm_names, at)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, CloudWatchError> {
        let id = cx.entropy().uuid();
        cx.write(|tx| {
            for AlarmName(name) in &input.alarm_names {
                if tx.get::<Alarm>(&**name)?.is_none() {
                    continue;
                }
                tx.delete::<Alarm>(&**name);
                let summary = format!("Alarm \"{name}\" deleted");
                let data = json!({"version": "1.0", "type": "Delete"});
                let kind = HistoryItemType::ConfigurationUpdate;
                history::note(tx, (name, id.clone()), kind, summary, &data)?;
            }
            Ok(Empty {})
        })
        .await
    }
}
