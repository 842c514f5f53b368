//! What the journal and the game say together: the thefts, and the timeline.

use super::{
    foes::Foes,
    prices::{self, Bill},
};
use crate::{
    evidence::{by_function, deputy_of, is_own, is_theft, set_going, way_in, way_on},
    game::{Act, Finding, Game, Proof as Evident},
    run::Verdict,
    scenario::{Proof, Scenario},
    seen::REFUSED,
};
use serde::{Deserialize, Serialize};
use service_kit::journal::{JournalAccess, JournalDecision, JournalEntry};
use shape::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The most moments that are told.
const MAX_MOMENTS: usize = 200;
/// How many calls that a theft set going are told.
const MAX_STEPS: usize = 10;
/// How many thefts are told.
const MAX_THEFTS: usize = 50;
/// Operations on data, which look like nothing else by their names.
const DATA: [(&str, &str); 24] = [
    ("dynamodb", "BatchExecuteStatement"),
    ("dynamodb", "BatchGetItem"),
    ("dynamodb", "BatchWriteItem"),
    ("dynamodb", "DeleteItem"),
    ("dynamodb", "ExecuteStatement"),
    ("dynamodb", "ExecuteTransaction"),
    ("dynamodb", "GetItem"),
    ("dynamodb", "PutItem"),
    ("dynamodb", "Query"),
    ("dynamodb", "Scan"),
    ("dynamodb", "TransactGetItems"),
    ("dynamodb", "TransactWriteItems"),
    ("dynamodb", "UpdateItem"),
    ("kms", "Decrypt"),
    ("kms", "Encrypt"),
    ("kms", "GenerateDataKey"),
    ("lambda", "Invoke"),
    ("logs", "PutLogEvents"),
    ("sns", "Publish"),
    ("sqs", "DeleteMessage"),
    ("sqs", "ReceiveMessage"),
    ("sqs", "SendMessage"),
    ("sts", "AssumeRole"),
    ("sts", "GetCallerIdentity"),
];
/// How many different things one list has.
const MAX_TALLIES: usize = 12;
/// The most characters of one thing that is told.
const MAX_CHARS: usize = 240;

/// What happened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Account {
    /// Since when the weakness was there.
    pub exposed: Timestamp,
    /// The first request that got something it should not have.
    pub first_theft: Option<Timestamp>,
    /// The last one.
    pub last_theft: Option<Timestamp>,
    /// When the defender noticed that something was gone: an alarm of his went off, he asked what
    /// had happened, or for a proof.
    pub noticed: Option<Timestamp>,
    /// By what.
    pub noticed_by: String,
    /// When the proved fix began to hold; none if it was undone, or something was taken since.
    pub fixed: Option<Timestamp>,
    /// What was taken, and how.
    pub thefts: Vec<Theft>,
    /// What happened when, oldest first.
    pub timeline: Vec<Moment>,
    /// How many moments more there were.
    pub more: usize,
    /// What attackers tried and did not get.
    pub held: Vec<Tally>,
    /// How many requests attackers made.
    pub hostile: usize,
    /// How many of these the account's own trail does not know.
    pub unseen: usize,
    /// Which those are.
    pub blind: Vec<Tally>,
    /// What the owner changed, by which calls.
    pub mended: Vec<Tally>,
    /// What the attack cost at list prices, with all that it set going.
    pub attack: Bill,
    /// What the defence did.
    pub defence: Bill,
}

/// Something that was done, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Who did it.
    pub who: String,
    /// What.
    pub what: String,
    /// More about it: what it was done to, or why it did not work.
    pub detail: String,
    /// How many times.
    pub times: usize,
}

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
    /// What let it happen.
    pub way_in: Option<WayIn>,
    /// What let a function have it that gave it away.
    pub way_on: Option<WayIn>,
    /// Other requests that took the same in the same way.
    pub again: usize,
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
}

/// Something that happened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// Who: `thief`, `owner`, `range` or another.
    pub who: String,
    /// What.
    pub what: String,
    /// How many times in a row.
    pub times: usize,
    /// Whether the account's own trail has no record of it.
    pub unseen: bool,
    /// What sort of thing it is.
    pub sort: Sort,
}

