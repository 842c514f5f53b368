//! The engine: one fjall tree with bounded memory, synced once per batch.
use crate::{
    ahead::Ahead,
    blobs::FileBlobs,
    error::{from_tree, on},
    folder::{Folder, create_dir, sync_dir},
    journal::cut_torn,
    views::Views,
};
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode, config::PartitioningPolicy};
use parking_lot::Mutex;
use std::{fs, path::Path, sync::Arc};
use store::{Blobs, Engine, Snapshot, StoreError, Write};

/// The one keyspace of the tree; tables are told apart by their keys.
const KEYSPACE: &str = "main";
/// The least that the tree accepts. It rotates its journal with each memtable, far earlier.
const MAX_JOURNAL_BYTES: u64 = 64 << 20;
/// One thread can write a memtable out while the other compacts.
const WORKER_THREADS: usize = 2;

/// How much memory and disk the engine may use.
#[derive(Clone, Debug)]
pub struct Options {
    /// The most bytes of cached blocks.
    pub cache_bytes: u64,
    /// The size in bytes at which recent writes leave memory; at most five such sets exist.
    /// Fixed when a folder is created.
    pub memtable_bytes: u64,
    /// Writes answer [`StoreError::Full`] while fewer bytes are free, so that what was accepted
    /// can always be written out and compacted.
    pub reserve_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { cache_bytes: 128 << 20, memtable_bytes: 8 << 20, reserve_bytes: 64 << 20 }
    }
}

/// The embedded engine over one data folder, which it holds exclusively until dropped.
pub struct LocalEngine {
    // Dropped in this order: the folder's lock goes last.
    views: Views,
    tree: Keyspace,
    database: Database,
    /// Held by whoever writes to the tree.
    ahead: Mutex<Ahead>,
    blobs: FileBlobs,
    folder: Folder,
    reserve_bytes: u64,
}

impl LocalEngine {
    /// Opens the data folder `path`, or creates it, readable by its owner only.
    ///
    /// Errors when another process uses it, when another version wrote it in a format unknown to
    /// this one, or when its contents are damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_with(path, Options::default())
    }

    /// [`Self::open`] with other bounds.
    pub fn open_with(path: impl AsRef<Path>, options: Options) -> Result<Self, StoreError> {
        let folder = Folder::open(path.as_ref())?;
        if !folder.engine().exists() {
            create(&folder, &options)?;
        }
        let (database, tree) = open_whole(&folder.engine(), &options)?;
        let blobs = FileBlobs::open(folder.blobs())?;
        let ahead = Mutex::new(Ahead::new(folder.engine()));
        let (views, reserve_bytes) = (Views::new(&database, &tree), options.reserve_bytes);
        Ok(Self { views, tree, database, ahead, blobs, folder, reserve_bytes })
    }

    /// A disk that fills up in the middle of a batch stops the tree until a restart, so a batch
    /// that might not fit is refused before anything is written.
    fn check_space(&self, batch: &[Write]) -> Result<(), StoreError> {
        let bytes: usize = batch.iter().map(Write::bytes).sum();
        // Once for the journal and once for the table it becomes.
        let needed = self.reserve_bytes.saturating_add(2 * bytes as u64);
        if self.folder.free_bytes()? < needed { Err(StoreError::Full) } else { Ok(()) }
    }
}

/// A crash while a tree is created leaves one that cannot be opened: it is made aside, then moved.
fn create(folder: &Folder, options: &Options) -> Result<(), StoreError> {
    let (unfinished, path) = (folder.unfinished_engine(), folder.engine());
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(on(&unfinished))?;
    }
    create_dir(&unfinished)?;
    drop(open_tree(&unfinished, options).map_err(from_tree)?);
    fs::rename(&unfinished, &path).map_err(on(&path))?;
    path.parent().map_or(Ok(()), sync_dir)
}

/// Opens the tree without what a power cut left of a batch.
fn open_whole(path: &Path, options: &Options) -> Result<(Database, Keyspace), StoreError> {
    match open_tree(path, options) {
        Err(fjall::Error::JournalRecovery(_)) if cut_torn(path).map_err(on(path))? => {
            open_tree(path, options)
        }
        opened => opened,
    }
    .map_err(from_tree)
}

fn open_tree(path: &Path, options: &Options) -> Result<(Database, Keyspace), fjall::Error> {
    let database = Database::builder(path)
        .cache_size(options.cache_bytes)
        .max_journaling_size(MAX_JOURNAL_BYTES)
        .manual_journal_persist(true)
        .worker_threads(WORKER_THREADS)
        .open()?;
    // Below the first level, filters and indexes are read in blocks as small as those of the data.
    // Whole ones have up to a megabyte for each file: they would drive each other out of the cache.
    let in_parts = || PartitioningPolicy::new([false, true]);
    let keyspace = || {
        KeyspaceCreateOptions::default()
            .max_memtable_size(options.memtable_bytes)
            .filter_block_partitioning_policy(in_parts())
            .index_block_partitioning_policy(in_parts())
            .manual_journal_persist(true)
    };
    let tree = database.keyspace(KEYSPACE, keyspace)?;
    Ok((database, tree))
}

impl Engine for LocalEngine {
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>, StoreError> {
        Ok(self.views.take())
    }

    fn apply(&self, batch: Vec<Write>) -> Result<(), StoreError> {
        self.check_space(&batch)?;
        let mut ahead = self.ahead.lock();
        ahead.make_place(&batch);
        let mut changes = fjall::OwnedWriteBatch::with_capacity(self.database.clone(), batch.len())
            // The journal has its full length from the start: only its data has to be synced.
            .durability(Some(PersistMode::SyncData));
        for Write { key, value } in batch {
            match value {
                Some(value) => changes.insert(&self.tree, key, value),
                None => changes.remove(&self.tree, key),
            }
        }
        changes.commit().map_err(from_tree)?;
        self.views.renew(&self.database, &self.tree);
        Ok(())
    }

    fn blobs(&self) -> &dyn Blobs {
        &self.blobs
    }
}
