//! Takes away what nobody needs any more of histories.

use crate::{
    backup::{
        history::{self, History, LOG, SLOWEST},
        hold::{Hold, holds},
    },
    table::{self, Table, id_bytes},
    value::key::Whole,
};
use service_kit::{key::Encoded, prelude::*};

/// The most rows removed by one transaction.
const PER_TRANSACTION: usize = 1_000;
/// The most transactions of one attempt.
const PER_ATTEMPT: usize = 50;
/// How often a history is trimmed.
const PERIOD: Duration = Duration::from_secs(3600);
/// How long to wait for requests that still work with the table as it was.
const SETTLING: Duration = Duration::from_millis(100);
/// How long to wait for those who read, and after a failure.
const RETRY: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Removes rows that became too old, for as long as the table keeps this history; completes what a
/// request left half done that began it; ends a history that nobody needs.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TrimHistory {
    /// The table.
    pub(crate) table: String,
    /// The table's id.
    pub(crate) table_id: String,
    /// The history's id.
    pub(crate) history: String,
}

impl Job for TrimHistory {
    const KIND: &'static str = "dynamodb.history.trim";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        match history::is_kept(cx, &self.table, &self.table_id, &self.history) {
            // A table that keeps another history, or none, never settles on this one.
            Ok(false) if !matches!(self.look(cx), Ok(None)) => return Outcome::Again(SETTLING),
            Ok(_) => {}
            Err(_) => return Outcome::Again(RETRY),
        }
        match self.trim(cx).await {
            Ok(Some(wait)) => Outcome::Again(wait),
            Ok(None) => Outcome::Done,
            Err(_) => Outcome::Again(RETRY),
        }
    }
}

impl TrimHistory {
    fn look(&self, cx: &Context) -> Result<Option<Table>, Fault> {
        cx.read(|tx| self.table(tx))
    }

    /// The table, if it still keeps this history.
    fn table(&self, tx: &ReadTx<'_>) -> Result<Option<Table>, Fault> {
        let is_it = |table: &Table| {
            let history = table.history.as_ref();
            table.id == self.table_id && history.is_some_and(|known| known.id == self.history)
        };
        Ok(tx.get::<Table>(&self.table)?.filter(is_it))
    }

    /// Trims; gives when to come back, if ever.
    async fn trim(&self, cx: &Context) -> Result<Option<Duration>, Fault> {
        let (id, now) = (&self.history, cx.now());
        let days = cx
            .write(|tx| {
                let Some(mut table) = self.table(&tx.reader())? else { return Ok(None) };
                complete(&mut table, now);
                history::end_unneeded(tx, &mut table)?;
                let Some(History { recovery, .. }) = &table.history else {
                    tx.put(&table)?;
                    return Ok(None);
                };
                // Without recovery it goes as a whole once the backups in work are done.
                let days = recovery.as_ref().map(|recovery| recovery.days);
                if tx.get::<Table>(&self.table)?.as_ref() != Some(&table) {
                    tx.put(&table)?;
                }
                Ok::<_, Fault>(Some(days))
            })
            .await?;
        let Some(days) = days else { return Ok(None) };
        let Some(days) = days else { return Ok(Some(PERIOD)) };
        // An hour more than promised, so that no request counts on what goes at this moment.
        let until = now - DAY * days - PERIOD;
        for _ in 0..PER_ATTEMPT {
            let old = cx.read(|tx| history::older(tx, id, Some(until), PER_TRANSACTION))?;
            let is_last = old.len() < PER_TRANSACTION;
            let kept = cx.write(|tx| {
                let needed = holds(&tx.reader(), id)?;
                let is_needed = |hold: &Hold| hold.from - SLOWEST < until;
                if needed.iter().any(is_needed) {
                    return Ok(true);
                }
                remove(tx, id, &old);
                Ok::<_, Fault>(false)
            });
            if kept.await? || is_last {
                return Ok(Some(PERIOD));
            }
        }
        Ok(Some(Duration::ZERO))
    }
}

/// From now on the table can be restored, if it is to be: all requests keep its history.
pub(crate) fn complete(table: &mut Table, now: Timestamp) {
    if let Some(History { recovery: Some(recovery), .. }) = &mut table.history {
        recovery.since.get_or_insert(now);
    }
}

fn remove(tx: &mut Tx<'_>, history: &str, stamps: &[Vec<u8>]) {
    for stamp in stamps {
        tx.delete_bytes(LOG, (Whole(id_bytes(history)), Encoded(stamp)));
    }
}

/// Removes a history that its table does not keep any more.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DropHistory {
    /// The table.
    pub(crate) table: String,
    /// The table's id.
    pub(crate) table_id: String,
    /// The history's id.
    pub(crate) history: String,
}

impl Job for DropHistory {
    const KIND: &'static str = "dynamodb.history.drop";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        let id = &self.history;
        let knows = |table: &Table| table.history.as_ref().is_none_or(|known| known.id != *id);
        match table::settled(cx, &self.table, &self.table_id, knows) {
            Ok(true) => {}
            Ok(false) => return Outcome::Again(SETTLING),
            Err(_) => return Outcome::Again(RETRY),
        }
        match cx.read(|tx| holds(tx, id)) {
            Ok(holds) if holds.is_empty() => {}
            _ => return Outcome::Again(RETRY),
        }
        for _ in 0..PER_ATTEMPT {
            let Ok(rows) = cx.read(|tx| history::older(tx, id, None, PER_TRANSACTION)) else {
                return Outcome::Again(RETRY);
            };
            let done = cx.write(|tx| {
                remove(tx, id, &rows);
                Ok::<_, Fault>(())
            });
            match done.await {
                Ok(()) if rows.len() < PER_TRANSACTION => return Outcome::Done,
                Ok(()) => {}
                Err(_) => return Outcome::Again(RETRY),
            }
        }
        Outcome::Again(Duration::ZERO)
    }
}
