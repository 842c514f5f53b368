//! What is left to do, by what was done in a game and what was not.

use super::{Account, Order};
use crate::{
    game::{Finding, Game},
    scenario::{Goal, Kind, Proof, Scenario},
};

/// The most things that are named in one step.
const MAX_NAMED: usize = 3;

/// What to do next, the most pressing first.
pub(super) fn steps(scenario: &Scenario, game: &Game, account: &Account) -> Vec<String> {
    let mut steps = stealing(scenario, game, account);
    steps.extend(closing(game, account));
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

/// What is left for the thief.
fn stealing(scenario: &Scenario, game: &Game, account: &Account) -> Vec<String> {
    let (mut steps, id) = (Vec::new(), &scenario.id);
    let (read, open): (Vec<_>, Vec<_>) = scenario
        .goals
        .iter()
        .filter(|goal| !game.reached.contains_key(&goal.id))
        .partition(|goal| is_read(scenario, account, goal));
    if !read.is_empty() {
        steps.push(format!(
            "What you have read counts once you hand it in with `heist play submit`: {}.",
            named(read.iter().map(|goal| &*goal.text))
        ));
    }
    let open = named(open.iter().map(|goal| &*goal.text));
    if !open.is_empty() && account.first_theft.is_some() {
        steps.push(format!("Not all that could be had was taken. Still open: {open}."));
    } else if !open.is_empty() && !game.proofs.is_empty() {
        steps.push(format!(
            "You know the defence, not yet the attack: `heist play {id} --again`, and before you \
             close anything: {open}."
        ));
    } else if !open.is_empty() {
        steps.push(format!("Begin as the thief, before you close anything: {open}."));
    }
    steps
}

/// What is left to close.
fn closing(game: &Game, account: &Account) -> Option<String> {
    let last = game.proofs.last();
    let failing = |kind: Kind| {
        let checks = last.map_or(&[][..], |proof| &proof.checks).iter();
        let bad = checks.filter(|check| !check.verdict.is_good() && kind.has(&check.name));
        named(bad.map(|check| &*check.text))
    };
    let still = match account.working {
        (0, _) => String::new(),
        (working, all) => format!(" Attacks still work, too: {working} of {all}."),
    };
    let again =
        account.changed.is_some() || account.thefts.iter().any(|theft| theft.order == Order::After);
    Some(match last.map(|proof| proof.finding) {
        None => "Close the weakness, and have that proved: `heist play verify`.".into(),
        Some(Finding::Down) => format!(
            "Bring back what customers need, or the thief need not come at all: {}.{still}",
            failing(Kind::Traffic)
        ),
        Some(Finding::Open) => {
            format!("Close what is still open, until this is true: {}.", failing(Kind::Attack))
        }
        Some(Finding::Held) => format!(
            "Attacks fail, but by luck. Set right what the checks of the configuration name: {}.",
            failing(Kind::Configuration)
        ),
        Some(Finding::Fixed) if again => {
            "Something happened after the proof: have it proved once more, with `heist play \
             verify`."
                .into()
        }
        Some(Finding::Fixed) => return None,
    })
}

/// Whether what a goal asks for was read, so that it only has to be handed in.
fn is_read(scenario: &Scenario, account: &Account, goal: &Goal) -> bool {
    let Proof::Flag(id) = &goal.proof else { return false };
    let flag = scenario.flags.iter().find(|flag| flag.id == *id);
    flag.is_some_and(|flag| account.thefts.iter().any(|theft| theft.what.contains(&flag.text)))
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
    use crate::{
        debrief::Known,
        evidence::sample::{THIEF, VICTIM, entry},
        game, scenario,
    };
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
        assert!(told(&game).starts_with("Begin as the thief"), "{}", told(&game));
        assert!(told(&game).contains("heist play verify") && !told(&game).contains("--again"));
        let at = Timestamp::from_secs(1);
        game.reached = scenario.goals.iter().map(|goal| (goal.id.clone(), at)).collect();
        let finding = Finding::Fixed;
        game.proofs.push(game::Proof { at, ended: at, rounds: 3, finding, checks: Vec::new() });
        assert_eq!(told(&game), "");
        game.proofs[0].finding = Finding::Down;
        assert!(told(&game).contains("customers"));
        game.reached.clear();
        assert!(told(&game).contains("--again"), "{}", told(&game));
    }

    #[test]
    fn what_was_read_has_only_to_be_handed_in() {
        let scenario = scenario::load("H01").unwrap().scenario;
        let (game, trail) = (Game::example(), BTreeSet::new());
        let mut theft = entry(1, (THIEF, VICTIM), "dynamodb:Scan", VICTIM);
        theft.markers[0].id = scenario.flags[0].id.clone();
        let known = Known { entries: &[theft], trail: &trail, alarms: &[] };
        let steps = steps(&scenario, &game, &Account::new(&scenario, &game, &known));
        assert!(steps[0].contains("heist play submit"), "{steps:?}");
        assert!(!steps[1].contains(&scenario.goals[0].text), "{steps:?}");
    }
}
