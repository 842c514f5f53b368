//! Deletes items whose time has come, a few at a time.

use crate::{
    access::authorization::fault,
    capacity::Units,
    expiry::{Expiry, FORGOTTEN},
    index::collection_size,
    item::{
        self, ITEMS,
        change::{Cause, Change},
    },
    table::{self, Table},
    value::{attribute::Attributes, key::Whole},
};
use service_kit::{key::Key, prelude::*};
use std::ops::ControlFlow;

/// The most items deleted by one transaction.
const PER_TRANSACTION: usize = 100;
/// The most transactions of one attempt.
const PER_ATTEMPT: usize = 50;
/// How often a table is looked through. AWS promises a few days.
const PERIOD: Duration = Duration::from_secs(60);

/// Deletes the expired items of a table, for as long as its items expire.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ExpireItems {
    /// The table.
    pub(crate) table: String,
    /// The expiry's id.
    pub(crate) id: String,
}

impl Job for ExpireItems {
    const KIND: &'static str = "dynamodb.expire";

    async fn run(&self, cx: &Context, attempt: u32) -> Outcome {
        // The first looks come soon: what had expired before is only now getting its entries.
        let later = PERIOD.min(Duration::from_secs(1 << attempt.clamp(1, 7) >> 1));
        for _ in 0..PER_ATTEMPT {
            // Read anew each time, so that a new index is kept too.
            let table = match table::find_unlocked(cx, &self.table).await {
                // What a replica has while it is made may be of yesterday.
                Ok(Some(table)) if !table.is_ready() => return Outcome::Again(PERIOD),
                Ok(Some(table)) => table,
                Ok(None) => return Outcome::Done,
                Err(_) => return Outcome::Again(later),
            };
            let expiry = table.expiry.as_ref().filter(|expiry| expiry.id == self.id);
            let Some(expiry) = expiry else { return Outcome::Done };
            match step(cx, &table, expiry).await {
                Ok(found) if found < PER_TRANSACTION => return Outcome::Again(later),
                Ok(_) => {}
                Err(_) => return Outcome::Again(later),
            }
        }
        Outcome::Again(Duration::ZERO)
    }
}

/// Deletes some items that are due; gives how many were.
async fn step(cx: &Context, table: &Table, expiry: &Expiry) -> Result<usize, Fault> {
    let now = u64::try_from(cx.now().as_secs()).unwrap_or(0);
    let (oldest, next) = (now.saturating_sub(FORGOTTEN).bytes(), now.bytes());
    let range = (oldest.as_slice(), Some(next.as_slice()));
    let mut due = Vec::new();
    cx.read(|tx| {
        tx.visit_bytes(ITEMS, Whole(expiry.id_bytes()), range, Order::Ascending, |_, row| {
            due.push(table.decode(row));
            if due.len() < PER_TRANSACTION {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })
    })?;
    if due.is_empty() {
        return Ok(0);
    }
    let due: Vec<Attributes> = due.into_iter().collect::<Result<_, _>>()?;
    let removed = cx.write(|tx| {
        let mut units = Units::default();
        for named in &due {
            let key = table.keys.of_key(named).map_err(fault)?;
            let old = item::get(&tx.reader(), table, &key)?;
            let second = old.as_ref().and_then(|old| expiry.second(&old.item));
            // It may have been changed since it was found.
            if second.is_some_and(|second| second < now) {
                let (old, cause) = (old.as_ref(), Cause::Expiry);
                let change = Change { key: &key, old, new: None, cause };
                units.add(&change.apply(tx, table).map_err(fault)?);
            }
        }
        Ok::<_, Fault>(units)
    });
    // Nobody pays for it, but collections shrink.
    collection_size::follow(cx, table, removed.await?.grown());
    Ok(due.len())
}
