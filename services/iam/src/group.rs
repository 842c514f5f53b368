//! Groups.

pub(crate) mod create_group;
pub(crate) mod delete_group;
pub(crate) mod get_group;
pub(crate) mod group_attachments;
pub(crate) mod group_members;
pub(crate) mod group_policies;
pub(crate) mod list_groups;
pub(crate) mod update_group;
