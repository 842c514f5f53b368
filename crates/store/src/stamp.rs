//! Stamps: what completes the keys of rows appended to logs, so that they sort by commit.
use crate::{Engine, StoreError};
use bytes::Bytes;

/// The length of a stamp: four bytes that count openings of the store, eight that count commits
/// since, two that count entries of the commit.
pub const STAMP_BYTES: usize = 14;

/// Where the last opening that stamped anything is kept.
const EPOCH: &[u8] = b"store.epoch\0";

/// A row on its way into a log.
pub(crate) struct Entry {
    pub(crate) prefix: Vec<u8>,
    pub(crate) value: Vec<u8>,
}

/// Makes the stamps of one opening of the store.
#[derive(Debug, Default)]
pub(crate) struct Stamps {
    /// None before the first stamp: an opening that stamps nothing writes nothing.
    epoch: Option<u32>,
}

impl Stamps {
    /// The opening that stamps are made for, and the row to be committed along with the first.
    pub(crate) fn epoch(
        &mut self,
        engine: &dyn Engine,
    ) -> Result<(u32, Option<(Bytes, Bytes)>), StoreError> {
        if let Some(epoch) = self.epoch {
            return Ok((epoch, None));
        }
        let last = engine.snapshot()?.get(EPOCH)?;
        let last = last.and_then(|bytes| bytes.as_ref().try_into().ok()).map(u32::from_be_bytes);
        let epoch = last.unwrap_or(0) + 1;
        let row = Bytes::copy_from_slice(&epoch.to_be_bytes());
        Ok((epoch, Some((Bytes::from_static(EPOCH), row))))
    }

    /// That the row of `epoch` is committed.
    pub(crate) fn keep(&mut self, epoch: u32) {
        self.epoch = Some(epoch);
    }
}

/// The key of the entry with this `index` in the commit `sequence`.
pub(crate) fn key(prefix: Vec<u8>, epoch: u32, sequence: u64, index: u16) -> Bytes {
    let mut key = prefix;
    key.extend(epoch.to_be_bytes());
    key.extend(sequence.to_be_bytes());
    key.extend(index.to_be_bytes());
    key.into()
}
