//! What documents can allow at all, whatever the request: sound answers about all requests.
//!
//! Each question is answered with the statements that may give the access asked about. None is a
//! proof that there is no such access; one may be named without need, where telling would take
//! more than these rules or their budget.
mod patterns;
mod public;

use std::cell::Cell;

use crate::{
    MalformedPolicy, NamedPrincipal, Policy, StatementEffect,
    action::ActionPattern,
    condition::Condition,
    document::{Kind, Principals, Statement},
    resource::ResourcePattern,
};
use patterns::{Lists, Pattern};

/// The most steps of comparing wildcards for one question.
const BUDGET: u64 = 50_000_000;
/// The most triples of action, resource and principal of one statement.
const TRIPLES_MAX: usize = 100_000;

/// How much comparing is left; what is not compared counts as unsure.
pub(crate) struct Budget(Cell<u64>);

impl Budget {
    fn new() -> Self {
        Budget(Cell::new(BUDGET))
    }

    /// Whether there is enough left for so many steps, which are then spent.
    fn spend(&self, steps: usize) -> bool {
        let left = self.0.get().checked_sub(steps as u64);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }
}

/// Actions on resources, with wildcards; no resources mean any.
#[derive(Debug)]
pub struct Asked {
    actions: Vec<ActionPattern>,
    resources: Vec<ResourcePattern>,
}

impl Asked {
    /// Reads what is asked about; no actions mean any.
    ///
    /// # Errors
    /// [`MalformedPolicy`] for what could not stand in a policy.
    pub fn new(
        actions: &[impl AsRef<str>],
        resources: &[impl AsRef<str>],
    ) -> Result<Self, MalformedPolicy> {
        let or_any = |texts: Vec<&str>| {
            if texts.is_empty() {
                vec!["*".to_owned()]
            } else {
                texts.into_iter().map(str::to_owned).collect()
            }
        };
        let actions = or_any(actions.iter().map(AsRef::as_ref).collect());
        let resources = or_any(resources.iter().map(AsRef::as_ref).collect());
        let resource = |text: &String| ResourcePattern::parse(text, Kind::Identity, false);
        Ok(Asked {
            actions: actions.iter().map(|it| ActionPattern::parse(it)).collect::<Result<_, _>>()?,
            resources: resources.iter().map(resource).collect::<Result<_, _>>()?,
        })
    }
}

/// The statements of `new` that may allow what `existing` does not, by their places. If there are
/// none, `new` by itself allows no more than `existing` by itself.
pub fn new_access(existing: &Policy, new: &Policy) -> Vec<usize> {
    let budget = Budget::new();
    let allows = statements(new, StatementEffect::Allow);
    let adds = |(_, allow): &(usize, &Statement)| {
        let covered = triples(allow).is_some_and(|triples| {
            triples.into_iter().all(|triple| {
                let mut known = statements(existing, StatementEffect::Allow);
                known.any(|(_, known)| triple.within(known, &budget))
            })
        });
        let mut denies = statements(existing, StatementEffect::Deny);
        let lifted = denies.any(|(_, deny)| {
            !apart(allow, deny, &budget)
                && !statements(new, StatementEffect::Deny).any(|(_, kept)| {
                    let triples = triples(deny);
                    triples.is_some_and(|all| all.iter().all(|it| it.within(kept, &budget)))
                })
        });
        !covered || lifted
    };
    allows.filter(adds).map(|(index, _)| index).collect()
}

/// The statements of `policy` that may allow any of what is asked about, by their places.
pub fn granted_access(policy: &Policy, asked: &[Asked]) -> Vec<usize> {
    let budget = Budget::new();
    let allows = statements(policy, StatementEffect::Allow);
    let grants = |(_, allow): &(usize, &Statement)| {
        asked.iter().any(|asked| {
            let mut pairs = asked
                .actions
                .iter()
                .flat_map(|action| asked.resources.iter().map(move |resource| (action, resource)));
            pairs.any(|(action, resource)| {
                allow.actions().may_meet(action, &budget)
                    && allow.resources().may_meet(resource, &budget)
                    && !is_denied(policy, allow, (action, resource), |_| false, &budget)
            })
        })
    };
    allows.filter(grants).map(|(index, _)| index).collect()
}

/// The statements of a resource's `policy` that may open it to the public, by their places.
pub fn public_access(policy: &Policy) -> Vec<usize> {
    let budget = Budget::new();
    let (any_action, any_resource) = (ActionPattern::everything(), ResourcePattern::Everything);
    let allows = statements(policy, StatementEffect::Allow);
    let opens = |(_, allow): &(usize, &Statement)| {
        let anything = (&any_action, &any_resource);
        public::is_public(allow) && !is_denied(policy, allow, anything, public::spares_few, &budget)
    };
    allows.filter(opens).map(|(index, _)| index).collect()
}

/// Whether every action that `inner` stands for is surely one that `outer` stands for.
pub fn action_covers(outer: &str, inner: &str) -> bool {
    match (ActionPattern::parse(outer), ActionPattern::parse(inner)) {
        (Ok(outer), Ok(inner)) => outer.covers(&inner, &Budget::new()),
        _ => false,
    }
}

/// Whether every resource that `inner` stands for is surely one that `outer` stands for.
pub fn resource_covers(outer: &str, inner: &str) -> bool {
    let parse = |text: &str| ResourcePattern::parse(text, Kind::Identity, true);
    match (parse(outer), parse(inner)) {
        (Ok(outer), Ok(inner)) => outer.covers(&inner, &Budget::new()),
        _ => false,
    }
}

