//! What happened in a game, told from evidence: as data, as Markdown and as one HTML file.

mod account;
mod foes;
mod html;
mod markdown;
mod next;
mod prices;
mod standing;
mod tally;
mod thefts;
mod timeline;
mod words;

pub use account::{Account, Changed, Known};
pub(crate) use standing::standing;
pub use tally::{Tallies, Tally};
pub use thefts::{Order, Step, Theft, WayIn};
pub use timeline::{Moment, Sort};
pub use words::{counted, statement};

use crate::{
    game::{Exhibit, Finding, Game},
    scenario::{Question, Scenario},
    score::score,
    told::Score,
};
use serde::{Deserialize, Serialize};
use shape::Timestamp;
use similar::TextDiff;
use std::collections::BTreeMap;

/// The debrief of a game.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Debrief {
    /// The scenario's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it is about, in the terms of well-known lists.
    pub tags: BTreeMap<String, Vec<String>>,
    /// When this was written.
    pub written: Timestamp,
    /// What happened.
    pub account: Account,
    /// What the last proof amounts to; none before the first.
    pub finding: Option<Finding>,
    /// Whether it was proved closed, and a later proof found it undone.
    pub undone: bool,
    /// What is different from the beginning when this is written.
    pub changes: Vec<Change>,
    /// The points.
    pub score: Score,
    /// What to learn from it, in Markdown.
    pub lesson: String,
    /// Questions with their answers.
    pub quiz: Vec<(String, String)>,
    /// What to do next.
    pub next_steps: Vec<String>,
}

/// How a document changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Change {
    /// The document.
    pub title: String,
    /// The lines that changed, with some around them, each after `+`, `-` or a space.
    pub diff: String,
}

impl Debrief {
    /// The debrief of `game` at `now`; `lesson` is the scenario's own text.
    pub fn new(
        scenario: &Scenario,
        game: &Game,
        account: Account,
        after: &[Exhibit],
        lesson: String,
        now: Timestamp,
    ) -> Self {
        let change = |before: &Exhibit| {
            let after = after.iter().find(|after| after.title == before.title)?;
            let diff = diff(&before.text, &after.text);
            (!diff.is_empty()).then(|| Change { title: before.title.clone(), diff })
        };
        let proved = game.proofs.iter().any(|proof| proof.finding == Finding::Fixed);
        let mut next_steps = next::steps(scenario, game, &account);
        next_steps.extend(scenario.next_steps.iter().cloned());
        Self {
            id: scenario.id.clone(),
            title: scenario.title.clone(),
            tags: scenario.tags.clone(),
            written: now,
            finding: game.proofs.last().map(|proof| proof.finding),
            undone: proved && account.fixed.is_none(),
            account,
            changes: game.before.iter().filter_map(change).collect(),
            score: score(scenario, game),
            lesson,
            quiz: scenario.quiz.iter().map(|Question { q, a }| (q.clone(), a.clone())).collect(),
            next_steps,
        }
    }

    /// As Markdown.
    pub fn markdown(&self) -> String {
        markdown::write(self)
    }

    /// As one HTML file that needs no other.
    pub fn html(&self) -> String {
        html::write(self)
    }
}

fn diff(before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let [before, after] = [before, after].map(|text| format!("{}\n", text.trim_end()));
    let diff = TextDiff::from_lines(&before, &after);
    // Hunk by hunk, without the lines that would name files.
    let mut lines = String::new();
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        lines.push_str(&hunk.to_string());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_has_what_changed() {
        let diff = diff("{\n  \"a\": 1\n}\n", "{\n  \"a\": 2\n}\n");
        assert!(diff.contains("-  \"a\": 1\n+  \"a\": 2\n"), "{diff}");
    }
}
