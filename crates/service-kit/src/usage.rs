//! Which permissions each user and role has used, on what, and when: what last-accessed reports
//! and generated policies are made of.
//!
//! Noted for every permission judged, data events included, so noting is cheap: what has been seen
//! before costs a look-up under a shared lock and no allocation. New pairs of action and resource
//! are stored at the next flush, later uses of known ones within [`REWRITE`].

mod least_privilege;

use crate::{
    access::Scope,
    fault::Fault,
    identity::{role_by_arn, user_by_arn},
    key::Key,
    platform::Platform,
    record::{Reach, Record},
    tx::{ReadTx, Tx},
};
use foldhash::{HashMap, fast::RandomState};
use parking_lot::RwLock;
use policy::{Arn, Principal};
use serde::{Deserialize, Serialize};
use shape::Timestamp;
use std::{
    hash::BuildHasher,
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use store::Order;

pub use least_privilege::{MAX_POLICY_CHARS, policies, policy};

/// How long usage is kept ("Refine permissions in AWS using last accessed information").
pub const KEPT: Duration = Duration::from_secs(400 * 86_400);
/// How often a use of something known is written again.
const REWRITE: Duration = Duration::from_secs(60);
/// Uses closer together than this are one.
const MOMENT_MICROS: i64 = 10_000;
/// The most pairs in memory; beyond them resources are noted by their kind.
const MAX_SEEN: usize = 8_192;
/// The most resources told apart for one action of one principal; further ones are noted by their
/// kind.
const MAX_RESOURCES: usize = 100;
/// The rows that one transaction forgets.
const FORGET_ROWS: usize = 2_000;
/// The longest ARN; what is longer names nothing that exists.
const MAX_RESOURCE_BYTES: usize = 2_048;

/// How a permission that a call asked for came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It was refused, or nobody's permission is needed.
    Tried,
    /// The resource's own policy allowed it, whatever the caller's say.
    Allowed,
    /// The caller's own policies had to allow it, and did.
    Granted,
}

/// A permission that a principal has used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// The unique id of the user or role; of the root user, the account.
    pub subject: String,
    /// Such as `sqs:SendMessage`.
    pub action: String,
    /// The ARN, or `*`.
    pub resource: String,
    /// Whether `resource` ends in a `*` that stands for many resources.
    pub general: bool,
    /// The region last used in.
    pub region: String,
    /// When it was last asked for.
    pub tried: Timestamp,
    /// When it was first allowed by the caller's own policies.
    pub first_granted: Option<Timestamp>,
    /// When it was last allowed by whatever policy.
    pub allowed: Option<Timestamp>,
    /// When it was last allowed by the caller's own policies.
    pub granted: Option<Timestamp>,
}

impl Record for Usage {
    const TABLE: &'static str = "platform.usage";
    const REACH: Reach = Reach::Account;

    fn key(&self) -> impl Key {
        (&self.subject, &self.action, (u64::from(self.general), &self.resource))
    }
}

impl Usage {
    /// What the principal with this unique id has used, by action, in the account of `tx`.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub fn of(tx: &ReadTx<'_>, subject: &str) -> Result<Vec<Self>, Fault> {
        tx.list(subject.to_owned())
    }

    fn merge(&mut self, later: &Self) {
        self.tried = self.tried.max(later.tried);
        self.allowed = self.allowed.max(later.allowed);
        self.granted = self.granted.max(later.granted);
        self.first_granted = match (self.first_granted, later.first_granted) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self.region.clone_from(&later.region);
    }
}

/// The account and the unique id of whoever's permissions a caller uses; none for services,
/// providers and strangers.
pub fn subject(principal: &Principal) -> Option<(&Arc<str>, &Arc<str>)> {
    match principal {
        Principal::Root { account } | Principal::Federated { account, user: None, .. } => {
            Some((account, account))
        }
        Principal::User { account, id, .. } | Principal::Role { account, id, .. } => {
            Some((account, id))
        }
        Principal::Federated { user: Some(user), .. } => subject(user),
        Principal::WebIdentity { .. } | Principal::Service { .. } | Principal::Anonymous => None,
    }
}

/// The unique id of the user, role or root user with this ARN, if there is one.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn subject_of(tx: &ReadTx<'_>, arn: &str) -> Result<Option<String>, Fault> {
    let Some(parsed) = Arn::parse(arn).filter(|arn| arn.service == "iam") else { return Ok(None) };
    Ok(match parsed.type_and_id() {
        ("", "root") => parsed.owner().map(str::to_owned),
        ("user", _) => user_by_arn(tx, arn)?.map(|user| user.id),
        ("role", _) => role_by_arn(tx, arn)?.map(|role| role.id),
        _ => None,
    })
}

