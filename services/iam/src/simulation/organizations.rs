//! What the organization of the simulated account says of an action.

use super::evaluation::{Question, compile};
use policy::{Attached, Kind, Policies, Request};
use service_kit::prelude::*;

/// A policy that leaves the answer to the organization.
const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

/// What the service control policies of an organization say.
#[derive(Clone, Copy, Debug, Shape)]
#[shape(name = "OrganizationsDecisionDetail")]
pub struct OrganizationsDetail {
    /// Whether they allow the action.
    pub allowed_by_organizations: bool,
}

impl OrganizationsDetail {
    /// The answer for all resources of `question`; none outside of organizations and in their
    /// management accounts.
    pub(crate) fn of(
        question: &Question,
        action: &str,
        keys: &policy::Context,
        policies: &Policies,
    ) -> Option<Self> {
        let everything = Attached::new("", compile(EVERYTHING, Kind::Identity).ok()?);
        let alone = Policies {
            service_control: policies.service_control.clone(),
            identity: vec![everything],
            ..Policies::default()
        };
        let allowed = |resource: &String| {
            let request = Request {
                principal: &question.principal,
                action,
                resource,
                resource_account: question.principal.account(),
                context: keys,
            };
            policy::decide(&request, &alone).is_allowed()
        };
        let bound = !policies.service_control.is_empty();
        bound.then(|| Self { allowed_by_organizations: question.resources.iter().all(allowed) })
    }
}
