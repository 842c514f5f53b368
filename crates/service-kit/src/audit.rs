//! The audit trail's records and the journal of refusals, written by the platform for every call.

use crate::{
    access::Scope, fault::Fault, key::Key, page, platform::Platform, record::Record, tx::ReadTx,
};
use serde::{Deserialize, Serialize};
use shape::Timestamp;
use std::{
    collections::{BTreeSet, HashSet},
    ops::ControlFlow,
};
use store::Order;

/// Longer than any request id, shorter than any encoded message.
const MAX_REQUEST_ID_CHARS: usize = 64;
/// The most refusals listed at once.
const MAX_LISTED: usize = 100;
/// The most refusals that are looked at to find some.
const MAX_EXAMINED: usize = 100_000;

/// One call, in CloudTrail's terms.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuditRecord {
    /// When it was made.
    pub at: Timestamp,
    /// A UUID.
    pub event_id: String,
    /// Such as `sqs.amazonaws.com`.
    pub event_source: String,
    /// The operation's name.
    pub event_name: String,
    /// CloudTrail's `userIdentity` as JSON.
    pub user_identity: String,
    /// The caller's short name: a user's or session's.
    pub username: Option<String>,
    /// The key the call was signed with.
    pub access_key_id: Option<String>,
    /// An address, or the service that called.
    pub source_ip: String,
    /// As sent.
    pub user_agent: String,
    /// The input as JSON, secrets hidden.
    pub request_parameters: Option<String>,
    /// The output as JSON for calls that change something, secrets hidden.
    pub response_elements: Option<String>,
    /// The error's code, for a call that failed.
    pub error_code: Option<String>,
    /// The error's message.
    pub error_message: Option<String>,
    /// The request's id.
    pub request_id: String,
    /// Whether the operation only reads.
    pub read_only: bool,
    /// The ARNs it acted on.
    pub resources: Vec<String>,
    /// What it has in common with the record of the same call in another account's trail.
    #[serde(default)]
    pub shared_event_id: Option<String>,
}

impl Record for AuditRecord {
    const TABLE: &'static str = "platform.audit";

    fn key(&self) -> impl Key {
        (self.at, &self.event_id)
    }
}

/// One refusal, with the whole reason, as it was then.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refusal {
    /// When.
    pub at: Timestamp,
    /// The request refused.
    pub request_id: String,
    /// Who asked, as in messages.
    pub principal: String,
    /// The permission that was missing.
    pub action: String,
    /// On what.
    pub resource: String,
    /// What the client was told.
    pub message: String,
    /// `ExplicitDeny`, `ImplicitDeny`, or [`Refusal::BY_SERVICE`].
    pub effect: String,
    /// The kind of policy that decided, or the service itself.
    pub decided_by: String,
    /// All policies considered, in the order in which they were, and what they said.
    #[serde(default)]
    pub policies: Vec<RefusalPolicy>,
    /// Condition keys that policies asked for and the request lacked.
    pub missing_keys: Vec<String>,
    /// Condition keys of the request.
    pub context: Vec<(String, Vec<String>)>,
    /// The smallest statements that together would have allowed it. Empty when a statement denied:
    /// no other undoes that.
    #[serde(default)]
    pub remedies: Vec<RefusalRemedy>,
}

/// A policy that was considered, as it was then.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RefusalPolicy {
    /// Its ARN or name.
    pub policy: String,
    /// The kind of policy.
    pub policy_type: String,
    /// Its statements about the action that was asked for.
    pub statements: Vec<RefusalStatement>,
    /// How many of its statements are not shown, most because they are about other actions.
    pub others: usize,
}

/// A statement that was considered, as it was then.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RefusalStatement {
    /// Its Sid, or its place in the policy, from 0.
    pub statement: String,
    /// `Allow` or `Deny`.
    pub effect: String,
    /// `matched`, or what did not fit: `principal`, `resource` or `condition`.
    pub outcome: String,
    /// The operator and the key of the condition that did not hold.
    pub condition: Option<(String, String)>,
    /// Whether it is the one that settled the answer.
    pub decided: bool,
    /// Its text.
    pub text: String,
}

/// A statement that would have been needed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RefusalRemedy {
    /// The kind of policy that it belongs in.
    pub policy_type: String,
    /// The statement, as JSON.
    pub statement: String,
}

