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
use shape::json::{blob, text_of};

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

/// Appends the item of the plain row `stored` as JSON, the way answers have it.
///
/// # Errors
/// As [`decode`]; part of it may have been appended.
pub(crate) fn to_json(stored: &[u8], into: &mut Vec<u8>) -> Result<(), Fault> {
    let mut reader = Reader(stored);
    let plain = stored.first() == Some(&VERSION);
    reader.header().filter(|_| plain).ok_or_else(damaged)?;
    // Names, tags and lengths become quotes, braces and types: few rows grow by more than half.
    into.reserve(stored.len() + stored.len() / 2 + 16);
    reader.attributes_as_json(0, into).ok_or_else(damaged)
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

    fn attributes_as_json(&mut self, depth: usize, into: &mut Vec<u8>) -> Option<()> {
        self.each_as_json(*b"{}", into, |reader, into| {
            reader.text_as_json(into)?;
            into.push(b':');
            reader.value_as_json(depth, into)
        })
    }

    fn value_as_json(&mut self, depth: usize, into: &mut Vec<u8>) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        // Openings of known lengths are copied by an instruction or two.
        match self.byte()? {
            NULL => into.extend_from_slice(b"{\"NULL\":true"),
            TRUE => into.extend_from_slice(b"{\"BOOL\":true"),
            FALSE => into.extend_from_slice(b"{\"BOOL\":false"),
            S => {
                into.extend_from_slice(b"{\"S\":");
                self.text_as_json(into)?;
            }
            N => {
                into.extend_from_slice(b"{\"N\":");
                self.number_as_json(into)?;
            }
            B => {
                into.extend_from_slice(b"{\"B\":");
                self.binary_as_json(into)?;
            }
            SS => {
                into.extend_from_slice(b"{\"SS\":");
                self.each_as_json(*b"[]", into, Self::text_as_json)?;
            }
            NS => {
                into.extend_from_slice(b"{\"NS\":");
                self.each_as_json(*b"[]", into, Self::number_as_json)?;
            }
            BS => {
                into.extend_from_slice(b"{\"BS\":");
                self.each_as_json(*b"[]", into, Self::binary_as_json)?;
            }
            L => {
                into.extend_from_slice(b"{\"L\":");
                self.each_as_json(*b"[]", into, |it, into| it.value_as_json(depth + 1, into))?;
            }
            M => {
                into.extend_from_slice(b"{\"M\":");
                self.attributes_as_json(depth + 1, into)?;
            }
            _ => return None,
        }
        into.push(b'}');
        Some(())
    }

    fn text_as_json(&mut self, into: &mut Vec<u8>) -> Option<()> {
        text_of(self.counted()?, into)
    }

    fn number_as_json(&mut self, into: &mut Vec<u8>) -> Option<()> {
        into.push(b'"');
        self.number()?.write(into);
        into.push(b'"');
        Some(())
    }

    fn binary_as_json(&mut self, into: &mut Vec<u8>) -> Option<()> {
        blob(self.counted()?, into);
        Some(())
    }

    /// Appends what is counted next, each as `member` does, between brackets.
    fn each_as_json(
        &mut self,
        [open, close]: [u8; 2],
        into: &mut Vec<u8>,
        member: impl Fn(&mut Self, &mut Vec<u8>) -> Option<()>,
    ) -> Option<()> {
        let count = self.count()?;
        into.push(open);
        for index in 0..count {
            if index > 0 {
                into.push(b',');
            }
            member(self, into)?;
        }
        into.push(close);
        Some(())
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
            to_json(&stored, &mut text).unwrap();
            let spelled = wire::json::to_json(Attributes::schema(), &item.write());
            prop_assert_eq!(serde_json::from_slice::<serde_json::Value>(&text).unwrap(), spelled);
        }

        #[test]
        fn rows_that_do_not_decode_are_not_answered(
            item in item(), at: prop::sample::Index, byte: u8,
        ) {
            let mut stored = encode(&item, item.size());
            let at = at.index(stored.len());
            stored[at] = byte;
            prop_assert_eq!(to_json(&stored, &mut Vec::new()).is_ok(), decode(&stored).is_ok());
        }

        #[test]
        fn damaged_rows_are_refused_not_obeyed(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut row = vec![VERSION, 1];
            row.extend(bytes);
            decode(&row).ok();
        }
    }
}
