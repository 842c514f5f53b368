//! Managed policies.

pub(crate) mod create_policy;
pub(crate) mod delete_policy;
pub(crate) mod get_policy;
pub(crate) mod list_entities_for_policy;
pub(crate) mod list_policies;
pub(crate) mod policy_tags;
pub(crate) mod policy_versions;
