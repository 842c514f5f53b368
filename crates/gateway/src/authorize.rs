//! May this caller do this? Gathers what the decision needs, decides, and records refusals.

use crate::{
    catalog::Catalog,
    conditions,
    explain::{self, Explained, Told, explain},
    journal,
};
use policy::{Arn, Attached, Decision, Effect, Kind, Policies, PolicyType, Principal, Request};
use service_kit::{
    access::{Access, Facts, Need, Place, Scope},
    call::Denied,
    context::Context,
    fault::Fault,
    journal::JournalAccess,
    organization::{Standing, is_resource_controlled},
    service::Service,
    tx::ReadTx,
    usage::Use,
};
use std::{
    cell::{Cell, OnceCell},
    sync::Arc,
};

/// Why a call may not go on.
pub enum Refused {
    /// It is not signed, and unsigned callers have no business here.
    Unsigned,
    /// Policies do not allow it.
    Denied(Denied),
    /// The permission at this place is on something that is no resource here by that name.
    Misnamed(usize),
    /// Storage failed; nothing was decided, so nothing is allowed.
    Fault(Fault),
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Completes the condition keys of permissions: [`service_kit::operation::Operation::conditions`].
pub type Complete<'a> = dyn Fn(&mut [Access]) -> Result<(), Fault> + 'a;

/// The permissions that one request asks for. What policies ask of it is gathered once for all.
struct Asked<'a> {
    cx: &'a Context,
    accesses: &'a [Access],
    complete: &'a Complete<'a>,
    /// Whether the journal wants to know how it comes out.
    journaled: bool,
    completed: OnceCell<Vec<Access>>,
    shared: OnceCell<Arc<policy::Context>>,
    fault: Cell<Option<Fault>>,
}

impl<'a> Asked<'a> {
    fn new(cx: &'a Context, accesses: &'a [Access], complete: &'a Complete<'a>) -> Self {
        let (completed, shared) = (OnceCell::new(), OnceCell::new());
        let (journaled, fault) = (false, Cell::default());
        Self { cx, accesses, complete, journaled, completed, shared, fault }
    }

    /// The keys for the permission at `index` on something of which `facts` are known.
    fn keys(&self, index: usize, facts: &Facts, owner: &str) -> policy::Context {
        let completed = self.completed.get_or_init(|| {
            let mut accesses = self.accesses.to_vec();
            let completed = (self.complete)(&mut accesses);
            self.fault.set(completed.err());
            accesses
        });
        let shared = self.shared.get_or_init(|| self.known(conditions::shared(self.cx)));
        self.known(conditions::keys(self.cx, shared, &completed[index], facts, owner))
    }

    /// What was gathered; a failure to is remembered, and nothing is decided then.
    fn known<T: Default>(&self, gathered: Result<T, Fault>) -> T {
        gathered.unwrap_or_else(|fault| {
            self.fault.set(Some(fault));
            T::default()
        })
    }
}

/// Judges every one of `accesses` for the caller of `cx`, in order; `complete` completes their
/// condition keys.
///
/// # Errors
/// [`Refused`] for the first that is not allowed; the refusal has been recorded.
pub fn authorize(
    catalog: &Catalog,
    cx: &Context,
    accesses: &[Access],
    complete: &Complete<'_>,
) -> Result<(), Refused> {
    if accesses.is_empty() {
        // Closed by omission: an operation that declares nothing is allowed to nobody.
        return Err(Fault::internal("an operation declares no access").into());
    }
    let asked =
        Asked { journaled: journal::concerns(cx, accesses), ..Asked::new(cx, accesses, complete) };
    for (index, access) in accesses.iter().enumerate() {
        match access.need {
            Need::Anonymous(_) => journal::open(cx, access),
            Need::SignedOnly(_) if cx.caller().principal == Principal::Anonymous => {
                return Err(Refused::Unsigned);
            }
            Need::SignedOnly(_) => {
                journal::open(cx, access);
                let permission = (&*access.action, &*access.resource);
                let principal = &cx.caller().principal;
                cx.platform().used(cx.scope(), principal, permission, Use::Tried);
            }
            Need::Allowed => allowed(catalog, &asked, index)?,
        }
    }
    Ok(())
}

