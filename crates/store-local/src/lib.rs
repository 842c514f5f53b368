//! The embedded storage engine: one folder, one log-structured tree, one sync per batch.
//!
//! ```text
//! DIR/format    the version of this layout
//! DIR/lock      held by the process that uses the folder
//! DIR/engine/   the tree and its journal (fjall)
//! DIR/blobs/    contents by SHA-256, in 256 folders
//! ```
mod ahead;
mod blobs;
mod engine;
mod error;
mod folder;
mod journal;
mod views;

pub use engine::{LocalEngine, Options};
