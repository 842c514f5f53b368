//! What happened when, oldest first.

use super::{
    account::Known,
    foes::Foes,
    thefts::taken,
    words::{looks, part, request_on, short},
};
use crate::{
    evidence::{asked_for, is_theft},
    game::{Act, Finding, Game, Proof as Evident},
    run::Verdict,
    scenario::{Kind, Proof, Scenario},
    seen::REFUSED,
};
use serde::{Deserialize, Serialize};
use service_kit::journal::{JournalDecision, JournalEntry};
use shape::Timestamp;
use std::collections::BTreeSet;

/// The most moments that are told.
const MAX_MOMENTS: usize = 200;

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

/// What happened, and how many moments there is no room for.
pub(super) fn timeline(
    scenario: &Scenario,
    game: &Game,
    played: &[&JournalEntry],
    known: &Known<'_>,
    foes: &Foes<'_>,
) -> (Vec<Moment>, usize) {
    let mut marks = landmarks(scenario, game);
    marks.extend(known.alarms.iter().map(|(at, name)| alarm(*at, name)));
    let mut all = moments((scenario, game), played, known.trail, foes);
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

fn moments(
    (scenario, game): (&Scenario, &Game),
    played: &[&JournalEntry],
    trail: &BTreeSet<String>,
    foes: &Foes<'_>,
) -> Vec<Moment> {
    let told = played.iter().filter(|it| asked_for(game, it) && is_told(game, foes, it));
    let moment = |entry: &&JournalEntry| {
        let (outcome, sort) = match entry.accesses.iter().find(|it| it.is_refused()) {
            Some(access) if access.decision == JournalDecision::ExplicitDeny => {
                (": denied".into(), Sort::Held)
            }
            Some(_) => (": refused".into(), Sort::Held),
            None if is_theft(game, entry) => {
                let flags: Vec<_> = taken(scenario, entry).map(|flag| &*flag.text).collect();
                (format!(": took {}", flags.join(" and ")), Sort::Theft)
            }
            None if REFUSED.contains(&entry.status) => (": refused".into(), Sort::Held),
            None if entry.status >= 400 => (": failed".into(), Sort::Attack),
            None => (String::new(), Sort::Attack),
        };
        Moment {
            at: entry.at,
            who: short(&part(game, entry)),
            what: short(&format!("{}{outcome}", request_on(entry))),
            times: 1,
            unseen: !trail.contains(&entry.request_id),
            sort: if foes.made(entry) { sort } else { Sort::Other },
        }
    };
    told.map(moment).collect()
}

/// Whether a request is more than a look at settings: a theft, or a look that an attacker was
/// refused.
fn is_told(game: &Game, foes: &Foes<'_>, entry: &JournalEntry) -> bool {
    !looks(entry) || foes.made(entry) && (entry.status >= 400 || is_theft(game, entry))
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
        moments.push(note(at, "player", "asked what had happened".into()));
    }
    moments.extend(game.proofs.iter().map(|proof| note(proof.at, "range", proved(proof))));
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

/// What a proof found.
fn proved(proof: &Evident) -> String {
    let working = match working(proof) {
        (0, _) => String::new(),
        (working, all) => format!("; of {all} attacks {working} still worked"),
    };
    match proof.finding {
        Finding::Fixed => "the fix is proved".into(),
        Finding::Held => {
            format!(
                "attacks are refused, but this is not right yet:{}",
                failing(proof, Kind::Configuration)
            )
        }
        Finding::Open => {
            format!(
                "an attack still works, so this is not true:{}{working}",
                failing(proof, Kind::Attack)
            )
        }
        Finding::Down => {
            format!("something that must work does not:{}{working}", failing(proof, Kind::Traffic))
        }
    }
}

/// How many attacks worked in a proof, and how many were tried.
pub(super) fn working(proof: &Evident) -> (usize, usize) {
    let attacks = || proof.checks.iter().filter(|check| Kind::Attack.has(&check.name));
    let working = attacks().filter(|check| check.verdict == Verdict::Succeeded);
    (working.count(), attacks().count())
}

/// What went wrong in a proof, of one kind of checks: of traffic that does not pass, attacks that
/// break something count, too.
fn failing(proof: &Evident, kind: Kind) -> String {
    let bad = proof.checks.iter().filter(|check| {
        let broken = kind == Kind::Traffic && check.verdict == Verdict::Broken;
        !check.verdict.is_good() && (kind.has(&check.name) || broken)
    });
    let texts: Vec<_> = bad.map(|check| format!(" {}", check.text)).collect();
    texts.join(";")
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
    use crate::{run::CheckResult, scenario};

    #[test]
    fn a_proof_tells_what_is_down_and_how_many_attacks_still_work() {
        let check = |name: &str, verdict| CheckResult {
            name: name.into(),
            text: format!("{name} holds"),
            verdict,
            detail: String::new(),
        };
        let at = Timestamp::from_secs(1);
        let checks = vec![
            check("T.post", Verdict::Failed),
            check("A.read", Verdict::Succeeded),
            check("A.write", Verdict::Refused),
        ];
        let proof = Evident { at, ended: at, rounds: 0, finding: Finding::Down, checks };
        let told = proved(&proof);
        assert!(told.ends_with("not: T.post holds; of 2 attacks 1 still worked"), "{told}");
    }

    #[test]
    fn a_theft_names_what_it_took() {
        use crate::evidence::sample::{THIEF, VICTIM, entry};
        let scenario = scenario::load("H01").unwrap().scenario;
        let game = Game::example();
        let mut theft = entry(1, (THIEF, VICTIM), "dynamodb:Scan", VICTIM);
        theft.markers[0].id = scenario.flags[0].id.clone();
        let mut look = entry(2, (VICTIM, VICTIM), "kms:GetKeyPolicy", VICTIM);
        look.operation = "GetKeyPolicy".into();
        look.status = 400;
        let played = [&theft, &look];
        let foes = Foes::new(&scenario, &game, &played, None);
        let told = moments((&scenario, &game), &played, &BTreeSet::new(), &foes);
        let [told] = &*told else { panic!("{told:?}") };
        assert!(told.what.ends_with(&format!(": took {}", scenario.flags[0].text)), "{told:?}");
        assert_eq!(told.sort, Sort::Theft);
    }
}
