//! One change of one item, and all that follows from it in the same transaction.

use crate::{
    backup::history,
    capacity::{self, Units},
    error::DynamoError,
    global::replicate::replicate,
    index::{Entry, Index},
    insights,
    item::{ITEMS, Stored},
    streams::record,
    table::Table,
    throttle::PartitionDigest,
    value::{
        codec,
        key::{ItemKey, Place},
    },
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
        let consumed = capacity::write_units(size(self.old), size(self.new));
        let mut units = Units::of(table, self.key, consumed);
        let mut grown = change_of(size(self.old), size(self.new));
        self.move_entries(tx, table, &mut units, &mut grown)?;
        if table.has_collections() {
            units.grow(self.key.partition(), grown);
        }
        if let Some(stream) = table.stream.as_ref().filter(|stream| stream.is_on()) {
            record::append(tx, (table, stream), self)?;
        }
        history::keep(tx, table, self)?;
        let place = Place { table: table.id_bytes(), key: self.key };
        match self.new {
            Some(new) => {
                let row = table.seal(codec::encode(&new.item, new.size))?;
                tx.put_bytes(ITEMS, place, row);
            }
            None => tx.delete_bytes(ITEMS, place),
        }
        replicate(self, tx, table)?;
        Ok(units)
    }

    fn move_entries(
        &self,
        tx: &mut Tx<'_>,
        table: &Table,
        units: &mut Units,
        grown: &mut i64,
    ) -> Result<(), DynamoError> {
        let Self { key, old, new, .. } = *self;
        for index in table.indexes.iter().filter(|index| index.is_kept()) {
            // An old item whose attributes cannot be keys was there before the index; it has no
            // entry.
            let (before, after) = (old, new);
            let old = old.and_then(|old| index.entry(table, key, &old.item).ok().flatten());
            let new = new.map(|new| index.entry(table, key, &new.item)).transpose();
            let new = new.map_err(|fault| fault.of_put())?.flatten();
            if let Some(moved) = moved(old.as_ref(), new.as_ref()) {
                moved.count(index, key, units);
                if index.is_local() {
                    let size = |entry: &Option<Entry>| entry.as_ref().map_or(0, |entry| entry.size);
                    *grown += change_of(size(&old), size(&new));
                }
                let item = if new.is_some() { after } else { before };
                if let Some(item) = item.filter(|_| insights::are_told(index.insights())) {
                    units.used(Some(index), index.keys.in_words(&item.item), moved.units());
                }
                move_entry(tx, table, old, new)?;
            }
        }
        if let Some(expiry) = &table.expiry {
            let entry =
                |item: Option<&Stored>| item.and_then(|i| expiry.entry(table, key, &i.item));
            let (old, new) = (entry(old), entry(new));
            if old != new {
                move_entry(tx, table, old, new)?;
            }
        }
        Ok(())
    }
}

/// By how many bytes `new` is larger than `old`.
fn change_of(old: usize, new: usize) -> i64 {
    let signed = |size: usize| i64::try_from(size).unwrap_or(i64::MAX);
    signed(new).saturating_sub(signed(old))
}

/// What a change of an item's entry in an index consumes.
struct Moved {
    /// In the partition of the entry before.
    old: Option<(PartitionDigest, f64)>,
    /// In that of the entry after.
    new: Option<(PartitionDigest, f64)>,
}

impl Moved {
    fn units(&self) -> f64 {
        [self.old, self.new].iter().flatten().map(|(_, units)| units).sum()
    }

    fn count(&self, index: &Index, key: &ItemKey, units: &mut Units) {
        for (partition, consumed) in [self.old, self.new].into_iter().flatten() {
            units.add_index(index, consumed);
            let partition = if index.is_local() { key.partition() } else { partition };
            units.place(Some(index), partition, consumed);
        }
    }
}

/// What putting one entry in place of another consumes; none if nothing changes.
fn moved(old: Option<&Entry>, new: Option<&Entry>) -> Option<Moved> {
    if old == new {
        return None;
    }
    let written =
        |entry: &Entry, before| (entry.partition, capacity::write_units(before, entry.size));
    Some(match (old, new) {
        (Some(old), Some(new)) if old.place == new.place => {
            Moved { old: None, new: Some(written(new, old.size)) }
        }
        (old, new) => {
            let alone = |entry| written(entry, 0);
            Moved { old: old.map(alone), new: new.map(alone) }
        }
    })
}

/// Puts one entry in place of another.
fn move_entry(
    tx: &mut Tx<'_>,
    table: &Table,
    old: Option<Entry>,
    new: Option<Entry>,
) -> Result<(), Fault> {
    let stays = |old: &Entry| new.as_ref().is_some_and(|new| new.place == old.place);
    if let Some(old) = old.filter(|old| !stays(old)) {
        old.delete(tx);
    }
    if let Some(new) = new {
        new.put(tx, table)?;
    }
    Ok(())
}
