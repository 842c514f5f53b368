//! An instance without services.

use service_kit::{
    clock::Clock,
    entropy::Entropy,
    platform::{Platform, Settings, Throttling},
};
use std::sync::Arc;
use store::{Engine, Store};

pub fn platform(engine: Arc<dyn Engine>, clock: Clock) -> Platform {
    let settings = Settings {
        data: "/nonexistent".into(),
        port: 4566,
        account: "000000000000".into(),
        region: "us-east-1".into(),
        throttling: Throttling::default(),
        private_issuers: false,
        secrets: Vec::new(),
    };
    let store = Store::open(engine).unwrap();
    Platform::new(store, clock, Entropy::seeded(7), &[7; 32], settings)
}
