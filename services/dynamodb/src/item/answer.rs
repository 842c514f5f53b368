//! Items in answers: as they are stored, where nobody has to look inside.

use crate::{
    table::Table,
    value::{attribute::Attributes, codec},
};
use service_kit::prelude::*;
use shape::{Kept, Mismatch, Schema, Value};
use std::sync::Arc;

/// An item, or the part of one, that is answered with.
#[derive(Clone, Debug)]
pub enum Answer {
    /// One that was looked into.
    Read(Attributes),
    /// A whole one as it is stored.
    Stored(Row),
}

/// The items of a page that is answered with.
#[derive(Clone, Debug)]
pub enum Answers {
    /// Items that were looked into, or parts of them.
    Read(Vec<Attributes>),
    /// Whole ones as they are stored.
    Stored(Rows),
}

/// A row that was read from end to end.
#[derive(Clone, Debug)]
pub struct Row {
    /// Itself, for wires other than JSON.
    plain: Bytes,
    json: Vec<u8>,
}

/// Rows of one page: all in one text, since a page has many and they are small.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    plain: Vec<Bytes>,
    /// The list of them without its brackets.
    json: Vec<u8>,
}

impl Answer {
    /// The whole item in a stored `row` of `table`.
    ///
    /// # Errors
    /// As [`Table::decode`].
    pub(crate) fn whole(table: &Table, row: &Bytes) -> Result<Self, Fault> {
        let plain = table.unseal(row.clone())?;
        let mut json = Vec::new();
        codec::to_json(&plain, &mut json)?;
        Ok(Self::Stored(Row { plain, json }))
    }
}

impl Answers {
    /// Adds the whole item in a stored `row` of `table`.
    ///
    /// # Errors
    /// As [`Table::decode`].
    pub(crate) fn push_whole(&mut self, table: &Table, row: &Bytes) -> Result<(), Fault> {
        match self {
            Self::Read(items) => items.push(table.decode(row)?),
            Self::Stored(rows) => rows.push(table.unseal(row.clone())?)?,
        }
        Ok(())
    }

    /// Adds an item that was looked into.
    ///
    /// # Errors
    /// As [`Table::decode`].
    pub(crate) fn push(&mut self, item: Attributes) -> Result<(), Fault> {
        let mut items = std::mem::take(self).open()?;
        items.push(item);
        *self = Self::Read(items);
        Ok(())
    }

    /// Their attributes.
    ///
    /// # Errors
    /// As [`Table::decode`].
    pub(crate) fn open(self) -> Result<Vec<Attributes>, Fault> {
        match self {
            Self::Read(items) => Ok(items),
            Self::Stored(rows) => rows.plain.iter().map(|row| codec::decode(row)).collect(),
        }
    }
}

impl Default for Answers {
    fn default() -> Self {
        Self::Stored(Rows::default())
    }
}

impl Rows {
    fn push(&mut self, plain: Bytes) -> Result<(), Fault> {
        if !self.plain.is_empty() {
            self.json.push(b',');
        }
        codec::to_json(&plain, &mut self.json)?;
        self.plain.push(plain);
        Ok(())
    }
}

impl Shape for Answer {
    fn schema() -> &'static Schema {
        Attributes::schema()
    }

    fn read(value: Value) -> Result<Self, Mismatch> {
        Attributes::read(value).map(Self::Read)
    }

    fn write(self) -> Value {
        match self {
            Self::Read(item) => item.write(),
            Self::Stored(row) => Value::Kept(Arc::new(row)),
        }
    }
}

impl Shape for Answers {
    fn schema() -> &'static Schema {
        Vec::<Attributes>::schema()
    }

    fn read(value: Value) -> Result<Self, Mismatch> {
        Vec::read(value).map(Self::Read)
    }

    fn write(self) -> Value {
        match self {
            Self::Read(items) => items.write(),
            Self::Stored(rows) => Value::Kept(Arc::new(rows)),
        }
    }
}

/// What does not read was refused before.
fn spelled(row: &Bytes) -> Value {
    codec::decode(row).unwrap_or_default().write()
}

impl Kept for Row {
    fn value(&self) -> Value {
        spelled(&self.plain)
    }

    fn write_json(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.json);
    }
}

impl Kept for Rows {
    fn value(&self) -> Value {
        Value::List(self.plain.iter().map(spelled).collect())
    }

    fn write_json(&self, into: &mut Vec<u8>) {
        into.push(b'[');
        into.extend_from_slice(&self.json);
        into.push(b']');
    }
}
