//! What a key says about access to it: its policy, grants, tags and aliases.

use crate::{grant, key::Key, key_ref::KeyRef, managed};
use service_kit::{access::Access, context::Caller, prelude::*};

/// The facts of the key that `access` names, by ARN or by alias.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn facts(tx: &ReadTx<'_>, access: &Access, caller: &Caller) -> Result<Facts, Fault> {
    let mut facts = Facts::default();
    if let Some(account) = caller.account() {
        facts.keys.set("kms:CallerAccount", account);
    }
    if access.action.ends_with("Grant") {
        // True when a service asks on the caller's behalf ("AWS KMS condition keys").
        let for_service = !caller.via.is_empty();
        facts.keys.set("kms:GrantIsForAWSResource", for_service.to_string());
    }
    let Some(named) = KeyRef::of_arn(&access.resource) else { return Ok(facts) };
    if let Some(via) = caller.via.last().and_then(|name| name.strip_suffix(".amazonaws.com")) {
        let region = &named.scope.region;
        facts.keys.set("kms:ViaService", format!("{via}.{region}.amazonaws.com"));
    }
    if let Some(alias) = named.alias() {
        if access.action.ends_with("Alias") {
            // The alias itself is meant; only identity policies speak about it.
            return Ok(facts);
        }
        facts.keys.set("kms:RequestAlias", alias);
    }
    match named.find(tx)? {
        Some(key) => of_key(tx, access, &key, &mut facts)?,
        None => {
            if let Some(service) = named.alias().and_then(managed::service_of) {
                // It is made when it is first used; its policy is known before.
                let text = managed::policy(service, &named.scope);
                facts.policy = Some((named.arn().into(), text.into()));
                facts.exclusive = true;
                facts.service_managed = true;
            }
        }
    }
    Ok(facts)
}

fn of_key(tx: &ReadTx<'_>, access: &Access, key: &Key, facts: &mut Facts) -> Result<(), Fault> {
    let arn = key.arn();
    facts.policy = Some((arn.as_str().into(), key.policy.as_str().into()));
    facts.grants = grant::allowing(tx, key, &access.action)?;
    facts.resource = Some(arn);
    facts.exclusive = true;
    facts.service_managed = key.service.is_some();
    facts.tags = key.tags.clone().into_iter().collect();
    facts.keys.set_many("kms:ResourceAliases", key.aliases.iter().cloned());
    facts.keys.set("kms:KeySpec", key.spec.as_str());
    facts.keys.set("kms:KeyUsage", key.usage.as_str());
    facts.keys.set("kms:KeyOrigin", key.origin.as_str());
    facts.keys.set("kms:MultiRegion", key.regions.is_some().to_string());
    if let Some(kind) = key.multi_region_type() {
        facts.keys.set("kms:MultiRegionKeyType", kind.as_str());
    }
    Ok(())
}
