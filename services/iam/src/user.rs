//! Users and their access keys.

pub(crate) mod access_keys;
pub(crate) mod create_user;
pub(crate) mod delete_user;
pub(crate) mod get_user;
pub(crate) mod list_groups_for_user;
pub(crate) mod list_users;
pub(crate) mod named;
pub(crate) mod update_user;
pub(crate) mod user_attachments;
pub(crate) mod user_boundary;
pub(crate) mod user_policies;
pub(crate) mod user_tags;
