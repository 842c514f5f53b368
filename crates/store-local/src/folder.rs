//! The data folder: who may use it and which layout it has.
use crate::error::on;
use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use store::StoreError;

/// The first line of `DIR/format`, without its version number.
const FORMAT: &str = "heist-data ";
/// The layout that this code reads and writes.
const VERSION: &str = "1";

/// A data folder held by this process until dropped.
pub(crate) struct Folder {
    path: PathBuf,
    /// The kernel lets go of the lock when the process ends, however it ends.
    _lock: File,
}

impl Folder {
    /// Creates `path` if needed, locks it and checks its format.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        create_dir(path)?;
        let lock = lock(&path.join("lock"), path)?;
        let folder = Self { path: path.to_path_buf(), _lock: lock };
        folder.check_format()?;
        Ok(folder)
    }

    /// Where the tree lives; it exists only once it was created completely.
    pub(crate) fn engine(&self) -> PathBuf {
        self.path.join("engine")
    }

    /// Where a new tree is created before it is moved to [`Self::engine`].
    pub(crate) fn unfinished_engine(&self) -> PathBuf {
        self.path.join("engine.new")
    }

    pub(crate) fn blobs(&self) -> PathBuf {
        self.path.join("blobs")
    }

    /// The bytes that an ordinary user may still write to the folder's file system.
    pub(crate) fn free_bytes(&self) -> Result<u64, StoreError> {
        let stat = rustix::fs::statvfs(&self.path).map_err(io::Error::from)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    fn check_format(&self) -> Result<(), StoreError> {
        let path = self.path.join("format");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return self.write_format(&path);
            }
            Err(error) => return Err(on(&path)(error)),
        };
        match text.trim_end().strip_prefix(FORMAT) {
            Some(VERSION) => Ok(()),
            Some(version) => Err(StoreError::Corrupt(format!(
                "{} has data format {version}, this version reads format {VERSION}: use the \
                 version that wrote it",
                self.path.display()
            ))),
            None => Err(StoreError::Corrupt(format!("{} is not a format file", path.display()))),
        }
    }

    fn write_format(&self, path: &Path) -> Result<(), StoreError> {
        if self.engine().exists() {
            let folder = self.path.display();
            return Err(StoreError::Corrupt(format!("{folder} has data but no format file")));
        }
        replace(path, &self.path.join("format.new"), format!("{FORMAT}{VERSION}\n").as_bytes())
    }
}

fn lock(path: &Path, folder: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).mode(0o600).open(path);
    let file = file.map_err(on(path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::io(format!(
            "another process uses the data folder {}: stop it or choose another folder",
            folder.display()
        ))),
        Err(TryLockError::Error(error)) => Err(on(path)(error)),
    }
}

/// Creates a folder that only its owner may enter, and its parents; keeps one that exists.
pub(crate) fn create_dir(path: &Path) -> Result<(), StoreError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(on(path))
}

/// Makes the names in a folder durable.
pub(crate) fn sync_dir(path: &Path) -> Result<(), StoreError> {
    File::open(path).and_then(|dir| dir.sync_all()).map_err(on(path))
}

/// Writes a file so that after a crash it has all of `content` or is as it was before.
pub(crate) fn replace(path: &Path, temporary: &Path, content: &[u8]) -> Result<(), StoreError> {
    let write = || {
        let mut options = OpenOptions::new();
        let mut file =
            options.write(true).create(true).truncate(true).mode(0o600).open(temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(temporary, path)
    };
    write().map_err(on(path))?;
    path.parent().map_or(Ok(()), sync_dir)
}
