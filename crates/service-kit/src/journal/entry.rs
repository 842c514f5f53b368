//! What the journal says of one request.

use crate::{context::Caller, key::Key, record::Record};
use policy::Principal;
use serde::{Deserialize, Serialize};
use shape::Timestamp;

/// The most permissions of one request that are kept.
pub const MAX_ACCESSES: usize = 100;
/// The most items of one request that are kept.
pub const MAX_ITEMS: usize = 100;
/// The most bytes that are kept of an item's key.
const MAX_ITEM_BYTES: usize = 1_024;
/// The most bytes that are kept of a path.
const MAX_PATH_BYTES: usize = 2_048;

/// One request that touched a watched account, as it was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// When it was answered.
    pub at: Timestamp,
    /// The request's id, as the client saw it.
    pub request_id: String,
    /// The watched accounts that it touched.
    pub accounts: Vec<String>,
    /// The account that it worked in.
    pub account: String,
    /// The region that it worked in.
    pub region: String,
    /// Whether a service made it; the answer did not leave the instance with it.
    pub internal: bool,
    /// Who asked.
    pub caller: JournalCaller,
    /// The service: `dynamodb`; `execute-api` for deployed APIs.
    pub service: String,
    /// The operation; for what is no API call, the method and the path.
    pub operation: String,
    /// What was asked for by a request that is no API call.
    pub http: Option<JournalHttp>,
    /// The permissions that were asked for, in order.
    pub accesses: Vec<JournalAccess>,
    /// How many permissions more than can be kept.
    pub more_accesses: usize,
    /// The answer's HTTP status.
    pub status: u16,
    /// The error's code, for a request that failed.
    pub error_code: Option<String>,
    /// The size of the answer's body as it was sent.
    pub bytes_out: u64,
    /// What was read or written, by key: items of tables, ids of messages.
    pub items: Vec<String>,
    /// How many items more than can be kept.
    pub more_items: usize,
    /// The planted texts that the answer's body holds.
    pub markers: Vec<JournalMarker>,
    /// The trace that it belongs to.
    pub trace_id: Option<String>,
    /// The request in the course of which a service made this one.
    pub caused_by: Option<String>,
}

impl Record for JournalEntry {
    const TABLE: &'static str = "platform.journal";

    fn key(&self) -> impl Key {
        &self.request_id
    }
}

/// Who made a request that is journaled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalCaller {
    /// As CloudTrail calls it: `IAMUser`, `AssumedRole`, `AWSService`…; `Anonymous`.
    pub kind: String,
    /// The ARN as in messages; a service's name.
    pub arn: String,
    /// The account it belongs to.
    pub account: Option<String>,
    /// The ARN of the role behind a session.
    pub session_issuer: Option<String>,
    /// The function that the session's credentials were given to.
    pub session_source: Option<String>,
    /// The key that it was signed with.
    pub access_key_id: Option<String>,
    /// The client's address.
    pub source_ip: Option<String>,
    /// As sent.
    pub user_agent: String,
    /// Services that it came through.
    pub via: Vec<String>,
    /// The resource on whose behalf a service asks.
    pub source_arn: Option<String>,
}

impl From<&Caller> for JournalCaller {
    fn from(caller: &Caller) -> Self {
        let principal = &caller.principal;
        let kind = match principal {
            Principal::Root { .. } => "Root",
            Principal::User { .. } => "IAMUser",
            Principal::Role { .. } => "AssumedRole",
            Principal::Federated { .. } => "FederatedUser",
            Principal::WebIdentity { .. } => "WebIdentityUser",
            Principal::Service { .. } => "AWSService",
            Principal::Anonymous => "Anonymous",
        };
        let issuer = matches!(principal, Principal::Role { .. });
        Self {
            kind: kind.into(),
            arn: principal.arn(),
            account: caller.account().map(Into::into),
            session_issuer: principal.principal_arn().filter(|_| issuer),
            session_source: caller.session.as_ref().and_then(|it| it.source_arn.clone()),
            access_key_id: caller.access_key_id.as_deref().map(Into::into),
            source_ip: caller.source_ip.map(|address| address.to_canonical().to_string()),
            user_agent: caller.user_agent.to_string(),
            via: caller.via.iter().map(|via| (*via).to_owned()).collect(),
            source_arn: caller.source_arn.as_deref().map(Into::into),
        }
    }
}

