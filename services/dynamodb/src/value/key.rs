//! Primary keys: what they may be, and where their items are stored.
//!
//! An item's row is `table, hash of the partition key, length and bytes of the partition key, bytes
//! of the sort key`. So a table is one range, spread evenly for parallel scans; a partition is one
//! range inside it, sorted by the sort key.

use crate::{
    error::{DynamoError, invalid, invalid_values},
    throttle::{self, PartitionDigest},
    value::{
        attribute::{AttributeValue, Attributes},
        number::Number,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use service_kit::key::Key;
use shape::Shape;

/// The longest partition key value, in bytes.
pub(crate) const MAX_HASH_BYTES: usize = 2048;
/// The longest sort key value, in bytes.
pub(crate) const MAX_RANGE_BYTES: usize = 1024;

/// The type of a key attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub enum ScalarAttributeType {
    /// Bytes.
    B,
    /// A number.
    N,
    /// Text.
    S,
}

impl ScalarAttributeType {
    /// As AWS's sentences on empty values say it.
    pub(crate) fn in_words(self) -> &'static str {
        if self == Self::S { "string" } else { "binary" }
    }
}

/// One attribute of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyAttribute {
    /// The attribute's name.
    pub name: String,
    /// The attribute's type.
    pub kind: ScalarAttributeType,
}

/// A primary key's attributes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyAttributes {
    /// The partition key.
    pub hash: KeyAttribute,
    /// The sort key, if there is one.
    pub range: Option<KeyAttribute>,
}

/// The bytes of a primary key, those of the sort key in its order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ItemKey {
    /// The partition key's.
    pub hash: Vec<u8>,
    /// The sort key's; empty where there is none.
    pub range: Vec<u8>,
}

impl KeyAttributes {
    /// The partition key and, if there is one, the sort key of `key` as people read them.
    pub(crate) fn in_words(&self, key: &ItemKey) -> Vec<String> {
        let range = self.range.iter().map(|range| range.in_words(&key.range));
        std::iter::once(self.hash.in_words(&key.hash)).chain(range).collect()
    }
}

impl ItemKey {
    /// The partition that its item is in.
    pub(crate) fn partition(&self) -> PartitionDigest {
        throttle::partition(&self.hash)
    }
}

impl KeyAttribute {
    /// The value that has these `bytes`, as people read it.
    pub(crate) fn in_words(&self, bytes: &[u8]) -> String {
        match self.kind {
            ScalarAttributeType::S => String::from_utf8_lossy(bytes).into_owned(),
            ScalarAttributeType::N => {
                Number::from_bytes(bytes).map(|number| number.to_string()).unwrap_or_default()
            }
            ScalarAttributeType::B => STANDARD.encode(bytes),
        }
    }

    /// The order-preserving bytes of `value`, if it is of this attribute's type.
    pub fn bytes<'v>(&self, value: &'v AttributeValue) -> Option<&'v [u8]> {
        match (self.kind, value) {
            (ScalarAttributeType::S, AttributeValue::S(text)) => Some(text.as_bytes()),
            (ScalarAttributeType::N, AttributeValue::N(number)) => Some(number.as_bytes()),
            (ScalarAttributeType::B, AttributeValue::B(bytes)) => Some(bytes),
            _ => None,
        }
    }
}

/// Which of AWS's sentences say what is wrong with a key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    Key,
    Item,
}

impl KeyAttributes {
    /// The attributes, partition key first.
    pub fn iter(&self) -> impl Iterator<Item = &KeyAttribute> {
        std::iter::once(&self.hash).chain(&self.range)
    }

    /// Whether `name` is one of them.
    pub fn contains(&self, name: &str) -> bool {
        self.iter().any(|attribute| attribute.name == name)
    }

    /// The bytes of a key that a request names: all of the attributes and no others.
    ///
    /// # Errors
    /// AWS's `ValidationException` for what is missing, too much, empty or too long.
    pub fn of_key(&self, key: &Attributes) -> Result<ItemKey, DynamoError> {
        if key.len() != self.iter().count() {
            return Err(invalid("The provided key element does not match the schema"));
        }
        self.item_key(key, Given::Key)
    }

    /// The bytes of the key of an item to be stored.
    ///
    /// # Errors
    /// As [`KeyAttributes::of_key`].
    pub fn of_item(&self, item: &Attributes) -> Result<ItemKey, DynamoError> {
        self.item_key(item, Given::Item)
    }

    /// As [`KeyAttributes::of_item`], in the words of batches.
    ///
    /// # Errors
    /// As [`KeyAttributes::of_key`].
    pub fn of_batch_item(&self, item: &Attributes) -> Result<ItemKey, DynamoError> {
        self.item_key(item, Given::Key)
    }

    fn item_key(&self, from: &Attributes, given: Given) -> Result<ItemKey, DynamoError> {
        let hash = piece(&self.hash, from, given)?;
        if hash.len() > MAX_HASH_BYTES {
            return Err(invalid_values(
                "Size of hashkey has exceeded the maximum size limit of2048 bytes",
            ));
        }
        let range = match &self.range {
            Some(attribute) => piece(attribute, from, given)?,
            None => &[],
        };
        if range.len() > MAX_RANGE_BYTES {
            return Err(invalid_values(
                "Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
            ));
        }
        Ok(ItemKey { hash: hash.to_vec(), range: range.to_vec() })
    }

    /// The key attributes of `item`, as `LastEvaluatedKey` has them.
    pub fn extract(&self, item: &Attributes) -> Attributes {
        self.iter()
            .filter_map(|attribute| {
                Some((attribute.name.clone(), item.get(&attribute.name)?.clone()))
            })
            .collect()
    }
}

