//! Who came for what is not theirs, and what would not have been done without them.

use super::words::changes;
use crate::{
    evidence::{asked_for, by_function, got_through, is_stranger, is_theft, principal},
    game::Game,
    scenario::Scenario,
};
use service_kit::journal::JournalEntry;
use shape::Timestamp;
use std::collections::{BTreeSet, HashMap};

/// How many requests one may be removed from the one that set it going.
const MAX_REMOVES: usize = 10;

/// For whom something was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Those who came for what is not theirs.
    Attack,
    /// Whoever tries as they did whether the fix holds: what was asked for in vain once it was
    /// begun, and all after it was proved.
    Test,
    /// All others.
    Defence,
}

/// Who came for what is not theirs.
pub(super) struct Foes<'e> {
    /// On whose side the requests are that somebody asked for, and the traces of these.
    requests: HashMap<&'e str, Side>,
    traces: HashMap<&'e str, Side>,
    /// What requests were caused by.
    causes: HashMap<&'e str, &'e str>,
}

impl<'e> Foes<'e> {
    /// Those of `game`, by what was `played`, oldest first, and when the fix was proved.
    pub(super) fn new(
        scenario: &Scenario,
        game: &'e Game,
        played: &[&'e JournalEntry],
        fixed: Option<Timestamp>,
    ) -> Self {
        let cause =
            |entry: &&'e JournalEntry| Some((&*entry.request_id, &**entry.caused_by.as_ref()?));
        let causes = played.iter().filter_map(cause).collect();
        let mut foes = Self { requests: HashMap::new(), traces: HashMap::new(), causes };
        let mut suspects = Suspects::new(scenario, game, played);
        let mut begun = false;
        for entry in played.iter().filter(|entry| asked_for(game, entry)) {
            let made = suspects.made(game, entry);
            begun |= !made && changes(entry) && got_through(entry);
            let tests = begun && !got_through(entry) || fixed.is_some_and(|at| entry.at > at);
            let side = match made {
                true if tests => Side::Test,
                true => Side::Attack,
                false => Side::Defence,
            };
            foes.requests.insert(&entry.request_id, side);
            if let Some(trace) = &entry.trace_id {
                foes.traces.entry(trace).or_insert(side);
            }
        }
        foes
    }

    /// Whether one of them made the request.
    pub(super) fn made(&self, entry: &JournalEntry) -> bool {
        matches!(self.asked(entry), Some(Side::Attack | Side::Test))
    }

    /// On whose side a request is that somebody asked for himself.
    pub(super) fn asked(&self, entry: &JournalEntry) -> Option<Side> {
        self.requests.get(&*entry.request_id).copied()
    }

    /// For whom a request was made; none if nobody in the game set it going.
    pub(super) fn side(&self, entry: &JournalEntry) -> Option<Side> {
        let trace = entry.trace_id.as_deref().and_then(|id| self.traces.get(id));
        let mut id = Some(&*entry.request_id);
        let mut caused = || {
            let known = self.requests.get(id?);
            id = self.causes.get(id?).copied();
            Some(known)
        };
        let caused = std::iter::from_fn(&mut caused).take(MAX_REMOVES).flatten().next();
        caused.or(trace).copied()
    }
}

/// Those who are taken for foes: those who took something came for it with all that they did, and
/// so did whoever acts with keys that they had made or were given.
struct Suspects<'e> {
    /// Those who took something.
    thieves: BTreeSet<(&'e str, bool)>,
    /// The identities that are there to attack with.
    masks: BTreeSet<&'e str>,
    /// Of users and roles, whether it was a foe who was given keys of theirs last.
    given: HashMap<&'e str, bool>,
    /// Of keys, whether a foe has them.
    keys: HashMap<&'e str, bool>,
}

impl<'e> Suspects<'e> {
    fn new(scenario: &Scenario, game: &'e Game, played: &[&'e JournalEntry]) -> Self {
        let thefts = played.iter().filter(|it| is_theft(game, it));
        let thieves = thefts.map(|entry| caller(game, entry)).collect();
        let exported = scenario.exports.iter().filter(|name| !scenario.business.contains(name));
        let masks = exported.filter_map(|name| game.outputs.get(&format!("identities.{name}")));
        let masks = masks.map(String::as_str).collect();
        Self { thieves, masks, given: HashMap::new(), keys: HashMap::new() }
    }

