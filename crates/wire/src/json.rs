//! Values as JSON documents: read straight off the bytes by schema, written straight into bytes.

use crate::{
    MAX_DEPTH, WireError,
    limits::Limits,
    text::{cannot_convert, double_name, read_base64, read_double},
};
use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor},
};
use shape::{
    Kind, Location, Member, Schema, Timestamp, TimestampFormat, Value,
    json::{Object, blob, list, plain, text},
};
use std::{cell::RefCell, fmt};

/// What stands for a sensitive value in logs and audit records, as in CloudTrail.
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// How a protocol uses JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// Keys are the members' wire names (restJson), not those of the model (awsJson).
    pub(crate) wire_names: bool,
    /// The outermost structure has only its body members here (restJson).
    pub(crate) body_only: bool,
    /// Sensitive members are hidden.
    pub(crate) redact: bool,
}

impl Dialect {
    /// awsJson: every member, under its name in the model.
    pub(crate) const RPC: Self = Self { wire_names: false, body_only: false, redact: false };
    /// The document that a restJson body is.
    pub(crate) const REST_BODY: Self = Self { wire_names: true, body_only: true, redact: false };
    /// A restJson payload member.
    pub(crate) const REST_PAYLOAD: Self =
        Self { wire_names: true, body_only: false, redact: false };

    fn key(self, member: &Member) -> &'static str {
        if self.wire_names { member.wire_name() } else { member.name }
    }

    fn has(self, member: &Member) -> bool {
        !self.body_only || member.location == Location::Body
    }

    /// This dialect below the outermost structure.
    fn inner(self) -> Self {
        Self { body_only: false, ..self }
    }
}

/// `value` as a JSON tree with the member names of the model.
pub fn to_json(schema: &'static Schema, value: &Value) -> serde_json::Value {
    // What is written here reads back.
    serde_json::from_slice(&encode(schema, value, Dialect::RPC)).unwrap_or_default()
}

/// `value` as JSON text with the member names of the model, with `HIDDEN_DUE_TO_SECURITY_REASONS`
/// for each sensitive member.
pub fn redacted_json(schema: &'static Schema, value: &Value) -> String {
    let text = encode(schema, value, Dialect { redact: true, ..Dialect::RPC });
    String::from_utf8(text).unwrap_or_default()
}

/// Reads a JSON tree with the member names of the model.
///
/// # Errors
/// [`WireError`] when it does not fit the schema.
pub fn from_json(schema: &'static Schema, json: &serde_json::Value) -> Result<Value, WireError> {
    let session = Session::new(schema.name, Dialect::RPC);
    let read = session.seed(schema).deserialize(json);
    session.finish(read, schema)
}

/// Reads JSON text as a value of `schema`.
pub(crate) fn decode(
    operation: &'static str,
    schema: &'static Schema,
    text: &[u8],
    dialect: Dialect,
) -> Result<Value, WireError> {
    let session = Session::new(operation, dialect);
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let read = session.seed(schema).deserialize(&mut deserializer).and_then(|value| {
        deserializer.end()?;
        Ok(value)
    });
    let read = session.finish(read, schema);
    if let Err(WireError::UnknownMember { .. }) = read
        && let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(text)
    {
        // What is no JSON at all has no members.
        return Err(WireError::Malformed(error.to_string()));
    }
    read
}

/// Writes a value of `schema` as JSON text.
pub(crate) fn encode(schema: &'static Schema, value: &Value, dialect: Dialect) -> Vec<u8> {
    let mut text = Vec::with_capacity(2 << 10);
    Writer { format: None, dialect }.value(schema, value, &mut text);
    text
}

fn malformed(message: &str) -> WireError {
    WireError::Malformed(message.into())
}

/// The reading of one document. A serde error is text, so ours is kept here beside it.
struct Session {
    operation: &'static str,
    dialect: Dialect,
    limits: Limits,
    failure: RefCell<Option<WireError>>,
}

impl Session {
    fn new(operation: &'static str, dialect: Dialect) -> Self {
        Self { operation, dialect, limits: Limits::default(), failure: RefCell::default() }
    }

