//! What was taken, by which requests, and which statements let that happen.

use super::{
    foes::Foes,
    words::{changes, part, request, request_on, short, who},
};
use crate::{
    evidence::{got_through, is_theft, principal, set_going, way_in, way_on},
    game::Game,
    scenario::{Flag, Scenario},
};
use serde::{Deserialize, Serialize};
use service_kit::journal::{JournalAccess, JournalEntry, JournalStatement};
use shape::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// How many calls that a theft set going are told, and how many that led up to it.
const MAX_STEPS: usize = 10;
/// How many thefts are told.
const MAX_THEFTS: usize = 50;
/// How many permissions of one request are told.
const MAX_WAYS: usize = 5;

/// Something taken.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Theft {
    /// When.
    pub at: Timestamp,
    /// The request.
    pub request_id: String,
    /// What: the flags that left, by what they are in the story.
    pub what: Vec<String>,
    /// Who: an ARN, or `anonymous`.
    pub who: String,
    /// From where.
    pub source_ip: String,
    /// By which request.
    pub request: String,
    /// What that set going inside, in order.
    pub path: Vec<String>,
    /// How many bytes left.
    pub bytes: u64,
    /// What was read, by key.
    pub items: Vec<String>,
    /// What led up to it, oldest first.
    pub steps: Vec<Step>,
    /// What let it happen.
    pub way_in: Option<WayIn>,
    /// What else the same request was allowed.
    pub also: Vec<WayIn>,
    /// What let a function have it that gave it away.
    pub way_on: Option<WayIn>,
    /// Other requests that took the same in the same way.
    pub again: usize,
    /// How that compares with the proofs.
    pub order: Order,
}

/// How a theft compares with the proofs of a fix that the last one still found good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// It came before the first of them.
    Before,
    /// It came after the first, and a later one judged what it may have opened.
    Between,
    /// It came after the last.
    After,
}

/// A request that led up to a theft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// What was asked for, and on what.
    pub request: String,
    /// What let it happen.
    pub ways: Vec<WayIn>,
}

/// What let a request in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayIn {
    /// The permission.
    pub action: String,
    /// On what.
    pub resource: String,
    /// What decided, in words.
    pub by: String,
    /// The policy and the statement in it; none where nobody's permission was needed.
    pub statement: Option<(String, String)>,
    /// The statement's text.
    pub text: String,
    /// The SHA-256 of the policy, in hexadecimal digits.
    pub sha256: String,
}

impl WayIn {
    fn new(access: &JournalAccess) -> Self {
        let first = access.statements.first();
        Self {
            action: access.action.clone(),
            resource: access.resource.clone(),
            // Across accounts the caller's own policies have the last word; they let nobody in.
            by: first.map_or(&access.decided_by, |it| &it.place.policy_type).clone(),
            statement: first.map(|it| (it.place.policy.clone(), it.place.statement.clone())),
            text: first.map(|it| it.text.clone()).unwrap_or_default(),
            sha256: first.map(|it| it.sha256.clone()).unwrap_or_default(),
        }
    }

    /// What makes it another way than others: a policy that changed beside it does not.
    fn place(&self) -> (&str, &str, &Option<(String, String)>) {
        (&self.action, &self.by, &self.statement)
    }
}

impl Theft {
    /// What makes it another theft than others.
    pub(super) fn way(&self) -> (&[String], &str, [Option<String>; 2]) {
        let place = |way: &Option<WayIn>| way.as_ref().map(|way| format!("{:?}", way.place()));
        (&self.what, &self.who, [place(&self.way_in), place(&self.way_on)])
    }
}