    /// Whether one of them made the request, which comes after all that this was asked of before.
    fn made(&mut self, game: &Game, entry: &'e JournalEntry) -> bool {
        let principal = &**principal(entry);
        let given = self.given.get(principal).copied().unwrap_or_default();
        let key = entry.caller.access_key_id.as_deref();
        let keyed = key.is_some_and(|key| *self.keys.entry(key).or_insert(given));
        let own = game.business.iter().any(|it| it == principal);
        let made = !own
            && (keyed
                || is_stranger(game, entry)
                || self.masks.contains(principal)
                || self.thieves.contains(&caller(game, entry)));
        let gives = ["CreateAccessKey", "AssumeRole"].contains(&&*entry.operation);
        if let Some(access) = entry.accesses.first().filter(|_| gives && got_through(entry)) {
            self.given.insert(&access.resource, made);
        }
        made
    }
}

/// Who made a request, a function apart from whoever holds a session of it.
fn caller<'e>(game: &Game, entry: &'e JournalEntry) -> (&'e str, bool) {
    (&entry.caller.arn, by_function(game, entry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        evidence::sample::{THIEF, VICTIM, entry, on},
        scenario,
    };

    const ROLE: &str = "arn:aws:iam::111111111111:role/OpsAdmin";

    /// What a session of the role did, with a key of that name.
    fn session(at: u64, key: &str, action: &str) -> JournalEntry {
        let mut made = entry(at, (VICTIM, VICTIM), action, VICTIM);
        made.markers.clear();
        made.caller.arn = "arn:aws:sts::111111111111:assumed-role/OpsAdmin/s".into();
        made.caller.session_issuer = Some(ROLE.into());
        made.caller.access_key_id = Some(key.into());
        made
    }

    fn assumed(at: u64, account: &str) -> JournalEntry {
        let mut made = on(entry(at, (account, VICTIM), "sts:AssumeRole", VICTIM), ROLE);
        made.markers.clear();
        made.operation = "AssumeRole".into();
        made
    }

    #[test]
    fn what_a_thief_does_in_a_role_is_the_thiefs() {
        let (scenario, game) = (scenario::load("H01").unwrap().scenario, Game::example());
        let entries = [
            assumed(1, THIEF),
            session(2, "A", "iam:CreateUser"),
            assumed(3, VICTIM),
            session(4, "B", "iam:DeleteUser"),
            session(5, "A", "iam:CreateUser"),
        ];
        let played: Vec<_> = entries.iter().collect();
        let foes = Foes::new(&scenario, &game, &played, None);
        let made: Vec<_> = entries.iter().map(|it| foes.made(it)).collect();
        assert_eq!(made, [true, true, false, false, true]);
    }

    #[test]
    fn what_nobody_set_going_is_on_no_side() {
        let (scenario, game) = (scenario::load("H01").unwrap().scenario, Game::example());
        let mut front = entry(1, (THIEF, VICTIM), "execute-api:Invoke", VICTIM);
        front.trace_id = Some("1-a".into());
        let inside = |at, cause: Option<&str>, trace: Option<&str>| {
            let mut made = entry(at, (VICTIM, VICTIM), "logs:PutLogEvents", VICTIM);
            made.internal = true;
            made.caused_by = cause.map(Into::into);
            made.trace_id = trace.map(Into::into);
            made
        };
        let entries = [
            front,
            inside(2, Some("1"), None),
            inside(3, Some("2"), None),
            inside(4, None, Some("1-a")),
            inside(5, Some("gone"), None),
        ];
        let played: Vec<_> = entries.iter().collect();
        let foes = Foes::new(&scenario, &game, &played, None);
        let sides: Vec<_> = entries.iter().map(|it| foes.side(it)).collect();
        let attack = Some(Side::Attack);
        assert_eq!(sides, [attack, attack, attack, attack, None]);
    }
}
