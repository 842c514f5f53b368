//! Access advisor: which services a user, role, group or policy reaches, and when they were used.

pub(crate) mod generate;
pub(crate) mod get_report;
pub(crate) mod granting;
mod report;
mod subject;
