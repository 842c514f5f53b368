//! DynamoDB through its API, in one process.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod absent;
mod access;
mod accounts;
mod backups;
mod capacity;
mod encryption;
mod fuzz;
mod global_tables;
mod indexes;
mod insights;
mod items;
mod journal;
mod legacy;
mod linearizability;
mod partiql;
mod resource_policy;
mod scaling;
mod settings;
mod streams;
mod support;
mod tables;
mod throttling;
mod time_to_live;
mod transactions;
mod validation;
mod wire;
