//! Rows of encrypted tables: sealed on their way to the disk, opened on their way back.
//!
//! A table has one data key for its whole life. It is stored encrypted (see `encryption`) and is
//! known here once somebody who may use the table's KMS key has asked for the table.

use crate::{attribute::Attributes, codec, table::Table};
use service_kit::{cipher, entropy::Entropy, prelude::*};
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
        let Some(sealed) = codec::sealed(row) else { return codec::decode(row) };
        let plain = cipher::decrypt(&self.data_key()?.bytes, &self.id_bytes(), sealed);
        codec::decode_attributes(&plain.ok_or_else(|| Fault::internal("a row does not open"))?)
    }

    fn data_key(&self) -> Result<&DataKey, Fault> {
        let key = self.vault.0.get().map(|key| &**key);
        key.ok_or_else(|| Fault::internal(format!("table {} was not unlocked", self.name)))
    }
}