/// What sort of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// Something was taken.
    Theft,
    /// An attacker did something.
    Attack,
    /// An attacker was turned away.
    Held,
    /// Somebody else did something.
    Other,
    /// The game notes it: a goal, a proof, an alarm.
    Mark,
}

/// What is known of the victim's account, beside what the game notes itself.
pub struct Known<'a> {
    /// Its part of the journal.
    pub entries: &'a [JournalEntry],
    /// The requests that its own trail knows.
    pub trail: &'a BTreeSet<String>,
    /// Its alarms that went off, each with when.
    pub alarms: &'a [(Timestamp, String)],
}

impl Account {
    /// What happened in `game`, by all that is known.
    pub fn new(scenario: &Scenario, game: &Game, known: &Known<'_>) -> Self {
        let Known { entries, trail, alarms } = known;
        let played: Vec<_> = entries.iter().filter(|entry| !is_own(game, entry)).collect();
        let foes = Foes::new(scenario, game, &played);
        let (timeline, more) = timeline(scenario, game, &played, known, &foes);
        let times = || played.iter().filter(|it| is_theft(game, it)).map(|entry| entry.at);
        let (first_theft, last_theft) = (times().min(), times().max());
        let noticed = noticed(game, alarms, first_theft);
        let hostile: Vec<_> = played
            .iter()
            .copied()
            .filter(|it| asked_for(game, it) && foes.made(game, it))
            .collect();
        let unseen = || hostile.iter().filter(|entry| !trail.contains(&entry.request_id));
        let (attack, defence): (Vec<_>, Vec<_>) =
            played.iter().copied().partition(|entry| foes.paid(game, entry));
        Self {
            exposed: game.started,
            first_theft,
            last_theft,
            noticed: noticed.as_ref().map(|(at, _)| *at),
            noticed_by: noticed.map(|(_, by)| by).unwrap_or_default(),
            fixed: fixed(game, last_theft),
            thefts: thefts(scenario, game, &played, entries),
            timeline,
            more,
            held: tallied(hostile.iter().filter_map(|entry| held(game, entry))),
            hostile: hostile.len(),
            unseen: unseen().count(),
            blind: tallied(unseen().map(|it| (part(game, it), request(it), String::new()))),
            mended: tallied(played.iter().filter_map(|entry| mended(game, entry, &foes))),
            attack: prices::bill(attack.into_iter()),
            defence: prices::bill(defence.into_iter()),
        }
    }
}

/// When the defender could know that something was gone, and by what: an alarm of his, his
/// question, or a proof that he asked for.
fn noticed(
    game: &Game,
    alarms: &[(Timestamp, String)],
    theft: Option<Timestamp>,
) -> Option<(Timestamp, String)> {
    let alarms = alarms.iter().map(|(at, name)| (*at, format!("the alarm {name}")));
    let looked = game.looked.map(|at| (at, "looking (`heist play explain`)".to_owned()));
    let proofs = game.proofs.iter().map(|proof| (proof.at, "a proof (`heist play verify`)".into()));
    let theft = theft?;
    let all = alarms.chain(looked).chain(proofs);
    all.filter(|(at, _)| *at >= theft).min_by_key(|(at, _)| *at)
}

/// When the fix began to hold that the last proof found good; none if something was taken since.
fn fixed(game: &Game, last_theft: Option<Timestamp>) -> Option<Timestamp> {
    let good = |proof: &&Evident| proof.finding == Finding::Fixed;
    let first = game.proofs.iter().rev().take_while(good).last()?;
    let last = game.proofs.last()?;
    last_theft.is_none_or(|theft| theft <= last.ended).then_some(first.at)
}

