//! What the journal and the game say together.

use super::{
    foes::{Foes, Side},
    prices::{self, Bill},
    tally::{Tallies, held},
    thefts::{Order, Theft, thefts},
    timeline::{Moment, timeline, working},
    words::{changes, part, request, request_on},
};
use crate::{
    evidence::{asked_for, got_through, is_own, is_theft, principal},
    game::{Act, Finding, Game, Proof},
    run::Verdict,
    scenario::Scenario,
};
use serde::{Deserialize, Serialize};
use service_kit::journal::JournalEntry;
use shape::Timestamp;
use std::collections::BTreeSet;

/// What happened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Account {
    /// Since when the weakness was there.
    pub exposed: Timestamp,
    /// The first request that got something it should not have.
    pub first_theft: Option<Timestamp>,
    /// The last one.
    pub last_theft: Option<Timestamp>,
    /// When the defender noticed that something was gone: an alarm of his went off, he did
    /// something, or he asked for a proof.
    pub noticed: Option<Timestamp>,
    /// By what.
    pub noticed_by: String,
    /// When the fix was proved that the last proof still found good; none if that found it undone.
    pub fixed: Option<Timestamp>,
    /// When the last proof found it good.
    pub proved: Option<Timestamp>,
    /// The last change after that proof, of which it can say nothing.
    pub changed: Option<Changed>,
    /// What was taken, and how.
    pub thefts: Vec<Theft>,
    /// What happened when, oldest first.
    pub timeline: Vec<Moment>,
    /// How many moments more there were.
    pub more: usize,
    /// What attackers tried and did not get.
    pub held: Tallies,
    /// What was tried in vain once the fix was begun, or after it was proved.
    pub tested: Tallies,
    /// The attacks of the last proof that were refused, each with how.
    pub withstood: Vec<(String, String)>,
    /// How many attacks worked in the last proof, of how many.
    pub working: (usize, usize),
    /// How many requests attackers made.
    pub hostile: usize,
    /// How many of these the account's own trail does not know.
    pub unseen: usize,
    /// Which those are.
    pub blind: Tallies,
    /// What the owner changed, by which calls.
    pub mended: Tallies,
    /// What the attack cost at list prices, with all that it set going.
    pub attack: Bill,
    /// What the defence did.
    pub defence: Bill,
}

/// A change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// When.
    pub at: Timestamp,
    /// Who made it.
    pub who: String,
    /// By what.
    pub what: String,
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
        let proofs = good(game);
        let fixed = proofs.first().map(|proof| proof.at);
        let foes = &Foes::new(scenario, game, &played, fixed);
        let (timeline, more) = timeline(scenario, game, &played, known, foes);
        let times = || played.iter().filter(|it| is_theft(game, it)).map(|entry| entry.at);
        let (first_theft, last_theft) = (times().min(), times().max());
        let noticed = first_theft.and_then(|theft| noticed(game, alarms, &played, theft));
        let by = |side: Side| played.iter().copied().filter(move |it| foes.asked(it) == Some(side));
        let unseen = || by(Side::Attack).filter(|entry| !trail.contains(&entry.request_id));
        let bill = |attack: bool| {
            let attacks = |it: &&&JournalEntry| foes.side(it).map(|side| side == Side::Attack);
            prices::bill(played.iter().filter(|it| attacks(it) == Some(attack)).copied())
        };
        let last = game.proofs.last();
        Self {
            exposed: game.started,
            first_theft,
            last_theft,
            noticed: noticed.as_ref().map(|(at, _)| *at),
            noticed_by: noticed.map(|(_, by)| by).unwrap_or_default(),
            fixed,
            proved: proofs.last().map(|proof| proof.at),
            changed: proofs.last().and_then(|proof| changed(game, &played, proof)),
            thefts: thefts((scenario, game), (&played, entries), foes, |at| order(proofs, at)),
            timeline,
            more,
            held: by(Side::Attack).filter_map(|entry| held(game, entry)).collect(),
            tested: by(Side::Test).filter_map(|entry| held(game, entry)).collect(),
            withstood: last.map(withstood).unwrap_or_default(),
            working: last.map(working).unwrap_or_default(),
            hostile: by(Side::Attack).count(),
            unseen: unseen().count(),
            blind: unseen().map(|it| (part(game, it), request_on(it), String::new())).collect(),
            mended: by(Side::Defence).filter_map(|entry| mended(game, entry)).collect(),
            attack: bill(true),
            defence: bill(false),
        }
    }
}