/// What has been used since it was last stored.
#[derive(Default)]
pub(crate) struct Recent {
    hasher: RandomState,
    /// By the hash of subject, action and resource.
    seen: RwLock<HashMap<u64, Vec<Seen>>>,
}

struct Seen {
    scope: Scope,
    subject: Arc<str>,
    action: Box<str>,
    resource: Box<str>,
    general: bool,
    /// In microseconds; 0 for never.
    first_granted: AtomicI64,
    tried: AtomicI64,
    allowed: AtomicI64,
    granted: AtomicI64,
    /// When `tried` was last stored.
    stored: AtomicI64,
}

impl Seen {
    /// Notes a use, unless one as good was noted a moment before: cores that write to the same
    /// place wait for each other.
    fn note(&self, at: i64, how: Use) {
        let of_all = match how {
            Use::Tried => &self.tried,
            Use::Allowed => &self.allowed,
            Use::Granted => &self.granted,
        };
        if (0..MOMENT_MICROS).contains(&(at - of_all.load(Ordering::Relaxed))) {
            return;
        }
        self.tried.fetch_max(at, Ordering::Relaxed);
        if how != Use::Tried {
            self.allowed.fetch_max(at, Ordering::Relaxed);
        }
        if how == Use::Granted {
            self.granted.fetch_max(at, Ordering::Relaxed);
            self.first_granted.compare_exchange(0, at, Ordering::Relaxed, Ordering::Relaxed).ok();
        }
    }

    fn usage(&self) -> Usage {
        let time = |micros: &AtomicI64| Timestamp::from_micros(micros.load(Ordering::Relaxed));
        let maybe = |micros| Some(time(micros)).filter(|at| at.as_micros() != 0);
        Usage {
            subject: self.subject.to_string(),
            action: self.action.to_string(),
            resource: self.resource.to_string(),
            general: self.general,
            region: self.scope.region.to_string(),
            tried: time(&self.tried),
            first_granted: maybe(&self.first_granted),
            allowed: maybe(&self.allowed),
            granted: maybe(&self.granted),
        }
    }

    fn is_due(&self, everything: bool) -> bool {
        let (tried, stored) =
            (self.tried.load(Ordering::Relaxed), self.stored.load(Ordering::Relaxed));
        let rewrite = i64::try_from(REWRITE.as_micros()).unwrap_or(i64::MAX);
        tried > stored && (everything || stored == 0 || tried - stored >= rewrite)
    }
}

impl Recent {
    fn hash(&self, subject: &str, action: &str, resource: &str) -> u64 {
        self.hasher.hash_one((subject, action, resource))
    }

    /// Notes a use of something seen; false if it is new.
    fn again(&self, subject: &str, (action, resource): (&str, &str), at: i64, how: Use) -> bool {
        let seen = self.seen.read();
        let same = seen.get(&self.hash(subject, action, resource)).and_then(|all| {
            all.iter().find(|seen| {
                *seen.subject == *subject && *seen.action == *action && *seen.resource == *resource
            })
        });
        same.inspect(|seen| seen.note(at, how)).is_some()
    }

    fn first(&self, new: Seen) {
        let hash = self.hash(&new.subject, &new.action, &new.resource);
        let mut seen = self.seen.write();
        if seen.len() < 2 * MAX_SEEN {
            seen.entry(hash).or_default().push(new);
        }
    }
}

impl Platform {
    /// Notes that `principal`, working in `scope`, asked for `action` on `resource`.
    pub fn used(
        &self,
        scope: &Scope,
        principal: &Principal,
        (action, resource): (&str, &str),
        how: Use,
    ) {
        let Some((account, subject)) = subject(principal) else { return };
        let (recent, at) = (self.recent(), self.clock().now().as_micros());
        if recent.again(subject, (action, resource), at, how) {
            return;
        }
        let crowded = recent.seen.read().len() >= MAX_SEEN || resource.len() > MAX_RESOURCE_BYTES;
        let kind = if crowded { kind_of(resource) } else { resource.to_owned() };
        let absurd = kind.len() > MAX_RESOURCE_BYTES;
        if absurd || (crowded && recent.again(subject, (action, &kind), at, how)) {
            return;
        }
        let new = Seen {
            scope: Scope { account: account.clone(), region: scope.region.clone() },
            subject: subject.clone(),
            action: action.into(),
            resource: kind.into(),
            general: crowded,
            first_granted: AtomicI64::new(0),
            tried: AtomicI64::new(0),
            allowed: AtomicI64::new(0),
            granted: AtomicI64::new(0),
            stored: AtomicI64::new(0),
        };
        new.note(at, how);
        recent.first(new);
    }

