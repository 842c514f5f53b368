//! A game as it is kept: who plays what, what stands, what has been stolen and proved.

use crate::{accounts::Keys, names::Names, run::CheckResult, scenario::Scenario};
use serde::{Deserialize, Serialize};
use service_kit::{key::Key, record::Record};
use shape::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// A game.
#[derive(Clone, Serialize, Deserialize)]
pub struct Game {
    /// Who plays.
    pub team: String,
    /// The scenario's id.
    pub scenario: String,
    /// Where the scenario is: its id, or the path of a folder.
    pub source: String,
    /// This game and no other; what flags are made from.
    pub id: String,
    /// When it was ready.
    pub started: Timestamp,
    /// When the player last turned to it from another.
    #[serde(default)]
    pub turned_to: Option<Timestamp>,
    /// The accounts by part: `victim`, `thief`, `partner`.
    pub accounts: BTreeMap<String, String>,
    /// The lasting keys, by identity, sealed.
    pub keys: Vec<u8>,
    /// The ARN of the auditor's role.
    pub auditor: String,
    /// What the stack gives, by name, and what was captured while it was set up.
    pub outputs: BTreeMap<String, String>,
    /// The ARNs of those who may see what is planted.
    #[serde(default)]
    pub business: Vec<String>,
    /// The ARNs of those in whom the defender himself acts: users whose keys he had made, roles
    /// that nobody else took on. Read from the journal, not kept.
    #[serde(skip)]
    pub lent: BTreeSet<String>,
    /// Whether the stack is still being set up, or was when the instance went away.
    #[serde(default)]
    pub unready: bool,
    /// How many hints were taken.
    pub hints: usize,
    /// What they cost. What is asked after all is stolen is for learning, and free.
    #[serde(default)]
    pub paid: u32,
    /// The goals that were reached, with when.
    pub reached: BTreeMap<String, Timestamp>,
    /// Wrong flags, the latest of them.
    pub wrong: Vec<Timestamp>,
    /// The proofs that were asked for.
    pub proofs: Vec<Proof>,
    /// When the range itself did what else only players do.
    #[serde(default)]
    pub spans: Vec<Span>,
    /// The documents that are shown as evidence, as they were at the start.
    pub before: Vec<Exhibit>,
    /// When the defender first looked at what had happened.
    pub looked: Option<Timestamp>,
}

/// A time in which the range acted itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Span {
    /// When it began.
    pub from: Timestamp,
    /// When it was done; none as long as it is not.
    pub to: Option<Timestamp>,
    /// What it did.
    pub act: Act,
}

/// What the range itself does in a game.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Act {
    /// It runs the checks.
    Proof,
    /// It is the automated thief.
    Theft,
    /// It applies a fix, the one of this name.
    Fix(String),
}

/// A proof that was asked for: some rounds of checks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Proof {
    /// When it began.
    pub at: Timestamp,
    /// When it was done.
    pub ended: Timestamp,
    /// How many rounds went well.
    pub rounds: u32,
    /// What it amounts to.
    pub finding: Finding,
    /// The checks of the round that decided.
    pub checks: Vec<CheckResult>,
}

/// What a proof amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Finding {
    /// Traffic passes, attacks are refused, the configuration is right.
    Fixed,
    /// Traffic passes and attacks are refused, but the configuration is not right.
    Held,
    /// An attack works.
    Open,
    /// Legitimate traffic does not pass, or something is broken.
    Down,
}

/// A document that is shown as evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exhibit {
    /// Its title.
    pub title: String,
    /// Its text, or what kept it from being read.
    pub text: String,
}

impl Record for Game {
    const TABLE: &'static str = "range.game";

    fn key(&self) -> impl Key {
        (&self.team, &self.scenario)
    }
}

/// What all games share.
#[derive(Serialize, Deserialize)]
pub struct Common {
    /// What flags are made with, sealed.
    pub secret: Vec<u8>,
}

impl Record for Common {
    const TABLE: &'static str = "range.common";

    fn key(&self) -> impl Key {}
}

impl Game {
    /// The account of a part.
    pub fn account(&self, part: &str) -> &str {
        self.accounts.get(part).map_or("", String::as_str)
    }

    /// Whether the last proof found the fix good: one that was undone is none.
    pub fn is_fixed(&self) -> bool {
        self.proofs.last().is_some_and(|proof| proof.finding == Finding::Fixed)
    }

    /// Whether the range applied a fix: then it is not the player's.
    pub fn is_helped(&self) -> bool {
        self.spans.iter().any(|span| matches!(span.act, Act::Fix(_)))
    }

    /// What texts of the scenario may name; the flags are what `flag` makes of their ids.
    pub fn names(&self, scenario: &Scenario, flag: impl Fn(&str) -> String) -> Names {
        let mut names = Names::default();
        for (part, account) in &self.accounts {
            names.set(format!("{part}.id"), account);
        }
        for flag_of in &scenario.flags {
            names.set(format!("flags.{}", flag_of.id), flag(&flag_of.id));
        }
        for (name, text) in &self.outputs {
            names.set(name, text);
        }
        names
    }
}

/// The keys of all identities, by name.
pub type KeyRing = BTreeMap<String, Keys>;

#[cfg(test)]
impl Game {
    /// A game of which nothing has been played yet.
    pub(crate) fn example() -> Self {
        let none = Vec::<()>::new();
        serde_json::from_value(serde_json::json!({
            "team": "t", "scenario": "S", "source": "S", "id": "g", "started": 0,
            "accounts": {"victim": "111111111111", "thief": "222222222222"},
            "keys": none, "auditor": "", "outputs": {}, "hints": 0, "reached": {}, "wrong": none,
            "proofs": none, "before": none, "looked": null,
        }))
        .unwrap()
    }
}
