//! A value on its way between a wire and a Rust type, described by a schema.

use crate::{Schema, Shape, Timestamp};
use bytes::Bytes;
use std::{fmt, sync::Arc};

/// A wire-neutral value. Which variant is right is said by the schema that goes with it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// For [`crate::Kind::Boolean`].
    Boolean(bool),
    /// For [`crate::Kind::Integer`] and [`crate::Kind::Long`].
    Integer(i64),
    /// For [`crate::Kind::Double`].
    Double(f64),
    /// For [`crate::Kind::String`] and [`crate::Kind::Enum`].
    String(String),
    /// For [`crate::Kind::Blob`].
    Blob(Bytes),
    /// For [`crate::Kind::Timestamp`].
    Timestamp(Timestamp),
    /// For [`crate::Kind::Document`].
    Document(serde_json::Value),
    /// For [`crate::Kind::List`].
    List(Vec<Value>),
    /// For [`crate::Kind::Map`], in the order received.
    Map(Vec<(String, Value)>),
    /// For [`crate::Kind::Structure`]: one slot for each member, in the schema's order. Also for a
    /// [`crate::Kind::Union`] of which not exactly one member was given.
    Structure(Vec<Option<Value>>),
    /// For [`crate::Kind::Union`]: the index of the member that is present, and its value.
    Union(usize, Box<Value>),
    /// For any kind, in answers only: a value that is not spelled out yet.
    Kept(Arc<dyn Kept>),
}

/// A value of an answer that stays in the form its service stores it in: spelling it out only to
/// write it would cost more than writing it.
pub trait Kept: fmt::Debug + Send + Sync {
    /// The value, spelled out.
    fn value(&self) -> Value;

    /// Appends the value as JSON text, with the names of the model.
    fn write_json(&self, into: &mut Vec<u8>);
}

impl PartialEq for dyn Kept {
    fn eq(&self, other: &Self) -> bool {
        self.value() == other.value()
    }
}

impl Value {
    /// An empty structure for `schema`, with a slot for each of its members.
    pub fn structure(schema: &Schema) -> Self {
        Self::Structure(vec![None; schema.members().len()])
    }

    /// The slots of a structure, for reading them in the schema's order.
    ///
    /// # Errors
    /// [`Mismatch`] when this is not a structure.
    pub fn into_slots(self, schema: &'static Schema) -> Result<Slots, Mismatch> {
        match self {
            Self::Structure(slots) => Ok(Slots { schema, next: 0, slots: slots.into_iter() }),
            other => Err(Mismatch::kind("structure", &other)),
        }
    }

    /// The value of the member called `name` of a structure described by `schema`.
    pub fn member(&self, schema: &Schema, name: &str) -> Option<&Value> {
        match self {
            Self::Structure(slots) => {
                schema.member(name).and_then(|(index, _)| slots.get(index)?.as_ref())
            }
            Self::Union(index, value) if schema.member(name)?.0 == *index => Some(value),
            _ => None,
        }
    }

    /// The text of a string value.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
}

/// The members of a structure being read, one after the other in the schema's order.
pub struct Slots {
    schema: &'static Schema,
    next: usize,
    slots: std::vec::IntoIter<Option<Value>>,
}

impl Slots {
    fn advance(&mut self) -> (Option<Value>, &'static str) {
        let name = self.schema.members().get(self.next).map_or("", |member| member.name);
        self.next += 1;
        (self.slots.next().flatten(), name)
    }

    /// The next member, which must be there.
    ///
    /// # Errors
    /// [`Mismatch`] when it is absent or does not fit its type.
    pub fn required<T: Shape>(&mut self) -> Result<T, Mismatch> {
        let (value, name) = self.advance();
        let value = value.ok_or_else(|| Mismatch::new(format!("{name} is required")))?;
        T::read(value)
    }

    /// The next member, if there.
    ///
    /// # Errors
    /// [`Mismatch`] when it does not fit its type.
    pub fn optional<T: Shape>(&mut self) -> Result<Option<T>, Mismatch> {
        self.advance().0.map(T::read).transpose()
    }

    /// The next member, or its type's default.
    ///
    /// # Errors
    /// [`Mismatch`] when it does not fit its type.
    pub fn or_default<T: Shape + Default>(&mut self) -> Result<T, Mismatch> {
        Ok(self.optional()?.unwrap_or_default())
    }
}

/// A value that does not fit the type it was meant for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What is wrong, in words fit for the client.
    pub message: String,
}

impl Mismatch {
    /// A mismatch with the given explanation.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }

    /// A value that is not the union `shape`: DynamoDB's answer for an AttributeValue, the union
    /// that clients build by hand.
    pub fn union(shape: &str, found: &Value) -> Self {
        let Value::Structure(slots) = found else { return Self::kind(shape, found) };
        let given = match slots.iter().flatten().next() {
            None => "is empty",
            Some(_) => "has more than one datatypes set",
        };
        Self::new(format!(
            "Supplied {shape} {given}, must contain exactly one of the supported datatypes"
        ))
    }

    /// A value of another kind than wanted.
    pub fn kind(wanted: &str, found: &Value) -> Self {
        let found = match found {
            Value::Boolean(_) => "boolean",
            Value::Integer(_) => "integer",
            Value::Double(_) => "double",
            Value::String(_) => "string",
            Value::Blob(_) => "blob",
            Value::Timestamp(_) => "timestamp",
            Value::Document(_) => "document",
            Value::List(_) => "list",
            Value::Map(_) => "map",
            Value::Structure(_) | Value::Union(..) => "structure",
            Value::Kept(_) => "kept value",
        };
        Self::new(format!("expected {wanted}, found {found}"))
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Mismatch {}
