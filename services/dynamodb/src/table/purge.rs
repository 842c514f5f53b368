//! Removes the items of a deleted table, a bounded number at a time.

use crate::{
    backup::hold::holds,
    item::ITEMS,
    table::{id_bytes, statistics::Statistics},
    value::key::Whole,
};
use service_kit::{key::Encoded, prelude::*};
use std::ops::ControlFlow;

/// The most items removed by one transaction.
pub(crate) const PER_TRANSACTION: usize = 1_000;
/// The most transactions of one attempt.
const PER_ATTEMPT: usize = 50;

/// How long to wait for those who still read, and after a failure.
const RETRY: Duration = Duration::from_secs(60);

/// Removes what is left of a deleted table or backup.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PurgeItems {
    /// The id its rows start with.
    pub(crate) table_id: String,
}

impl Job for PurgeItems {
    const KIND: &'static str = "dynamodb.purge";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        match cx.read(|tx| holds(tx, &self.table_id)) {
            Ok(holds) if holds.is_empty() => {}
            _ => return Outcome::Again(RETRY),
        }
        for _ in 0..PER_ATTEMPT {
            match purge(cx, &self.table_id).await {
                Ok(removed) if removed < PER_TRANSACTION => return Outcome::Done,
                Ok(_) => {}
                Err(_) => return Outcome::Again(RETRY),
            }
        }
        Outcome::Again(Duration::ZERO)
    }
}

/// Removes some of the rows of the table or index with `id`, and its count; gives how many.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) async fn purge(cx: &Context, id: &str) -> Result<usize, Fault> {
    let table = id_bytes(id);
    let mut rows = Vec::new();
    // Read outside the transaction that deletes: whoever purges wants none of these rows.
    cx.read(|tx| {
        tx.visit_bytes(ITEMS, Whole(table), (&[], None), Order::Ascending, |key, _| {
            rows.push(key.to_vec());
            if rows.len() < PER_TRANSACTION {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })
    })?;
    cx.write(|tx| {
        for row in &rows {
            tx.delete_bytes(ITEMS, (Whole(table), Encoded(row)));
        }
        tx.delete::<Statistics>(id);
        Ok::<_, Fault>(())
    })
    .await?;
    Ok(rows.len())
}
