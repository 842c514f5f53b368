//! What an account may know of a journaled request: as of refusals, and nothing of other accounts'
//! policies, resources and planted texts.

use policy::PolicyType;
use serde_json::{Value, json};
use service_kit::journal::{JournalAccess, JournalEntry, JournalMatch, JournalStatement};

/// The entry as `account` may see it; none if it has no part in the request.
pub fn of(entry: &JournalEntry, account: &str) -> Option<Value> {
    let own = |other: &str| other == account;
    let caller = entry.caller.account.as_deref().is_none_or(own);
    let owners = || entry.accesses.iter().map(|access| access.owner.as_str());
    let party = own(&entry.account) || entry.caller.account.as_deref().is_some_and(own);
    if !party && !owners().any(own) {
        return None;
    }
    let mut view = json!({
        "at": entry.at, "request_id": entry.request_id, "account": entry.account,
        "region": entry.region, "internal": entry.internal, "caller": entry.caller,
        "service": entry.service, "operation": entry.operation, "http": entry.http,
        "status": entry.status, "error_code": entry.error_code, "bytes_out": entry.bytes_out,
        "trace_id": entry.trace_id, "caused_by": entry.caused_by,
        "more_accesses": entry.more_accesses,
    });
    view["accesses"] =
        entry.accesses.iter().map(|access| told(access, caller, own(&access.owner))).collect();
    if !caller {
        view["caller"]["session_source"] = Value::Null;
    }
    if !own(&entry.account) && !view["http"].is_null() {
        view["http"]["route"] = Value::Null;
    }
    // Who read them knows them; of what is read in several accounts an owner knows not whose it is.
    if caller || owners().all(own) {
        view["items"] = entry.items.as_slice().into();
        view["more_items"] = entry.more_items.into();
    }
    let markers = entry.markers.iter().filter(|marker| own(&marker.account));
    view["markers"] = markers.map(|marker| marker.id.as_str()).collect();
    Some(view)
}

/// A permission as the account may see it whose own the caller or the resource is, or neither.
fn told(access: &JournalAccess, caller: bool, resource: bool) -> Value {
    let covers = |place: &JournalMatch| {
        let types = [PolicyType::Resource, PolicyType::ResourceControl];
        let of_resource = types.iter().any(|it| it.name() == place.policy_type);
        if of_resource { resource } else { caller }
    };
    let named = access.asked.as_ref().filter(|_| !resource).unwrap_or(&access.resource);
    let statements = access.statements.iter().filter(|statement| covers(&statement.place));
    let matched = access.matched.iter().filter(|place| covers(place));
    json!({
        "action": access.action, "resource": named, "owner": access.owner,
        "decision": access.decision, "decided_by": access.decided_by,
        "statements": statements.collect::<Vec<&JournalStatement>>(),
        "matched": matched.collect::<Vec<&JournalMatch>>(),
    })
}
