//! Project chores: pinned models, first drafts, house rules, the coverage page.
//!
//! A library as well as a command, so that tests use the same readers and comparisons.

pub mod model;
pub mod names;
pub mod refresh;
pub mod scaffold;
pub mod workspace;
