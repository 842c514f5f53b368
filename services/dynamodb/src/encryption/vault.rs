//! Rows of encrypted tables: sealed on their way to the disk, opened on their way back.
//!
//! A table has one data key for its whole life. It is stored encrypted (see `encryption`) and is
//! known here once somebody who may use the table's KMS key has asked for the table.

use crate::{
    table::Table,
    value::{attribute::Attributes, codec},
};
use service_kit::{binary, cipher, entropy::Entropy, prelude::*};
use std::{
    fmt,
    sync::{Arc, OnceLock},
};

/// A data key's length.
pub(crate) const DATA_KEY_BYTES: usize = 32;

/// A data key in the clear, and what makes nonces.
pub(crate) struct DataKey {
    bytes: Vec<u8>,
    entropy: Entropy,
}

impl DataKey {
    /// The key made of these bytes.
    pub(crate) fn new(bytes: Vec<u8>, entropy: &Entropy) -> Self {
        Self { bytes, entropy: entropy.clone() }
    }
}

/// A table's data key, once it is known. Never stored, printed or compared.
#[derive(Clone, Default)]
pub(crate) struct Vault(Arc<OnceLock<Arc<DataKey>>>);

impl Vault {
    /// Whether the key is known.
    pub(crate) fn is_unlocked(&self) -> bool {
        self.0.get().is_some()
    }

    /// Makes the key known; it is always the same for one table.
    pub(crate) fn unlock(&self, key: Arc<DataKey>) {
        self.0.set(key).ok();
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

impl PartialEq for Vault {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Table {
    /// Whether its rows can be written.
    pub(crate) fn is_unlocked(&self) -> bool {
        self.encryption.is_none() || self.vault.is_unlocked()
    }

    /// The stored form of an encoded `row`: as it is, or sealed if the table is encrypted.
    ///
    /// # Errors
    /// [`Fault::Internal`] for an encrypted table that was not unlocked.
    pub(crate) fn seal(&self, row: Vec<u8>) -> Result<Vec<u8>, Fault> {
        if self.encryption.is_none() {
            return Ok(row);
        }
        let key = self.data_key()?;
        codec::seal(&row, |plain| {
            cipher::encrypt(&key.entropy, &key.bytes, &self.id_bytes(), plain)
        })
    }

    /// The attributes in a stored `row`, sealed or not.
    ///
    /// # Errors
    /// [`Fault::Internal`] for a row that does not read, or a sealed one of a table that was not
    /// unlocked.
    pub(crate) fn decode(&self, row: &[u8]) -> Result<Attributes, Fault> {
        match codec::sealed(row) {
            None => codec::decode(row),
            Some(sealed) => codec::decode_attributes(&self.decrypt(sealed)?),
        }
    }

    /// The plain form of a stored `row`.
    ///
    /// # Errors
    /// As [`Table::decode`].
    pub(crate) fn unseal(&self, row: Bytes) -> Result<Bytes, Fault> {
        match codec::sealed(&row) {
            None => Ok(row),
            Some(sealed) => codec::unsealed(&row, &self.decrypt(sealed)?).map(Bytes::from),
        }
    }

    fn decrypt(&self, sealed: &[u8]) -> Result<Vec<u8>, Fault> {
        let plain = cipher::decrypt(&self.data_key()?.bytes, &self.id_bytes(), sealed);
        plain.ok_or_else(|| Fault::internal("a row does not open"))
    }

    fn data_key(&self) -> Result<&DataKey, Fault> {
        let key = self.vault.0.get().map(|key| &**key);
        key.ok_or_else(|| Fault::internal(format!("table {} was not unlocked", self.name)))
    }
}

/// What seals a [`CarriedKey`].
const PURPOSE: &str = "dynamodb.carried_key";

/// The data key of a table whose rows are copied into another: whoever asked for the copy was
/// allowed to use it, so that the copying needs no KMS key any more, however long it takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CarriedKey {
    /// The table.
    from: Box<Table>,
    /// Its data key, sealed for the instance.
    #[serde(with = "binary")]
    key: Vec<u8>,
}

impl CarriedKey {
    /// The key of `from`, which must be unlocked, for a copy into `to`; none if there is none.
    ///
    /// # Errors
    /// [`Fault::Internal`] for an encrypted table that was not unlocked.
    pub(crate) fn new(cx: &Context, from: &Table, to: &str) -> Result<Option<Self>, Fault> {
        if from.encryption.is_none() {
            return Ok(None);
        }
        let key = cx.platform().seal().seal(PURPOSE, to.as_bytes(), &from.data_key()?.bytes)?;
        Ok(Some(Self { from: Box::new(from.clone()), key }))
    }

    /// The table whose rows are copied into `to`, unlocked.
    ///
    /// # Errors
    /// [`Fault::Internal`] when it was made for another copy.
    pub(crate) fn open(&self, cx: &Context, to: &str) -> Result<Table, Fault> {
        let key = cx.platform().seal().open(PURPOSE, to.as_bytes(), &self.key);
        let key = key.ok_or_else(|| Fault::internal("a carried key does not open"))?;
        let table = Table { vault: Vault::default(), ..(*self.from).clone() };
        table.vault.unlock(Arc::new(DataKey::new(key, cx.entropy())));
        Ok(table)
    }
}

/// A stored `row` of the table `from`, if that is encrypted, as the table `to` stores it.
///
/// # Errors
/// As [`Table::decode`] and [`Table::seal`].
pub(crate) fn moved(row: Vec<u8>, from: Option<&Table>, to: &Table) -> Result<Vec<u8>, Fault> {
    match from {
        Some(from) => to.seal(from.unseal(row.into())?.into()),
        None => to.seal(row),
    }
}
