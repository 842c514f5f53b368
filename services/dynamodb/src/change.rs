//! One change of one item, and all that follows from it in the same transaction.

use crate::{
    capacity::{self, Units},
    codec,
    error::DynamoError,
    history,
    index::Entry,
    item::{ITEMS, Stored},
    key::{ItemKey, Place},
    table::Table,
};
use service_kit::prelude::*;

/// What made an item change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A request.
    Request,
    /// Its time to live, which streams tell apart.
    Expiry,
}

/// A change of the item at `key`. `old` must be the item that is there; it may stay unread where
/// [`Table::needs_old`] says so.
#[derive(Clone, Copy)]
pub(crate) struct Change<'c> {
    /// Which item.
    pub(crate) key: &'c ItemKey,
    /// The item before, if there was one.
    pub(crate) old: Option<&'c Stored>,
    /// The item after; none to remove it.
    pub(crate) new: Option<&'c Stored>,
    /// Why.
    pub(crate) cause: Cause,
}

impl Change<'_> {
    /// Makes the change, with the entries that the item has in indexes. Gives the units consumed.
    /// All writes of items go through here.
    ///
    /// # Errors
    /// AWS's `ValidationException` for attributes that cannot be an index's keys.
    pub(crate) fn apply(&self, tx: &mut Tx<'_>, table: &Table) -> Result<Units, DynamoError> {
        let size = |item: Option<&Stored>| item.map_or(0, |item| item.size);
        let mut units = Units::from(capacity::write_units(size(self.old), size(self.new)));
        self.move_entries(tx, table, &mut units)?;
        history::keep(tx, table, self)?;
        let place = Place { table: table.id_bytes(), key: self.key };
        match self.new {
            Some(new) => {
                let row = table.seal(codec::encode(&new.item, new.size))?;
                tx.put_bytes(ITEMS, place, row);
            }
            None => tx.delete_bytes(ITEMS, place),
        }
        Ok(units)
    }

    fn move_entries(
        &self,
        tx: &mut Tx<'_>,
        table: &Table,
        units: &mut Units,
    ) -> Result<(), DynamoError> {
        let Self { key, old, new, .. } = *self;
        for index in table.indexes.iter().filter(|index| index.is_kept()) {
            // An old item whose attributes cannot be keys was there before the index; it has no
            // entry.
            let old = old.and_then(|old| index.entry(table, key, &old.item).ok().flatten());
            let new = new.map(|new| index.entry(table, key, &new.item)).transpose();
            let new = new.map_err(|fault| fault.of_put())?.flatten();
            if let Some(consumed) = move_entry(tx, table, old, new)? {
                units.add_index(index, consumed);
            }
        }
        if let Some(expiry) = &table.expiry {
            let entry =
                |item: Option<&Stored>| item.and_then(|i| expiry.entry(table, key, &i.item));
            move_entry(tx, table, entry(old), entry(new))?;
        }
        Ok(())
    }
}

/// Puts one entry in place of another; gives the units consumed, if anything changed.
fn move_entry(
    tx: &mut Tx<'_>,
    table: &Table,
    old: Option<Entry>,
    new: Option<Entry>,
) -> Result<Option<f64>, Fault> {
    if old == new {
        return Ok(None);
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
        new.put(tx, table)?;
    }
    Ok(Some(units))
}