/// The thefts, oldest first, those that are alike as one; `order` says how a moment compares with
/// the proofs.
pub(super) fn thefts(
    (scenario, game): (&Scenario, &Game),
    (played, entries): (&[&JournalEntry], &[JournalEntry]),
    foes: &Foes<'_>,
    order: impl Fn(Timestamp) -> Order,
) -> Vec<Theft> {
    let mut thefts: Vec<Theft> = Vec::new();
    // Of many that are alike the first one is looked into.
    let mut known = BTreeMap::new();
    for entry in played.iter().filter(|entry| is_theft(game, entry)) {
        let route = entry.http.as_ref().and_then(|http| http.route.as_ref());
        let place = |it: &JournalAccess| {
            (it.decided_by.clone(), it.statements.first().map(|first| first.place.clone()))
        };
        let decided: Vec<_> = entry.accesses.iter().map(place).collect();
        let alike = (&entry.caller.arn, &entry.service, route.unwrap_or(&entry.operation));
        let alike = (alike, &entry.markers, format!("{decided:?}"), order(entry.at));
        let place = *known.entry(alike).or_insert(thefts.len());
        if let Some(known) = thefts.get_mut(place) {
            known.again += 1;
            continue;
        }
        let mut theft = theft(scenario, game, entry, entries);
        theft.order = order(entry.at);
        theft.steps = steps(entry, played, foes);
        let room = thefts.len() < MAX_THEFTS;
        let same = thefts
            .iter_mut()
            .find(|known| known.order == theft.order && known.way() == theft.way());
        match same {
            Some(known) => known.again += 1,
            None if room => thefts.push(theft),
            None => {}
        }
    }
    thefts
}

fn theft(
    scenario: &Scenario,
    game: &Game,
    entry: &JournalEntry,
    entries: &[JournalEntry],
) -> Theft {
    let way_in = way_in(game, entry, entries);
    let mine = |it: &&JournalAccess| it.owner == game.account("victim");
    let others = entry.accesses.iter().filter(mine).filter(|it| Some(*it) != way_in);
    Theft {
        at: entry.at,
        request_id: entry.request_id.clone(),
        what: taken(scenario, entry).map(|flag| flag.text.clone()).collect(),
        who: who(game, entry),
        source_ip: entry.caller.source_ip.clone().unwrap_or_default(),
        request: short(&request_on(entry)),
        path: path(game, entry, entries),
        bytes: entry.bytes_out,
        items: entry.items.clone(),
        steps: Vec::new(),
        way_in: way_in.map(WayIn::new),
        also: others.map(WayIn::new).take(MAX_WAYS).collect(),
        way_on: way_on(entry, entries).map(WayIn::new),
        again: 0,
        order: Order::Before,
    }
}

/// The flags that left with a request.
pub(super) fn taken<'s>(
    scenario: &'s Scenario,
    entry: &JournalEntry,
) -> impl Iterator<Item = &'s Flag> {
    let left = |flag: &&Flag| entry.markers.iter().any(|marker| marker.id == flag.id);
    scenario.flags.iter().filter(left)
}

/// What the request set going, in the order in which one thing led to the next.
fn path(game: &Game, theft: &JournalEntry, entries: &[JournalEntry]) -> Vec<String> {
    let told = |entry: &JournalEntry| {
        let on = entry.accesses.first().map(|access| format!(" on {}", access.resource));
        short(&format!("{} as {}{}", request(entry), part(game, entry), on.unwrap_or_default()))
    };
    let steps = set_going(game, theft, entries).into_iter();
    let telling = steps.filter(|entry| entry.service != "logs" && entry.service != "xray");
    telling.map(told).take(MAX_STEPS).collect()
}

/// What foes did before that the theft needed: they made or changed what it acted on, the policy
/// that let it happen or the one it was done as, or took that role on; and what these steps needed.
fn steps(theft: &JournalEntry, played: &[&JournalEntry], foes: &Foes<'_>) -> Vec<Step> {
    let leads = |entry: &&&JournalEntry| {
        (changes(entry) || entry.operation == "AssumeRole")
            && got_through(entry)
            && foes.made(entry)
            && entry.request_id != theft.request_id
    };
    let candidates: Vec<_> = played.iter().filter(leads).copied().collect();
    let mut found: Vec<&JournalEntry> = Vec::new();
    let mut open = vec![theft];
    while let Some(needed) = open.pop() {
        let needs = needs(needed);
        let fresh = candidates.iter().copied().filter(|it| {
            it.at <= needed.at
                && !found.iter().any(|known| known.request_id == it.request_id)
                && it.accesses.first().is_some_and(|made| needs.contains(bare(&made.resource)))
        });
        let fresh: Vec<_> = fresh.take(MAX_STEPS - found.len().min(MAX_STEPS)).collect();
        found.extend(&fresh);
        open.extend(fresh);
    }
    found.sort_by_key(|entry| entry.at);
    // Done again, it is still the first time that made the difference.
    let mut known = BTreeSet::new();
    found.retain(|entry| known.insert((&entry.caller.arn, request_on(entry))));
    let step = |entry: &JournalEntry| Step {
        at: entry.at,
        request: short(&request_on(entry)),
        ways: entry.accesses.iter().map(WayIn::new).take(MAX_WAYS).collect(),
    };
    found.into_iter().map(step).collect()
}

