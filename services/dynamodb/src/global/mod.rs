//! Global tables: replicas of one table in several regions.
//!
//! All regions of an instance share one store, so a write reaches all replicas in its own
//! transaction: they hold the same items at every moment, and no two writes are ever in conflict.

pub(crate) mod actions;
pub(crate) mod create_global_table;
mod create_replica;
pub(crate) mod describe_global_table;
pub(crate) mod describe_global_table_settings;
pub(crate) mod description;
pub(crate) mod fill;
pub(crate) mod group;
mod legacy;
pub(crate) mod list_global_tables;
pub(crate) mod mirror;
mod plan;
pub(crate) mod regions;
pub(crate) mod removal;
pub(crate) mod replicate;
pub(crate) mod update_global_table;
pub(crate) mod update_global_table_settings;
pub(crate) mod update_replicas;
