//! Blobs as files named by their SHA-256.
use crate::{
    error::on,
    folder::{create_dir, replace, sync_dir},
};
use bytes::Bytes;
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};
use store::{Blobs, MAX_BLOB_BYTES, StoreError, blob_key, is_blob_key};

/// `ROOT/ab/ab12...` holds the content whose key begins with `ab`.
pub(crate) struct FileBlobs {
    root: PathBuf,
    temporaries: AtomicU64,
}

impl FileBlobs {
    /// Uses `root`, which may hold what a crash left half written.
    pub(crate) fn open(root: PathBuf) -> Result<Self, StoreError> {
        let temporary = root.join("tmp");
        create_dir(&temporary)?;
        for entry in fs::read_dir(&temporary).map_err(on(&temporary))? {
            let path = entry.map_err(on(&temporary))?.path();
            fs::remove_file(&path).map_err(on(&path))?;
        }
        Ok(Self { root, temporaries: AtomicU64::new(0) })
    }

    fn file(&self, key: &str) -> Result<PathBuf, StoreError> {
        if !is_blob_key(key) {
            return Err(StoreError::InvalidKey);
        }
        Ok(self.root.join(&key[..2]).join(key))
    }

    /// The keys of one of the 256 folders, ascending.
    fn folder_keys(&self, folder: &Path) -> Result<Vec<String>, StoreError> {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(on(folder))?,
        };
        let mut keys = Vec::new();
        for entry in entries {
            let name = entry.map_err(on(folder))?.file_name();
            keys.extend(name.to_str().filter(|name| is_blob_key(name)).map(str::to_owned));
        }
        keys.sort_unstable();
        Ok(keys)
    }
}

impl Blobs for FileBlobs {
    fn put(&self, content: &[u8]) -> Result<String, StoreError> {
        if content.len() > MAX_BLOB_BYTES {
            return Err(StoreError::TooLarge);
        }
        let key = blob_key(content);
        let file = self.file(&key)?;
        let folder = self.root.join(&key[..2]);
        if fs::metadata(&file).is_ok_and(|found| found.len() == content.len() as u64) {
            // Another call may have renamed it and not synced the name yet.
            sync_dir(&folder)?;
            return Ok(key);
        }
        if !folder.exists() {
            create_dir(&folder)?;
            sync_dir(&self.root)?;
        }
        let number = self.temporaries.fetch_add(1, Ordering::Relaxed);
        let temporary = self.root.join("tmp").join(number.to_string());
        replace(&file, &temporary, content).inspect_err(|_| {
            // What is left of it is removed at the next start, if not now.
            let _ = fs::remove_file(&temporary);
        })?;
        Ok(key)
    }

    fn get(&self, key: &str) -> Result<Option<Bytes>, StoreError> {
        let file = self.file(key)?;
        match fs::read(&file) {
            Ok(content) if blob_key(&content) == key => Ok(Some(content.into())),
            Ok(_) => Err(StoreError::Corrupt(format!("the content of {}", file.display()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(on(&file)(error)),
        }
    }

    fn path(&self, key: &str) -> Option<PathBuf> {
        self.file(key).ok().filter(|file| file.is_file())
    }

    fn delete(&self, key: &str) -> Result<bool, StoreError> {
        let file = self.file(key)?;
        match fs::remove_file(&file) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(on(&file)(error)),
        }
    }

    fn list(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, StoreError> {
        let after = after.unwrap_or_default();
        let mut keys = Vec::new();
        for folder in (0..=u8::MAX).map(|byte| format!("{byte:02x}")) {
            // A folder before that of `after` holds only smaller keys.
            if folder.as_str() >= after.get(..2).unwrap_or_default() {
                let found = self.folder_keys(&self.root.join(&folder))?;
                keys.extend(found.into_iter().filter(|key| key.as_str() > after));
            }
            if keys.len() >= limit {
                break;
            }
        }
        keys.truncate(limit);
        Ok(keys)
    }
}
