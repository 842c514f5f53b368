//! The suite on the embedded engine.
use std::sync::Arc;
use store::{Engine, suite::Place};
use store_local::LocalEngine;
use tempfile::TempDir;

struct Folder(TempDir);

impl Place for Folder {
    fn open(&self) -> Arc<dyn Engine> {
        Arc::new(LocalEngine::open(self.0.path()).expect("the folder opens"))
    }
}

store::suite!(Folder(TempDir::new().expect("a temporary folder")));
