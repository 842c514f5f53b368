//! What is left to do, by what was done in a game and what was not.

use super::Account;
use crate::{
    game::{Finding, Game},
    scenario::Scenario,
};

/// The most things that are named in one step.
const MAX_NAMED: usize = 3;

/// What to do next, the most pressing first.
pub(super) fn steps(scenario: &Scenario, game: &Game, account: &Account) -> Vec<String> {
    let mut steps = Vec::new();
    let id = &scenario.id;
    let open = scenario.goals.iter().filter(|goal| !game.reached.contains_key(&goal.id));
    let open = named(open.map(|goal| &*goal.text));
    if !open.is_empty() && account.thefts.is_empty() {
        steps.push(format!(
            "You know the defence, not yet the attack: `heist play {id} --again`, and before you \
             close anything: {open}."
        ));
    } else if !open.is_empty() {
        steps.push(format!("Not all that could be had was taken. Still open: {open}."));
    }
    let last = game.proofs.last();
    let failing = |kind: &str| {
        let checks = last.map_or(&[][..], |proof| &proof.checks).iter();
        let bad = checks.filter(|check| !check.verdict.is_good() && check.name.starts_with(kind));
        named(bad.map(|check| &*check.text))
    };
    match last.map(|proof| proof.finding) {
        None => steps.push("Close the weakness, and have that proved: `heist play verify`.".into()),
        Some(Finding::Down) => steps.push(format!(
            "Bring back what customers need, or the thief need not come at all: {}.",
            failing("T.")
        )),
        Some(Finding::Open) => {
            steps.push(format!("Close what is still open, until this is true: {}.", failing("A.")));
        }
        Some(Finding::Held) => steps.push(format!(
            "Attacks fail, but by luck. Set right what the checks of the configuration name: {}.",
            failing("C.")
        )),
        Some(Finding::Fixed) if account.fixed.is_none() => steps.push(
            "Something was taken after the proof: find out what was opened again since.".into(),
        ),
        Some(Finding::Fixed) => {}
    }
    if game.is_helped() {
        steps.push("The range applied a fix for you. Do it once more by yourself.".into());
    }
    if account.first_theft.is_some() && !account.noticed_by.contains("alarm") {
        steps.push(
            "No alarm of yours went off. Build one that would have told you of the theft, and \
             steal again to see it."
                .into(),
        );
    }
    if account.unseen > 0 {
        steps.push(format!(
            "Your trail knows nothing of {} of {} requests of the attack. Turn on what would have \
             recorded them: data events, access logs.",
            account.unseen, account.hostile
        ));
    }
    steps
}

/// Some texts in a list.
fn named<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let texts: Vec<_> = texts.map(|text| text.trim().trim_end_matches('.')).collect();
    let shown = texts.iter().take(MAX_NAMED).copied().collect::<Vec<_>>().join("; ");
    match texts.len().saturating_sub(MAX_NAMED) {
        0 => shown,
        more => format!("{shown}; and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{debrief::Known, game::Proof, scenario};
    use shape::Timestamp;
    use std::collections::BTreeSet;

    #[test]
    fn steps_fit_what_was_done() {
        let scenario = scenario::load("H01").unwrap().scenario;
        let mut game = Game::example();
        let trail = BTreeSet::new();
        let known = Known { entries: &[], trail: &trail, alarms: &[] };
        let told = |game: &Game| {
            let account = Account::new(&scenario, game, &known);
            steps(&scenario, game, &account).join("\n")
        };
        assert!(told(&game).contains("--again") && told(&game).contains("heist play verify"));
        let at = Timestamp::from_secs(1);
        game.reached = scenario.goals.iter().map(|goal| (goal.id.clone(), at)).collect();
        let finding = Finding::Fixed;
        game.proofs.push(Proof { at, ended: at, rounds: 3, finding, checks: Vec::new() });
        assert_eq!(told(&game), "");
        game.proofs[0].finding = Finding::Down;
        assert!(told(&game).contains("customers"));
    }
}
