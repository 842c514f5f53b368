//! Secondary indexes: what they are, and the entries that items have in them.
//!
//! An entry is a row beside the items, under the index's own id: the bytes of the index's partition
//! key, its sort keys in their order, then the item's own place, so that items with equal keys
//! stand side by side. It holds the attributes that the index projects.

pub(crate) mod backfill;
pub(crate) mod collection;
pub(crate) mod collection_size;
pub(crate) mod index_description;
pub(crate) mod update_indexes;

use crate::{
    error::{DynamoError, invalid, invalid_values},
    expression::tree::{Path, Term, Update},
    insights::{Insights, in_one},
    table::{Table, Throughput, id_bytes, on_demand::OnDemandMaximum, warm::Warm},
    throttle::{self, PartitionDigest},
    value::{
        attribute::{AttributeValue, Attributes},
        codec,
        key::{
            EntryPartition, ItemKey, KeyAttribute, KeyAttributes, MAX_HASH_BYTES, MAX_RANGE_BYTES,
            position,
        },
    },
};
use service_kit::{
    key::{Encoded, Key},
    prelude::*,
};

/// A longer place of an item is known in an entry's key by its digest.
const MAX_PLACE_BYTES: usize = 512;

/// A secondary index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Index {
    /// Its name, unique in its table.
    pub name: String,
    /// A UUID: its entries start with it.
    pub id: String,
    /// What its entries are found and sorted by.
    pub keys: IndexKeys,
    /// What its entries hold.
    pub projection: Projected,
    /// Local or global.
    pub kind: IndexKind,
}

/// The key of an index: one attribute of each kind, or up to four of a global one's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexKeys {
    /// The partition key.
    pub hash: Vec<KeyAttribute>,
    /// The sort key, if there is one.
    pub range: Vec<KeyAttribute>,
}

/// Which attributes an index holds, beside its own key and the table's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Projected {
    /// All.
    All,
    /// None.
    KeysOnly,
    /// These.
    Include(Vec<String>),
}

/// What kind of index it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum IndexKind {
    /// Sorts the table's own partitions another way.
    Local,
    /// Has partitions of its own.
    Global {
        /// What is reserved.
        throughput: Throughput,
        /// What it is doing.
        status: IndexStatus,
        /// The most that it serves when its table is paid by request.
        #[serde(default)]
        on_demand: OnDemandMaximum,
        /// The highest that it could serve at once before its throughput last changed.
        #[serde(default)]
        warm: Warm,
        /// Whether rules tell its most used keys.
        #[serde(default)]
        insights: Option<Insights>,
    },
}

/// What a global index is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub enum IndexStatus {
    /// Being filled with what the table held before.
    Creating,
    /// Being changed. Nothing takes so long here.
    Updating,
    /// Being emptied.
    Deleting,
    /// Ready.
    Active,
}

impl IndexKeys {
    /// The attributes, those of the partition key first.
    pub fn iter(&self) -> impl Iterator<Item = &KeyAttribute> {
        self.hash.iter().chain(&self.range)
    }

    /// The names of the partition key and, where there is one, of the sort key.
    pub(crate) fn labels(&self) -> Vec<String> {
        let parts = [&self.hash, &self.range].into_iter().filter(|part| !part.is_empty());
        parts.map(|part| in_one(part.iter().map(|attribute| attribute.name.clone()))).collect()
    }

    /// The partition key and, where there is one, the sort key of `item` as people read them.
    pub(crate) fn in_words(&self, item: &Attributes) -> Vec<String> {
        let in_words = |attribute: &KeyAttribute| {
            let bytes = item.get(&attribute.name).and_then(|value| attribute.bytes(value));
            attribute.in_words(bytes.unwrap_or_default())
        };
        let parts = [&self.hash, &self.range].into_iter().filter(|part| !part.is_empty());
        parts.map(|part| in_one(part.iter().map(in_words))).collect()
    }

    /// Whether `name` is one of them.
    pub fn contains(&self, name: &str) -> bool {
        self.iter().any(|attribute| attribute.name == name)
    }
}

