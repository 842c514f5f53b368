//! What permissions are asked on: ids tell their kind, the state tells the organization.

use policy::is_account_id;
use service_kit::{
    organization::{Account, ControlPolicy, ControlType, Organization, Unit},
    prelude::*,
};

use crate::handshake::HandshakeRecord;

/// What stands in an ARN for an organization that is not known yet.
const UNKNOWN: &str = "o-unknown";

/// The kind of what has this id, as ARNs have it.
fn kind(id: &str) -> &'static str {
    match id.split_once('-') {
        Some(("r", _)) => "root",
        Some(("ou", _)) => "ou",
        Some(("p", _)) => "policy",
        Some(("rp", _)) => "resourcepolicy",
        Some(("h", _)) => "handshake",
        _ => "account",
    }
}

/// A permission on what has this id; [`resolve`] completes it.
pub(crate) fn on(action: &'static str, id: &str, at: &Scope) -> Access {
    Access::on(action, at.global_arn("organizations", format!("{}/{UNKNOWN}/{id}", kind(id))))
}

/// Names the resources of `access` in full, in the organization of the caller's account. Outside
/// of any they keep their number only, and nothing can be done with them.
pub(crate) fn resolve(tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
    let organization = Organization::of_account(tx, &tx.scope().account)?;
    for access in access {
        let Some((_, id)) = access.resource.rsplit_once('/') else { continue };
        let id = id.to_owned();
        if kind(&id) == "handshake" {
            // Others than those who take part do not learn that there is one.
            let handshake = tx.get::<HandshakeRecord>(&id)?;
            if let Some(own) = handshake.filter(|it| it.is_of(&tx.scope().account)) {
                access.resource = own.arn();
            }
            continue;
        }
        let Some(organization) = &organization else { continue };
        if kind(&id) != "policy" {
            access.resource = organization.arn(kind(&id), &id);
        } else if let Some(control) = control_of(tx, organization, &id)? {
            access.resource = ControlPolicy::arn(organization, control, &id);
            access.keys.set("organizations:PolicyType", control.name());
        } else {
            access.resource = organization.arn("policy", &id);
        }
    }
    Ok(())
}

/// The type of the policy `id`, if there is one.
fn control_of(
    tx: &ReadTx<'_>,
    organization: &Organization,
    id: &str,
) -> Result<Option<ControlType>, Fault> {
    if let Some(control) = ControlType::of_full_access(id) {
        return Ok(Some(control));
    }
    Ok(tx.get::<ControlPolicy>((&organization.id, id))?.map(|policy| policy.control))
}

/// The tags of what has this id in `organization`.
pub(crate) fn tags(
    tx: &ReadTx<'_>,
    organization: &Organization,
    id: &str,
) -> Result<Option<Vec<(String, String)>>, Fault> {
    Ok(match kind(id) {
        "root" if organization.root_id == id => Some(organization.root.tags.clone()),
        "ou" => tx.get::<Unit>((&organization.id, id))?.map(|unit| unit.target.tags),
        "policy" => tx.get::<ControlPolicy>((&organization.id, id))?.map(|policy| policy.tags),
        "resourcepolicy" => {
            let policy = organization.resource_policy.clone().filter(|policy| policy.id == id);
            policy.map(|policy| policy.tags)
        }
        "account" if is_account_id(id) => {
            let membership = tx.get::<Account>(id)?.and_then(|account| account.membership);
            let own = membership.filter(|membership| membership.organization == organization.id);
            own.map(|membership| membership.target.tags)
        }
        _ => None,
    })
}
