//! Seals the rows that a table had before it was encrypted, while requests go on.

use crate::{
    encryption,
    item::ITEMS,
    table::{self, Table, id_bytes},
    value::{codec, key::Whole},
};
use service_kit::{key::Encoded, prelude::*};
use std::{ops::ControlFlow, sync::Arc};

/// The most rows sealed by one transaction. Few, since writes of the same items clash with it.
const PER_TRANSACTION: usize = 200;
/// The most transactions of one attempt.
const PER_ATTEMPT: usize = 50;
/// How long to wait for requests that still work with the table as it was.
const SETTLING: Duration = Duration::from_millis(100);
/// How long to wait after a failure, such as that of a key that cannot be used.
const FAILED: Duration = Duration::from_secs(60);

/// Seals what is not sealed of a table, its indexes and its expiry.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SealRows {
    /// The table.
    table: String,
    /// The table's id.
    table_id: String,
    /// The id of what was sealed last: the table, an index or the expiry.
    #[serde(default)]
    id: String,
    /// The last row of it that was sealed; empty to begin with its first.
    #[serde(default)]
    after: Vec<u8>,
}

impl Job for SealRows {
    const KIND: &'static str = "dynamodb.seal";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        let knows = |table: &Table| table.encryption.is_some();
        match table::settled(cx, &self.table, &self.table_id, knows) {
            Ok(true) => {}
            Ok(false) => return Outcome::Again(SETTLING),
            Err(_) => return Outcome::Again(FAILED),
        }
        match self.go_on(cx).await {
            Ok(()) => Outcome::Done,
            Err(_) => Outcome::Again(FAILED),
        }
    }
}

impl SealRows {
    /// The work on the whole of `table`.
    pub(crate) fn of(table: &Table) -> Self {
        let (id, after) = (table.id.clone(), Vec::new());
        Self { table: table.name.clone(), table_id: table.id.clone(), id, after }
    }

    /// Seals rows, some at a time, and leaves what remains to another job.
    async fn go_on(&self, cx: &Context) -> Result<(), Fault> {
        let table = table::find(cx, &self.table)?.filter(|table| table.id == self.table_id);
        let Some(table) = table else { return Ok(()) };
        encryption::unlock(cx, &table).await.map_err(crate::access::authorization::fault)?;
        let ids = table.indexes.iter().map(|index| &index.id);
        let ids = ids.chain(table.expiry.iter().map(|expiry| &expiry.id));
        let ids: Vec<&String> = std::iter::once(&table.id).chain(ids).collect();
        // What was being sealed may have been dropped since: then all is looked through again.
        let place = ids.iter().position(|id| **id == self.id);
        let mut after = if place.is_some() { self.after.clone() } else { Vec::new() };
        let mut left = PER_ATTEMPT;
        for id in ids.into_iter().skip(place.unwrap_or(0)) {
            while let Some(last) = self.step(cx, &table, id_bytes(id), &after).await? {
                after = last;
                left -= 1;
                if left == 0 {
                    let (name, table_id) = (self.table.clone(), self.table_id.clone());
                    let next = Self { table: name, table_id, id: id.clone(), after };
                    return cx.write(|tx| tx.enqueue(&next)).await;
                }
            }
            after.clear();
        }
        cx.write(|tx| {
            let table = tx.get::<Table>(&self.table)?.filter(|table| table.id == self.table_id);
            let Some(mut table) = table else { return Ok(()) };
            if let Some(encryption) = &mut table.encryption {
                encryption.complete = true;
            }
            tx.put(&table)
        })
        .await
    }

    /// Seals some of the rows of `id` behind `after`; gives the last one if there are more.
    async fn step(
        &self,
        cx: &Context,
        table: &Arc<Table>,
        id: [u8; 16],
        after: &[u8],
    ) -> Result<Option<Vec<u8>>, Fault> {
        let from = if after.is_empty() { Vec::new() } else { [after, &[0]].concat() };
        let mut plain = Vec::new();
        cx.read(|tx| {
            tx.visit_bytes(ITEMS, Whole(id), (&from, None), Order::Ascending, |key, row| {
                if codec::sealed(row).is_none() {
                    plain.push(key.to_vec());
                }
                if plain.len() < PER_TRANSACTION {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })
        })?;
        cx.write(|tx| {
            for key in &plain {
                let row = tx.reader().get_bytes(ITEMS, (Whole(id), Encoded(key)))?;
                if let Some(row) = row.filter(|row| codec::sealed(row).is_none()) {
                    tx.put_bytes(ITEMS, (Whole(id), Encoded(key)), table.seal(row.to_vec())?);
                }
            }
            Ok::<_, Fault>(())
        })
        .await?;
        Ok(plain.pop().filter(|_| plain.len() + 1 >= PER_TRANSACTION))
    }
}
