//! Where things are: roots, units and accounts, what is in them and around them.

use crate::{
    authority,
    error::OrganizationsError,
    paging::page,
    resource,
    shapes::{ChildId, MaxResults, NextToken, ParentId},
};
use service_kit::{
    organization::{Account, Membership, Organization, Unit},
    prelude::*,
};

/// How deep units may nest (AWS Organizations User Guide, "Quotas and service limits").
pub(crate) const MAX_DEPTH: usize = 5;

/// The members of `organization`, each with its place.
pub(crate) fn members(
    tx: &ReadTx<'_>,
    organization: &Organization,
) -> Result<Vec<(Account, Membership)>, Fault> {
    let own = |account: Account| {
        let membership = account.membership.clone()?;
        (membership.organization == organization.id).then_some((account, membership))
    };
    Ok(tx.list::<Account>(())?.into_iter().filter_map(own).collect())
}

/// The member `id` with its place; none if the organization has no such account.
pub(crate) fn member(
    tx: &ReadTx<'_>,
    organization: &Organization,
    id: &str,
) -> Result<Option<(Account, Membership)>, Fault> {
    let account = tx.get::<Account>(id)?;
    Ok(account.and_then(|account| {
        let membership = account.membership.clone()?;
        (membership.organization == organization.id).then_some((account, membership))
    }))
}

/// All units of `organization`.
pub(crate) fn units(tx: &ReadTx<'_>, organization: &Organization) -> Result<Vec<Unit>, Fault> {
    tx.list::<Unit>((&organization.id,))
}

/// The unit `id`.
pub(crate) fn unit(
    tx: &ReadTx<'_>,
    organization: &Organization,
    id: &str,
) -> Result<Option<Unit>, Fault> {
    tx.get::<Unit>((&organization.id, id))
}

/// Whether the organization has this root or unit.
pub(crate) fn is_parent(
    tx: &ReadTx<'_>,
    organization: &Organization,
    id: &str,
) -> Result<bool, Fault> {
    Ok(organization.root_id == id || unit(tx, organization, id)?.is_some())
}

/// The ids of the units from below the root down to `id`, which is a root or unit.
pub(crate) fn way(
    tx: &ReadTx<'_>,
    organization: &Organization,
    id: &str,
) -> Result<Vec<String>, Fault> {
    let mut way = Vec::new();
    let mut at = id.to_owned();
    while at != organization.root_id && way.len() <= MAX_DEPTH {
        let Some(unit) = unit(tx, organization, &at)? else { break };
        way.push(std::mem::replace(&mut at, unit.parent));
    }
    way.reverse();
    Ok(way)
}

/// The way as paths write it: `o-…/r-…/ou-…/`, of the root or unit `id`.
pub(crate) fn path(
    tx: &ReadTx<'_>,
    organization: &Organization,
    id: &str,
) -> Result<String, Fault> {
    let units = way(tx, organization, id)?;
    let units: String = units.iter().map(|unit| format!("{unit}/")).collect();
    Ok(format!("{}/{}/{units}", organization.id, organization.root_id))
}

/// Lists the accounts or the units in a root or unit.
pub(crate) enum ListChildren {}

/// What ListChildren takes.
#[derive(Debug, Shape)]
#[shape(name = "ListChildrenRequest")]
pub struct ListChildrenInput {
    /// The root or unit.
    pub parent_id: ParentId,
    /// Which of them.
    pub child_type: ChildType,
    /// Where to go on.
    pub next_token: Option<NextToken>,
    /// The most entries.
    pub max_results: Option<MaxResults>,
}

/// What can be in a root or unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ChildType {
    /// An account.
    Account,
    /// A unit.
    OrganizationalUnit,
}

/// What ListChildren gives.
#[derive(Debug, Shape)]
#[shape(name = "ListChildrenResponse")]
pub struct ListChildrenOutput {
    /// The accounts or units.
    pub children: Option<Vec<Child>>,
    /// Where to go on.
    pub next_token: Option<NextToken>,
}

