//! An item as stored bytes: a version, the size AWS counts, then the attributes.
//!
//! The size stands in front, so that counting a table reads no attribute. Numbers are stored in
//! the form that sorts.

use crate::value::{
    attribute::{AttributeValue, Attributes, MAX_DEPTH},
    number::Number,
};
use bytes::Bytes;
use service_kit::fault::Fault;
use shape::json::{Object, blob, list, plain};
use std::io::Write as _;

const VERSION: u8 = 1;
/// The version of rows whose attributes are encrypted.
const SEALED: u8 = 2;
const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const S: u8 = 3;
const N: u8 = 4;
const B: u8 = 5;
const SS: u8 = 6;
const NS: u8 = 7;
const BS: u8 = 8;
const L: u8 = 9;
const M: u8 = 10;

/// The stored form of `item`, whose size is known.
pub(crate) fn encode(item: &Attributes, size: usize) -> Vec<u8> {
    // Lengths and tags rarely take more than a fifth of what the size counts.
    let mut into = Vec::with_capacity(size + size / 4 + 16);
    into.push(VERSION);
    length(size, &mut into);
    attributes(item, &mut into);
    into
}

/// The item of these stored bytes.
///
/// # Errors
/// [`Fault::Internal`] when they are damaged.
pub(crate) fn decode(stored: &[u8]) -> Result<Attributes, Fault> {
    let mut reader = Reader(stored);
    let plain = stored.first() == Some(&VERSION);
    reader.header().filter(|_| plain).and_then(|_| reader.attributes(0)).ok_or_else(damaged)
}

/// Checks that the plain row `stored` reads as a whole; gives its attributes.
///
/// # Errors
/// As [`decode`].
pub(crate) fn check(stored: &[u8]) -> Result<&[u8], Fault> {
    let mut reader = Reader(stored);
    let plain = stored.first() == Some(&VERSION);
    let attributes = reader.header().filter(|_| plain).map(|_| reader.0).ok_or_else(damaged)?;
    Reader(attributes).skip_attributes(0).ok_or_else(damaged)?;
    Ok(attributes)
}

/// Appends stored attributes that [`check`] has passed as JSON, the way answers have them.
pub(crate) fn write_json(attributes: &[u8], into: &mut Vec<u8>) {
    // What does not read was refused before.
    Reader(attributes).attributes_as_json(into).unwrap_or_default();
}

/// The item whose stored attributes are these bytes alone.
///
/// # Errors
/// As [`decode`].
pub(crate) fn decode_attributes(bytes: &[u8]) -> Result<Attributes, Fault> {
    Reader(bytes).attributes(0).ok_or_else(damaged)
}

/// The encrypted attributes of a `stored` row, if they are encrypted.
pub(crate) fn sealed(stored: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader(stored);
    reader.header().filter(|_| stored.first() == Some(&SEALED))?;
    Some(reader.0)
}

/// The plain row `stored` with its attributes as `encrypt` makes them.
///
/// # Errors
/// [`Fault::Internal`] when the row does not read, or that of `encrypt`.
pub(crate) fn seal(
    stored: &[u8],
    encrypt: impl FnOnce(Vec<u8>) -> Result<Vec<u8>, Fault>,
) -> Result<Vec<u8>, Fault> {
    let mut reader = Reader(stored);
    let size = reader.header().ok_or_else(damaged)?;
    let sealed = encrypt(reader.0.to_vec())?;
    let mut into = Vec::with_capacity(sealed.len() + 8);
    into.push(SEALED);
    length(size, &mut into);
    into.extend(sealed);
    Ok(into)
}

/// The plain row that `stored` is, once its encrypted attributes are these.
///
/// # Errors
/// [`Fault::Internal`] when the row does not read.
pub(crate) fn unsealed(stored: &[u8], attributes: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut into = Vec::with_capacity(attributes.len() + 8);
    into.push(VERSION);
    length(size(stored)?, &mut into);
    into.extend(attributes);
    Ok(into)
}

/// The size of the item of these stored bytes, as AWS counts it.
///
/// # Errors
/// As [`decode`].
pub(crate) fn size(stored: &[u8]) -> Result<usize, Fault> {
    Reader(stored).header().ok_or_else(damaged)
}

fn damaged() -> Fault {
    Fault::internal("dynamodb.item: a row does not read")
}

