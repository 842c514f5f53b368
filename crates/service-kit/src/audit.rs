//! The audit trail's records and the journal of refusals, written by the platform for every call.

use crate::{key::Key, record::Record};
use serde::{Deserialize, Serialize};
use shape::Timestamp;

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
    /// `ExplicitDeny` or `ImplicitDeny`.
    pub effect: String,
    /// The kind of policy that decided.
    pub decided_by: String,
    /// The statements that matched: policy, statement id or index, effect.
    pub statements: Vec<RefusalStatement>,
    /// All policies considered, by name.
    pub considered: Vec<String>,
    /// Condition keys that policies asked for and the request lacked.
    pub missing_keys: Vec<String>,
    /// Condition keys of the request.
    pub context: Vec<(String, Vec<String>)>,
    /// The smallest statement that would have allowed it, as JSON, and where to put it.
    pub suggestion: String,
}

/// A statement that took part in a refusal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RefusalStatement {
    /// The policy's ARN or name.
    pub policy: String,
    /// The kind of policy.
    pub policy_type: String,
    /// The statement's Sid or its index.
    pub statement: String,
    /// `Allow` or `Deny`.
    pub effect: String,
}

impl Record for Refusal {
    const TABLE: &'static str = "platform.refusal";

    fn key(&self) -> impl Key {
        (self.at, &self.request_id)
    }
}
