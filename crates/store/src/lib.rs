//! The storage contract, its optimistic transactions, and the suite each engine must pass.
//!
//! A [`Store`] is an ordered map of bytes with serializable transactions on top of an [`Engine`].
//! A transaction's body is ordinary synchronous code: it reads one snapshot, buffers its writes,
//! and may run again when another transaction changed what it read. Commits from all tasks meet in
//! one committer thread that validates them in order and makes a whole batch durable with one sync.
//!
//! ```
//! # use std::sync::Arc;
//! # use store::{MemoryEngine, Store, StoreError};
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), StoreError> {
//! let store = Store::open(Arc::new(MemoryEngine::new()))?;
//! let visits = store
//!     .write(|tx| {
//!         let seen = tx.get(b"visits\0home")?.map_or(0, |value| value[0]);
//!         tx.put(b"visits\0home".to_vec(), vec![seen + 1]);
//!         Ok::<_, StoreError>(seen + 1)
//!     })
//!     .await?;
//! assert_eq!(visits, 1);
//! # Ok(()) }
//! ```
//!
//! The part of a key before its first zero byte names its *table*; [`Store::table_version`] tells
//! when a table last changed and [`Store::watch`] wakes on changes below a prefix.

mod blobs;
mod committer;
mod engine;
mod error;
mod fence;
mod live;
mod memory;
mod merge;
mod per_thread;
mod range;
mod reads;
mod recent;
mod stamp;
mod store;
#[cfg(feature = "suite")]
pub mod suite;
mod tables;
mod tx;
mod watch;

pub use blobs::{Blobs, MAX_BLOB_BYTES, blob_key, is_blob_key};
pub use engine::{Engine, Rows, Snapshot, Write};
pub use error::StoreError;
pub use fence::Era;
pub use memory::MemoryEngine;
pub use per_thread::PerThread;
pub use range::{Order, Range};
pub use stamp::STAMP_BYTES;
pub use store::{Aborted, Store};
pub use tables::Version;
pub use tx::{
    MAX_KEY_BYTES, MAX_TX_BYTES, MAX_TX_ENTRIES, MAX_TX_READS, MAX_TX_WRITES, MAX_VALUE_BYTES, Tx,
};
pub use watch::Watch;
