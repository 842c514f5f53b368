//! A policy, compiled: statements ready to be matched.
use std::{fmt, ops::Range, sync::Arc};

use crate::{
    action::ActionPattern, condition::Condition, named::NamedPrincipal, resource::ResourcePattern,
};

/// The places where policies are used. Each has its own grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Of a user, group or role, managed or inline: no Principal.
    Identity,
    /// Of a queue, topic, bucket, function…: Principal and Resource required.
    Resource,
    /// A role's trust policy: Principal required, Resource forbidden, only `sts:` actions.
    Trust,
    /// Of a KMS key: as `Resource`.
    Key,
    /// A permissions boundary: as `Identity`.
    Boundary,
    /// Given to AssumeRole or GetFederationToken: as `Identity`.
    Session,
    /// SCP of AWS Organizations: no Principal, complete ARNs.
    ServiceControl,
    /// RCP of AWS Organizations: denies to Principal `*`, or allows everything.
    ResourceControl,
}

/// What a statement says about the requests that it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatementEffect {
    /// Permits.
    Allow,
    /// Forbids, whatever permits.
    Deny,
}

/// A place in a policy's text; line and column count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// Why a document is not a policy, in AWS's words where they are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedPolicy {
    /// The sentence for the caller.
    pub message: String,
}

impl MalformedPolicy {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        MalformedPolicy { message: message.into() }
    }

    /// The answer to all that does not follow the grammar.
    pub(crate) fn syntax() -> Self {
        MalformedPolicy::new("Syntax errors in policy.")
    }
}

impl fmt::Display for MalformedPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for MalformedPolicy {}

/// A compiled policy document together with its text.
#[derive(Debug)]
pub struct Policy {
    pub(crate) text: Box<str>,
    pub(crate) kind: Kind,
    pub(crate) current: bool,
    pub(crate) statements: Vec<Statement>,
}

/// One statement; each `not_` turns its list into "anything but these".
#[derive(Debug)]
pub(crate) struct Statement {
    pub sid: Option<Arc<str>>,
    pub effect: StatementEffect,
    /// None where the policy's kind has no principals.
    pub principals: Option<Principals>,
    pub not_action: bool,
    pub actions: Vec<ActionPattern>,
    pub not_resource: bool,
    /// Empty in trust policies, which mean their role.
    pub resources: Vec<ResourcePattern>,
    pub conditions: Vec<Condition>,
    pub start: Position,
    pub end: Position,
    /// The bytes of the policy's text that hold the statement.
    pub span: Range<usize>,
}

#[derive(Debug)]
pub(crate) struct Principals {
    pub not: bool,
    /// Each with the bytes of the policy's text that name it, quotes included.
    pub named: Vec<(NamedPrincipal, Range<usize>)>,
}

impl Policy {
    /// Compiles a document.
    ///
    /// # Errors
    /// [`MalformedPolicy`] when `text` is over 64 KiB, is not JSON, or is not a policy of this
    /// kind. Every element must be known: nothing is read and ignored.
    pub fn parse(text: &str, kind: Kind) -> Result<Policy, MalformedPolicy> {
        crate::parse::policy(text, kind)
    }

    /// The document as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The grammar that the document was read with.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The principals named in `Principal` and `NotPrincipal`, in order, so that a writer can
    /// check that they exist.
    pub fn principals(&self) -> impl Iterator<Item = &NamedPrincipal> {
        self.named().map(|(principal, _)| principal)
    }

    /// The text with principals renamed: where `rename` gives a name for a principal's text, that
    /// name takes its place. Stored policies name users and roles by unique id, so that a
    /// successor of the same name gains nothing (IAM User Guide, "AWS JSON policy elements:
    /// Principal").
    pub fn rename_principals(&self, mut rename: impl FnMut(&str) -> Option<String>) -> String {
        let mut text = String::with_capacity(self.text.len());
        let mut copied = 0;
        for (principal, place) in self.named() {
            let Some(name) = rename(&principal.to_string()) else { continue };
            text.push_str(&self.text[copied..place.start]);
            text.push_str(&serde_json::Value::String(name).to_string());
            copied = place.end;
        }
        text.push_str(&self.text[copied..]);
        text
    }

    /// The condition keys that the document depends on, in conditions and in variables, each once
    /// and sorted: what GetContextKeysForCustomPolicy answers.
    pub fn context_keys(&self) -> Vec<&str> {
        let mut keys: Vec<&str> = Vec::new();
        for statement in &self.statements {
            keys.extend(statement.resources.iter().flat_map(ResourcePattern::variables));
            keys.extend(statement.conditions.iter().flat_map(Condition::keys));
        }
        keys.sort_unstable_by_key(|key| key.to_ascii_lowercase());
        keys.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
        keys
    }

    /// Each statement's name, if it has one, and its text, in order.
    pub fn statements(&self) -> impl Iterator<Item = (Option<&str>, &str)> {
        self.statements.iter().map(|statement| {
            let text = self.text.get(statement.span.clone()).unwrap_or_default();
            (statement.sid.as_deref(), text)
        })
    }

    /// Refuses a document that is not of version 2012-10-17, as CreatePolicy and
    /// CreatePolicyVersion do; inline and resource policies may omit the version.
    ///
    /// # Errors
    /// [`MalformedPolicy`] with AWS's sentence.
    pub fn require_current_version(&self) -> Result<(), MalformedPolicy> {
        if self.current {
            return Ok(());
        }
        Err(MalformedPolicy::new("Policy document must be version 2012-10-17 or greater."))
    }

    fn named(&self) -> impl Iterator<Item = &(NamedPrincipal, Range<usize>)> {
        self.statements.iter().flat_map(|statement| &statement.principals).flat_map(|p| &p.named)
    }
}
