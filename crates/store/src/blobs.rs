//! Content-addressed storage for values too large for a row.
use crate::StoreError;
use bytes::Bytes;
use std::path::PathBuf;

/// The largest blob, in bytes.
pub const MAX_BLOB_BYTES: usize = 1 << 30;

/// Immutable contents named by their SHA-256. These calls wait for the disk: from async code use
/// [`crate::Store::put_blob`] and [`crate::Store::get_blob`].
///
/// A transaction may refer to a blob once `put` has returned. Whoever deletes must know that no
/// row refers to the key and that no one is about to put the same content.
pub trait Blobs: Send + Sync {
    /// Stores `content` durably and returns its key: 64 hexadecimal digits. Idempotent.
    fn put(&self, content: &[u8]) -> Result<String, StoreError>;

    /// The content of `key`; [`StoreError::Corrupt`] if it no longer matches its name.
    fn get(&self, key: &str) -> Result<Option<Bytes>, StoreError>;

    /// A file that holds the content, for engines that have one. Never write to it.
    fn path(&self, key: &str) -> Option<PathBuf>;

    /// Removes `key` and says whether it was there.
    fn delete(&self, key: &str) -> Result<bool, StoreError>;

    /// At most `limit` keys greater than `after`, ascending.
    fn list(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, StoreError>;
}

/// The key of `content`: its SHA-256 in lower-case hexadecimal.
pub fn blob_key(content: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digest = ring::digest::digest(&ring::digest::SHA256, content);
    let nibbles = digest.as_ref().iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.map(|nibble| char::from(DIGITS[usize::from(nibble)])).collect()
}

/// Whether `key` has the form of a blob key; engines refuse others before they touch a disk.
pub fn is_blob_key(key: &str) -> bool {
    key.len() == 64 && key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sha256_in_hex() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(blob_key(b""), empty);
        assert!(is_blob_key(empty));
        assert!(!is_blob_key("../../etc/passwd"));
        assert!(!is_blob_key(&empty.to_uppercase()));
    }
}
