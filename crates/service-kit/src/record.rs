//! Typed rows: what a service stores.

use crate::{access::Scope, fault::Fault, key::Key, owner::Owner};
use serde::{Serialize, de::DeserializeOwned};

/// Who shares a table's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Each region of each account has its own.
    Region,
    /// Each account has its own, the same in all regions.
    Account,
    /// One for the whole instance.
    Instance,
}

/// One kind of row.
pub trait Record: Serialize + DeserializeOwned {
    /// The table's name, `service.noun`; never changed once released.
    const TABLE: &'static str;
    /// Who shares the rows.
    const REACH: Reach = Reach::Region;
    /// Whose a row is; for tables of the whole instance, and only for those: without, their rows
    /// could not be written. [`crate::owner::shared_table`] lists the table.
    const OWNER: Option<fn(&Self) -> Owner> = None;
    /// The stored format's version; raise it when an old row no longer reads, and write
    /// [`Record::migrate`].
    const VERSION: u8 = 1;

    /// The row's place in its table. Rows sort by it.
    fn key(&self) -> impl Key;

    /// Reads a row stored under an older version.
    ///
    /// # Errors
    /// [`Fault::Internal`] when that version is unknown.
    fn migrate(version: u8, _bytes: &[u8]) -> Result<Self, Fault> {
        Err(Fault::internal(format!("{}: no way to read version {version}", Self::TABLE)))
    }
}

/// Whether `R` says whose its rows are, as it has to.
pub(crate) const fn is_owned<R: Record>() -> bool {
    matches!(R::REACH, Reach::Instance) == R::OWNER.is_some()
}

/// The stored form: a version byte, then named MessagePack, so that fields may be added.
pub(crate) fn encode<R: Record>(record: &R) -> Result<Vec<u8>, Fault> {
    let mut bytes = vec![R::VERSION];
    rmp_serde::encode::write_named(&mut bytes, record)
        .map_err(|error| Fault::internal(format!("{}: {error}", R::TABLE)))?;
    Ok(bytes)
}

pub(crate) fn decode<R: Record>(bytes: &[u8]) -> Result<R, Fault> {
    match bytes.split_first() {
        Some((&version, rest)) if version == R::VERSION => rmp_serde::from_slice(rest)
            .map_err(|error| Fault::internal(format!("{}: {error}", R::TABLE))),
        Some((&version, rest)) => R::migrate(version, rest),
        None => Err(Fault::internal(format!("{}: an empty row", R::TABLE))),
    }
}

/// The full key of `key` in `table` as `scope` sees it.
pub fn full_key(table: &str, reach: Reach, scope: &Scope, key: &impl Key) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(table.len() + 64);
    bytes.extend(table.as_bytes());
    bytes.push(0);
    match reach {
        Reach::Region => (&scope.account, &scope.region).encode(&mut bytes),
        Reach::Account => scope.account.encode(&mut bytes),
        Reach::Instance => {}
    }
    key.encode(&mut bytes);
    bytes
}
