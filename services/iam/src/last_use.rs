//! When access keys and roles were last used, as IAM shows it.

pub(crate) mod get_access_key_last_used;

use service_kit::{
    identity::{LastUse, Role},
    prelude::*,
};

/// How long AWS remembers the use of a role (IAM API Reference, "RoleLastUsed").
const ROLE_DAYS: u64 = 400;
const DAY_SECS: u64 = 86_400;

/// When and where a role was last used; empty if it was not.
#[derive(Clone, Debug, Default, Shape)]
#[shape(name = "RoleLastUsed")]
pub struct RoleLastUsed {
    /// When, once in fifteen minutes.
    pub last_used_date: Option<Timestamp>,
    /// The region called.
    pub region: Option<String>,
}

impl RoleLastUsed {
    /// That of `role` as far as it is remembered at `now`.
    pub(crate) fn of(tx: &ReadTx<'_>, role: &Role, now: Timestamp) -> Result<Self, Fault> {
        let used = tx.get::<LastUse>(&role.id)?;
        let remembered = Duration::from_secs(ROLE_DAYS * DAY_SECS);
        let used = used.filter(|used| now.since(used.at) <= remembered);
        Ok(used.map_or_else(Self::default, |used| Self {
            last_used_date: Some(used.at),
            region: Some(used.region),
        }))
    }
}

/// The namespace of the service that signatures call `signed_as`.
pub(crate) fn namespace(signed_as: &str) -> &str {
    match signed_as {
        "monitoring" => "cloudwatch",
        same => same,
    }
}
