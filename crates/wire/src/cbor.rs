//! Values as CBOR (RFC 8949): definite or indefinite lengths in, definite lengths out.

use crate::{MAX_DEPTH, WireError, limits::Limits, text::cannot_convert, xml::one_member};
use minicbor::{
    Decoder, Encoder,
    data::{Tag, Type},
    decode::Error,
};
use shape::{Kind, Member, Schema, Timestamp, Value};

/// The tag of seconds since the epoch.
const EPOCH: u64 = 1;

/// Reads a whole CBOR document as a value of `schema`.
pub(crate) fn decode(
    operation: &'static str,
    schema: &'static Schema,
    bytes: &[u8],
) -> Result<Value, WireError> {
    let mut reader = Reader { operation, limits: Limits::default(), input: Decoder::new(bytes) };
    let value = reader.value(schema, 0)?.ok_or_else(|| cannot_convert("NULL_VALUE", schema))?;
    if reader.input.position() != bytes.len() {
        return Err(WireError::Malformed("There are bytes after the CBOR document".into()));
    }
    Ok(value)
}

struct Reader<'b> {
    operation: &'static str,
    limits: Limits,
    input: Decoder<'b>,
}

fn malformed(error: Error) -> WireError {
    WireError::Malformed(format!("The request is not valid CBOR: {error}"))
}

/// What a value of another kind is called in an error.
fn found(kind: Type) -> &'static str {
    match kind {
        Type::Bool => "BOOLEAN_VALUE",
        Type::String | Type::StringIndef => "STRING_VALUE",
        Type::Bytes | Type::BytesIndef => "BLOB_VALUE",
        Type::Array | Type::ArrayIndef => "LIST_VALUE",
        Type::Map | Type::MapIndef => "MAP_VALUE",
        Type::Tag => "TAGGED_VALUE",
        _ => "NUMBER_VALUE",
    }
}

