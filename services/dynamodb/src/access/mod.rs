//! Who may do what: what policies are told, and the policies of tables and streams.

pub(crate) mod authorization;
pub(crate) mod policy_actions;
pub(crate) mod policy_document;
pub(crate) mod resource_policy;
pub(crate) mod table_access;