fn statements(
    policy: &Policy,
    effect: StatementEffect,
) -> impl Iterator<Item = (usize, &Statement)> {
    policy.statements.iter().enumerate().filter(move |(_, it)| it.effect == effect)
}

/// Whether a Deny that binds everybody takes back what `allow` says of this action and resource;
/// always, or but for whom its conditions spare, where all of those are `harmless`.
fn is_denied(
    policy: &Policy,
    allow: &Statement,
    (action, resource): (&ActionPattern, &ResourcePattern),
    harmless: impl Fn(&Condition) -> bool,
    budget: &Budget,
) -> bool {
    let all = |lists: Lists<'_, ActionPattern>, deny: &Statement| match lists.not {
        true => false,
        false => lists.listed.iter().all(|it| deny.actions().hold(it, budget)),
    };
    let places = |lists: Lists<'_, ResourcePattern>, deny: &Statement| match lists.not {
        true => false,
        false => lists.listed.iter().all(|it| deny.resources().hold(it, budget)),
    };
    statements(policy, StatementEffect::Deny).any(|(_, deny)| {
        let everybody = deny.principals.as_ref().is_none_or(|principals| {
            let everyone = |(name, _): &(NamedPrincipal, _)| *name == NamedPrincipal::Everyone;
            !principals.not && principals.named.iter().any(everyone)
        });
        everybody
            && deny.conditions.iter().all(&harmless)
            && (deny.actions().hold(action, budget) || all(allow.actions(), deny))
            && (deny.resources().hold(resource, budget) || places(allow.resources(), deny))
    })
}

/// Whether no request can match both.
fn apart(allow: &Statement, deny: &Statement, budget: &Budget) -> bool {
    let apart = |one: &Statement, other: &Statement| {
        let (actions, resources) = (one.actions(), one.resources());
        let none = |meets: bool| !meets;
        let actions_apart = !actions.not
            && actions.listed.iter().all(|it| none(other.actions().may_meet(it, budget)));
        let resources_apart = !resources.not
            && !resources.listed.is_empty()
            && resources.listed.iter().all(|it| none(other.resources().may_meet(it, budget)));
        actions_apart || resources_apart
    };
    apart(allow, deny) || apart(deny, allow)
}

/// One action on one resource by one principal, under a statement's conditions. An element that
/// is negated, or that the policy's kind lacks, stands as a whole.
struct Triple<'s> {
    statement: &'s Statement,
    action: Option<&'s ActionPattern>,
    resource: Option<&'s ResourcePattern>,
    principal: Option<&'s NamedPrincipal>,
}

/// All of them; none if there are too many to look at.
fn triples(statement: &Statement) -> Option<Vec<Triple<'_>>> {
    fn options<T>(not: bool, listed: &[T]) -> Vec<Option<&T>> {
        if not || listed.is_empty() { vec![None] } else { listed.iter().map(Some).collect() }
    }
    let actions = options(statement.not_action, &statement.actions);
    let resources = options(statement.not_resource, &statement.resources);
    let principals: Vec<Option<&NamedPrincipal>> = match &statement.principals {
        Some(principals) if !principals.not => {
            principals.named.iter().map(|(name, _)| Some(name)).collect()
        }
        _ => vec![None],
    };
    let count = actions.len().checked_mul(resources.len())?.checked_mul(principals.len())?;
    if count > TRIPLES_MAX {
        return None;
    }
    let mut all = Vec::with_capacity(count);
    for &action in &actions {
        for &resource in &resources {
            all.extend(principals.iter().map(|&principal| Triple {
                statement,
                action,
                resource,
                principal,
            }));
        }
    }
    Some(all)
}

impl Triple<'_> {
    /// Whether every request that it matches, `outer` matches too.
    fn within(&self, outer: &Statement, budget: &Budget) -> bool {
        let actions = match self.action {
            Some(action) => outer.actions().hold(action, budget),
            None => outer.actions().hold_all_of(&self.statement.actions(), budget),
        };
        let resources = match self.resource {
            Some(resource) => outer.resources().hold(resource, budget),
            None => outer.resources().hold_all_of(&self.statement.resources(), budget),
        };
        let conditions = outer.conditions.iter().all(|outer| {
            self.statement.conditions.iter().any(|own| outer.follows_from(own, budget))
        });
        actions && resources && conditions && self.principal_within(outer)
    }

    /// A named principal grants more than its account does, and a session more than its role, so
    /// that only everybody covers another.
    fn principal_within(&self, outer: &Statement) -> bool {
        let everyone = |(name, _): &(NamedPrincipal, _)| *name == NamedPrincipal::Everyone;
        match (&outer.principals, self.principal) {
            (None, _) => self.statement.principals.is_none(),
            (Some(outer), Some(own)) if !outer.not => {
                outer.named.iter().any(|(name, _)| name == own) || outer.named.iter().any(everyone)
            }
            (Some(outer), _) if !outer.not => outer.named.iter().any(everyone),
            (Some(outer), None) => {
                let same = |own: &Principals| {
                    own.not
                        && own.named.iter().map(|it| &it.0).eq(outer.named.iter().map(|it| &it.0))
                };
                self.statement.principals.as_ref().is_some_and(same)
            }
            (Some(_), Some(_)) => false,
        }
    }
}

impl Statement {
    fn actions(&self) -> Lists<'_, ActionPattern> {
        Lists { not: self.not_action, listed: &self.actions }
    }

    fn resources(&self) -> Lists<'_, ResourcePattern> {
        Lists { not: self.not_resource, listed: &self.resources }
    }
}