    fn seed(&self, schema: &'static Schema) -> Seed<'_> {
        let dialect = self.dialect;
        Seed { session: self, schema, format: None, depth: 0, dialect, is_member: true }
    }

    fn finish<E: fmt::Display>(
        self,
        read: Result<Option<Value>, E>,
        schema: &Schema,
    ) -> Result<Value, WireError> {
        match read {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(cannot_convert("NULL_VALUE", schema)),
            Err(error) => Err(self
                .failure
                .into_inner()
                .unwrap_or_else(|| WireError::Malformed(error.to_string()))),
        }
    }

    fn fail<E: serde::de::Error>(&self, failure: WireError) -> E {
        *self.failure.borrow_mut() = Some(failure);
        E::custom("")
    }

    /// Passes an error on with one more level in its path.
    fn within<E>(&self, error: E, segment: impl fmt::Display) -> E {
        let failure = self.failure.take();
        *self.failure.borrow_mut() = failure.map(|failure| failure.within(segment));
        error
    }
}

/// One value about to be read; null is none.
#[derive(Clone, Copy)]
struct Seed<'s> {
    session: &'s Session,
    schema: &'static Schema,
    format: Option<TimestampFormat>,
    depth: usize,
    dialect: Dialect,
    /// Whether it is a member of a structure, not of a list or map.
    is_member: bool,
}

impl<'s> Seed<'s> {
    /// A value in this list or map.
    fn inner(self, schema: &'static Schema) -> Seed<'s> {
        let dialect = self.dialect.inner();
        Seed { schema, depth: self.depth + 1, dialect, is_member: false, ..self }
    }

    fn member(self, member: &Member) -> Seed<'s> {
        Seed { format: member.timestamp, is_member: true, ..self.inner(member.schema()) }
    }

    /// A scalar of another kind.
    fn wrong<E: serde::de::Error>(self, found: &str) -> E {
        self.session.fail(match self.schema.kind {
            Kind::Boolean if found == "STRING_VALUE" => {
                malformed("Unexpected token received from parser")
            }
            Kind::Blob => malformed("only base-64-encoded strings are convertible to bytes"),
            Kind::List(_) | Kind::Map(_) | Kind::Structure(_) | Kind::Union(_) => {
                malformed(match self.is_member {
                    true => "Unexpected field type",
                    false => "Unexpected value type in payload",
                })
            }
            _ => cannot_convert(found, self.schema),
        })
    }

