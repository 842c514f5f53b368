//! Who may manage an organization: the management account, and whom it lets.

use crate::{error::OrganizationsError, handshake::HandshakeRecord, resource};
use policy::{Arn, Attached, Kind, Policy};
use serde_json::json;
use service_kit::{
    access::Facts,
    context::Caller,
    organization::{Account, ControlType, Organization},
    prelude::*,
};

/// The organization of the caller's account.
pub(crate) fn organization(
    cx: &Context,
    tx: &ReadTx<'_>,
) -> Result<Organization, OrganizationsError> {
    let found = Organization::of_account(tx, cx.account())?;
    found.ok_or(OrganizationsError::AWSOrganizationsNotInUseException)
}

/// The organization that the caller's account manages.
pub(crate) fn managed(cx: &Context, tx: &ReadTx<'_>) -> Result<Organization, OrganizationsError> {
    let organization = organization(cx, tx)?;
    if organization.management == cx.account() {
        return Ok(organization);
    }
    Err(OrganizationsError::denied())
}

/// The organization, for a call that names no resource, whose permissions are `access`: from the
/// management account, or from a member that it lets do that. (Calls that name a resource are
/// judged by [`facts`] alone.)
pub(crate) fn open_to(
    cx: &Context,
    access: Vec<Access>,
) -> Result<Organization, OrganizationsError> {
    let organization = cx.read(|tx| organization(cx, tx))?;
    if organization.management == cx.account() {
        return Ok(organization);
    }
    let (management, id) = (&organization.management, &organization.id);
    let arn = format!("arn:aws:organizations::{management}:organization/{id}");
    let on_it = |access| Access { resource: arn.clone(), ..access };
    let access: Vec<Access> = access.into_iter().map(on_it).collect();
    cx.authorize(&access).map_err(|_| OrganizationsError::denied())?;
    Ok(organization)
}

/// The organization, for a call that names the policy `id`. Policies that AWS keeps belong to no
/// account, so whoever may use them has to be asked for the organization.
pub(crate) fn of_policy(
    cx: &Context,
    id: &str,
    access: Vec<Access>,
) -> Result<Organization, OrganizationsError> {
    match ControlType::of_full_access(id) {
        Some(_) => open_to(cx, access),
        None => cx.read(|tx| organization(cx, tx)),
    }
}

/// What the state says of a resource: its tags, and who beside the management account may do
/// something with it.
pub(crate) fn facts(tx: &ReadTx<'_>, access: &Access, caller: &Caller) -> Result<Facts, Fault> {
    let Some(arn) = Arn::parse(&access.resource) else { return Ok(Facts::default()) };
    let account = caller.account().unwrap_or_default();
    let mut parts = arn.resource.split('/').skip(1);
    let organization = parts.next().unwrap_or_default();
    let id = parts.last().unwrap_or_default();
    if let Some(handshake) = tx.get::<HandshakeRecord>(id)? {
        return handshake.facts(account);
    }
    let Some(organization) = tx.get::<Organization>(organization)? else {
        return Ok(Facts::default());
    };
    let tags = resource::tags(tx, &organization, id)?.unwrap_or_default();
    if organization.management == account {
        return Ok(Facts { tags, ..Facts::default() });
    }
    Ok(Facts { tags, ..of_member(account, tx, &organization)? })
}

/// What lets the member `account` take part in managing: the organization's resource policy, and
/// for administrators of a service that they may look at everything (AWS Organizations User Guide,
/// "Delegated administrator for AWS services").
fn of_member(account: &str, tx: &ReadTx<'_>, organization: &Organization) -> Result<Facts, Fault> {
    let membership = tx.get::<Account>(account)?.and_then(|account| account.membership);
    let own = membership.filter(|membership| membership.organization == organization.id);
    let Some(membership) = own else { return Ok(Facts::default()) };
    let mut facts = Facts::default();
    if let Some(policy) = &organization.resource_policy {
        let arn = organization.arn("resourcepolicy", &policy.id);
        facts.policy = Some((arn.into(), policy.content.as_str().into()));
    }
    if !membership.delegations.is_empty() {
        let reads = ["organizations:Describe*", "organizations:List*"];
        facts.grants.push(grant("delegated administrator", account, &reads)?);
    }
    Ok(facts)
}

/// Lets `account` do `actions`.
pub(crate) fn grant(name: &str, account: &str, actions: &[&str]) -> Result<Attached, Fault> {
    let document = json!({"Statement": {
        "Effect": "Allow",
        "Principal": {"AWS": account},
        "Action": actions,
        "Resource": "*",
    }});
    let policy = Policy::parse(&document.to_string(), Kind::Resource).map_err(Fault::internal)?;
    Ok(Attached::new(name, policy))
}
