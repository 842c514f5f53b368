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

/// The attributes of a row, which have been found to read.
#[derive(Clone, Debug)]
pub struct Row(Bytes);

impl Answer {
    /// The whole item in a stored `row` of `table`.
    ///
    /// # Errors
    /// As [`Table::decode`].
    pub(crate) fn whole(table: &Table, row: &[u8]) -> Result<Self, Fault> {
        match codec::sealed(row) {
            Some(_) => table.decode(row).map(Self::Read),
            None => Ok(Self::Stored(Row(Bytes::copy_from_slice(codec::check(row)?)))),
        }
    }

    /// Its attributes.
    ///
    /// # Errors
    /// As [`Table::decode`].
    pub(crate) fn open(self) -> Result<Attributes, Fault> {
        match self {
            Self::Read(item) => Ok(item),
            Self::Stored(Row(attributes)) => codec::decode_attributes(&attributes),
        }
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

impl Kept for Row {
    fn value(&self) -> Value {
        // What does not read was refused before.
        codec::decode_attributes(&self.0).unwrap_or_default().write()
    }

    fn write_json(&self, into: &mut Vec<u8>) {
        codec::write_json(&self.0, into);
    }
}
