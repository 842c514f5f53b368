//! Items as rows: reading, writing, and what an item may be.

use crate::{
    attribute::{Attributes, MAX_DEPTH},
    capacity::{self, Units},
    codec,
    error::{DynamoError, invalid},
    guard::Guard,
    index::Entry,
    key::{ItemKey, Place},
    table::Table,
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
    let row = tx.get_bytes(ITEMS, Place { table: table.id_bytes(), key })?;
    row.map(|row| Ok(Stored { size: codec::size(&row)?, item: codec::decode(&row)? })).transpose()
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

/// Puts `new` in the place of `old` at `key`, or removes it, with the entries it has in indexes.
/// Gives the units consumed. All writes of items go through here. `old` must be the item that is
/// there; it may stay unread where [`Table::has_entries`] says so.
///
/// # Errors
/// AWS's `ValidationException` for attributes that cannot be an index's keys.
pub(crate) fn replace(
    tx: &mut Tx<'_>,
    table: &Table,
    key: &ItemKey,
    old: Option<&Stored>,
    new: Option<&Stored>,
) -> Result<Units, DynamoError> {
    let size = |item: Option<&Stored>| item.map_or(0, |item| item.size);
    let mut units = Units::from(capacity::write_units(size(old), size(new)));
    for index in table.indexes.iter().filter(|index| index.is_kept()) {
        // An old item whose attributes cannot be keys was there before the index; it has no entry.
        let old = old.and_then(|old| index.entry(table, key, &old.item).ok().flatten());
        let new = new.map(|new| index.entry(table, key, &new.item)).transpose();
        let new = new.map_err(|fault| fault.of_put())?.flatten();
        if let Some(consumed) = move_entry(tx, old, new) {
            units.add_index(index, consumed);
        }
    }
    if let Some(expiry) = &table.expiry {
        let entry = |item: Option<&Stored>| item.and_then(|i| expiry.entry(table, key, &i.item));
        move_entry(tx, entry(old), entry(new));
    }
    let place = Place { table: table.id_bytes(), key };
    match new {
        Some(new) => tx.put_bytes(ITEMS, place, codec::encode(&new.item, new.size)),
        None => tx.delete_bytes(ITEMS, place),
    }
    Ok(units)
}

/// Puts one entry in place of another; gives the units consumed, if anything changed.
fn move_entry(tx: &mut Tx<'_>, old: Option<Entry>, new: Option<Entry>) -> Option<f64> {
    if old == new {
        return None;
    }
    let size = |entry: &Option<Entry>| entry.as_ref().map_or(0, |entry| entry.size);
    let same_place =
        old.as_ref().zip(new.as_ref()).is_some_and(|(old, new)| old.place == new.place);
    let units = match same_place {
        true => capacity::write_units(size(&old), size(&new)),
        false => [&old, &new]
            .into_iter()
            .flatten()
            .map(|entry| capacity::write_units(0, entry.size))
            .sum(),
    };
    if let Some(old) = old.filter(|_| !same_place) {
        old.delete(tx);
    }
    if let Some(new) = new {
        new.put(tx);
    }
    Some(units)
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
