//! The points of a game, all constants in one place.

use crate::{
    game::{Finding, Game},
    scenario::{Level, Scenario},
    told::Score,
};

/// What of the goals' value hints leave at least, in percent.
const FLOOR_PERCENT: u32 = 25;
/// What a proved fix is worth, in percent of the scenario's value.
const FIXED_PERCENT: u32 = 150;
/// The same for one that holds although the configuration is not right.
const HELD_PERCENT: u32 = 75;

/// What a scenario is worth.
fn value(level: Level) -> u32 {
    match level {
        Level::Easy => 100,
        Level::Medium => 200,
        Level::Hard => 300,
    }
}

/// The points of `game`.
pub fn score(scenario: &Scenario, game: &Game) -> Score {
    let reached = scenario.goals.iter().filter(|goal| game.reached.contains_key(&goal.id));
    let theft: u32 = reached.map(|goal| goal.value).sum();
    let most = theft * (100 - FLOOR_PERCENT) / 100;
    // It is the last proof that counts: what is undone again is worth nothing, and proving the
    // same once more is worth no more.
    let percent = match game.proofs.last().map(|proof| proof.finding) {
        _ if game.is_helped() => 0,
        Some(Finding::Fixed) => FIXED_PERCENT,
        Some(Finding::Held) => HELD_PERCENT,
        Some(Finding::Open | Finding::Down) | None => 0,
    };
    Score { theft, hints: game.paid.min(most), fix: value(scenario.level) * percent / 100 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        game::{Act, Proof, Span},
        scenario,
    };
    use shape::Timestamp;

    fn proof(finding: Finding) -> Proof {
        let at = Timestamp::from_secs(1);
        Proof { at, ended: at, rounds: 0, finding, checks: Vec::new() }
    }

    #[test]
    fn only_what_holds_now_counts_and_only_once() {
        let scenario = scenario::load("H01").unwrap().scenario;
        let mut game = Game::example();
        assert_eq!(score(&scenario, &game), Score::default());
        let at = Timestamp::from_secs(1);
        game.reached = scenario.goals.iter().map(|goal| (goal.id.clone(), at)).collect();
        let after = |game: &mut Game, finding| {
            game.proofs.push(proof(finding));
            score(&scenario, game).total()
        };
        assert_eq!(after(&mut game, Finding::Held), 100 + 75);
        assert_eq!(after(&mut game, Finding::Fixed), 100 + 150);
        assert_eq!(after(&mut game, Finding::Fixed), 100 + 150);
        assert_eq!(after(&mut game, Finding::Down), 100);
        assert_eq!(after(&mut game, Finding::Open), 100);
        assert_eq!(after(&mut game, Finding::Fixed), 100 + 150);
        game.paid = 1_000;
        assert_eq!(score(&scenario, &game).total(), 25 + 150);
        game.spans.push(Span { from: at, to: Some(at), act: Act::Fix("solution".into()) });
        assert_eq!(score(&scenario, &game).total(), 25);
    }
}
