//! What happened to an alarm: kept for as long as CloudWatch keeps it.

use super::{Alarm, State};
use serde_json::{Value, json};
use service_kit::{key::Key, prelude::*};

/// How long history is kept ("Alarm history": 30 days).
const KEPT: Duration = Duration::from_secs(30 * 86_400);
/// The most entries of one alarm.
const MAX_ITEMS: usize = 1_000;

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub enum HistoryItemType {
    /// It was made, changed or deleted.
    #[shape(name = "ConfigurationUpdate")]
    ConfigurationUpdate,
    /// Its state changed.
    #[shape(name = "StateUpdate")]
    StateUpdate,
    /// Something was told.
    #[shape(name = "Action")]
    Action,
}

/// Something that happened to an alarm.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct HistoryItem {
    pub alarm: String,
    pub at: Timestamp,
    /// Tells apart what happened at one moment.
    pub id: String,
    pub kind: HistoryItemType,
    pub summary: String,
    pub data: String,
}

impl Record for HistoryItem {
    const TABLE: &'static str = "cloudwatch.alarm_history";

    fn key(&self) -> impl Key {
        (&self.alarm, self.at, &self.id)
    }
}

/// Notes that something happened, and forgets what is too old or too much.
pub(super) fn note(
    tx: &mut Tx<'_>,
    (alarm, id): (&str, String),
    kind: HistoryItemType,
    summary: impl Into<String>,
    data: &Value,
) -> Result<(), Fault> {
    let known = tx.list::<HistoryItem>(alarm)?;
    let oldest = tx.now() - KEPT;
    let too_many = (known.len() + 1).saturating_sub(MAX_ITEMS);
    let old = known.iter().enumerate().filter(|(at, item)| *at < too_many || item.at < oldest);
    for (_, item) in old {
        tx.delete::<HistoryItem>(item.key());
    }
    tx.put(&HistoryItem {
        alarm: alarm.to_owned(),
        at: tx.now(),
        id,
        kind,
        summary: summary.into(),
        data: data.to_string(),
    })
}

/// Notes that the state of `alarm` is another than `before`.
pub(super) fn note_state(
    tx: &mut Tx<'_>,
    alarm: &Alarm,
    before: &State,
    id: String,
) -> Result<(), Fault> {
    let told = |state: &State| {
        let data: Option<Value> =
            state.data.as_deref().and_then(|data| serde_json::from_str(data).ok());
        json!({
            "stateValue": state.value.as_str(),
            "stateReason": state.reason,
            "stateReasonData": data,
        })
    };
    let (old, new) = (before.value.as_str(), alarm.state.value.as_str());
    let data = json!({"version": "1.0", "oldState": told(before), "newState": told(&alarm.state)});
    let summary = format!("Alarm updated from {old} to {new}");
    note(tx, (&alarm.name, id), HistoryItemType::StateUpdate, summary, &data)
}