impl Reader<'_> {
    fn kind(&self) -> Result<Type, WireError> {
        self.input.datatype().map_err(malformed)
    }

    /// Whether the next value is null, which is then skipped.
    fn null(&mut self) -> Result<bool, WireError> {
        let null = matches!(self.kind()?, Type::Null | Type::Undefined);
        if null {
            self.input.skip().map_err(malformed)?;
        }
        Ok(null)
    }

    fn value(&mut self, schema: &'static Schema, depth: usize) -> Result<Option<Value>, WireError> {
        if depth > MAX_DEPTH {
            return Err(WireError::TooDeep);
        }
        if self.null()? {
            return Ok(None);
        }
        let kind = self.kind()?;
        let wrong = || cannot_convert(found(kind), schema);
        Ok(Some(match schema.kind {
            Kind::Boolean if kind == Type::Bool => {
                Value::Boolean(self.input.bool().map_err(malformed)?)
            }
            Kind::Integer | Kind::Long => Value::Integer(self.integer()?.ok_or_else(wrong)?),
            Kind::Double => Value::Double(self.double()?.ok_or_else(wrong)?),
            Kind::String | Kind::Enum(_) => Value::String(self.text()?.ok_or_else(wrong)?),
            Kind::Blob => Value::Blob(self.bytes()?.ok_or_else(wrong)?.into()),
            Kind::Timestamp => Value::Timestamp(self.moment()?.ok_or_else(wrong)?),
            Kind::Document => Value::Document(self.document(depth)?),
            Kind::List(item) if matches!(kind, Type::Array | Type::ArrayIndef) => {
                self.list(item(), depth)?
            }
            Kind::Map(item) if is_map(kind) => self.map(item(), depth)?,
            Kind::Structure(members) if is_map(kind) => {
                Value::Structure(self.members(members, depth)?)
            }
            Kind::Union(members) if is_map(kind) => {
                one_member(schema, self.members(members, depth)?)?
            }
            _ => return Err(wrong()),
        }))
    }

    fn integer(&mut self) -> Result<Option<i64>, WireError> {
        if self.is_float()? {
            let whole = |number: &f64| number.fract() == 0.0 && number.abs() < 9.2e18;
            return Ok(self.double()?.filter(whole).map(|number| number as i64));
        }
        match self.kind()? {
            Type::U8
            | Type::U16
            | Type::U32
            | Type::U64
            | Type::I8
            | Type::I16
            | Type::I32
            | Type::I64 => self.input.i64().map(Some).map_err(malformed),
            _ => Ok(None),
        }
    }

    fn is_float(&self) -> Result<bool, WireError> {
        Ok(matches!(self.kind()?, Type::F16 | Type::F32 | Type::F64))
    }

    fn double(&mut self) -> Result<Option<f64>, WireError> {
        match self.kind()? {
            Type::F64 => self.input.f64().map(Some).map_err(malformed),
            Type::F32 => self.input.f32().map(|number| Some(number.into())).map_err(malformed),
            Type::F16 => self.half().map(Some),
            _ => Ok(self.integer()?.map(|number| number as f64)),
        }
    }

    /// A half-precision number, which some clients use for short fractions.
    fn half(&mut self) -> Result<f64, WireError> {
        let start = self.input.position();
        let bits = match self.input.input().get(start + 1..start + 3) {
            Some(&[high, low]) => u16::from_be_bytes([high, low]),
            _ => return Err(malformed(Error::end_of_input())),
        };
        self.input.set_position(start + 3);
        let fraction = f64::from(bits & 0x3ff);
        let magnitude = match (bits >> 10) & 0x1f {
            0 => fraction * 2f64.powi(-24),
            31 if fraction == 0.0 => f64::INFINITY,
            31 => f64::NAN,
            exponent => (fraction + 1024.0) * 2f64.powi(i32::from(exponent) - 25),
        };
        Ok(if bits >> 15 == 1 { -magnitude } else { magnitude })
    }

    fn text(&mut self) -> Result<Option<String>, WireError> {
        match self.kind()? {
            Type::String => self.input.str().map(|text| Some(text.to_owned())).map_err(malformed),
            Type::StringIndef => {
                let pieces = self.input.str_iter().map_err(malformed)?;
                pieces.collect::<Result<String, _>>().map(Some).map_err(malformed)
            }
            _ => Ok(None),
        }
    }

    fn bytes(&mut self) -> Result<Option<Vec<u8>>, WireError> {
        match self.kind()? {
            Type::Bytes => self.input.bytes().map(|it| Some(it.to_vec())).map_err(malformed),
            Type::BytesIndef => {
                let pieces = self.input.bytes_iter().map_err(malformed)?;
                let pieces: Vec<_> = pieces.collect::<Result<_, _>>().map_err(malformed)?;
                Ok(Some(pieces.concat()))
            }
            _ => Ok(None),
        }
    }

    /// A number of seconds; the tag is required by the protocol but its absence harms nobody.
    fn moment(&mut self) -> Result<Option<Timestamp>, WireError> {
        if self.kind()? == Type::Tag && self.input.tag().map_err(malformed)? != Tag::new(EPOCH) {
            return Ok(None);
        }
        match self.is_float()? {
            true => Ok(self.double()?.map(Timestamp::from_secs_f64)),
            false => Ok(self.integer()?.map(Timestamp::from_secs)),
        }
    }

    /// Whether one more of `left` items follows; `left` is none for indefinite lengths.
    fn more(&mut self, left: &mut Option<u64>) -> Result<bool, WireError> {
        match left {
            Some(0) => Ok(false),
            Some(count) => {
                *count -= 1;
                Ok(true)
            }
            None if self.kind()? == Type::Break => {
                self.input.set_position(self.input.position() + 1);
                Ok(false)
            }
            None => Ok(true),
        }
    }

    fn list(&mut self, item: &'static Schema, depth: usize) -> Result<Value, WireError> {
        let mut left = self.input.array().map_err(malformed)?;
        let mut items = Vec::new();
        while self.more(&mut left)? {
            self.limits.element()?;
            let value = self.value(item, depth + 1);
            let value = value.map_err(|error| error.within(format_args!("[{}]", items.len())))?;
            items.push(value.ok_or_else(|| cannot_convert("NULL_VALUE", item))?);
        }
        Ok(Value::List(items))
    }

    fn key(&mut self) -> Result<String, WireError> {
        self.text()?.ok_or_else(|| WireError::Malformed("A map key is not a string".into()))
    }

    fn map(&mut self, item: &'static Schema, depth: usize) -> Result<Value, WireError> {
        let mut left = self.input.map().map_err(malformed)?;
        let mut entries = Vec::new();
        while self.more(&mut left)? {
            self.limits.element()?;
            let key = self.key()?;
            let value = self.value(item, depth + 1).map_err(|error| error.within(&key))?;
            entries.push((key, value.ok_or_else(|| cannot_convert("NULL_VALUE", item))?));
        }
        Ok(Value::Map(entries))
    }

    /// The members of a structure or union; null is absent.
    fn members(
        &mut self,
        members: &'static [Member],
        depth: usize,
    ) -> Result<Vec<Option<Value>>, WireError> {
        let mut left = self.input.map().map_err(malformed)?;
        let mut slots = self.limits.slots(members)?;
        while self.more(&mut left)? {
            let key = self.key()?;
            let known = members.iter().zip(&mut slots).find(|(member, _)| member.name == key);
            if let Some((member, slot)) = known {
                let value = self.value(member.schema(), depth + 1);
                *slot = value.map_err(|error| error.within(&key))?;
            } else if !self.null()? {
                let operation = self.operation;
                return Err(WireError::UnknownMember { operation, path: key });
            }
        }
        Ok(slots)
    }

    /// Untyped data as JSON; bytes and tags have no place there.
    fn document(&mut self, depth: usize) -> Result<serde_json::Value, WireError> {
        use serde_json::Value as Json;
        if depth > MAX_DEPTH {
            return Err(WireError::TooDeep);
        }
        if self.null()? {
            return Ok(Json::Null);
        }
        match self.kind()? {
            Type::Bool => self.input.bool().map(Json::Bool).map_err(malformed),
            Type::String | Type::StringIndef => Ok(self.text()?.map_or(Json::Null, Json::String)),
            Type::Array | Type::ArrayIndef => {
                let mut left = self.input.array().map_err(malformed)?;
                let mut items = Vec::new();
                while self.more(&mut left)? {
                    self.limits.element()?;
                    items.push(self.document(depth + 1)?);
                }
                Ok(Json::Array(items))
            }
            kind if is_map(kind) => {
                let mut left = self.input.map().map_err(malformed)?;
                let mut entries = serde_json::Map::new();
                while self.more(&mut left)? {
                    self.limits.element()?;
                    let key = self.key()?;
                    entries.insert(key, self.document(depth + 1)?);
                }
                Ok(Json::Object(entries))
            }
            _ if self.is_float()? => Ok(self.double()?.into()),
            kind => {
                let text = || format!("{} cannot be converted to Document", found(kind));
                let number = self.integer()?.map(Json::from);
                number.ok_or_else(|| WireError::Malformed(text()))
            }
        }
    }
}

