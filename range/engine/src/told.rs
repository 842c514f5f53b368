//! What the engine tells whoever plays: the same for a terminal and for a script.

use crate::{game::Finding, run::CheckResult};
use serde::{Deserialize, Serialize};
use shape::Timestamp;
use std::collections::BTreeMap;

/// A scenario in the list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// `easy`, `medium` or `hard`.
    pub level: String,
    /// How many minutes it takes.
    pub minutes: u32,
    /// How it stands, if it is being played.
    pub standing: Option<Standing>,
}

/// How a game stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It waits to be robbed.
    Playing,
    /// All that can be stolen was stolen.
    Robbed,
    /// The fix is proved.
    Fixed,
    /// It is not set up.
    Unready,
}

/// All that a player needs to begin.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Briefing {
    /// The scenario's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The story, in Markdown.
    pub story: String,
    /// What the thief knows.
    pub recon: BTreeMap<String, String>,
    /// Whose keys can be had, and what they are of.
    pub identities: BTreeMap<String, String>,
    /// What is to be stolen or done, each with its worth.
    pub goals: Vec<GoalStanding>,
    /// The parts of the game and their accounts.
    pub accounts: BTreeMap<String, String>,
    /// Since when it is played.
    pub started: Timestamp,
    /// How many milliseconds it took to set up; 0 for one that was there before.
    pub millis: u64,
}

/// A goal and how it stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GoalStanding {
    /// Its name.
    pub id: String,
    /// What it takes.
    pub text: String,
    /// What it is worth.
    pub value: u32,
    /// When it was reached.
    pub reached: Option<Timestamp>,
}

/// How a game stands, in full.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Status {
    /// The scenario's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Since when it is played.
    pub started: Timestamp,
    /// The goals.
    pub goals: Vec<GoalStanding>,
    /// What is to be done about it, each with whether the last proof found it done.
    pub tasks: Vec<TaskStanding>,
    /// What must go on working.
    pub contract: Vec<String>,
    /// Hints taken, and how many there are.
    pub hints: (usize, usize),
    /// What the next one costs.
    pub next_hint: Option<u32>,
    /// What the last proof amounts to.
    pub finding: Option<Finding>,
    /// The points.
    pub score: Score,
    /// What to do next, in a line.
    pub next: String,
}

/// Something for the defender to do, and whether it is done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TaskStanding {
    /// What.
    pub text: String,
    /// Whether the last proof found it done; none before the first.
    pub done: Option<bool>,
}

/// The points of a game.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// For what was stolen.
    pub theft: u32,
    /// What hints took off that.
    pub hints: u32,
    /// For the fix.
    pub fix: u32,
}

impl Score {
    /// All together.
    pub fn total(self) -> u32 {
        self.theft.saturating_sub(self.hints) + self.fix
    }
}

/// A hint that was taken.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hinted {
    /// What it says.
    pub text: String,
    /// What it took off: nothing once all is stolen.
    pub cost: u32,
    /// How many are left.
    pub left: usize,
}

/// What came of a flag that was submitted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Submitted {
    /// Whether it is one.
    pub right: bool,
    /// The goals that it reached now.
    pub goals: Vec<String>,
    /// What to tell.
    pub text: String,
    /// The points now.
    pub score: Score,
}

/// What a proof amounts to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Verified {
    /// In a word.
    pub finding: Finding,
    /// Rounds that went well, of how many.
    pub rounds: (u32, u32),
    /// The checks of the last round.
    pub checks: Vec<CheckResult>,
    /// Whether something is still to be stolen, which those checks would give away.
    pub unstolen: bool,
    /// The points now.
    pub score: Score,
}

/// What the automated thief did.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Detonated {
    /// The attacks.
    pub checks: Vec<CheckResult>,
}

/// What went away with a game.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cleaned {
    /// How many rows of its accounts there were.
    pub rows: u64,
    /// How many are left: none.
    pub left: u64,
}

/// Something that the engine is doing, while it does it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Progress {
    /// What.
    pub text: String,
}