/// The last proofs, as far back as all of them found the fix good.
fn good(game: &Game) -> &[Proof] {
    let good = game.proofs.iter().rev().take_while(|proof| proof.finding == Finding::Fixed);
    let first = game.proofs.len() - good.count();
    game.proofs.get(first..).unwrap_or_default()
}

/// How a moment compares with the last proofs that found the fix good.
fn order(proofs: &[Proof], at: Timestamp) -> Order {
    match (proofs.first(), proofs.last()) {
        (Some(_), Some(last)) if at > last.at => Order::After,
        (Some(first), _) if at > first.at => Order::Between,
        _ => Order::Before,
    }
}

/// When the defender could know that something was gone, and by what: an alarm of his, the first
/// thing that he did himself afterwards, or a proof that he asked for. Who it is that asks the
/// range what happened, nobody knows.
fn noticed(
    game: &Game,
    alarms: &[(Timestamp, String)],
    played: &[&JournalEntry],
    theft: Timestamp,
) -> Option<(Timestamp, String)> {
    let owner = game.outputs.get("identities.owner");
    let own = |it: &&&JournalEntry| Some(principal(it)) == owner && asked_for(game, it);
    let alarms = alarms.iter().map(|(at, name)| (*at, format!("the alarm {name}")));
    let proofs = game.proofs.iter().map(|proof| (proof.at, "a proof (`heist play verify`)".into()));
    let looks = played.iter().filter(own).find(|entry| entry.at >= theft);
    let looks = looks.map(|entry| (entry.at, format!("the owner, with `{}`", request(entry))));
    let all = alarms.chain(looks).chain(proofs);
    all.filter(|(at, _)| *at >= theft).min_by_key(|(at, _)| *at)
}

/// The last change of how things are set after `proof`.
fn changed(game: &Game, played: &[&JournalEntry], proof: &Proof) -> Option<Changed> {
    let after = |it: &&&JournalEntry| {
        it.at > proof.ended && asked_for(game, it) && changes(it) && got_through(it)
    };
    let made = played.iter().rfind(after).map(|entry| Changed {
        at: entry.at,
        who: part(game, entry),
        what: request_on(entry),
    });
    let applied = game.spans.iter().filter_map(|span| match &span.act {
        Act::Fix(name) if span.from > proof.ended => Some(Changed {
            at: span.from,
            who: "range".into(),
            what: format!("heist play apply {name}"),
        }),
        _ => None,
    });
    applied.chain(made).max_by_key(|changed| changed.at)
}

/// The attacks that a proof saw refused, each with how.
fn withstood(proof: &Proof) -> Vec<(String, String)> {
    let attacks = proof.checks.iter().filter(|check| check.verdict == Verdict::Refused);
    attacks.map(|check| (check.text.clone(), hostless(&check.detail))).collect()
}

/// What was asked for without the host that it was asked of, which leaves no room for the answer.
fn hostless(how: &str) -> String {
    let path = |rest: &str| rest.find('/').and_then(|at| rest.get(at..)).map(str::to_owned);
    match how.split_once("https://") {
        Some((method, rest)) if !method.contains(':') => {
            path(rest).map_or_else(|| how.to_owned(), |path| format!("{method}{path}"))
        }
        _ => how.to_owned(),
    }
}