/// Whether policies allow `access`, without recording a refusal.
pub fn would_allow(catalog: &Catalog, cx: &Context, access: &Access) -> bool {
    let accesses = std::slice::from_ref(access);
    let judged = judge(catalog, &Asked::new(cx, accesses, &|_| Ok(())), 0);
    judged.is_ok_and(|judged| judged.decision.is_allowed())
}

fn allowed(catalog: &Catalog, asked: &Asked<'_>, index: usize) -> Result<(), Refused> {
    let (cx, access) = (asked.cx, &asked.accesses[index]);
    let mut judged = judge(catalog, asked, index)?;
    if let (Some(notes), Some(noted)) = (cx.notes(), judged.noted.take()) {
        notes.access(noted);
    }
    let resource = judged.resource.as_deref().unwrap_or(&access.resource);
    let how = match (judged.decision.effect, judged.decision.by) {
        (Effect::Allowed, PolicyType::Resource) => Use::Allowed,
        (Effect::Allowed, _) => Use::Granted,
        _ => Use::Tried,
    };
    cx.platform().used(cx.scope(), &cx.caller().principal, (&access.action, resource), how);
    let Judged { decision, explained: Some(explained), .. } = judged else { return Ok(()) };
    let principal = cx.caller().principal.arn();
    let resource = explained.resource.clone();
    let message = decision.message(&principal, &access.action, &resource);
    let action = access.action.to_string();
    let denied = Denied { effect: decision.effect, message, principal, action, resource };
    cx.refusal(explain::refusal(cx, &denied, &decision, explained));
    Err(Refused::Denied(denied))
}

/// A decision; if it is a refusal, with what is told of it.
struct Judged {
    /// The resource's true ARN where the request named it otherwise.
    resource: Option<String>,
    decision: Decision,
    explained: Option<Explained>,
    noted: Option<JournalAccess>,
}

/// What an access is on, as far as its name tells: its ARN, if it has one, and the service whose
/// it is, if that is here.
#[derive(Clone, Copy)]
struct Named<'a> {
    arn: Option<Arn<'a>>,
    service: Option<&'static Service>,
}

impl<'a> Named<'a> {
    /// None when that is not how policies name it. Statements about a resource are compared with
    /// its one ARN; by a second spelling that led to it, a request would get past them.
    fn of(catalog: &Catalog, access: &'a Access, at: &Scope) -> Option<Self> {
        if access.resource == "*" || access.place == Place::Nowhere {
            return Some(Self { arn: None, service: None });
        }
        let arn = Arn::parse(&access.resource)?;
        let service = catalog.by_arn_name(arn.service);
        let is_here = match (arn.region, service.is_some_and(|service| service.global)) {
            ("", true) => !arn.account.is_empty(),
            ("", false) => service.is_none(),
            (region, false) => *region == *at.region && arn.owner().is_some(),
            (_, true) => false,
        };
        let fits = is_here || access.place == Place::Anywhere;
        fits.then_some(Self { arn: Some(arn), service })
    }
}