/// What an attacker tried and did not get, and why.
fn held(game: &Game, entry: &JournalEntry) -> Option<(String, String, String)> {
    let refused = entry.accesses.iter().find(|access| access.is_refused());
    let why = match refused {
        Some(access) => match access.statements.first() {
            Some(first) => format!("{} of {}", first.place.statement, first.place.policy),
            None => format!("nothing allows {}", access.action),
        },
        None if REFUSED.contains(&entry.status) => {
            entry.error_code.clone().unwrap_or_else(|| entry.status.to_string())
        }
        None => return None,
    };
    Some((part(game, entry), request(entry), why))
}

/// What somebody else than an attacker changed, on what.
fn mended(game: &Game, entry: &JournalEntry, foes: &Foes<'_>) -> Option<(String, String, String)> {
    let control = entry.http.is_none() && !entry.internal && entry.status < 400;
    if !control || looks(entry) || is_data(entry) || foes.made(game, entry) {
        return None;
    }
    if by_function(game, entry) || entry.accesses.iter().any(|access| access.is_refused()) {
        return None;
    }
    let resource = entry.accesses.first().map(|access| access.resource.clone());
    Some((part(game, entry), request(entry), resource.unwrap_or_default()))
}

/// The same things together, in the order in which they were first done.
fn tallied(all: impl Iterator<Item = (String, String, String)>) -> Vec<Tally> {
    let mut tallies: Vec<Tally> = Vec::new();
    for (who, what, detail) in all {
        let (what, detail) = (short(&what), short(&detail));
        let room = tallies.len() < MAX_TALLIES;
        let mut known = tallies.iter_mut();
        let same = known.find(|it| (&it.who, &it.what, &it.detail) == (&who, &what, &detail));
        match same {
            Some(tally) => tally.times += 1,
            None if room => tallies.push(Tally { who, what, detail, times: 1 }),
            None => {}
        }
    }
    tallies
}

