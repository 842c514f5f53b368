//! Looks at each alarm's metric again and again, and changes its state.

use super::{Alarm, State, StateValue, actions::Tell, evaluate::evaluate, history};
use service_kit::prelude::*;

/// How often alarms on periods of less than a minute are looked at.
const OFTEN: i64 = 10;
/// How often the others are.
const MINUTE: i64 = 60;
/// How long to wait after a failure.
const RETRY: Duration = Duration::from_secs(5);

/// Watches an alarm's metric for as long as the alarm is configured as it is.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Watch {
    pub(crate) alarm: String,
    pub(crate) version: String,
}

impl Job for Watch {
    const KIND: &'static str = "cloudwatch.watch";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        match self.look(cx).await {
            Ok(Some(wait)) => Outcome::Again(wait),
            Ok(None) => Outcome::Done,
            Err(_) => Outcome::Again(RETRY),
        }
    }
}

impl Watch {
    /// Evaluates the alarm once; gives how long to wait for the next time, or none if the alarm is
    /// gone or another chain of evaluations goes on.
    async fn look(&self, cx: &Context) -> Result<Option<Duration>, Fault> {
        cx.platform().flush().await?;
        let (now, id) = (cx.now(), cx.entropy().uuid());
        cx.write(|tx| {
            let alarm = tx.get::<Alarm>(&*self.alarm)?.filter(|it| it.version == self.version);
            let Some(mut alarm) = alarm else { return Ok(None) };
            if let Some(found) = evaluate(&tx.reader(), &alarm, now)?
                && found.value != alarm.state.value
            {
                let state = (found.value, found.reason, Some(found.data));
                change(tx, &mut alarm, state, &id)?;
            }
            let every = if i64::from(alarm.rule.period) < MINUTE { OFTEN } else { MINUTE };
            // Just after a period is over, what it brought is known.
            let rest = every - now.as_secs().rem_euclid(every);
            Ok(Some(Duration::from_secs(rest.unsigned_abs())))
        })
        .await
    }
}

/// Puts `alarm` into another state, or the same for another reason, and has that told.
pub(super) fn change(
    tx: &mut Tx<'_>,
    alarm: &mut Alarm,
    (value, reason, data): (StateValue, String, Option<String>),
    id: &str,
) -> Result<(), Fault> {
    let now = tx.now();
    let transitioned = if value == alarm.state.value { alarm.state.transitioned } else { now };
    let state = State { value, reason, data, updated: now, transitioned };
    let before = std::mem::replace(&mut alarm.state, state);
    tx.put(alarm)?;
    if before.value == value {
        return Ok(());
    }
    history::note_state(tx, alarm, &before, id.to_owned())?;
    if alarm.actions_enabled {
        for to in alarm.actions() {
            tx.enqueue(&Tell { alarm: alarm.clone(), before: before.value, to: to.0.clone() })?;
        }
    }
    Ok(())
}
