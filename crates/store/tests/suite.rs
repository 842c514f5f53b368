//! The suite on the engine in memory.
use std::sync::Arc;
use store::{Engine, MemoryEngine, suite::Place};

struct Memory(Arc<MemoryEngine>);

impl Place for Memory {
    fn open(&self) -> Arc<dyn Engine> {
        self.0.clone()
    }
}

store::suite!(Memory(Arc::new(MemoryEngine::new())));
