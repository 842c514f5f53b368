//! Items as rows: reading, writing, and what an item may be.

pub(crate) mod answer;
pub(crate) mod batch_get_item;
pub(crate) mod batch_write_item;
pub(crate) mod change;
pub(crate) mod delete_item;
pub(crate) mod get_item;
pub(crate) mod guard;
pub(crate) mod put_item;
pub(crate) mod update_item;

use crate::{
    capacity::Units,
    error::{DynamoError, invalid},
    item::{
        change::{Cause, Change},
        guard::Guard,
    },
    table::Table,
    value::{
        attribute::{Attributes, MAX_DEPTH},
        codec,
        key::{ItemKey, Place},
    },
};
use service_kit::prelude::*;

/// The largest item, in bytes as AWS counts them.
pub(crate) const MAX_ITEM_BYTES: usize = 400 << 10;
/// The rows' table.
pub(crate) const ITEMS: &str = "dynamodb.item";

/// An item as it was found, with its size.
#[derive(Debug)]
pub(crate) struct Stored {
    /// The item.
    pub(crate) item: Attributes,
    /// Its size as AWS counts it.
    pub(crate) size: usize,
}

/// The item at `key`, if there is one.
///
/// # Errors
/// [`Fault::Internal`] when storage fails or the row does not read.
pub(crate) fn get(tx: &ReadTx<'_>, table: &Table, key: &ItemKey) -> Result<Option<Stored>, Fault> {
    let row = row(tx, table, key)?;
    row.map(|row| Ok(Stored { size: codec::size(&row)?, item: table.decode(&row)? })).transpose()
}

/// The item at `key` as it is stored, if there is one.
///
/// # Errors
/// [`Fault::Internal`] when storage fails.
pub(crate) fn row(tx: &ReadTx<'_>, table: &Table, key: &ItemKey) -> Result<Option<Bytes>, Fault> {
    tx.get_bytes(ITEMS, Place { table: table.id_bytes(), key })
}

/// The item at `key` about to be written, which `guard` lets be written.
///
/// # Errors
/// `ConditionalCheckFailedException` when it does not; [`Fault::Internal`] as [`get`].
pub(crate) fn guarded(
    tx: &ReadTx<'_>,
    table: &Table,
    key: &ItemKey,
    guard: Option<&Guard<'_>>,
) -> Result<Option<Stored>, DynamoError> {
    let found = get(tx, table, key)?;
    if let Some(guard) = guard {
        guard.check(found.as_ref().map(|found| &found.item))?;
    }
    Ok(found)
}

/// Puts `new` in the place of `old` at `key`, or removes it, because a request wants so. Gives the
/// units consumed.
///
/// # Errors
/// As [`Change::apply`].
pub(crate) fn replace(
    tx: &mut Tx<'_>,
    table: &Table,
    key: &ItemKey,
    old: Option<&Stored>,
    new: Option<&Stored>,
) -> Result<Units, DynamoError> {
    Change { key, old, new, cause: Cause::Request }.apply(tx, table)
}

/// Names the item at `key` of `table` for the journal, as read or written by the request of `cx`.
pub(crate) fn name(cx: &Context, table: &Table, key: impl FnOnce() -> Option<ItemKey>) {
    cx.items(|| {
        let key = key().map(|key| table.keys.in_words(&key).join("/"));
        key.map(|key| format!("{}/{key}", table.name))
    });
}

/// The size of an item about to be stored, if it may be.
///
/// # Errors
/// AWS's `ValidationException` with `too_large` for its size, or for its nesting.
pub(crate) fn check(item: &Attributes, too_large: &str) -> Result<usize, DynamoError> {
    let size = item.size();
    if size > MAX_ITEM_BYTES {
        return Err(invalid(too_large));
    }
    if item.depth() > MAX_DEPTH {
        return Err(invalid(
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested \
             levels beyond supported limit",
        ));
    }
    Ok(size)
}

/// What is said of an item too large to be put.
pub(crate) const PUT_TOO_LARGE: &str = "Item size has exceeded the maximum allowed size";
/// What is said of an item too large after an update.
pub(crate) const UPDATE_TOO_LARGE: &str =
    "Item size to update has exceeded the maximum allowed size";