/// The beginning of `text` that is told.
fn short(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn thefts(
    scenario: &Scenario,
    game: &Game,
    played: &[&JournalEntry],
    entries: &[JournalEntry],
) -> Vec<Theft> {
    let mut thefts: Vec<Theft> = Vec::new();
    // Of many that are alike the first one is looked into.
    let mut known = BTreeMap::new();
    for entry in played.iter().filter(|entry| is_theft(game, entry)) {
        let route = entry.http.as_ref().and_then(|http| http.route.as_ref());
        let decided: Vec<_> =
            entry.accesses.iter().map(|it| (&it.decided_by, it.statements.first())).collect();
        let place = thefts.len();
        let alike = (&entry.caller.arn, &entry.service, route.unwrap_or(&entry.operation));
        let place = *known.entry((alike, &entry.markers, format!("{decided:?}"))).or_insert(place);
        if place < thefts.len() {
            thefts[place].again += 1;
            continue;
        }
        let theft = theft(scenario, game, entry, entries);
        let room = thefts.len() < MAX_THEFTS;
        let same = thefts.iter_mut().find(|known| {
            (&known.what, &known.who) == (&theft.what, &theft.who)
                && (&known.way_in, &known.way_on) == (&theft.way_in, &theft.way_on)
        });
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
    let flags = scenario.flags.iter();
    let left = flags.filter(|flag| entry.markers.iter().any(|marker| marker.id == flag.id));
    Theft {
        at: entry.at,
        request_id: entry.request_id.clone(),
        what: left.map(|flag| flag.text.clone()).collect(),
        who: who(game, entry),
        source_ip: entry.caller.source_ip.clone().unwrap_or_default(),
        request: short(&request(entry)),
        path: path(game, entry, entries),
        bytes: entry.bytes_out,
        items: entry.items.clone(),
        way_in: way_in(game, entry, entries).map(WayIn::new),
        way_on: way_on(entry, entries).map(WayIn::new),
        again: 0,
    }
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

fn who(game: &Game, entry: &JournalEntry) -> String {
    match entry.caller.kind.as_str() {
        "Anonymous" if entry.account != game.account("victim") => {
            format!("anonymous, in account {}", entry.account)
        }
        "Anonymous" => "anonymous".into(),
        _ => entry.caller.arn.clone(),
    }
}

fn request(entry: &JournalEntry) -> String {
    match &entry.http {
        Some(http) => format!("{} {} ({})", http.method, http.path, entry.service),
        None => format!("{}:{}", entry.service, entry.operation),
    }
}

/// What happened, oldest first, and how many moments there is no room for.
fn timeline(
    scenario: &Scenario,
    game: &Game,
    played: &[&JournalEntry],
    known: &Known<'_>,
    foes: &Foes<'_>,
) -> (Vec<Moment>, usize) {
    let mut marks = landmarks(scenario, game);
    marks.extend(known.alarms.iter().map(|(at, name)| alarm(*at, name)));
    let mut all = moments(game, played, known.trail, foes);
    all.extend(marks);
    // What is noted at the same time as a request is noted because of it.
    all.sort_by_key(|moment| (moment.at, moment.sort == Sort::Mark));
    let all = joined(all);
    let marks = all.iter().filter(|moment| moment.sort == Sort::Mark).count();
    let others = all.len() - marks;
    let room = MAX_MOMENTS.saturating_sub(marks);
    let more = others.saturating_sub(room);
    // The beginning tells how it came about, the end how it went out.
    let (first, mut at) = (room / 3 * 2, 0);
    let kept = all.into_iter().filter(|moment| {
        if moment.sort == Sort::Mark {
            return true;
        }
        at += 1;
        at <= first || at > first + more
    });
    (kept.take(2 * MAX_MOMENTS).collect(), more)
}

/// Whether somebody asked for it; what functions do follows from who called them.
fn asked_for(game: &Game, entry: &JournalEntry) -> bool {
    (!entry.internal || deputy_of(game, entry).is_some()) && !by_function(game, entry)
}

fn moments(
    game: &Game,
    played: &[&JournalEntry],
    trail: &BTreeSet<String>,
    foes: &Foes<'_>,
) -> Vec<Moment> {
    let told = played.iter().filter(|it| asked_for(game, it) && !(looks(it) && it.status < 400));
    let moment = |entry: &&JournalEntry| {
        let (outcome, sort) = match entry.accesses.iter().find(|it| it.is_refused()) {
            Some(access) if access.decision == JournalDecision::ExplicitDeny => {
                (": denied", Sort::Held)
            }
            Some(_) => (": refused", Sort::Held),
            None if is_theft(game, entry) => (": took what was planted", Sort::Theft),
            None if REFUSED.contains(&entry.status) => (": refused", Sort::Held),
            None if entry.status >= 400 => (": failed", Sort::Attack),
            None => ("", Sort::Attack),
        };
        Moment {
            at: entry.at,
            who: short(&part(game, entry)),
            what: short(&format!("{}{}{outcome}", request(entry), passing(entry))),
            times: 1,
            unseen: !trail.contains(&entry.request_id),
            sort: if foes.made(game, entry) { sort } else { Sort::Other },
        }
    };
    told.map(moment).collect()
}

/// The role that a request hands to a service.
fn passing(entry: &JournalEntry) -> String {
    let passed = entry.accesses.iter().find(|access| access.action == "iam:PassRole");
    let role = passed.and_then(|access| access.resource.rsplit_once('/'));
    role.map_or_else(String::new, |(_, role)| format!(", passing {role}"))
}

/// Whether a request only looks at how things are set.
fn looks(entry: &JournalEntry) -> bool {
    let looks = ["Get", "List", "Describe", "Simulate", "Check", "Validate", "Lookup"];
    let control = entry.http.is_none() && entry.markers.is_empty();
    control && !is_data(entry) && looks.iter().any(|verb| entry.operation.starts_with(verb))
}

/// Whether a request is about data, not about how things are set.
fn is_data(entry: &JournalEntry) -> bool {
    DATA.contains(&(&*entry.service, &*entry.operation))
}

/// Who made a request, as the game knows him.
fn part(game: &Game, entry: &JournalEntry) -> String {
    let caller = entry.caller.session_issuer.as_ref().unwrap_or(&entry.caller.arn);
    let named = game
        .outputs
        .iter()
        .find_map(|(name, arn)| name.strip_prefix("identities.").filter(|_| arn == caller));
    let own = format!("arn:aws:iam::{}:", game.account("victim"));
    if let Some(account) = deputy_of(game, entry) {
        let part = game.accounts.iter().find(|(_, known)| *known == account);
        return format!("{}, by {caller}", part.map_or(account, |(part, _)| part));
    }
    match (named, &*entry.caller.kind) {
        (Some(name), _) => name.to_owned(),
        (None, "Anonymous") => "anonymous".into(),
        (None, _) => caller.strip_prefix(&own).unwrap_or(caller).to_owned(),
    }
}

fn alarm(at: Timestamp, name: &str) -> Moment {
    note(at, "owner", format!("the alarm {name} goes off"))
}

fn note(at: Timestamp, who: &str, what: String) -> Moment {
    Moment { at, who: who.into(), what, times: 1, unseen: false, sort: Sort::Mark }
}

/// What the game itself notes.
fn landmarks(scenario: &Scenario, game: &Game) -> Vec<Moment> {
    let mut moments = vec![note(game.started, "range", "the weak stack is open".into())];
    for goal in &scenario.goals {
        if let Some(at) = game.reached.get(&goal.id) {
            let handed = matches!(goal.proof, Proof::Flag(_));
            let how = if handed { "handed in" } else { "done" };
            moments.push(note(*at, "thief", format!("{how}: {}", goal.text)));
        }
    }
    if let Some(at) = game.looked {
        moments.push(note(at, "owner", "looked at what had happened".into()));
    }
    for proof in &game.proofs {
        let (what, kind) = match proof.finding {
            Finding::Fixed => ("the fix is proved", ""),
            Finding::Held => ("attacks are refused, but this is not right yet:", "C."),
            Finding::Open => ("an attack still works, so this is not true:", "A."),
            Finding::Down => ("something that must work does not:", "T."),
        };
        moments.push(note(proof.at, "range", format!("{what}{}", failing(proof, kind))));
    }
    for span in &game.spans {
        match &span.act {
            Act::Proof => {}
            Act::Theft => moments.push(note(span.from, "range", "the automated thief ran".into())),
            Act::Fix(name) => {
                moments.push(note(span.from, "range", format!("the range applied the fix {name}")));
            }
        }
    }
    moments
}

/// What went wrong in a proof, of one kind of checks: of traffic that does not pass, attacks that
/// break something count, too.
fn failing(proof: &Evident, kind: &str) -> String {
    let bad = proof.checks.iter().filter(|check| {
        let broken = kind == "T." && check.verdict == Verdict::Broken;
        !check.verdict.is_good() && (check.name.starts_with(kind) || broken)
    });
    let texts: Vec<_> = bad.map(|check| format!(" {}", check.text)).collect();
    if kind.is_empty() { String::new() } else { texts.join(";") }
}

/// The same thing done several times in a row as one moment.
fn joined(moments: Vec<Moment>) -> Vec<Moment> {
    let mut joined: Vec<Moment> = Vec::new();
    for moment in moments {
        match joined.last_mut() {
            Some(last) if (&last.who, &last.what) == (&moment.who, &moment.what) => {
                last.times += 1;
            }
            _ => joined.push(moment),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_stranger_was_let_in_by_the_policy_that_names_him() {
        let mut access: JournalAccess = serde_json::from_value(json!({
            "action": "kms:Decrypt", "resource": "r", "asked": null, "owner": "111111111111",
            "decision": "Allowed", "decided_by": "identity-based policy", "matched": [],
            "statements": [{
                "place": {
                    "policy_type": "resource-based policy", "policy": "r",
                    "statement": "UseOfTheKey", "effect": "Allow",
                },
                "text": "{}", "sha256": "",
            }],
        }))
        .unwrap();
        assert_eq!(WayIn::new(&access).by, "resource-based policy");
        access.statements.clear();
        assert_eq!(WayIn::new(&access).by, "identity-based policy");
    }
}