/// Why an item cannot have an entry.
#[derive(Debug)]
pub(crate) enum KeyFault<'i> {
    /// The value is of another type.
    Type { index: &'i str, attribute: &'i KeyAttribute, actual: &'static str },
    /// The value is empty.
    Empty { index: &'i str, attribute: &'i KeyAttribute },
    /// The value is too long.
    Long(&'static str),
}

impl KeyFault<'_> {
    /// As AWS says it of an item that is put.
    pub(crate) fn of_put(&self) -> DynamoError {
        match self {
            Self::Type { index, attribute: KeyAttribute { name, kind }, actual } => {
                invalid_values(format_args!(
                    "Type mismatch for Index Key {name} Expected: {} Actual: {actual} IndexName: \
                     {index}",
                    kind.as_str()
                ))
            }
            Self::Empty { index, attribute } => invalid(format!(
                "One or more parameter values are not valid. A value specified for a secondary \
                 index key is not supported. The AttributeValue for a key attribute cannot \
                 contain an empty {} value. IndexName: {index}, IndexKey: {}",
                attribute.kind.in_words(),
                attribute.name
            )),
            Self::Long(text) => invalid_values(text),
        }
    }

    /// As AWS says it of an update.
    pub(crate) fn of_update(&self) -> DynamoError {
        match self {
            Self::Type { .. } => invalid(
                "The update expression attempted to update the secondary index key to \
                 unsupported type",
            ),
            Self::Empty { attribute, .. } => invalid(format!(
                "One or more parameter values are not valid. The update expression attempted to \
                 update a secondary index key to a value that is not supported. The \
                 AttributeValue for a key attribute cannot contain an empty {} value.",
                attribute.kind.in_words()
            )),
            Self::Long(text) => invalid_values(text),
        }
    }
}

/// Key attributes of the table are not changed. Those of indexes are not given what cannot be one,
/// as far as the update alone tells, and neither are looked into.
///
/// # Errors
/// AWS's `ValidationException`.
pub(crate) fn check_targets(table: &Table, update: &Update<'_>) -> Result<(), DynamoError> {
    if let Some(path) = update.targets().find(|path| table.keys.contains(path.head())) {
        let name = path.head();
        return Err(invalid_values(format_args!(
            "Cannot update attribute {name}. This attribute is part of the key"
        )));
    }
    let kept = || table.indexes.iter().filter(|index| index.is_kept());
    for index in kept() {
        index.check_update(update).map_err(|fault| fault.of_put())?;
    }
    let mut nested = None;
    update.paths(&mut |path| {
        if path.as_top().is_none() && kept().any(|index| index.keys.contains(path.head())) {
            nested.get_or_insert_with(|| path.head().to_owned());
        }
    });
    nested.map_or(Ok(()), |name| Err(not_scalar("IndexKey", &name)))
}

/// A key attribute is looked into.
pub(crate) fn not_scalar(what: &str, name: &str) -> DynamoError {
    invalid(format!(
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not \
         allowed: {what}: {name}"
    ))
}

/// One item's row in an index.
#[derive(Debug, PartialEq)]
pub(crate) struct Entry {
    /// Its whole key below the table of items.
    pub(crate) place: Vec<u8>,
    /// Its stored form, not sealed.
    pub(crate) row: Vec<u8>,
    /// Its size as AWS counts it.
    pub(crate) size: usize,
    /// The partition of the index that it is in.
    pub(crate) partition: PartitionDigest,
}

/// Where an entry stands: its partition key's bytes, and what comes behind its partition.
pub(crate) type Located = (Vec<u8>, Vec<u8>);

impl Index {
    /// The id as its rows start with it.
    pub(crate) fn id_bytes(&self) -> [u8; 16] {
        id_bytes(&self.id)
    }

    /// Whether it is a local one.
    pub(crate) fn is_local(&self) -> bool {
        self.kind == IndexKind::Local
    }

