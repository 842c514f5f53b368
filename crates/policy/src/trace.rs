//! The whole of a decision, statement by statement: what applied, and what kept the rest from it.
use crate::{
    Attached, Effect, Kind, Policies, Policy, PolicyType, Request, StatementEffect,
    decide::{Evaluation, Misfit, decide},
};

/// More rounds than there are types of policies: each ends with one type fewer at fault.
const ROUNDS_MAX: usize = 8;

/// A policy that took part in a decision.
#[derive(Clone, Debug)]
pub struct TracedPolicy<'p> {
    /// Its ARN or name.
    pub id: &'p str,
    /// The part that it plays.
    pub policy_type: PolicyType,
    /// Its statements, in order.
    pub statements: Vec<TracedStatement<'p>>,
}

/// A statement, and whether it applied to the request.
#[derive(Clone, Debug)]
pub struct TracedStatement<'p> {
    /// Its name, if it has one.
    pub sid: Option<&'p str>,
    /// Its place in the policy, from 0.
    pub index: usize,
    /// What it says.
    pub effect: StatementEffect,
    /// Its text in the policy.
    pub text: &'p str,
    /// Whether it applied, or the first reason why not.
    pub outcome: Outcome<'p>,
}

/// Whether a statement applied to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome<'p> {
    /// It did.
    Matched,
    /// It is about other actions.
    OtherAction,
    /// It is about other callers.
    OtherPrincipal,
    /// It is about other resources.
    OtherResource,
    /// A condition did not hold.
    Condition {
        /// The operator as it was written.
        operator: &'p str,
        /// The key.
        key: &'p str,
    },
}

/// A statement that a refused request lacks, and the type of policy that lacks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// Where the statement belongs.
    pub policy_type: PolicyType,
    /// The statement, as JSON.
    pub statement: String,
}

/// What each statement of each policy had to say to `request`, in the order of the decision.
pub fn trace<'p>(request: &Request, policies: &'p Policies) -> Vec<TracedPolicy<'p>> {
    let mut evaluation = Evaluation::new(request, policies);
    let mut traced = Vec::new();
    policies.visit(|policy_type, attached| {
        if !evaluation.binds(policy_type) {
            return;
        }
        let all = attached.policy.statements.iter().enumerate();
        let statements = all.map(|(index, statement)| TracedStatement {
            sid: statement.sid.as_deref(),
            index,
            effect: statement.effect,
            text: attached.policy.text.get(statement.span.clone()).unwrap_or_default(),
            outcome: match evaluation.fit(statement) {
                Ok(_) => Outcome::Matched,
                Err(Misfit::Action) => Outcome::OtherAction,
                Err(Misfit::Principal) => Outcome::OtherPrincipal,
                Err(Misfit::Resource) => Outcome::OtherResource,
                Err(Misfit::Condition(it)) => {
                    Outcome::Condition { operator: it.name(), key: it.key() }
                }
            },
        });
        let statements = statements.collect();
        traced.push(TracedPolicy { id: &attached.id, policy_type, statements });
    });
    traced
}

/// The smallest statements that would together turn an implicit denial into a permission, each for
/// the type of policy that lacks it, in the order in which refusals name them. None for what is
/// allowed, and for what is denied explicitly: no statement undoes a deny.
pub fn remedies(request: &Request, policies: &Policies) -> Vec<Remedy> {
    let (mut policies, mut found) = (policies.clone(), Vec::new());
    for _ in 0..ROUNDS_MAX {
        let decision = decide(request, &policies);
        let Some(statement) = decision.suggestion(request) else { break };
        if decision.effect != Effect::ImplicitDeny || !policies.gain(decision.by, &statement) {
            break;
        }
        found.push(Remedy { policy_type: decision.by, statement });
    }
    found
}

impl Policies {
    /// All of them, in the order in which decisions look at them.
    fn visit<'p>(&'p self, mut visitor: impl FnMut(PolicyType, &'p Attached)) {
        let mut all = |policy_type, policies: &mut dyn Iterator<Item = &'p Attached>| {
            policies.for_each(|policy| visitor(policy_type, policy));
        };
        all(PolicyType::ResourceControl, &mut self.resource_control.iter().flatten());
        all(PolicyType::ServiceControl, &mut self.service_control.iter().flatten());
        all(PolicyType::Resource, &mut self.resource.iter().chain(&self.grants));
        all(PolicyType::Identity, &mut self.identity.iter());
        all(PolicyType::Boundary, &mut self.boundary.iter());
        all(PolicyType::Session, &mut self.session.iter().flatten());
    }

    /// Adds a policy of one statement to those of a type, as far as a decision can tell; false if
    /// there is no such policy.
    fn gain(&mut self, policy_type: PolicyType, statement: &str) -> bool {
        let kind = match policy_type {
            PolicyType::ResourceControl => Kind::ResourceControl,
            PolicyType::ServiceControl => Kind::ServiceControl,
            PolicyType::Resource if !statement.contains("\"Resource\":") => Kind::Trust,
            PolicyType::Resource => Kind::Resource,
            PolicyType::Identity => Kind::Identity,
            PolicyType::Boundary => Kind::Boundary,
            PolicyType::Session => Kind::Session,
        };
        let text = format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
        let Ok(policy) = Policy::parse(&text, kind) else { return false };
        let gained = Attached::new("", policy);
        let every_level = |levels: &mut Vec<Vec<Attached>>| {
            levels.iter_mut().for_each(|level| level.push(gained.clone()));
        };
        match policy_type {
            PolicyType::ResourceControl => every_level(&mut self.resource_control),
            PolicyType::ServiceControl => every_level(&mut self.service_control),
            PolicyType::Resource => self.grants.push(gained),
            PolicyType::Identity => self.identity.push(gained),
            // What the boundary denies has been seen before; only its Allow is missing.
            PolicyType::Boundary => self.boundary = Some(gained),
            PolicyType::Session => self.session.get_or_insert_default().push(gained),
        }
        true
    }
}