fn judge(catalog: &Catalog, asked: &Asked<'_>, index: usize) -> Result<Judged, Refused> {
    let (cx, access) = (asked.cx, &asked.accesses[index]);
    let named = Named::of(catalog, access, cx.scope()).ok_or(Refused::Misnamed(index))?;
    let facts = facts(named, cx, access)?;
    let resource = facts.resource.as_deref().unwrap_or(&access.resource);
    let owner = match (&access.owner, &facts.resource) {
        (Some(owner), _) => owner,
        (None, Some(resource)) => conditions::resource_account(resource, cx.scope()),
        (None, None) => named.arn.and_then(|arn| arn.owner()).unwrap_or(cx.account()),
    };
    let policies = Policies {
        service_control: service_control(cx)?,
        resource_control: resource_control(cx, &facts, &access.action, owner)?,
        ..policies(cx, &facts)?
    };
    let keys = conditions::Lazy::new(|| asked.keys(index, &facts, owner));
    let request = Request {
        principal: &cx.caller().principal,
        action: &access.action,
        resource,
        resource_account: Some(owner),
        context: &keys,
    };
    let decision = policy::decide(&request, &policies);
    let explained = match decision.effect {
        Effect::Allowed => None,
        _ => {
            let told = Told::to(cx, owner);
            let context = match told.resource {
                true => keys.all().clone(),
                false => {
                    let owner = conditions::resource_account(&access.resource, cx.scope());
                    asked.keys(index, &Facts::default(), owner)
                }
            };
            Some(explain(&told, access, &request, &policies, &decision, context))
        }
    };
    let noted = || journal::decided(access, &request, owner, &policies, &decision);
    let noted = asked.journaled.then(noted);
    if let Some(fault) = asked.fault.take() {
        return Err(fault.into());
    }
    Ok(Judged { resource: facts.resource, decision, explained, noted })
}

/// What the resource's own service says of it, read where the resource lives.
fn facts(named: Named<'_>, cx: &Context, access: &Access) -> Result<Facts, Fault> {
    let facts = named.service.and_then(|service| service.facts).filter(|_| !access.is_new);
    let (Some(facts), Some(arn)) = (facts, &named.arn) else { return Ok(Facts::default()) };
    let scope = home(arn, cx.scope());
    cx.platform().read(&scope, |tx: &ReadTx<'_>| facts(tx, access, cx.caller()))
}

fn home(arn: &Arn<'_>, scope: &Scope) -> Scope {
    let or = |part: &str, own: &Arc<str>| match part {
        "" => own.clone(),
        part if *part == **own => own.clone(),
        part => part.into(),
    };
    Scope { account: or(arn.account, &scope.account), region: or(arn.region, &scope.region) }
}

fn policies(cx: &Context, facts: &Facts) -> Result<Policies, Fault> {
    let directory = cx.platform().directory();
    let own = directory.policies(cx.platform(), cx.caller())?;
    let kind = if facts.trust { Kind::Trust } else { Kind::Resource };
    let resource = match &facts.policy {
        None => None,
        Some((id, document)) => {
            let policy = directory.compile(document, kind).ok_or_else(|| {
                Fault::internal(format!("the stored policy of {id} is malformed"))
            })?;
            Some(Attached { id: id.clone(), policy })
        }
    };
    Ok(Policies {
        resource,
        grants: facts.grants.clone(),
        exclusive_resource: facts.exclusive,
        identity: own.identity.clone(),
        boundary: own.boundary.clone(),
        session: own.session.clone(),
        ..Policies::default()
    })
}

/// The SCPs that bind the caller: a service acting for itself has no account that they are of.
fn service_control(cx: &Context) -> Result<Vec<Vec<Attached>>, Fault> {
    let standing = match cx.caller().account() {
        Some(account) => cx.platform().guardrails().standing(cx.platform(), account)?,
        None => None,
    };
    Ok(levels(standing, |standing| &standing.service_control))
}

/// The RCPs that bind what `owner` has. They leave alone what AWS keeps for its services, and most
/// services, unless the account is closed.
fn resource_control(
    cx: &Context,
    facts: &Facts,
    action: &str,
    owner: &str,
) -> Result<Vec<Vec<Attached>>, Fault> {
    let standing = cx.platform().guardrails().standing(cx.platform(), owner)?;
    let bound = |standing: &Arc<Standing>| {
        standing.closed || is_resource_controlled(action) && !facts.service_managed
    };
    Ok(levels(standing.filter(bound), |standing| &standing.resource_control))
}

fn levels(
    standing: Option<Arc<Standing>>,
    of: impl Fn(&Standing) -> &Vec<Vec<Attached>>,
) -> Vec<Vec<Attached>> {
    standing.map_or_else(Vec::new, |standing| of(&standing).clone())
}