/// Which refusals are asked for.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    /// Any.
    Any,
    /// Those of the request of this id.
    Request(&'a str),
    /// The one of this encoded authorization message.
    Encoded(&'a str),
}

impl<'a> Asked<'a> {
    /// What is meant by a word of somebody: no request's id is as long as an encoded message.
    pub fn by(word: Option<&'a str>) -> Self {
        match word {
            None => Self::Any,
            Some(id) if id.len() <= MAX_REQUEST_ID_CHARS => Self::Request(id),
            Some(message) => Self::Encoded(message),
        }
    }
}

impl Record for Refusal {
    const TABLE: &'static str = "platform.refusal";

    fn key(&self) -> impl Key {
        (self.at, &self.request_id)
    }
}

impl Refusal {
    /// The effect of what a service refused of itself, with no policy asked.
    pub const BY_SERVICE: &'static str = "RefusedByService";
    /// What encoded authorization messages are sealed for.
    const PURPOSE: &'static str = "authorization-message";

    /// The latest refusals that are `wanted`, newest first, at most `limit`, with where each is
    /// kept: in any region of `account`, or of all accounts if none is named, which is for the
    /// operator alone.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub async fn latest(
        platform: &Platform,
        account: Option<&str>,
        limit: usize,
        wanted: impl Fn(&Self) -> bool,
    ) -> Result<Vec<(Scope, Self)>, Fault> {
        platform.flush().await?;
        let mut found = Vec::new();
        let scopes = platform.scopes_of(Self::TABLE)?;
        let meant = |scope: &Scope| account.is_none_or(|account| *scope.account == *account);
        for scope in scopes.into_iter().filter(meant) {
            let (mut examined, mut left) = (0, limit);
            platform.read(&scope, |tx: &ReadTx<'_>| {
                tx.visit::<Self>((), Order::Descending, |refusal| {
                    examined += 1;
                    if wanted(&refusal) {
                        found.push((scope.clone(), refusal));
                        left -= 1;
                    }
                    match left == 0 || examined == MAX_EXAMINED {
                        true => ControlFlow::Break(()),
                        false => ControlFlow::Continue(()),
                    }
                })
            })?;
        }
        // Where policies were asked, what they said is the reason.
        let judged = found.iter().filter(|(_, refusal)| refusal.effect != Self::BY_SERVICE);
        let judged: HashSet<_> = judged.map(|(_, refusal)| refusal.request_id.clone()).collect();
        found.retain(|(_, refusal)| {
            refusal.effect != Self::BY_SERVICE || !judged.contains(&refusal.request_id)
        });
        found.sort_by_key(|(_, refusal)| std::cmp::Reverse(refusal.at));
        found.truncate(limit);
        Ok(found)
    }

    /// The latest refusals that are asked for, with all that is told of each; `account` is that of
    /// [`Refusal::latest`].
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub async fn views(
        platform: &Platform,
        account: Option<&str>,
        asked: Asked<'_>,
    ) -> Result<Vec<serde_json::Value>, Fault> {
        let found = match asked {
            Asked::Any => Self::latest(platform, account, MAX_LISTED, |_| true).await?,
            Asked::Request(id) => {
                Self::latest(platform, account, MAX_LISTED, |it| it.request_id == id).await?
            }
            Asked::Encoded(message) => {
                let scopes = platform.scopes_of(Self::TABLE)?;
                let accounts = scopes.iter().map(|scope| &*scope.account);
                let accounts: BTreeSet<_> =
                    accounts.filter(|one| account.is_none_or(|account| account == *one)).collect();
                let mut found = Vec::new();
                for account in accounts {
                    found.extend(Self::decoded(platform, account, message).await?);
                }
                found
            }
        };
        let view = |(scope, refusal): (Scope, Self)| {
            let mut view = serde_json::to_value(&refusal).map_err(Fault::internal)?;
            view["account"] = (*scope.account).into();
            view["region"] = (*scope.region).into();
            view["encoded_message"] = refusal.encoded(platform, &scope)?.into();
            Ok(view)
        };
        found.into_iter().map(view).collect()
    }

    /// An encoded authorization message: which refusal, sealed for its account alone.
    ///
    /// # Errors
    /// As [`crate::seal::Seal::seal`].
    pub fn encoded(&self, platform: &Platform, scope: &Scope) -> Result<String, Fault> {
        let place = (&*scope.region, self.at, &self.request_id);
        let plain = rmp_serde::to_vec(&place).map_err(Fault::internal)?;
        let sealed = platform.seal().seal(Self::PURPOSE, scope.account.as_bytes(), &plain)?;
        Ok(page::encode(&sealed))
    }

    /// The refusal that an encoded authorization message is about; none if the message is forged,
    /// was made for another account or by another instance, or is older than the journal.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub async fn decoded(
        platform: &Platform,
        account: &str,
        message: &str,
    ) -> Result<Option<(Scope, Self)>, Fault> {
        let Ok(sealed) = page::decode(message) else { return Ok(None) };
        let plain = platform.seal().open(Self::PURPOSE, account.as_bytes(), &sealed);
        let place = plain.and_then(|plain| rmp_serde::from_slice(&plain).ok());
        let Some((region, at, request_id)): Option<(String, Timestamp, String)> = place else {
            return Ok(None);
        };
        platform.flush().await?;
        let scope = Scope::new(account, region);
        let refusal = platform.read(&scope, |tx| tx.get::<Self>((at, request_id)))?;
        Ok(refusal.map(|refusal| (scope, refusal)))
    }
}