    /// The most that it serves when its table is paid by request; a local one has its table's.
    pub(crate) fn on_demand(&self) -> OnDemandMaximum {
        match self.kind {
            IndexKind::Local => OnDemandMaximum::default(),
            IndexKind::Global { on_demand, .. } => on_demand,
        }
    }

    /// Whether rules tell its most used keys.
    pub(crate) fn insights(&self) -> Option<Insights> {
        match self.kind {
            IndexKind::Local => None,
            IndexKind::Global { insights, .. } => insights,
        }
    }

    /// What it is doing.
    pub(crate) fn status(&self) -> IndexStatus {
        match self.kind {
            IndexKind::Local => IndexStatus::Active,
            IndexKind::Global { status, .. } => status,
        }
    }

    /// Whether writes keep it.
    pub(crate) fn is_kept(&self) -> bool {
        self.status() != IndexStatus::Deleting
    }

    /// Whether its entries hold the attribute `name`.
    pub(crate) fn projects(&self, name: &str, table: &KeyAttributes) -> bool {
        self.keys.contains(name)
            || table.contains(name)
            || match &self.projection {
                Projected::All => true,
                Projected::KeysOnly => false,
                Projected::Include(names) => names.iter().any(|known| known == name),
            }
    }

    /// Whether `item` could be stored in its table.
    ///
    /// # Errors
    /// [`KeyFault`] for attributes of this index's key that cannot be keys.
    pub(crate) fn check<'i>(&'i self, item: &Attributes) -> Result<(), KeyFault<'i>> {
        let hash = self.parts(&self.keys.hash, item)?;
        if hash.iter().flatten().any(|bytes| bytes.len() > MAX_HASH_BYTES) {
            let text = "Size of hashkey has exceeded the maximum size limit of2048 bytes";
            return Err(KeyFault::Long(text));
        }
        let range = self.parts(&self.keys.range, item)?;
        if range.iter().flatten().map(|bytes| bytes.len()).sum::<usize>() > MAX_RANGE_BYTES {
            return Err(KeyFault::Long(
                "Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
            ));
        }
        Ok(())
    }

    /// Whether `update` leaves what can be keys in this index, as far as it alone tells.
    fn check_update<'i>(&'i self, update: &Update<'_>) -> Result<(), KeyFault<'i>> {
        let attribute =
            |path: &Path| self.keys.iter().find(|one| path.as_top() == Some(one.name.as_str()));
        for (path, term) in &update.set {
            let Some(attribute) = attribute(path) else { continue };
            match (term, term.kind()) {
                (Term::Value(value), _) => {
                    self.part(attribute, value)?;
                }
                (_, Some(actual)) if actual != attribute.kind.as_str() => {
                    return Err(KeyFault::Type { index: &self.name, attribute, actual });
                }
                _ => {}
            }
        }
        for (path, value) in &update.add {
            if let Some(attribute) = attribute(path) {
                self.part(attribute, value)?;
            }
        }
        Ok(())
    }

    /// The bytes of `attributes` in `item`; none for each that it lacks.
    fn parts<'i, 'v>(
        &'i self,
        attributes: &'i [KeyAttribute],
        item: &'v Attributes,
    ) -> Result<Vec<Option<&'v [u8]>>, KeyFault<'i>> {
        let part = |attribute: &'i KeyAttribute| {
            let Some(value) = item.get(&attribute.name) else { return Ok(None) };
            self.part(attribute, value).map(Some)
        };
        attributes.iter().map(part).collect()
    }

    fn part<'i, 'v>(
        &'i self,
        attribute: &'i KeyAttribute,
        value: &'v AttributeValue,
    ) -> Result<&'v [u8], KeyFault<'i>> {
        let index = self.name.as_str();
        match attribute.bytes(value) {
            None => Err(KeyFault::Type { index, attribute, actual: value.type_name() }),
            Some([]) => Err(KeyFault::Empty { index, attribute }),
            Some(bytes) => Ok(bytes),
        }
    }

    /// The partition's bytes and the rest of the key of the entry that `item`, whose place is
    /// `key`, has; none if it lacks an attribute of this index's key.
    ///
    /// # Errors
    /// As [`Index::check`].
    pub(crate) fn locate(
        &self,
        key: &ItemKey,
        item: &Attributes,
    ) -> Result<Option<Located>, KeyFault<'_>> {
        self.check(item)?;
        let all = |parts: Vec<Option<&[u8]>>| {
            parts.into_iter().map(|part| part.map(<[u8]>::to_vec)).collect()
        };
        let hash: Option<Vec<Vec<u8>>> = all(self.parts(&self.keys.hash, item)?);
        let range: Option<Vec<Vec<u8>>> = all(self.parts(&self.keys.range, item)?);
        let (Some(hash), Some(range)) = (hash, range) else { return Ok(None) };
        let mut rest = Vec::new();
        range.iter().for_each(|part| part.encode(&mut rest));
        let place = position(key);
        if place.len() <= MAX_PLACE_BYTES {
            rest.extend(place);
        } else {
            rest.extend(service_kit::blob_key(&place).as_bytes());
        }
        Ok(Some((partition(&hash), rest)))
    }

    /// The entry of `item`, whose place is `key`, in this index of `table`.
    ///
    /// # Errors
    /// As [`Index::check`].
    pub(crate) fn entry(
        &self,
        table: &Table,
        key: &ItemKey,
        item: &Attributes,
    ) -> Result<Option<Entry>, KeyFault<'_>> {
        let Some((hash, rest)) = self.locate(key, item)? else { return Ok(None) };
        let mut place = EntryPartition { index: self.id_bytes(), hash: &hash }.bytes();
        place.extend(rest);
        let (row, size) = match self.projection {
            Projected::All => {
                let size = item.size();
                (codec::encode(item, size), size)
            }
            _ => {
                let held = item.iter().filter(|(name, _)| self.projects(name, &table.keys));
                let held: Attributes =
                    held.map(|(name, value)| (name.to_owned(), value.clone())).collect();
                let size = held.size();
                (codec::encode(&held, size), size)
            }
        };
        Ok(Some(Entry { place, row, size, partition: throttle::partition(&hash) }))
    }
}