/// An account or unit.
#[derive(Debug, Shape)]
pub struct Child {
    /// Its id.
    pub id: Option<ChildId>,
    /// Which it is.
    #[shape(name = "Type")]
    pub child_type: Option<ChildType>,
}

impl Operation for ListChildren {
    const NAME: &'static str = "ListChildren";
    type Input = ListChildrenInput;
    type Output = ListChildrenOutput;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        resource::on("organizations:ListChildren", &input.parent_id.0, at).only()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let parent = &input.parent_id.0;
        let ids: Vec<String> = cx.read(|tx| {
            let organization = authority::organization(cx, tx)?;
            if !is_parent(tx, &organization, parent)? {
                return Err(OrganizationsError::ParentNotFoundException);
            }
            Ok(match input.child_type {
                ChildType::Account => {
                    let members = members(tx, &organization)?.into_iter();
                    let inside = members.filter(|(_, place)| place.parent == *parent);
                    inside.map(|(account, _)| account.id).collect()
                }
                ChildType::OrganizationalUnit => {
                    let units = units(tx, &organization)?.into_iter();
                    let inside = units.filter(|unit| unit.parent == *parent);
                    inside.map(|unit| unit.id).collect()
                }
            })
        })?;
        let (ids, next_token) = page(ids, String::clone, input.next_token, input.max_results)?;
        let child_type = Some(input.child_type);
        let child = |id| Child { id: Some(ChildId(id)), child_type };
        Ok(ListChildrenOutput { children: Some(ids.into_iter().map(child).collect()), next_token })
    }
}

/// Tells the root or unit that an account or unit is in.
pub(crate) enum ListParents {}

/// What ListParents takes.
#[derive(Debug, Shape)]
#[shape(name = "ListParentsRequest")]
pub struct ListParentsInput {
    /// The account or unit.
    pub child_id: ChildId,
    /// Where to go on.
    pub next_token: Option<NextToken>,
    /// The most entries.
    pub max_results: Option<MaxResults>,
}

/// What ListParents gives.
#[derive(Debug, Shape)]
#[shape(name = "ListParentsResponse")]
pub struct ListParentsOutput {
    /// The root or unit; there is one.
    pub parents: Option<Vec<Parent>>,
    /// Where to go on.
    pub next_token: Option<NextToken>,
}

/// A root or unit.
#[derive(Debug, Shape)]
pub struct Parent {
    /// Its id.
    pub id: Option<ParentId>,
    /// Which it is.
    #[shape(name = "Type")]
    pub parent_type: Option<ParentType>,
}

/// What accounts and units can be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ParentType {
    /// The root.
    Root,
    /// A unit.
    OrganizationalUnit,
}

impl Operation for ListParents {
    const NAME: &'static str = "ListParents";
    type Input = ListParentsInput;
    type Output = ListParentsOutput;
    type Error = OrganizationsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        resource::on("organizations:ListParents", &input.child_id.0, at).only()
    }

    fn resources(_: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        resource::resolve(tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let child = &input.child_id.0;
        let (parent, root) = cx.read(|tx| {
            let organization = authority::organization(cx, tx)?;
            let parent = match unit(tx, &organization, child)? {
                Some(unit) => Some(unit.parent),
                None => member(tx, &organization, child)?.map(|(_, place)| place.parent),
            };
            let parent = parent.ok_or(OrganizationsError::ChildNotFoundException)?;
            Ok::<_, OrganizationsError>((parent, organization.root_id))
        })?;
        let parent_type = match parent == root {
            true => ParentType::Root,
            false => ParentType::OrganizationalUnit,
        };
        let (parents, next_token) =
            page(vec![parent], String::clone, input.next_token, input.max_results)?;
        let view = |id| Parent { id: Some(ParentId(id)), parent_type: Some(parent_type) };
        let parents = Some(parents.into_iter().map(view).collect());
        Ok(ListParentsOutput { parents, next_token })
    }
}
