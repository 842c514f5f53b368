//! Time to live: which items expire, and when.
//!
//! Each item that will expire has an entry under the expiry's own id, sorted by the second, so that
//! what is due is one short range, however large the table is.

pub(crate) mod expire;
pub(crate) mod time_to_live;

use crate::{
    index::Entry,
    table::{Table, id_bytes},
    value::{
        attribute::{AttributeValue, Attributes},
        codec,
        key::{ItemKey, position},
    },
};
use service_kit::prelude::*;

/// Times further back than this are not meant as such: "How it works: DynamoDB Time to Live".
pub(crate) const FORGOTTEN: u64 = 5 * 365 * 24 * 3600;

/// How the items of a table expire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expiry {
    /// The attribute that holds the second at which an item expires.
    pub attribute: String,
    /// A UUID: its entries start with it.
    pub id: String,
}

impl Expiry {
    /// The id as its rows start with it.
    pub(crate) fn id_bytes(&self) -> [u8; 16] {
        id_bytes(&self.id)
    }

    /// The second at which `item` expires, if it does.
    pub(crate) fn second(&self, item: &Attributes) -> Option<u64> {
        let AttributeValue::N(number) = item.get(&self.attribute)? else { return None };
        let text = number.to_string();
        text.split('.').next()?.parse().ok()
    }

    /// The entry of `item`, whose place is `key` in `table`; it holds the item's key.
    pub(crate) fn entry(&self, table: &Table, key: &ItemKey, item: &Attributes) -> Option<Entry> {
        let mut place = self.id_bytes().to_vec();
        place.extend(self.second(item)?.to_be_bytes());
        place.extend(position(key));
        let held = table.keys.extract(item);
        let size = held.size();
        let partition = key.partition();
        Some(Entry { place, row: codec::encode(&held, size), size, partition })
    }
}
