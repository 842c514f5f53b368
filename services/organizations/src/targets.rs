//! What policies are attached to: the root, units and accounts, found by their ids.

use crate::tree;
use service_kit::{
    organization::{Account, Membership, Organization, Target, Unit},
    prelude::*,
};

/// The root, a unit or an account.
pub(crate) enum Place {
    /// The root.
    Root(Organization),
    /// A unit.
    Unit(Unit),
    /// An account.
    Account(Account, Membership),
}

impl Place {
    /// The place with this id; none if the organization has no such.
    pub(crate) fn find(
        tx: &ReadTx<'_>,
        organization: &Organization,
        id: &str,
    ) -> Result<Option<Self>, Fault> {
        if organization.root_id == id {
            return Ok(Some(Self::Root(organization.clone())));
        }
        if let Some(unit) = tree::unit(tx, organization, id)? {
            return Ok(Some(Self::Unit(unit)));
        }
        let member = tree::member(tx, organization, id)?;
        Ok(member.map(|(account, membership)| Self::Account(account, membership)))
    }

    /// All places of `organization`; the root comes last, so that what is changed with it is not
    /// written over.
    pub(crate) fn all(tx: &ReadTx<'_>, organization: &Organization) -> Result<Vec<Self>, Fault> {
        let units = tree::units(tx, organization)?.into_iter().map(Self::Unit);
        let members = tree::members(tx, organization)?.into_iter();
        let members = members.map(|(account, membership)| Self::Account(account, membership));
        Ok(units.chain(members).chain([Self::Root(organization.clone())]).collect())
    }

    /// What is attached to it.
    pub(crate) fn target(&self) -> &Target {
        match self {
            Self::Root(organization) => &organization.root,
            Self::Unit(unit) => &unit.target,
            Self::Account(_, membership) => &membership.target,
        }
    }

    /// What is attached to it, to change.
    pub(crate) fn target_mut(&mut self) -> &mut Target {
        match self {
            Self::Root(organization) => &mut organization.root,
            Self::Unit(unit) => &mut unit.target,
            Self::Account(_, membership) => &mut membership.target,
        }
    }

    /// Writes it with what has changed.
    pub(crate) fn put(self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        match self {
            Self::Root(organization) => tx.put(&organization),
            Self::Unit(unit) => tx.put(&unit),
            Self::Account(account, membership) => {
                tx.put(&Account { membership: Some(membership), ..account })
            }
        }
    }
}
