//! Item collections: the partitions of tables with local secondary indexes.

use crate::{
    item::ITEMS,
    table::Table,
    value::{
        attribute::Attributes,
        codec,
        key::{EntryPartition, ItemKey, Partition},
    },
};
use service_kit::{key::Key, prelude::*};
use std::ops::ControlFlow;

/// The most rows measured for one answer.
const MAX_ROWS: usize = 100_000;
/// The unit of AWS's estimates.
const GIGABYTE: f64 = (1_u64 << 30) as f64;

/// How large an item collection is.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ItemCollectionMetrics {
    /// Its partition key.
    pub item_collection_key: Option<Attributes>,
    /// At least and at most, in gigabytes.
    #[shape(name = "SizeEstimateRangeGB")]
    pub size_estimate_range_gb: Option<Vec<f64>>,
}

/// The size of the item collection that `key`, whose attributes `item` has, is in; none where the
/// table has none, or nobody `wants` it. Of collections with very many rows only so much is
/// measured as [`MAX_ROWS`] rows have.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) fn metrics(
    tx: &mut Tx<'_>,
    table: &Table,
    key: &ItemKey,
    item: &Attributes,
    wants: bool,
) -> Result<Option<ItemCollectionMetrics>, Fault> {
    if !wants || !table.has_collections() {
        return Ok(None);
    }
    let reader = tx.reader();
    let mut bytes = measure(&reader, Partition { table: table.id_bytes(), hash: &key.hash })?;
    for index in table.indexes.iter().filter(|index| index.is_local()) {
        let partition = EntryPartition { index: index.id_bytes(), hash: &key.hash };
        bytes += measure(&reader, partition)?;
    }
    let least = (bytes as f64 / GIGABYTE).floor();
    let name = &table.keys.hash.name;
    let value = item.get(name).map(|value| (name.clone(), value.clone()));
    Ok(Some(ItemCollectionMetrics {
        item_collection_key: Some(value.into_iter().collect()),
        size_estimate_range_gb: Some(vec![least, least + 1.0]),
    }))
}

fn measure(tx: &ReadTx<'_>, partition: impl Key) -> Result<usize, Fault> {
    let (mut bytes, mut rows) = (0, 0);
    tx.visit_bytes(ITEMS, partition, (&[], None), Order::Ascending, |_, row| {
        bytes += codec::size(row).unwrap_or(0);
        rows += 1;
        if rows < MAX_ROWS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(bytes)
}
