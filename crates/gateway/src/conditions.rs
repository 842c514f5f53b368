//! The global condition keys of a request ("AWS global condition context keys").

use policy::{Arn, Entry};
use service_kit::{
    access::{Access, Facts, Scope},
    context::{Caller, Context},
    fault::Fault,
};
use shape::Timestamp;
use std::{cell::LazyCell, fmt, sync::Arc};

/// Condition keys that are gathered when a policy first asks for one: most ask for none.
pub struct Lazy<F>(LazyCell<policy::Context, F>);

impl<F: FnOnce() -> policy::Context> Lazy<F> {
    /// What `gather` will give.
    pub fn new(gather: F) -> Self {
        Self(LazyCell::new(gather))
    }

    /// All of them.
    pub fn all(&self) -> &policy::Context {
        &self.0
    }
}

impl<F: FnOnce() -> policy::Context> policy::Keys for Lazy<F> {
    fn entry(&self, key: &str) -> Option<Entry<'_>> {
        self.0.entry(key)
    }
}

impl<F> fmt::Debug for Lazy<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Lazy(..)")
    }
}

/// The keys that all permissions of one request share.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn shared(cx: &Context) -> Result<Arc<policy::Context>, Fault> {
    let (caller, now) = (cx.caller(), cx.now());
    let mut keys = policy::Context::default();
    caller.principal.context_keys(&mut keys);
    request(&mut keys, caller, cx.scope(), now);
    session(&mut keys, caller, now);
    origin(&mut keys, caller);
    organization(&mut keys, cx, PRINCIPAL_ORGANIZATION, caller.account())?;
    let source = caller.source_account.as_deref();
    organization(&mut keys, cx, SOURCE_ORGANIZATION, source)?;
    for (name, value) in caller.tags.iter() {
        keys.set(format!("aws:PrincipalTag/{name}"), value.as_str());
    }
    Ok(Arc::new(keys))
}

/// All keys that policies may ask for when `access` is judged for the request of `cx` with the
/// keys `shared`.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn keys(
    cx: &Context,
    shared: &Arc<policy::Context>,
    access: &Access,
    facts: &Facts,
    owner: &str,
) -> Result<policy::Context, Fault> {
    let mut keys = access.keys.clone().over(shared.clone());
    keys.set_all(facts.tags.iter().map(|(name, value)| {
        let name = format!("aws:ResourceTag/{name}");
        (name, value.as_str())
    }));
    for entry in facts.keys.iter() {
        match entry.values {
            [value] if !entry.multi_valued => keys.set(entry.key.to_owned(), value.as_str()),
            values => keys.set_many(entry.key.to_owned(), values.iter().cloned()),
        }
    }
    keys.set("aws:ResourceAccount", owner);
    organization(&mut keys, cx, RESOURCE_ORGANIZATION, Some(owner))?;
    Ok(keys)
}

/// The keys for an organization and for a place in it.
type OrganizationKeys = (&'static str, &'static str);

const PRINCIPAL_ORGANIZATION: OrganizationKeys = ("aws:PrincipalOrgID", "aws:PrincipalOrgPaths");
const RESOURCE_ORGANIZATION: OrganizationKeys = ("aws:ResourceOrgID", "aws:ResourceOrgPaths");
const SOURCE_ORGANIZATION: OrganizationKeys = ("aws:SourceOrgID", "aws:SourceOrgPaths");

/// The organization of `account` and its place there, if it is in one.
fn organization(
    keys: &mut policy::Context,
    cx: &Context,
    (id, paths): OrganizationKeys,
    account: Option<&str>,
) -> Result<(), Fault> {
    let Some(account) = account else { return Ok(()) };
    if let Some(standing) = cx.platform().guardrails().standing(cx.platform(), account)? {
        keys.set(id, &*standing.organization);
        keys.set_many(paths, [standing.path.clone()]);
    }
    Ok(())
}

fn request(keys: &mut policy::Context, caller: &Caller, scope: &Scope, now: Timestamp) {
    keys.set("aws:RequestedRegion", &*scope.region);
    keys.set("aws:CurrentTime", now.date_time());
    keys.set("aws:EpochTime", now.as_secs().to_string());
    keys.set("aws:SecureTransport", caller.secure.to_string());
    // For a call that a service makes in the caller's name the address is the service's: absent.
    if let (Some(address), true) = (caller.source_ip, caller.via.is_empty()) {
        keys.set("aws:SourceIp", address.to_canonical().to_string());
    }
    if !caller.user_agent.is_empty() {
        keys.set("aws:UserAgent", &*caller.user_agent);
    }
    if let Some(referer) = &caller.referer {
        keys.set("aws:referer", &**referer);
    }
}

fn session(keys: &mut policy::Context, caller: &Caller, now: Timestamp) {
    let Some(session) = &caller.session else { return };
    keys.set("aws:TokenIssueTime", session.issued.date_time());
    keys.set("aws:MultiFactorAuthPresent", session.mfa.to_string());
    if session.mfa {
        keys.set("aws:MultiFactorAuthAge", now.since(session.issued).as_secs().to_string());
    }
    if let Some(identity) = &session.source_identity {
        keys.set("aws:SourceIdentity", identity.as_str());
    }
    if let Some(federation) = &session.federation {
        federation.context_keys(keys);
    }
    if session.task.is_some() {
        keys.set("aws:AssumedRoot", "true");
    }
    if let Some(arn) = &session.source_arn {
        keys.set("lambda:SourceFunctionArn", arn.as_str());
    }
}

fn origin(keys: &mut policy::Context, caller: &Caller) {
    if let Some(arn) = &caller.source_arn {
        keys.set("aws:SourceArn", &**arn);
    }
    if let Some(account) = &caller.source_account {
        keys.set("aws:SourceAccount", &**account);
        // SNS's default policy still asks for the key that came before aws:SourceAccount. Direct
        // callers have neither, or that policy would open the topic to the whole account.
        keys.set("aws:SourceOwner", &**account);
    }
    keys.set("aws:ViaAWSService", (!caller.via.is_empty()).to_string());
    if let (Some(first), Some(last)) = (caller.via.first(), caller.via.last()) {
        keys.set_many("aws:CalledVia", caller.via.iter().map(|name| (*name).to_owned()));
        keys.set("aws:CalledViaFirst", *first);
        keys.set("aws:CalledViaLast", *last);
    }
}

/// The account that owns `resource`: the ARN's, or the one worked in.
pub fn resource_account<'a>(resource: &'a str, scope: &'a Scope) -> &'a str {
    Arn::parse(resource).and_then(|arn| arn.owner()).unwrap_or(&scope.account)
}
