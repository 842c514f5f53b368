//! Project chores: pinned models, first drafts, house rules, the coverage page.
//!
//! A library as well as a command, so that tests use the same readers and comparisons.

pub mod build;
pub mod conformance;
pub mod coverage;
pub mod managed_policies;
pub mod model;
pub mod names;
pub mod refresh;
pub mod scaffold;
pub mod served;
pub mod tidy;
pub mod workspace;