/// A request to a deployed API or to a function's URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalHttp {
    /// The method.
    pub method: String,
    /// The path as the API sees it.
    pub path: String,
    /// The API's id, or the URL's.
    pub api: String,
    /// The stage of an API; the qualifier of a function.
    pub stage: Option<String>,
    /// The path of the resource that it was led to, as configured; none if it fits none.
    pub route: Option<String>,
}

impl JournalHttp {
    /// The parts of a request, cut where the client may make them long.
    pub fn new(
        (method, path): (&str, &str),
        (api, stage): (&str, Option<&str>),
        route: Option<&str>,
    ) -> Self {
        Self {
            method: cut(method, MAX_ITEM_BYTES).into(),
            path: cut(path, MAX_PATH_BYTES).into(),
            api: api.into(),
            stage: stage.map(Into::into),
            route: route.map(Into::into),
        }
    }
}

/// How a permission came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum JournalDecision {
    /// Policies allow it.
    Allowed,
    /// A statement denies it.
    ExplicitDeny,
    /// No statement allows it.
    ImplicitDeny,
    /// Nobody's permission was needed.
    Open,
    /// The service refused it by a rule of its own.
    RefusedByService,
}

/// A permission that a request asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalAccess {
    /// Such as `sqs:SendMessage`.
    pub action: String,
    /// The ARN acted on, or `*`.
    pub resource: String,
    /// The ARN as the request named it, where that is not its true one: a key's alias.
    pub asked: Option<String>,
    /// The account that owns it.
    pub owner: String,
    /// How it came out.
    pub decision: JournalDecision,
    /// The kind of policy that decided, in AWS's words; the root user, who needs none; the service
    /// that refused; why nobody's permission was needed.
    pub decided_by: String,
    /// The statements that decided it, the most telling first: of a refusal the one that denies,
    /// across accounts the one that lets the stranger in.
    pub statements: Vec<JournalStatement>,
    /// All statements that fitted the request, whatever they say.
    pub matched: Vec<JournalMatch>,
}

impl JournalAccess {
    /// A permission that nobody needs, for the reason given.
    pub fn open(action: &str, resource: &str, owner: &str, reason: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            resource: cut(resource, MAX_PATH_BYTES).into(),
            asked: None,
            owner: owner.into(),
            decision: JournalDecision::Open,
            decided_by: reason.into(),
            statements: Vec::new(),
            matched: Vec::new(),
        }
    }

    /// Whether the request could not go on for it.
    pub fn is_refused(&self) -> bool {
        !matches!(self.decision, JournalDecision::Allowed | JournalDecision::Open)
    }
}

/// A statement of a policy, as it was then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalStatement {
    /// Where it stands.
    pub place: JournalMatch,
    /// Its text, or the beginning of it.
    pub text: String,
    /// The SHA-256 of the whole document as the engine stores it, in hexadecimal digits.
    pub sha256: String,
}

/// Where a statement stands that fitted a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalMatch {
    /// The kind of policy.
    pub policy_type: String,
    /// The policy's ARN or name.
    pub policy: String,
    /// Its Sid, or its place in the policy, from 0.
    pub statement: String,
    /// `Allow` or `Deny`.
    pub effect: String,
}

/// A planted text that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct JournalMarker {
    /// The account in whose data it was planted.
    pub account: String,
    /// Its id.
    pub id: String,
}

/// The beginning of `text` that is kept.
fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

/// An item's key as it is kept.
pub(super) fn item(mut key: String) -> String {
    key.truncate(cut(&key, MAX_ITEM_BYTES).len());
    key
}
