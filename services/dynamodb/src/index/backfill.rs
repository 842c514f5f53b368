//! Fills a new index with what its table held before, and empties a deleted one, while requests
//! go on.

use crate::{
    index::{Entry, Index, IndexKind, IndexStatus},
    item::ITEMS,
    table::{
        self, Table,
        purge::{PER_TRANSACTION, purge},
    },
    value::{attribute::Attributes, key::Whole},
};
use service_kit::{key::Encoded, prelude::*};
use std::ops::ControlFlow;

/// The most items indexed by one transaction. Few, since writes of the same items clash with it.
const ITEMS_AT_ONCE: usize = 200;
/// The most transactions of one attempt.
const PER_ATTEMPT: usize = 50;
/// How long to wait for requests that still work with the table as it was.
const SETTLING: Duration = Duration::from_millis(100);
/// How long to wait after a failure.
const FAILED: Duration = Duration::from_secs(60);

/// Fills an index, or the entries of items that expire. From the moment the table has it, writes
/// keep it, so that only older items are missing.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FillIndex {
    /// The table.
    pub(crate) table: String,
    /// The table's id.
    pub(crate) table_id: String,
    /// The id of the index or expiry.
    pub(crate) id: String,
    /// The last item done.
    pub(crate) after: Vec<u8>,
}

/// What entries are made for.
enum Filled<'t> {
    Index(&'t Index),
    Expiry(&'t crate::expiry::Expiry),
}

impl Job for FillIndex {
    const KIND: &'static str = "dynamodb.fill";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        let knows = |table: &Table| self.filled(table).is_some();
        match table::settled(cx, &self.table, &self.table_id, knows) {
            Ok(true) => {}
            Ok(false) => return Outcome::Again(SETTLING),
            Err(_) => return Outcome::Again(FAILED),
        }
        if self.after.is_empty() && !self.is_cleared(cx).await {
            return Outcome::Again(Duration::ZERO);
        }
        let Ok(unlocked) = table::find_unlocked(cx, &self.table).await else {
            return Outcome::Again(FAILED);
        };
        let Some(unlocked) = unlocked else { return Outcome::Done };
        let mut after = Some(self.after.clone());
        for _ in 0..PER_ATTEMPT {
            let Some(last) = &after else { return Outcome::Done };
            match self.step(cx, &unlocked, last).await {
                Ok(next) => after = next,
                Err(_) => return Outcome::Again(FAILED),
            }
        }
        let Some(after) = after else { return Outcome::Done };
        let (table, table_id) = (self.table.clone(), self.table_id.clone());
        let next = Self { table, table_id, id: self.id.clone(), after };
        match cx.write(|tx| tx.enqueue(&next)).await {
            Ok(()) => Outcome::Done,
            Err(_) => Outcome::Again(FAILED),
        }
    }
}

impl FillIndex {
    /// Removes what was written while some requests kept the index and others did not know it: the
    /// latter may have left entries behind of items that they replaced. Gives whether all is gone.
    /// An entry that a request makes meanwhile may go too; the filling to come makes it again.
    async fn is_cleared(&self, cx: &Context) -> bool {
        for _ in 0..PER_ATTEMPT {
            if let Ok(removed) = purge(cx, &self.id).await
                && removed < PER_TRANSACTION
            {
                return true;
            }
        }
        false
    }