/// What a request could not do without: whom it was made as, what it acted on, and the policies
/// that let it.
fn needs(entry: &JournalEntry) -> BTreeSet<&str> {
    let mut needs = BTreeSet::from([&**principal(entry)]);
    for access in &entry.accesses {
        needs.insert(bare(&access.resource));
        let policy = |it: &JournalStatement| it.place.policy.starts_with("arn:");
        let policies = access.statements.iter().filter(|it| policy(it));
        needs.extend(policies.map(|it| &*it.place.policy));
    }
    needs.remove("*");
    needs
}

/// The ARN of a function without its version or alias; others as they are.
fn bare(arn: &str) -> &str {
    match arn.match_indices(':').nth(6) {
        Some((end, _)) if arn.contains(":function:") => arn.get(..end).unwrap_or(arn),
        _ => arn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        evidence::{
            asked_for,
            sample::{THIEF, VICTIM, allowed, entry, on},
        },
        scenario,
    };
    use serde_json::json;

    fn told(entries: &[JournalEntry]) -> Vec<Theft> {
        let (scenario, game) = (scenario::load("H01").unwrap().scenario, Game::example());
        let played: Vec<_> = entries.iter().filter(|it| asked_for(&game, it)).collect();
        let foes = Foes::new(&scenario, &game, &played, None);
        thefts((&scenario, &game), (&played, entries), &foes, |_| Order::Before)
    }

    #[test]
    fn a_stranger_was_let_in_by_the_policy_that_names_him() {
        let mut access = allowed("UseOfTheKey", "key");
        access.statements[0].place.policy_type = "resource-based policy".into();
        access.decided_by = "identity-based policy".into();
        assert_eq!(WayIn::new(&access).by, "resource-based policy");
        access.statements.clear();
        assert_eq!(WayIn::new(&access).by, "identity-based policy");
    }

    #[test]
    fn each_step_of_a_theft_names_its_statement() {
        let function = "arn:aws:lambda:us-east-1:111111111111:function:f";
        let mut made = on(entry(1, (THIEF, VICTIM), "lambda:CreateFunction", VICTIM), function);
        made.operation = "CreateFunction".into();
        made.markers.clear();
        made.accesses[0].statements = allowed("Build", "tools").statements;
        let mut wear = allowed("Wear", "tools");
        wear.action = "iam:PassRole".into();
        made.accesses.push(wear);
        let mut other = on(made.clone(), "arn:aws:lambda:us-east-1:111111111111:function:g");
        other.request_id = "other".into();
        let mut invoked = on(entry(2, (THIEF, VICTIM), "lambda:InvokeFunction", VICTIM), function);
        invoked.accesses[0].resource = format!("{function}:live");
        let thefts = told(&[made, other, invoked]);
        let [theft] = &*thefts else { panic!("{thefts:?}") };
        let [step] = &*theft.steps else { panic!("{theft:?}") };
        let statements: Vec<_> =
            step.ways.iter().filter_map(|way| Some(&*way.statement.as_ref()?.1)).collect();
        assert_eq!(statements, ["Build", "Wear"]);
    }

    #[test]
    fn all_that_a_theft_was_allowed_is_named() {
        let mut theft = entry(1, (THIEF, VICTIM), "lambda:InvokeFunctionUrl", VICTIM);
        theft.accesses[0].statements = allowed("AnybodyMayUse", "f").statements;
        theft.accesses.push(allowed("AnybodyMayInvoke", "f"));
        let thefts = told(&[theft]);
        assert_eq!(thefts[0].also[0].statement, Some(("f".into(), "AnybodyMayInvoke".into())));
    }

    #[test]
    fn a_policy_that_changed_is_no_other_way() {
        let theft = |at, sha256: &str| {
            let mut theft = entry(at, (THIEF, VICTIM), "logs:FilterLogEvents", VICTIM);
            theft.accesses[0].statements = allowed("Look", "intern").statements;
            theft.accesses[0].statements[0].sha256 = sha256.into();
            theft
        };
        let thefts = told(&[theft(1, "a"), theft(2, "b")]);
        assert_eq!((thefts.len(), thefts[0].again), (1, 1));
        assert_eq!(json!(thefts[0].order), json!("before"));
    }
}
