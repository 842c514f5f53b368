//! What Query and Scan read: a table, or one of its indexes.

use crate::{
    error::{DynamoError, invalid},
    index::{Index, IndexStatus, partition},
    insights::{Insights, in_one},
    table::Table,
    value::{
        attribute::Attributes,
        key::{EntryPartition, KeyAttribute, Partition, position},
    },
};
use service_kit::key::Key;

/// A table, or one of its indexes.
#[derive(Clone, Copy)]
pub(crate) struct Source<'t> {
    /// The table.
    pub(crate) table: &'t Table,
    /// The index, if one was asked for.
    pub(crate) index: Option<&'t Index>,
}

const WRONG_START: &str = "The provided starting key is invalid";
const MISMATCH: &str = "The provided key element does not match the schema";

fn check_start(attribute: &KeyAttribute, start: &Attributes) -> Result<(), DynamoError> {
    let value = start.get(&attribute.name).ok_or_else(|| invalid(WRONG_START))?;
    attribute.bytes(value).map(|_| ()).ok_or_else(|| invalid(MISMATCH))
}

impl<'t> Source<'t> {
    /// What a request reads that names `index` of `table`.
    ///
    /// # Errors
    /// AWS's `ValidationException` for indexes that are not there, not filled yet, or global and
    /// asked for a consistent read.
    pub(crate) fn open(
        table: &'t Table,
        index: Option<&str>,
        consistent: Option<bool>,
    ) -> Result<Self, DynamoError> {
        let Some(name) = index else { return Ok(Self { table, index: None }) };
        let found = table.index(name).filter(|index| index.is_kept());
        let found = found.ok_or_else(|| {
            invalid(format!("The table does not have the specified index: {name}"))
        })?;
        if found.status() == IndexStatus::Creating {
            let text = format!("Cannot read from backfilling global secondary index: {name}");
            return Err(invalid(text));
        }
        if consistent == Some(true) && !found.is_local() {
            let text = "Consistent reads are not supported on global secondary indexes";
            return Err(invalid(text));
        }
        Ok(Self { table, index: Some(found) })
    }

    /// The id that its rows start with.
    pub(crate) fn id(&self) -> [u8; 16] {
        self.index.map_or_else(|| self.table.id_bytes(), Index::id_bytes)
    }

    /// The attributes of its partition key.
    pub(crate) fn hash(&self) -> Vec<&'t KeyAttribute> {
        match self.index {
            Some(index) => index.keys.hash.iter().collect(),
            None => vec![&self.table.keys.hash],
        }
    }

    /// Whether rules tell its most used keys.
    pub(crate) fn insights(&self) -> Option<Insights> {
        self.index.map_or(self.table.insights, Index::insights)
    }

    /// The `values` of its partition key as people read them.
    pub(crate) fn in_words(&self, values: &[Vec<u8>]) -> Vec<String> {
        let parts = self.hash().into_iter().zip(values);
        vec![in_one(parts.map(|(attribute, value)| attribute.in_words(value)))]
    }

    /// The attributes of its sort key.
    pub(crate) fn range(&self) -> Vec<&'t KeyAttribute> {
        match self.index {
            Some(index) => index.keys.range.iter().collect(),
            None => self.table.keys.range.iter().collect(),
        }
    }

    /// Whether `name` is an attribute of its key.
    pub(crate) fn is_key(&self, name: &str) -> bool {
        self.index.map_or_else(|| self.table.keys.contains(name), |index| index.keys.contains(name))
    }

    /// What the rows of the partition with these values start with.
    pub(crate) fn partition(&self, values: &[Vec<u8>]) -> Vec<u8> {
        self.prefix(&partition(values))
    }

    fn prefix(&self, hash: &[u8]) -> Vec<u8> {
        match self.index {
            Some(index) => EntryPartition { index: index.id_bytes(), hash }.bytes(),
            None => Partition { table: self.table.id_bytes(), hash }.bytes(),
        }
    }

    /// A sort key's value as rows have it. An index's ends unambiguously, as more comes behind.
    pub(crate) fn sortable(&self, value: &[u8]) -> Vec<u8> {
        if self.index.is_some() { value.bytes() } else { value.to_vec() }
    }

    /// The key of a row, for `LastEvaluatedKey`.
    pub(crate) fn key_of(&self, item: &Attributes) -> Attributes {
        let mut key = self.table.keys.extract(item);
        for attribute in self.index.iter().flat_map(|index| index.keys.iter()) {
            if let Some(value) = item.get(&attribute.name) {
                key.insert(attribute.name.clone(), value.clone());
            }
        }
        key
    }

    /// Whether `start`, with which a page begins, has as many attributes as keys of this source,
    /// and a partition key of it.
    ///
    /// # Errors
    /// AWS's `ValidationException`.
    pub(crate) fn check_start_hash(&self, start: &Attributes) -> Result<(), DynamoError> {
        let mut names: Vec<&str> = self.table.keys.iter().map(|one| one.name.as_str()).collect();
        let own = self.index.iter().flat_map(|index| index.keys.iter());
        names.extend(
            own.map(|one| one.name.as_str()).filter(|name| !self.table.keys.contains(name)),
        );
        if start.len() != names.len() {
            return Err(invalid(WRONG_START));
        }
        self.hash().into_iter().try_for_each(|attribute| check_start(attribute, start))
    }

    /// Whether the rest of `start` is a key of this source.
    ///
    /// # Errors
    /// AWS's `ValidationException`.
    pub(crate) fn check_start_rest(&self, start: &Attributes) -> Result<(), DynamoError> {
        self.range().into_iter().try_for_each(|attribute| check_start(attribute, start))?;
        let is_key = |attribute: &KeyAttribute| {
            start.get(&attribute.name).is_some_and(|value| attribute.bytes(value).is_some())
        };
        if self.table.keys.iter().all(is_key) {
            return Ok(());
        }
        Err(invalid(match self.index.is_some_and(Index::is_local) {
            true => MISMATCH.to_owned(),
            false => format!("{WRONG_START}: {MISMATCH}"),
        }))
    }

    /// The row with the key `start`: what its partition's rows start with, and the rest.
    ///
    /// # Errors
    /// AWS's `ValidationException` when it is no key of this source.
    pub(crate) fn locate(&self, start: &Attributes) -> Result<(Vec<u8>, Vec<u8>), DynamoError> {
        let Some(index) = self.index else {
            let key = self.table.keys.of_key(start)?;
            return Ok((self.prefix(&key.hash), key.range));
        };
        let mismatch = || invalid(MISMATCH);
        let key = self.table.keys.of_key(&self.table.keys.extract(start))?;
        let located = index.locate(&key, start).map_err(|_| mismatch())?;
        match located.filter(|_| self.key_of(start).len() == start.len()) {
            Some((hash, rest)) => Ok((self.prefix(&hash), rest)),
            None => Err(mismatch()),
        }
    }

    /// As [`Source::locate`], in one piece, without the source's id.
    ///
    /// # Errors
    /// As [`Source::locate`].
    pub(crate) fn position(&self, start: &Attributes) -> Result<Vec<u8>, DynamoError> {
        if self.index.is_none() {
            return Ok(position(&self.table.keys.of_key(start)?));
        }
        let (prefix, rest) = self.locate(start)?;
        Ok([prefix.get(16..).unwrap_or_default(), &rest].concat())
    }
}
