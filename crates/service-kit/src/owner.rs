//! Whose the rows of instance-wide tables are: their keys do not tell.

use crate::{
    fault::Fault,
    identity,
    job::JobRecord,
    organization::{Account, ControlPolicy, Organization, Unit},
    record::{Record, decode},
};

/// Whose a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// An account's: it goes with it.
    Account(String),
    /// An organization's, `o-…`: it goes with the account that manages it.
    Organization(String),
    /// An organization's word about one of its members: it goes with the account that manages the
    /// organization, or when the member is dismissed.
    Member {
        /// `o-…`.
        organization: String,
        /// The member.
        account: String,
    },
    /// The instance's own: it goes with nobody.
    Instance,
}

/// An instance-wide table, as the one who erases accounts sees it.
#[derive(Clone, Copy)]
pub struct SharedTable {
    /// [`Record::TABLE`].
    pub table: &'static str,
    /// Whose a stored row is.
    pub owner: fn(&[u8]) -> Result<Owner, Fault>,
}

/// The entry of `R` in its service's list of instance-wide tables.
pub const fn shared_table<R: Record>() -> SharedTable {
    SharedTable { table: R::TABLE, owner: owner_of::<R> }
}

fn owner_of<R: Record>(stored: &[u8]) -> Result<Owner, Fault> {
    match R::OWNER {
        Some(owner) => Ok(owner(&decode::<R>(stored)?)),
        None => Err(Fault::internal(format!("{} is no instance-wide table", R::TABLE))),
    }
}

/// The platform's own instance-wide tables.
pub(crate) const SHARED: [SharedTable; 10] = [
    shared_table::<identity::AccessKey>(),
    shared_table::<identity::AccountAlias>(),
    shared_table::<identity::LastUse>(),
    shared_table::<identity::PrincipalId>(),
    shared_table::<JobRecord>(),
    shared_table::<Organization>(),
    shared_table::<Account>(),
    shared_table::<Unit>(),
    shared_table::<ControlPolicy>(),
    shared_table::<crate::erase::Erasure>(),
];
