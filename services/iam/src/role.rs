//! Roles.

pub(crate) mod create_role;
pub(crate) mod delete_role;
pub(crate) mod get_role;
pub(crate) mod list_roles;
pub(crate) mod role_attachments;
pub(crate) mod role_boundary;
pub(crate) mod role_policies;
pub(crate) mod role_tags;
pub(crate) mod update_assume_role_policy;
pub(crate) mod update_role;