fn piece<'v>(
    attribute: &KeyAttribute,
    from: &'v Attributes,
    given: Given,
) -> Result<&'v [u8], DynamoError> {
    let KeyAttribute { name, kind } = attribute;
    let mismatch = || invalid("The provided key element does not match the schema");
    let value = from.get(name).ok_or_else(|| match given {
        Given::Key => mismatch(),
        Given::Item => invalid_values(format_args!("Missing the key {name} in the item")),
    })?;
    let bytes = attribute.bytes(value).ok_or_else(|| match given {
        Given::Key => mismatch(),
        Given::Item => invalid_values(format_args!(
            "Type mismatch for key {name} expected: {} actual: {}",
            kind.as_str(),
            value.type_name()
        )),
    })?;
    if bytes.is_empty() {
        let what = kind.in_words();
        return Err(invalid(format!(
            "One or more parameter values are not valid. The AttributeValue for a key attribute \
             cannot contain an empty {what} value. Key: {name}"
        )));
    }
    Ok(bytes)
}

/// The place of a whole partition: what its items' rows start with.
pub(crate) struct Partition<'a> {
    /// [`crate::table::Table::id_bytes`].
    pub(crate) table: [u8; 16],
    /// The partition key's bytes.
    pub(crate) hash: &'a [u8],
}

impl Key for Partition<'_> {
    fn encode(&self, into: &mut Vec<u8>) {
        into.extend(self.table);
        into.extend(spread(self.hash).to_be_bytes());
        into.extend((self.hash.len() as u16).to_be_bytes());
        into.extend(self.hash);
    }
}

/// The place of one item.
pub(crate) struct Place<'a> {
    /// [`crate::table::Table::id_bytes`].
    pub(crate) table: [u8; 16],
    /// The item's key.
    pub(crate) key: &'a ItemKey,
}

impl Key for Place<'_> {
    fn encode(&self, into: &mut Vec<u8>) {
        Partition { table: self.table, hash: &self.key.hash }.encode(into);
        into.extend(&self.key.range);
    }
}

/// A longer partition key stands in an index by its digest, so that a row's key stays in bounds.
const MAX_ENTRY_HASH_BYTES: usize = 1024;

/// The place of a whole partition of an index.
pub(crate) struct EntryPartition<'a> {
    /// [`crate::index::Index::id_bytes`].
    pub(crate) index: [u8; 16],
    /// The partition key's bytes.
    pub(crate) hash: &'a [u8],
}

impl Key for EntryPartition<'_> {
    fn encode(&self, into: &mut Vec<u8>) {
        if self.hash.len() <= MAX_ENTRY_HASH_BYTES {
            return Partition { table: self.index, hash: self.hash }.encode(into);
        }
        into.extend(self.index);
        into.extend(spread(self.hash).to_be_bytes());
        // No partition key is so long, so none is taken for a digest.
        into.extend(u16::MAX.to_be_bytes());
        into.extend(service_kit::blob_key(self.hash).as_bytes());
    }
}

/// The place of a whole table or index.
pub(crate) struct Whole(pub(crate) [u8; 16]);

impl Key for Whole {
    fn encode(&self, into: &mut Vec<u8>) {
        into.extend(self.0);
    }
}

/// Where in a table an item stands: its row without the table.
pub(crate) fn position(key: &ItemKey) -> Vec<u8> {
    let mut bytes = Place { table: [0; 16], key }.bytes();
    bytes.drain(..16);
    bytes
}

/// Spreads partitions over 32 bits: FNV-1a, then a finalizer so that short keys spread too.
/// Stored rows depend on it; it never changes.
pub(crate) fn spread(hash: &[u8]) -> u32 {
    let mixed = hash.iter().fold(0xcbf2_9ce4_8422_2325_u64, |state, &byte| {
        (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    (mixed >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::number::Number;
    use proptest::prelude::*;

    fn key(hash: &str, range: i64) -> ItemKey {
        let item = [
            ("h".to_owned(), AttributeValue::S(hash.into())),
            ("r".to_owned(), AttributeValue::N(Number::parse(&range.to_string()).unwrap())),
        ];
        keys().of_item(&item.into_iter().collect()).unwrap()
    }

    fn keys() -> KeyAttributes {
        KeyAttributes {
            hash: KeyAttribute { name: "h".into(), kind: ScalarAttributeType::S },
            range: Some(KeyAttribute { name: "r".into(), kind: ScalarAttributeType::N }),
        }
    }

    proptest! {
        #[test]
        fn rows_of_a_partition_sort_by_the_sort_key(hash in ".{1,4}", a: i64, b: i64) {
            let (x, y) = (position(&key(&hash, a)), position(&key(&hash, b)));
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
        }

        #[test]
        fn no_partition_is_inside_another(a in ".{1,6}", b in ".{1,6}", r: i64) {
            let prefix = Partition { table: [0; 16], hash: a.as_bytes() }.bytes();
            let row = Place { table: [0; 16], key: &key(&b, r) }.bytes();
            prop_assert_eq!(row.starts_with(&prefix), a == b);
        }
    }

    #[test]
    fn partitions_spread_evenly() {
        let mut quarters = [0; 4];
        for index in 0..4000 {
            quarters[(spread(format!("user-{index}").as_bytes()) >> 30) as usize] += 1;
        }
        assert!(quarters.iter().all(|&count| (850..1150).contains(&count)), "{quarters:?}");
    }
}
