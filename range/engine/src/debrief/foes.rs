//! Who came for what is not theirs, and what would not have been done without them.

use crate::{
    evidence::{by_function, is_stranger, is_theft},
    game::Game,
    scenario::Scenario,
};
use service_kit::journal::JournalEntry;
use std::collections::BTreeSet;

/// Who came for what is not theirs.
pub(super) struct Foes<'e> {
    /// Those who took something.
    thieves: BTreeSet<(&'e str, bool)>,
    /// The identities that are there to attack with.
    masks: BTreeSet<&'e str>,
    /// Their requests, and the traces of these.
    requests: BTreeSet<&'e str>,
    traces: BTreeSet<&'e str>,
}

impl<'e> Foes<'e> {
    /// Those of `game`, by what was `played`.
    pub(super) fn new(scenario: &Scenario, game: &'e Game, played: &[&'e JournalEntry]) -> Self {
        let thefts = played.iter().filter(|it| is_theft(game, it));
        let thieves = thefts.map(|entry| caller(game, entry)).collect();
        let exported = scenario.exports.iter().filter(|name| !scenario.business.contains(name));
        let masks = exported.filter_map(|name| game.outputs.get(&format!("identities.{name}")));
        let masks = masks.map(String::as_str).collect();
        let mut foes = Self { thieves, masks, requests: BTreeSet::new(), traces: BTreeSet::new() };
        let hostile: Vec<_> = played.iter().filter(|entry| foes.made(game, entry)).collect();
        foes.requests = hostile.iter().map(|entry| &*entry.request_id).collect();
        foes.traces = hostile.iter().filter_map(|entry| entry.trace_id.as_deref()).collect();
        foes
    }

    /// Whether one of them made the request: those who took something came for it with all that
    /// they did.
    pub(super) fn made(&self, game: &Game, entry: &JournalEntry) -> bool {
        let principal = entry.caller.session_issuer.as_ref().unwrap_or(&entry.caller.arn);
        !game.business.contains(principal)
            && (is_stranger(game, entry)
                || self.masks.contains(&**principal)
                || self.thieves.contains(&caller(game, entry)))
    }

    /// Whether the request would not have been made without them.
    pub(super) fn paid(&self, game: &Game, entry: &JournalEntry) -> bool {
        let among = |known: &BTreeSet<&str>, id: &Option<String>| {
            id.as_deref().is_some_and(|id| known.contains(id))
        };
        self.made(game, entry)
            || among(&self.traces, &entry.trace_id)
            || among(&self.requests, &entry.caused_by)
    }
}

/// Who made a request, a function apart from whoever holds a session of it.
fn caller<'e>(game: &Game, entry: &'e JournalEntry) -> (&'e str, bool) {
    (&entry.caller.arn, by_function(game, entry))
}
