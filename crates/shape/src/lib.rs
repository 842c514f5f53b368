//! How a value looks on any wire: schemas, the values they describe, and the trait that ties them
//! to Rust types.
//!
//! A shape describes itself once, by [`Shape::schema`]; each protocol in `wire` is one codec over
//! schemas. So the cost of the whole is shapes *plus* codecs, never shapes *times* codecs.

mod builtin;
mod error;
pub mod json;
mod pattern;
mod schema;
mod timestamp;
mod validate;
mod value;

pub use error::{ErrorCode, ErrorShape, Failure};
pub use schema::{Constraints, Http, Kind, Location, Member, Ref, Schema, Signature};
pub use shape_derive::{ErrorShape, Shape};
pub use timestamp::{Timestamp, TimestampFormat};
pub use validate::{Violation, validate, validation_message};
pub use value::{Kept, Mismatch, Slots, Value};

/// A Rust type that knows how it looks on the wire.
///
/// Derive it: a struct becomes a structure, a one-field tuple struct a named scalar, an enum of
/// plain variants a string enumeration, and an enum whose variants each carry one value a union.
pub trait Shape: Sized + Send + 'static {
    /// The description of this type, the same for every value.
    fn schema() -> &'static Schema;

    /// Builds the type from a value that has been checked against [`Shape::schema`].
    ///
    /// # Errors
    /// [`Mismatch`] when the value does not fit after all, such as a malformed ARN in a parsed
    /// newtype.
    fn read(value: Value) -> Result<Self, Mismatch>;

    /// The wire-neutral form of this value.
    fn write(self) -> Value;
}

/// The input or output of an operation that has no members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Empty;

impl Shape for Empty {
    fn schema() -> &'static Schema {
        static SCHEMA: Schema = Schema::new("Unit", Kind::Structure(&[]));
        &SCHEMA
    }

    fn read(_: Value) -> Result<Self, Mismatch> {
        Ok(Self)
    }

    fn write(self) -> Value {
        Value::Structure(Vec::new())
    }
}