fn is_map(kind: Type) -> bool {
    matches!(kind, Type::Map | Type::MapIndef)
}

/// Writes a value of `schema`.
pub(crate) fn encode(schema: &'static Schema, value: &Value) -> Vec<u8> {
    let mut output = Encoder::new(Vec::with_capacity(256));
    // Writing to memory does not fail.
    write(&mut output, schema, value).ok();
    output.into_writer()
}

type Written = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

pub(crate) fn write(to: &mut Encoder<Vec<u8>>, schema: &'static Schema, value: &Value) -> Written {
    match (value, &schema.kind) {
        (Value::Boolean(truth), _) => to.bool(*truth)?.ok(),
        (Value::Integer(number), _) => to.i64(*number)?.ok(),
        (Value::Double(number), _) => to.f64(*number)?.ok(),
        (Value::String(text), _) => to.str(text)?.ok(),
        (Value::Blob(bytes), _) => to.bytes(bytes)?.ok(),
        (Value::Timestamp(moment), _) => {
            to.tag(Tag::new(EPOCH))?;
            match moment.as_micros() % 1_000_000 {
                0 => to.i64(moment.as_secs())?.ok(),
                _ => to.f64(moment.as_secs_f64())?.ok(),
            }
        }
        (Value::Document(document), _) => write_document(to, document),
        (Value::Kept(kept), _) => write(to, schema, &kept.value()),
        (Value::List(items), Kind::List(item)) => {
            to.array(items.len() as u64)?;
            items.iter().try_for_each(|value| write(to, item(), value))
        }
        (Value::Map(entries), Kind::Map(item)) => {
            to.map(entries.len() as u64)?;
            entries.iter().try_for_each(|(key, value)| write(to.str(key)?, item(), value))
        }
        (Value::Structure(slots), Kind::Structure(members)) => {
            let present = || members.iter().zip(slots).filter_map(|(m, v)| Some((m, v.as_ref()?)));
            to.map(present().count() as u64)?;
            present()
                .try_for_each(|(member, value)| write(to.str(member.name)?, member.schema(), value))
        }
        (Value::Union(index, value), Kind::Union(members)) => match members.get(*index) {
            Some(member) => write(to.map(1)?.str(member.name)?, member.schema(), value),
            None => to.map(0)?.ok(),
        },
        // A value that is not of its schema is a mistake of ours; null shows it.
        _ => to.null()?.ok(),
    }
}

fn write_document(to: &mut Encoder<Vec<u8>>, document: &serde_json::Value) -> Written {
    use serde_json::Value as Json;
    match document {
        Json::Null => to.null()?.ok(),
        Json::Bool(truth) => to.bool(*truth)?.ok(),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => to.i64(number)?.ok(),
            (None, number) => to.f64(number.unwrap_or(f64::NAN))?.ok(),
        },
        Json::String(text) => to.str(text)?.ok(),
        Json::Array(items) => {
            to.array(items.len() as u64)?;
            items.iter().try_for_each(|item| write_document(to, item))
        }
        Json::Object(entries) => {
            to.map(entries.len() as u64)?;
            entries.iter().try_for_each(|(key, item)| write_document(to.str(key)?, item))
        }
    }
}
