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

/// A row that was read from end to end.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its attributes as they are stored, for wires other than JSON.
    attributes: Bytes,
    json: Vec<u8>,
}

impl Answer {
    /// The whole item in a stored `row` of `table`.
    ///
    /// # Errors
    /// As [`Table::decode`].
    pub(crate) fn whole(table: &Table, row: &Bytes) -> Result<Self, Fault> {
        if codec::sealed(row).is_some() {
            return table.decode(row).map(Self::Read);
        }
        let (attributes, json) = codec::to_json(row)?;
        Ok(Self::Stored(Row { attributes: row.slice_ref(attributes), json }))
    }

    /// Its attributes.
    ///
    /// # Errors
    /// As [`Table::decode`].
    pub(crate) fn open(self) -> Result<Attributes, Fault> {
        match self {
            Self::Read(item) => Ok(item),
            Self::Stored(row) => codec::decode_attributes(&row.attributes),
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
        codec::decode_attributes(&self.attributes).unwrap_or_default().write()
    }

    fn write_json(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.json);
    }
}