    fn text<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        let wrong = || self.wrong("STRING_VALUE");
        let is_one_of = |words: [&str; 3]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        match self.schema.kind {
            Kind::Boolean if is_one_of(["true", "1", "yes"]) => Ok(Value::Boolean(true)),
            Kind::Boolean if is_one_of(["false", "0", "no"]) => Ok(Value::Boolean(false)),
            Kind::Blob => match read_base64(text) {
                Ok(bytes) => Ok(Value::Blob(bytes.into())),
                Err(failure) => Err(self.session.fail(failure)),
            },
            Kind::Double => read_double(text)
                .filter(|number| !number.is_finite())
                .map(Value::Double)
                .ok_or_else(wrong),
            Kind::Timestamp if self.spells_timestamps() => {
                Timestamp::parse(text).map(Value::Timestamp).ok_or_else(wrong)
            }
            _ => Err(wrong()),
        }
    }

    fn spells_timestamps(self) -> bool {
        self.format.is_some_and(|format| format != TimestampFormat::EpochSeconds)
    }

    fn number<E: serde::de::Error>(self, number: f64) -> Result<Value, E> {
        let whole = number.fract() == 0.0 && number.abs() < 9.2e18;
        match self.schema.kind {
            Kind::Integer | Kind::Long if whole => Ok(Value::Integer(number as i64)),
            Kind::Double => Ok(Value::Double(number)),
            Kind::Timestamp => Ok(Value::Timestamp(Timestamp::from_secs_f64(number))),
            _ if whole => Err(self.wrong("NUMBER_VALUE")),
            _ => Err(self.wrong("DECIMAL_VALUE")),
        }
    }

    fn list<'de, A: SeqAccess<'de>>(
        self,
        item: &'static Schema,
        mut access: A,
    ) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        loop {
            self.element()?;
            let next = access.next_element_seed(self.inner(item));
            let segment = format_args!("[{}]", items.len());
            match next.map_err(|error| self.session.within(error, segment))? {
                None => return Ok(Value::List(items)),
                Some(Some(value)) => items.push(value),
                Some(None) => items.push(self.null(item)?),
            }
        }
    }

    fn map<'de, A: MapAccess<'de>>(
        self,
        item: &'static Schema,
        mut access: A,
    ) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = access.next_key::<String>()? {
            self.element()?;
            let value = access.next_value_seed(self.inner(item));
            let value = value.map_err(|error| self.session.within(error, &key))?;
            entries.push((key, value.map_or_else(|| self.null(item), Ok)?));
        }
        Ok(Value::Map(entries))
    }

    /// A null where a list or map must have a value.
    fn null<E: serde::de::Error>(self, item: &'static Schema) -> Result<Value, E> {
        Err(self.session.fail(match item.kind {
            Kind::Document => return Ok(Value::Document(serde_json::Value::Null)),
            // Whoever reads it finds that it has no member.
            Kind::Union(_) => return Ok(Value::Structure(Vec::new())),
            _ => cannot_convert("NULL_VALUE", item),
        }))
    }

    /// The next member that is there and not null.
    fn entry<'de, A: MapAccess<'de>>(
        self,
        members: &'static [Member],
        access: &mut A,
    ) -> Result<Option<(usize, Value)>, A::Error> {
        while let Some(found) = access.next_key_seed(MemberKey { seed: self, members })? {
            match found {
                Ok((index, member)) => {
                    let value = access.next_value_seed(self.member(member));
                    let value = value
                        .map_err(|error| self.session.within(error, self.dialect.key(member)))?;
                    if let Some(value) = value {
                        return Ok(Some((index, value)));
                    }
                }
                Err(path) => {
                    // A union without a member that is known is refused in any case.
                    let is_union = matches!(self.schema.kind, Kind::Union(_));
                    if !access.next_value_seed(IsNull)? && !is_union {
                        let operation = self.session.operation;
                        return Err(self
                            .session
                            .fail(WireError::UnknownMember { operation, path }));
                    }
                }
            }
        }
        Ok(None)
    }

    fn element<E: serde::de::Error>(self) -> Result<(), E> {
        self.session.limits.element().map_err(|failure| self.session.fail(failure))
    }

    fn slots<E: serde::de::Error>(self, members: &[Member]) -> Result<Vec<Option<Value>>, E> {
        self.session.limits.slots(members).map_err(|failure| self.session.fail(failure))
    }

    fn structure<'de, A: MapAccess<'de>>(
        self,
        members: &'static [Member],
        mut access: A,
    ) -> Result<Value, A::Error> {
        let mut slots = self.slots(members)?;
        while let Some((index, value)) = self.entry(members, &mut access)? {
            if let Some(slot) = slots.get_mut(index) {
                *slot = Some(value);
            }
        }
        Ok(Value::Structure(slots))
    }

    fn union<'de, A: MapAccess<'de>>(
        self,
        members: &'static [Member],
        mut access: A,
    ) -> Result<Value, A::Error> {
        let Some((index, value)) = self.entry(members, &mut access)? else {
            return Ok(Value::Structure(Vec::new()));
        };
        let Some((next, second)) = self.entry(members, &mut access)? else {
            return Ok(Value::Union(index, Box::new(value)));
        };
        let mut slots = self.slots(members)?;
        for (index, value) in [(index, value), (next, second)] {
            if let Some(slot) = slots.get_mut(index) {
                *slot = Some(value);
            }
        }
        while let Some((index, value)) = self.entry(members, &mut access)? {
            if let Some(slot) = slots.get_mut(index) {
                *slot = Some(value);
            }
        }
        Ok(Value::Structure(slots))
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if self.depth > MAX_DEPTH {
            return Err(self.session.fail(WireError::TooDeep));
        }
        match self.schema.kind {
            Kind::Document => {
                let document = serde_json::Value::deserialize(deserializer)?;
                Ok((!document.is_null()).then_some(Value::Document(document)))
            }
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Option<Value>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.schema.name)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: serde::de::Error>(self, truth: bool) -> Result<Self::Value, E> {
        match self.schema.kind {
            Kind::Boolean => Ok(Some(Value::Boolean(truth))),
            _ => Err(self.wrong(if truth { "TRUE_VALUE" } else { "FALSE_VALUE" })),
        }
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Self::Value, E> {
        match self.schema.kind {
            Kind::Integer | Kind::Long => Ok(Some(Value::Integer(number))),
            Kind::Timestamp => Ok(Some(Value::Timestamp(Timestamp::from_secs(number)))),
            _ => self.number(number as f64).map(Some),
        }
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Self::Value, E> {
        match i64::try_from(number) {
            Ok(number) => self.visit_i64(number),
            Err(_) => self.number(number as f64).map(Some),
        }
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Self::Value, E> {
        self.number(number).map(Some)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        match self.schema.kind {
            Kind::String | Kind::Enum(_) => Ok(Some(Value::String(text.to_owned()))),
            _ => self.text(text).map(Some),
        }
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<Self::Value, E> {
        match self.schema.kind {
            Kind::String | Kind::Enum(_) => Ok(Some(Value::String(text))),
            _ => self.text(&text).map(Some),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<Self::Value, A::Error> {
        match self.schema.kind {
            Kind::List(item) => self.list(item(), access).map(Some),
            _ => Err(self.session.fail(WireError::not_a_list(self.schema))),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Self::Value, A::Error> {
        match self.schema.kind {
            Kind::Map(item) => self.map(item(), access).map(Some),
            Kind::Structure(members) => self.structure(members, access).map(Some),
            Kind::Union(members) => self.union(members, access).map(Some),
            _ => Err(self
                .session
                .fail(malformed("Start of structure or map found where not expected"))),
        }
    }
}

/// The key of a structure: the member it names, or the unknown name.
struct MemberKey<'s> {
    seed: Seed<'s>,
    members: &'static [Member],
}

impl<'de> DeserializeSeed<'de> for MemberKey<'_> {
    type Value = Result<(usize, &'static Member), String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for MemberKey<'_> {
    type Value = Result<(usize, &'static Member), String>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Self::Value, E> {
        let dialect = self.seed.dialect;
        let named = |member: &Member| dialect.key(member) == key && dialect.has(member);
        let found = self.members.iter().enumerate().find(|(_, member)| named(member));
        Ok(found.ok_or_else(|| key.to_owned()))
    }
}

/// Skips a value and tells whether it was null.
struct IsNull;

impl<'de> DeserializeSeed<'de> for IsNull {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for IsNull {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<bool, E> {
        Ok(true)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<bool, E> {
        Ok(true)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| false)
    }
}

/// Writes values as JSON text.
#[derive(Clone, Copy)]
struct Writer {
    format: Option<TimestampFormat>,
    dialect: Dialect,
}

impl Writer {
    /// A writer of what is inside a value.
    fn inner(self) -> Self {
        Self { dialect: self.dialect.inner(), ..self }
    }

    fn value(self, schema: &'static Schema, value: &Value, into: &mut Vec<u8>) {
        match (value, &schema.kind) {
            (Value::Boolean(truth), _) => plain(truth, into),
            (Value::Integer(number), _) => plain(number, into),
            (Value::Double(number), _) => match double_name(*number) {
                Some(name) => text(name, into),
                None => plain(number, into),
            },
            (Value::String(value), _) => text(value, into),
            (Value::Blob(bytes), _) => blob(bytes, into),
            (Value::Timestamp(moment), _) => self.moment(*moment, into),
            (Value::Document(document), _) => plain(document, into),
            (Value::Kept(kept), _) => match self.dialect {
                Dialect { wire_names: false, redact: false, .. } => kept.write_json(into),
                _ => self.value(schema, &kept.value(), into),
            },
            (Value::List(items), Kind::List(item)) => {
                list(items, into, |value, into| self.inner().value(item(), value, into));
            }
            (Value::Map(entries), Kind::Map(item)) => {
                let mut object = Object::begin(into);
                for (key, value) in entries {
                    self.inner().value(item(), value, object.entry(key));
                }
                object.end();
            }
            (Value::Structure(slots), Kind::Structure(members)) => {
                let mut object = Object::begin(into);
                for (member, slot) in members.iter().zip(slots) {
                    if let Some(value) = slot.as_ref().filter(|_| self.dialect.has(member)) {
                        self.member(member, value, &mut object);
                    }
                }
                object.end();
            }
            (Value::Union(index, value), Kind::Union(members)) => {
                let mut object = Object::begin(into);
                if let Some(member) = members.get(*index) {
                    self.member(member, value, &mut object);
                }
                object.end();
            }
            // A value that is not of its schema is a mistake of ours; null shows it.
            _ => into.extend_from_slice(b"null"),
        }
    }

    fn member(self, member: &Member, value: &Value, object: &mut Object<'_>) {
        let into = object.entry(self.dialect.key(member));
        if self.dialect.redact && member.sensitive {
            return plain(HIDDEN, into);
        }
        Self { format: member.timestamp, ..self.inner() }.value(member.schema(), value, into);
    }

    fn moment(self, moment: Timestamp, into: &mut Vec<u8>) {
        match self.format {
            None | Some(TimestampFormat::EpochSeconds) => match moment.as_micros() % 1_000_000 {
                0 => plain(&moment.as_secs(), into),
                _ => plain(&moment.as_secs_f64(), into),
            },
            Some(format) => plain(&moment.format(format), into),
        }
    }
}
