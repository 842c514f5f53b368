//! Some rows of a table, one after the other, as stored.

use crate::{item::ITEMS, table::id_bytes, value::key::Whole};
use service_kit::prelude::*;
use std::ops::ControlFlow;

/// Some rows.
pub(crate) struct Batch {
    /// Their places in the table, and what is stored there.
    pub(crate) rows: Vec<(Vec<u8>, Vec<u8>)>,
    /// The last one's place, if there may be more.
    pub(crate) last: Option<Vec<u8>>,
}

impl Batch {
    /// The rows of `id` behind `after`: as many as `most`, until they have `most_bytes`.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub(crate) fn read(
        tx: &ReadTx<'_>,
        id: &str,
        after: &[u8],
        most: usize,
        most_bytes: usize,
    ) -> Result<Self, Fault> {
        let from = if after.is_empty() { Vec::new() } else { [after, &[0]].concat() };
        let mut batch = Self { rows: Vec::new(), last: None };
        let mut bytes = 0;
        let whole = Whole(id_bytes(id));
        tx.visit_bytes(ITEMS, whole, (&from, None), Order::Ascending, |place, row| {
            bytes += place.len() + row.len();
            batch.rows.push((place.to_vec(), row.to_vec()));
            if batch.rows.len() < most && bytes < most_bytes {
                return ControlFlow::Continue(());
            }
            batch.last = Some(place.to_vec());
            ControlFlow::Break(())
        })?;
        Ok(batch)
    }
}
