//! What policies would decide, without doing anything.

pub(crate) mod context_keys;
mod evaluation;
mod organizations;
pub(crate) mod simulate_custom_policy;
pub(crate) mod simulate_principal_policy;
mod source;