    /// What is to be filled, if `table` has it.
    fn filled<'t>(&self, table: &'t Table) -> Option<Filled<'t>> {
        let index = table.indexes.iter().find(|index| index.id == self.id && index.is_kept());
        let expiry = || table.expiry.as_ref().filter(|expiry| expiry.id == self.id);
        index.map(Filled::Index).or_else(|| expiry().map(Filled::Expiry))
    }

    /// Makes entries for the items behind the row `after`; gives the last one if there are more.
    async fn step(
        &self,
        cx: &Context,
        unlocked: &Table,
        after: &[u8],
    ) -> Result<Option<Vec<u8>>, Fault> {
        let whole = Whole(table::id_bytes(&self.table_id));
        let from = if after.is_empty() { Vec::new() } else { [after, &[0]].concat() };
        let mut rows = Vec::new();
        // Found outside the transaction, so that it clashes with writes of these items alone.
        cx.read(|tx| {
            tx.visit_bytes(ITEMS, whole, (&from, None), Order::Ascending, |row, _| {
                rows.push(row.to_vec());
                if rows.len() < ITEMS_AT_ONCE {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })
        })?;
        let is_last = rows.len() < ITEMS_AT_ONCE;
        cx.write(|tx| {
            let table = tx.get::<Table>(&self.table)?.filter(|table| table.id == self.table_id);
            let Some(mut table) = table else { return Ok(None) };
            table.vault = unlocked.vault.clone();
            let Some(filled) = self.filled(&table) else { return Ok(None) };
            for row in &rows {
                let whole = Whole(table.id_bytes());
                let Some(item) = tx.reader().get_bytes(ITEMS, (whole, Encoded(row)))? else {
                    continue;
                };
                if let Some(entry) = entry(&filled, &table, &table.decode(&item)?)? {
                    entry.put(tx, &table)?;
                }
            }
            if is_last {
                finish(&mut table, &self.id);
                tx.put(&table)?;
                return Ok(None);
            }
            Ok(rows.last().cloned())
        })
        .await
    }
}

/// The entry of `item`; none if it cannot have one.
fn entry(filled: &Filled<'_>, table: &Table, item: &Attributes) -> Result<Option<Entry>, Fault> {
    let key = table.keys.of_key(&table.keys.extract(item));
    let key = key.map_err(crate::access::authorization::fault)?;
    Ok(match filled {
        // "Detecting and correcting index key violations": such items are left out.
        Filled::Index(index) => index.entry(table, &key, item).ok().flatten(),
        Filled::Expiry(expiry) => expiry.entry(table, &key, item),
    })
}

fn finish(table: &mut Table, id: &str) {
    let index = table.indexes.iter_mut().find(|index| index.id == id);
    if let Some(Index { kind: IndexKind::Global { status, .. }, .. }) = index {
        *status = IndexStatus::Active;
    }
}

/// Removes the entries of what its table has dropped, then a deleted index itself.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DropIndex {
    /// The table.
    pub(crate) table: String,
    /// The table's id.
    pub(crate) table_id: String,
    /// The id of the index or expiry.
    pub(crate) id: String,
}

impl Job for DropIndex {
    const KIND: &'static str = "dynamodb.drop";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        let knows = |table: &Table| {
            table.indexes.iter().all(|index| index.id != self.id || !index.is_kept())
                && table.expiry.as_ref().is_none_or(|expiry| expiry.id != self.id)
        };
        match table::settled(cx, &self.table, &self.table_id, knows) {
            Ok(true) => {}
            Ok(false) => return Outcome::Again(SETTLING),
            Err(_) => return Outcome::Again(FAILED),
        }
        for _ in 0..PER_ATTEMPT {
            match purge(cx, &self.id).await {
                Ok(removed) if removed < PER_TRANSACTION => return self.finish(cx).await,
                Ok(_) => {}
                Err(_) => return Outcome::Again(FAILED),
            }
        }
        Outcome::Again(Duration::ZERO)
    }
}

impl DropIndex {
    async fn finish(&self, cx: &Context) -> Outcome {
        let done = cx.write(|tx| {
            let table = tx.get::<Table>(&self.table)?.filter(|table| table.id == self.table_id);
            let Some(mut table) = table else { return Ok(()) };
            table.indexes.retain(|index| index.id != self.id);
            tx.put(&table)
        });
        match done.await {
            Ok(()) => Outcome::Done,
            Err(_) => Outcome::Again(FAILED),
        }
    }
}
