//! The users and roles that stored policies name: kept by unique id, shown by ARN.
//!
//! IAM User Guide, "AWS JSON policy elements: Principal": a policy names this user or role, not a
//! later one of the same name, so what is stored is the id; when the principal is gone the id is
//! what shows.

use super::{Role, User, name_key};
use crate::{
    access::Scope,
    fault::Fault,
    key::Key,
    owner::Owner,
    record::{Reach, Record},
    tx::ReadTx,
};
use policy::{Arn, Kind, MalformedPolicy, NamedPrincipal, Policy};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a unique id leads. IAM writes one for each user and role.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PrincipalId {
    /// `AIDA…` or `AROA…`.
    pub id: String,
    /// The ARN of the user or role that has it.
    pub arn: String,
}

impl Record for PrincipalId {
    const TABLE: &'static str = "identity.id";
    const REACH: Reach = Reach::Instance;
    const OWNER: Option<fn(&Self) -> Owner> = Some(PrincipalId::owner);

    fn key(&self) -> impl Key {
        &self.id
    }
}

impl PrincipalId {
    fn owner(&self) -> Owner {
        let account = Arn::parse(&self.arn).map(|arn| arn.account);
        Owner::Account(account.unwrap_or_default().to_owned())
    }
}

/// Why a policy that names principals cannot be stored.
#[derive(Debug)]
pub enum Unstorable {
    /// It is no policy, or names somebody who does not exist; in AWS's words.
    Malformed(String),
    /// Storage failed.
    Fault(Fault),
}

impl From<Fault> for Unstorable {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<MalformedPolicy> for Unstorable {
    fn from(malformed: MalformedPolicy) -> Self {
        Self::Malformed(malformed.message)
    }
}

/// The form of `document` to store: users and roles by unique id, accounts by their root's ARN.
/// Works for principals of every account, whatever `tx` is scoped to.
///
/// # Errors
/// [`Unstorable::Malformed`] when the document is no policy of this kind or a user or role that
/// it names does not exist.
pub fn bind_principals(tx: &ReadTx<'_>, document: &str, kind: Kind) -> Result<String, Unstorable> {
    let policy = Policy::parse(document, kind)?;
    let mut names = BTreeMap::new();
    for principal in policy.principals() {
        if let Some(name) = stored_name(tx, principal)? {
            names.insert(principal.to_string(), name);
        }
    }
    Ok(policy.rename_principals(|name| names.get(name).cloned()))
}

/// The form of a stored `document` to show: ids of users and roles that still exist as ARNs. A
/// document that names no id, or cannot be read, is given as it is.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn show_principals(tx: &ReadTx<'_>, document: &str, kind: Kind) -> Result<String, Fault> {
    let Ok(policy) = Policy::parse(document, kind) else { return Ok(document.to_owned()) };
    let mut names = BTreeMap::new();
    for principal in policy.principals() {
        if let NamedPrincipal::UniqueId(id) = principal
            && let Some(known) = tx.get::<PrincipalId>(&**id)?
        {
            names.insert(id.to_string(), known.arn);
        }
    }
    Ok(policy.rename_principals(|name| names.get(name).cloned()))
}

/// What stands for `principal` in storage, where that differs from what was written.
fn stored_name(tx: &ReadTx<'_>, principal: &NamedPrincipal) -> Result<Option<String>, Unstorable> {
    let id = match principal {
        NamedPrincipal::Account(_) => return Ok(Some(principal.to_string())),
        NamedPrincipal::User(arn) => user_by_arn(tx, arn)?.map(|user| user.id),
        NamedPrincipal::Role(arn) => role_by_arn(tx, arn)?.map(|role| role.id),
        NamedPrincipal::UniqueId(id) => tx.get::<PrincipalId>(&**id)?.map(|known| known.id),
        _ => return Ok(None),
    };
    let unknown =
        || Unstorable::Malformed(format!("Invalid principal in policy: \"AWS\":\"{principal}\""));
    id.ok_or_else(unknown).map(Some)
}

/// The user with this ARN, in whatever account it is.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn user_by_arn(tx: &ReadTx<'_>, arn: &str) -> Result<Option<User>, Fault> {
    by_arn(tx, arn, User::arn)
}

/// The role with this ARN, in whatever account it is.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn role_by_arn(tx: &ReadTx<'_>, arn: &str) -> Result<Option<Role>, Fault> {
    by_arn(tx, arn, Role::arn)
}

/// Records are found by name, the last part of `arn`; the rest of it has to agree.
fn by_arn<R: Record>(
    tx: &ReadTx<'_>,
    arn: &str,
    spelled: fn(&R, &str) -> String,
) -> Result<Option<R>, Fault> {
    let (Some(parsed), Some((_, name))) = (Arn::parse(arn), arn.rsplit_once('/')) else {
        return Ok(None);
    };
    let owner = tx.within(Scope::new(parsed.account, tx.scope().region.clone()));
    let found = owner.get::<R>(name_key(name))?;
    Ok(found.filter(|record| spelled(record, parsed.account) == arn))
}