    /// Stores what has been used; `everything`, or only what is new or has not been written for a
    /// while.
    ///
    /// # Errors
    /// [`Fault`] when storage fails; it is tried again at the next call.
    pub async fn flush_usage(&self, everything: bool) -> Result<(), Fault> {
        let (recent, era) = (self.recent(), self.store().era());
        let due: Vec<(Scope, Usage)> = {
            let seen = recent.seen.read();
            let due = seen.values().flatten().filter(|seen| seen.is_due(everything));
            due.map(|seen| (seen.scope.clone(), seen.usage())).collect()
        };
        let Some((anywhere, _)) = due.first() else { return Ok(()) };
        self.write_admitted(era, anywhere, |tx| {
            let mut due = due.iter().filter(|(scope, _)| self.admits(&scope.account, era));
            due.try_for_each(|(scope, usage)| store(&mut tx.within(scope.clone()), usage))
        })
        .await?;
        for (_, usage) in &due {
            recent.stored(usage);
        }
        recent.forget_stored();
        Ok(())
    }
}

impl Platform {
    /// Forgets what has not been used since `until`, a piece at a time, so that nobody waits.
    ///
    /// # Errors
    /// [`Fault`] when storage fails; what is gone by then stays so.
    pub async fn forget_usage(&self, until: Timestamp) -> Result<(), Fault> {
        for account in self.accounts_of(Usage::TABLE)? {
            let scope = Scope::new(account, &*self.settings().region);
            while self.write(&scope, |tx| forget_some(tx, until)).await? {}
        }
        Ok(())
    }
}

/// Removes some old rows, and says whether there may be more.
fn forget_some(tx: &mut Tx<'_>, until: Timestamp) -> Result<bool, Fault> {
    let mut old = Vec::new();
    tx.reader().visit::<Usage>((), Order::Ascending, |usage| {
        if usage.tried < until {
            old.push(usage);
        }
        if old.len() < FORGET_ROWS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    for usage in &old {
        tx.delete::<Usage>(usage.key());
    }
    Ok(old.len() == FORGET_ROWS)
}

impl Recent {
    fn stored(&self, usage: &Usage) {
        let seen = self.seen.read();
        let hash = self.hash(&usage.subject, &usage.action, &usage.resource);
        for seen in seen.get(&hash).into_iter().flatten() {
            seen.stored.fetch_max(usage.tried.as_micros(), Ordering::Relaxed);
        }
    }

    /// Forgets what was used in `account`.
    pub(crate) fn forget(&self, account: &str) {
        self.seen.write().retain(|_, all| {
            all.retain(|seen| *seen.scope.account != *account);
            !all.is_empty()
        });
    }

    /// Makes room when half of it is taken.
    fn forget_stored(&self) {
        let mut seen = self.seen.write();
        if seen.len() >= MAX_SEEN / 2 {
            seen.retain(|_, all| {
                all.retain(|seen| seen.is_due(true));
                !all.is_empty()
            });
        }
    }
}

fn store(tx: &mut Tx<'_>, usage: &Usage) -> Result<(), Fault> {
    let mut usage = usage.clone();
    let mut known = tx.get::<Usage>(usage.key())?;
    if known.is_none() && !usage.general && is_full(&tx.reader(), &usage)? {
        usage = Usage { resource: kind_of(&usage.resource), general: true, ..usage };
        known = tx.get::<Usage>(usage.key())?;
    }
    let stored = match known {
        Some(mut known) => {
            known.merge(&usage);
            known
        }
        None => usage,
    };
    tx.put(&stored)
}

/// Whether no further resource is told apart for this action of this principal.
fn is_full(tx: &ReadTx<'_>, usage: &Usage) -> Result<bool, Fault> {
    let mut count = 0;
    tx.visit::<Usage>((&usage.subject, &usage.action), Order::Ascending, |_| {
        count += 1;
        if count < MAX_RESOURCES { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(count == MAX_RESOURCES)
}

/// All resources of the same kind in the same place: `arn:aws:sqs:us-east-1:111122223333:*`.
fn kind_of(resource: &str) -> String {
    let Some(arn) = Arn::parse(resource) else { return "*".into() };
    let (kind, _) = arn.type_and_id();
    let separator = arn.resource.get(kind.len()..=kind.len()).filter(|_| !kind.is_empty());
    let all = format!("{kind}{}*", separator.unwrap_or_default());
    Arn { resource: &all, ..arn }.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_keep_place_and_type() {
        for (resource, kind) in [
            ("arn:aws:sqs:r:111122223333:q", "arn:aws:sqs:r:111122223333:*"),
            (
                "arn:aws:dynamodb:r:111122223333:table/t/index/i",
                "arn:aws:dynamodb:r:111122223333:table/*",
            ),
            (
                "arn:aws:lambda:r:111122223333:function:f",
                "arn:aws:lambda:r:111122223333:function:*",
            ),
            ("arn:aws:s3:::b/k", "arn:aws:s3:::b/*"),
            ("*", "*"),
        ] {
            assert_eq!(kind_of(resource), kind);
        }
    }
}
