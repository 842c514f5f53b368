//! The shapes of Rust's own types.

use crate::{Constraints, Kind, Mismatch, Schema, Shape, Timestamp, Value};
use bytes::Bytes;
use std::{collections::BTreeMap, sync::Arc};

macro_rules! scalar {
    ($type:ty, $name:literal, $kind:expr, $variant:ident, $read:expr, $write:expr) => {
        impl Shape for $type {
            fn schema() -> &'static Schema {
                static SCHEMA: Schema = Schema::new($name, $kind);
                &SCHEMA
            }

            fn read(value: Value) -> Result<Self, Mismatch> {
                match value {
                    Value::$variant(inner) => $read(inner),
                    other => Err(Mismatch::kind($name, &other)),
                }
            }

            fn write(self) -> Value {
                Value::$variant($write(self))
            }
        }
    };
}

fn narrow<T: TryFrom<i64>>(wide: i64) -> Result<T, Mismatch> {
    T::try_from(wide).map_err(|_| Mismatch::new(format!("number {wide} is out of range")))
}

scalar!(bool, "Boolean", Kind::Boolean, Boolean, Ok, |x| x);
scalar!(i32, "Integer", Kind::Integer, Integer, narrow, i64::from);
scalar!(u16, "Integer", Kind::Integer, Integer, narrow, i64::from);
scalar!(u32, "Integer", Kind::Integer, Integer, narrow, i64::from);
scalar!(i64, "Long", Kind::Long, Integer, Ok, |x| x);
scalar!(f64, "Double", Kind::Double, Double, Ok, |x| x);
scalar!(String, "String", Kind::String, String, Ok, |x| x);
scalar!(Bytes, "Blob", Kind::Blob, Blob, Ok, |x| x);
scalar!(Timestamp, "Timestamp", Kind::Timestamp, Timestamp, Ok, |x| x);
scalar!(serde_json::Value, "Document", Kind::Document, Document, Ok, |x| x);
scalar!(Arc<str>, "String", Kind::String, String, |x: String| Ok(x.into()), |x: Arc<str>| x
    .to_string());

impl Shape for u64 {
    fn schema() -> &'static Schema {
        i64::schema()
    }

    fn read(value: Value) -> Result<Self, Mismatch> {
        i64::read(value).and_then(narrow)
    }

    fn write(self) -> Value {
        Value::Integer(i64::try_from(self).unwrap_or(i64::MAX))
    }
}

/// Holds the schema of a generic container: a static inside a generic function would be shared.
struct ListOf<T>(std::marker::PhantomData<T>);

impl<T: Shape> ListOf<T> {
    const SCHEMA: &'static Schema =
        &Schema { name: "List", kind: Kind::List(T::schema), constraints: Constraints::NONE };
}

impl<T: Shape> Shape for Vec<T> {
    fn schema() -> &'static Schema {
        ListOf::<T>::SCHEMA
    }

    fn read(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::List(items) => items.into_iter().map(T::read).collect(),
            other => Err(Mismatch::kind("list", &other)),
        }
    }

    fn write(self) -> Value {
        Value::List(self.into_iter().map(T::write).collect())
    }
}

struct MapOf<T>(std::marker::PhantomData<T>);

impl<T: Shape> MapOf<T> {
    const SCHEMA: &'static Schema =
        &Schema { name: "Map", kind: Kind::Map(T::schema), constraints: Constraints::NONE };
}

impl<T: Shape> Shape for BTreeMap<String, T> {
    fn schema() -> &'static Schema {
        MapOf::<T>::SCHEMA
    }

    fn read(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Map(entries) => {
                entries.into_iter().map(|(key, value)| Ok((key, T::read(value)?))).collect()
            }
            other => Err(Mismatch::kind("map", &other)),
        }
    }

    fn write(self) -> Value {
        Value::Map(self.into_iter().map(|(key, value)| (key, value.write())).collect())
    }
}

impl<T: Shape> Shape for Box<T> {
    fn schema() -> &'static Schema {
        T::schema()
    }

    fn read(value: Value) -> Result<Self, Mismatch> {
        T::read(value).map(Box::new)
    }

    fn write(self) -> Value {
        (*self).write()
    }
}
