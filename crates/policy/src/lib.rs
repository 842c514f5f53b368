//! The IAM policy language: parse, decide, explain; pure.
//!
//! [`Policy::parse`] compiles a document once; [`decide`] answers a [`Request`] from the
//! [`Policies`] that apply and says which statements settled it. Nothing here does IO or reads a
//! clock: `aws:CurrentTime` is a condition key like any other.
mod action;
mod arn;
mod compare;
mod condition;
mod context;
mod decide;
mod decision;
mod document;
mod explain;
mod glob;
pub mod json;
mod named;
mod parse;
mod principal;
mod resource;
mod template;
mod trace;

pub use arn::{Arn, is_account_id, is_region};
pub use compare::{
    Asked, action_covers, granted_access, new_access, public_access, resource_covers,
};
pub use context::{Context, Entry, Keys};
pub use decide::decide;
pub use decision::{Attached, Decision, Effect, MatchedStatement, Policies, PolicyType, Request};
pub use document::{Kind, MalformedPolicy, Policy, Position, StatementEffect};
pub use named::NamedPrincipal;
pub use principal::Principal;
pub use trace::{Outcome, Remedy, TracedPolicy, TracedStatement, remedies, trace};