/// What the defence changed, on what. Functions that the owner invokes may change something, too.
fn mended(game: &Game, entry: &JournalEntry) -> Option<(String, String, String)> {
    let own = Some(principal(entry)) == game.outputs.get("identities.owner");
    let invokes = own && entry.service == "lambda" && entry.operation == "Invoke";
    if !got_through(entry) || !(changes(entry) || invokes) {
        return None;
    }
    let resource = entry.accesses.first().map(|access| access.resource.clone());
    Some((part(game, entry), request(entry), resource.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        evidence::sample::{THIEF, VICTIM, entry, on},
        run::CheckResult,
        scenario,
    };

    const OWNER: &str = "arn:aws:iam::111111111111:user/u";

    fn game() -> Game {
        let mut game = Game::example();
        game.outputs.insert("identities.owner".into(), OWNER.into());
        game.business.push(OWNER.into());
        game
    }

    fn told(game: &Game, entries: &[JournalEntry]) -> Account {
        let scenario = scenario::load("H01").unwrap().scenario;
        let trail = BTreeSet::new();
        Account::new(&scenario, game, &Known { entries, trail: &trail, alarms: &[] })
    }

    fn proof(secs: i64, finding: Finding) -> Proof {
        let [at, ended] = [secs, secs + 1].map(Timestamp::from_secs);
        Proof { at, ended, rounds: 3, finding, checks: Vec::new() }
    }

    fn theft(secs: i64) -> JournalEntry {
        let mut theft = entry(secs.unsigned_abs(), (THIEF, VICTIM), "dynamodb:Scan", VICTIM);
        theft.at = Timestamp::from_secs(secs);
        theft
    }

    fn change(secs: i64, operation: &str) -> JournalEntry {
        let mut change = on(
            entry(secs.unsigned_abs(), (VICTIM, VICTIM), operation, VICTIM),
            "arn:aws:iam::1:role/r",
        );
        change.at = Timestamp::from_secs(secs);
        change.operation = operation.into();
        change.service = "iam".into();
        change.markers.clear();
        change
    }

    #[test]
    fn a_theft_after_the_proof_does_not_undo_it() {
        let mut game = game();
        game.proofs.push(proof(10, Finding::Fixed));
        let entries = [theft(5), theft(20)];
        let account = told(&game, &entries);
        assert_eq!(account.fixed, Some(Timestamp::from_secs(10)));
        let orders: Vec<_> = account.thefts.iter().map(|theft| theft.order).collect();
        assert_eq!(orders, [Order::Before, Order::After]);
        game.proofs.push(proof(30, Finding::Fixed));
        let account = told(&game, &entries);
        assert_eq!(account.fixed, Some(Timestamp::from_secs(10)));
        assert_eq!(account.proved, Some(Timestamp::from_secs(30)));
        assert_eq!(account.thefts[1].order, Order::Between);
        game.proofs.push(proof(40, Finding::Open));
        assert_eq!(told(&game, &entries).fixed, None);
    }

    #[test]
    fn what_was_changed_after_the_proof_is_said() {
        let mut game = game();
        game.proofs.push(proof(10, Finding::Fixed));
        let before = [change(5, "PutRolePolicy"), change(20, "GetRole")];
        assert_eq!(told(&game, &before).changed, None);
        let after = [change(5, "PutRolePolicy"), change(20, "DeleteRolePolicy")];
        let changed = told(&game, &after).changed.unwrap();
        assert_eq!((&*changed.who, &*changed.what), ("owner", "iam:DeleteRolePolicy on r"));
    }

    #[test]
    fn what_is_tried_in_vain_after_the_fix_was_begun_is_a_test() {
        let refused = |secs| {
            let mut tried = theft(secs);
            tried.status = 403;
            tried.markers.clear();
            tried
        };
        let entries = [refused(1), theft(2), change(3, "PutRolePolicy"), refused(4), theft(5)];
        let account = told(&game(), &entries);
        assert_eq!((account.hostile, account.unseen), (3, 3));
        assert_eq!((account.held.rows[0].times, account.tested.rows[0].times), (1, 1));
        assert_eq!(account.mended.rows[0].what, "iam:PutRolePolicy");
        assert_eq!(account.noticed, Some(Timestamp::from_secs(3)));
        assert_eq!(account.noticed_by, "the owner, with `iam:PutRolePolicy`");
    }

    #[test]
    fn how_an_attack_was_refused_has_room() {
        assert_eq!(hostless("GET https://a.b/prod/x as nobody: 403"), "GET /prod/x as nobody: 403");
        let inside = "sns.Publish as thief: 403 see https://a.b/c";
        assert_eq!(hostless(inside), inside);
    }

    #[test]
    fn what_a_proof_saw_refused_held() {
        let mut game = game();
        let check = |name: &str, verdict| CheckResult {
            name: name.into(),
            text: name.into(),
            verdict,
            detail: "403".into(),
        };
        let checks = vec![check("A.read", Verdict::Refused), check("A.write", Verdict::Succeeded)];
        game.proofs.push(Proof { checks, ..proof(10, Finding::Open) });
        let account = told(&game, &[]);
        assert_eq!(account.withstood, [("A.read".to_owned(), "403".to_owned())]);
        assert_eq!(account.working, (1, 2));
    }
}