/// Seven bits a byte, the lowest first; the eighth says that more follow.
fn length(mut length: usize, into: &mut Vec<u8>) {
    while length >= 0x80 {
        into.push(length as u8 | 0x80);
        length >>= 7;
    }
    into.push(length as u8);
}

fn counted(bytes: &[u8], into: &mut Vec<u8>) {
    length(bytes.len(), into);
    into.extend_from_slice(bytes);
}

fn attributes(map: &Attributes, into: &mut Vec<u8>) {
    length(map.len(), into);
    for (name, inner) in map.iter() {
        counted(name.as_bytes(), into);
        value(inner, into);
    }
}

fn set<T>(tag: u8, members: &[T], bytes: impl Fn(&T) -> &[u8], into: &mut Vec<u8>) {
    into.push(tag);
    length(members.len(), into);
    for member in members {
        counted(bytes(member), into);
    }
}

fn scalar(tag: u8, bytes: &[u8], into: &mut Vec<u8>) {
    into.push(tag);
    counted(bytes, into);
}

fn value(value_: &AttributeValue, into: &mut Vec<u8>) {
    match value_ {
        AttributeValue::Null => into.push(NULL),
        AttributeValue::Bool(false) => into.push(FALSE),
        AttributeValue::Bool(true) => into.push(TRUE),
        AttributeValue::S(text) => scalar(S, text.as_bytes(), into),
        AttributeValue::N(number) => scalar(N, number.as_bytes(), into),
        AttributeValue::B(bytes) => scalar(B, bytes, into),
        AttributeValue::Ss(members) => set(SS, members, |text| text.as_bytes(), into),
        AttributeValue::Ns(members) => set(NS, members, |number| number.as_bytes(), into),
        AttributeValue::Bs(members) => set(BS, members, |bytes| bytes, into),
        AttributeValue::L(list) => {
            into.push(L);
            length(list.len(), into);
            for inner in list {
                value(inner, into);
            }
        }
        AttributeValue::M(map) => {
            into.push(M);
            attributes(map, into);
        }
    }
}

/// The type's name in requests and answers.
fn type_name(tag: u8) -> Option<&'static str> {
    Some(match tag {
        NULL => "NULL",
        FALSE | TRUE => "BOOL",
        S => "S",
        N => "N",
        B => "B",
        SS => "SS",
        NS => "NS",
        BS => "BS",
        L => "L",
        M => "M",
        _ => return None,
    })
}

/// Appends a number as answers have it: as text.
fn digits(number: &Number, into: &mut Vec<u8>) {
    // Writing to memory does not fail.
    write!(into, "\"{number}\"").ok();
}