/// The bytes of a partition key: those of its only attribute, or of several, each ended.
pub(crate) fn partition(parts: &[Vec<u8>]) -> Vec<u8> {
    match parts {
        [only] => only.clone(),
        parts => {
            let mut bytes = Vec::new();
            parts.iter().for_each(|part| part.encode(&mut bytes));
            bytes
        }
    }
}

impl Entry {
    /// Writes it, sealed if `table` is encrypted.
    ///
    /// # Errors
    /// As [`Table::seal`].
    pub(crate) fn put(self, tx: &mut Tx<'_>, table: &Table) -> Result<(), Fault> {
        tx.put_bytes(crate::item::ITEMS, Encoded(&self.place), table.seal(self.row)?);
        Ok(())
    }

    /// Removes it.
    pub(crate) fn delete(&self, tx: &mut Tx<'_>) {
        tx.delete_bytes(crate::item::ITEMS, Encoded(&self.place));
    }
}

/// Whether `item` may be put into `table`, as far as its indexes say.
///
/// # Errors
/// AWS's `ValidationException` for attributes that cannot be an index's keys.
pub(crate) fn check_put(table: &Table, item: &Attributes) -> Result<(), DynamoError> {
    let mut kept = table.indexes.iter().filter(|index| index.is_kept());
    kept.try_for_each(|index| index.check(item).map_err(|fault| fault.of_put()))
}

/// As [`check_put`] for an item after an update.
///
/// # Errors
/// As [`check_put`], in other words.
pub(crate) fn check_update(table: &Table, item: &Attributes) -> Result<(), DynamoError> {
    let mut kept = table.indexes.iter().filter(|index| index.is_kept());
    kept.try_for_each(|index| index.check(item).map_err(|fault| fault.of_update()))
}