/// What is left to read. Nothing it does panics, whatever the bytes.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    fn length(&mut self) -> Option<usize> {
        let mut length = 0_usize;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            length |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(length);
            }
        }
        None
    }

    /// A length of something of which each part takes at least a byte.
    fn count(&mut self) -> Option<usize> {
        self.length().filter(|&count| count <= self.0.len())
    }

    fn counted(&mut self) -> Option<&'a [u8]> {
        let count = self.count()?;
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    fn header(&mut self) -> Option<usize> {
        if !matches!(self.byte()?, VERSION | SEALED) {
            return None;
        }
        self.length()
    }

    fn str(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.counted()?).ok()
    }

    fn text(&mut self) -> Option<String> {
        self.str().map(str::to_owned)
    }

    fn number(&mut self) -> Option<Number> {
        Number::from_bytes(self.counted()?)
    }

    fn binary(&mut self) -> Option<Bytes> {
        self.counted().map(Bytes::copy_from_slice)
    }

    fn set<T>(&mut self, member: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.count()?;
        (0..count).map(|_| member(self)).collect()
    }

    fn attributes(&mut self, depth: usize) -> Option<Attributes> {
        let count = self.count()?;
        (0..count).map(|_| Some((self.text()?, self.value(depth)?))).collect()
    }

    fn value(&mut self, depth: usize) -> Option<AttributeValue> {
        if depth > MAX_DEPTH {
            return None;
        }
        Some(match self.byte()? {
            NULL => AttributeValue::Null,
            FALSE => AttributeValue::Bool(false),
            TRUE => AttributeValue::Bool(true),
            S => AttributeValue::S(self.text()?),
            N => AttributeValue::N(self.number()?),
            B => AttributeValue::B(self.binary()?),
            SS => AttributeValue::Ss(self.set(Self::text)?),
            NS => AttributeValue::Ns(self.set(Self::number)?),
            BS => AttributeValue::Bs(self.set(Self::binary)?),
            L => AttributeValue::L(self.set(|reader| reader.value(depth + 1))?),
            M => AttributeValue::M(self.attributes(depth + 1)?),
            _ => return None,
        })
    }

    /// Runs `member` for each of the things that are counted next.
    fn each(&mut self, mut member: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        (0..self.count()?).try_for_each(|_| member(self))
    }

    fn skip_attributes(&mut self, depth: usize) -> Option<()> {
        self.each(|reader| {
            reader.str()?;
            reader.skip_value(depth)
        })
    }

    fn skip_value(&mut self, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        match self.byte()? {
            NULL | FALSE | TRUE => Some(()),
            S => self.str().map(drop),
            N => self.number().map(drop),
            B => self.counted().map(drop),
            SS => self.each(|reader| reader.str().map(drop)),
            NS => self.each(|reader| reader.number().map(drop)),
            BS => self.each(|reader| reader.counted().map(drop)),
            L => self.each(|reader| reader.skip_value(depth + 1)),
            M => self.skip_attributes(depth + 1),
            _ => None,
        }
    }

    fn attributes_as_json(&mut self, into: &mut Vec<u8>) -> Option<()> {
        let mut object = Object::begin(into);
        self.each(|reader| {
            let name = reader.str()?;
            reader.value_as_json(object.entry(name))
        })?;
        object.end();
        Some(())
    }

    fn value_as_json(&mut self, into: &mut Vec<u8>) -> Option<()> {
        let tag = self.byte()?;
        let mut union = Object::begin(into);
        let into = union.entry(type_name(tag)?);
        match tag {
            NULL => plain(&true, into),
            FALSE | TRUE => plain(&(tag == TRUE), into),
            SS => self.set_as_json(into, |reader, into| reader.scalar_as_json(S, into))?,
            NS => self.set_as_json(into, |reader, into| reader.scalar_as_json(N, into))?,
            BS => self.set_as_json(into, |reader, into| reader.scalar_as_json(B, into))?,
            L => self.set_as_json(into, Self::value_as_json)?,
            M => self.attributes_as_json(into)?,
            scalar => self.scalar_as_json(scalar, into)?,
        }
        union.end();
        Some(())
    }

    fn scalar_as_json(&mut self, tag: u8, into: &mut Vec<u8>) -> Option<()> {
        match tag {
            S => plain(self.str()?, into),
            N => digits(&self.number()?, into),
            B => blob(self.counted()?, into),
            _ => return None,
        }
        Some(())
    }

    fn set_as_json(
        &mut self,
        into: &mut Vec<u8>,
        member: impl Fn(&mut Self, &mut Vec<u8>) -> Option<()>,
    ) -> Option<()> {
        let count = self.count()?;
        let mut whole = Some(());
        list(0..count, into, |_, into| whole = whole.and_then(|()| member(self, into)));
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::attribute::tests::item;
    use proptest::prelude::*;
    use shape::Shape;

    proptest! {
        #[test]
        fn items_round_trip(item in item()) {
            let stored = encode(&item, item.size());
            prop_assert_eq!(size(&stored).unwrap(), item.size());
            prop_assert_eq!(decode(&stored).unwrap(), item);
        }

        #[test]
        fn rows_as_json_are_items_as_json(item in item()) {
            let stored = encode(&item, item.size());
            let mut text = Vec::new();
            write_json(check(&stored).unwrap(), &mut text);
            let spelled = wire::json::to_json(Attributes::schema(), &item.write());
            prop_assert_eq!(serde_json::from_slice::<serde_json::Value>(&text).unwrap(), spelled);
        }

        #[test]
        fn rows_that_do_not_decode_are_not_passed(
            item in item(), at: prop::sample::Index, byte: u8,
        ) {
            let mut stored = encode(&item, item.size());
            let at = at.index(stored.len());
            stored[at] = byte;
            prop_assert_eq!(check(&stored).is_ok(), decode(&stored).is_ok());
        }

        #[test]
        fn damaged_rows_are_refused_not_obeyed(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut row = vec![VERSION, 1];
            row.extend(bytes);
            decode(&row).ok();
        }
    }
}
