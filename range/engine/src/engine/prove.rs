//! Proving a fix, and letting the automated thief loose.

use super::{Engine, Table, Telling, Trouble, gone, say, unreached};
use crate::{
    debrief,
    game::{Act, Exhibit, Finding, Proof},
    names::text_of,
    query::find,
    run::{CheckResult, Runner, Verdict},
    scenario::{Kind, Scenario, Step},
    score::score,
    secrets::Secrets,
    told::{Detonated, Verified},
};
use client::Cloud;
use serde_json::Value;
use std::time::Duration;

/// Rounds of checks that a fix must pass one after the other.
const ROUNDS: u32 = 3;
/// The most proofs that are kept.
const MAX_PROOFS: usize = 50;
/// The most bytes of one exhibit.
const MAX_EXHIBIT_BYTES: usize = 32 << 10;

impl Engine {
    /// Proves the fix, or shows where it fails: rounds of checks, each with fresh identities.
    ///
    /// # Errors
    /// [`Trouble`] when nothing is being played or the range itself cannot get in.
    pub async fn verify(
        &self,
        team: &str,
        name: Option<&str>,
        tell: Telling<'_>,
    ) -> Result<Verified, Trouble> {
        let _turn = self.turn(tell).await;
        let table = self.table(team, name).await?;
        let acting = self.act(&table.game, Act::Proof).await?;
        let proved = self.prove(&table, tell).await;
        let ended = self.acted(&table.game, acting).await?;
        let proof = Proof { ended, ..proved? };
        let changed = self.operator.change(&table.game, |game| {
            game.proofs.push(proof.clone());
            if game.proofs.len() > MAX_PROOFS {
                game.proofs.remove(1);
            }
        });
        let (game, ()) = changed.await?.ok_or_else(gone)?;
        let mut checks = proof.checks;
        for check in &mut checks {
            check.detail = self.reachable(&check.detail);
        }
        Ok(Verified {
            finding: proof.finding,
            rounds: (proof.rounds, ROUNDS),
            checks,
            unstolen: unreached(table.scenario(), &game).next().is_some(),
            score: score(table.scenario(), &game),
        })
    }

    async fn prove(&self, table: &Table, tell: Telling<'_>) -> Result<Proof, Trouble> {
        let (scenario, at) = (table.scenario(), self.now());
        let secrets = Secrets::of(scenario, &table.names);
        let mut proof =
            Proof { at, ended: at, rounds: 0, finding: Finding::Down, checks: Vec::new() };
        for round in 1..=ROUNDS {
            say(tell, &format!("round {round} of {ROUNDS}"));
            let cast = self.cast(scenario, &table.game, &table.names).await?;
            let mut runner = self.runner(table, &cast);
            proof.checks = secrets.kept(self.round(&mut runner, scenario, tell).await);
            proof.finding = finding(&proof.checks);
            if proof.finding != Finding::Fixed {
                break;
            }
            proof.rounds = round;
        }
        Ok(proof)
    }

    /// All checks, traffic and attacks in random order, then the configuration.
    async fn round(
        &self,
        runner: &mut Runner<'_>,
        scenario: &Scenario,
        tell: Telling<'_>,
    ) -> Vec<CheckResult> {
        let entropy = self.operator.platform().entropy();
        let (last, mut order): (Vec<_>, Vec<_>) =
            scenario.checks.iter().partition(|(name, _)| Kind::Configuration.has(name));
        for end in (1..order.len()).rev() {
            let other = usize::try_from(entropy.below(end as u64 + 1)).unwrap_or(0);
            order.swap(end, other);
        }
        let mut results = Vec::new();
        for (name, check) in order.into_iter().chain(last) {
            say(tell, name);
            runner.names.set("mark", format!("m{}", entropy.lower_id(12)));
            results.push(runner.check(name, check).await);
        }
        let rank = |result: &CheckResult| (Kind::of(&result.name), result.name.clone());
        results.sort_by_cached_key(rank);
        results
    }

    /// Lets the automated thief loose.
    ///
    /// # Errors
    /// [`Trouble`] when nothing is being played or the range itself cannot get in.
    pub async fn detonate(
        &self,
        team: &str,
        name: Option<&str>,
        tell: Telling<'_>,
    ) -> Result<Detonated, Trouble> {
        let _turn = self.turn(tell).await;
        let table = self.table(team, name).await?;
        let acting = self.act(&table.game, Act::Theft).await?;
        let detonated = self.let_loose(&table, tell).await;
        self.acted(&table.game, acting).await?;
        detonated
    }

    async fn let_loose(&self, table: &Table, tell: Telling<'_>) -> Result<Detonated, Trouble> {
        let scenario = table.scenario();
        let attacks = scenario.checks.iter().filter(|(name, _)| Kind::Attack.has(name));
        let attacks: Vec<_> = match scenario.playbook.as_slice() {
            [] => attacks.collect(),
            named => named.iter().filter_map(|it| scenario.checks.get_key_value(it)).collect(),
        };
        let cast = self.cast(scenario, &table.game, &table.names).await?;
        let mut runner = self.runner(table, &cast);
        let mut checks = Vec::new();
        for (name, check) in attacks {
            say(tell, name);
            let mark = self.operator.platform().entropy().lower_id(12);
            runner.names.set("mark", format!("m{mark}"));
            checks.push(runner.check(name, check).await);
        }
        Ok(Detonated { checks: Secrets::of(scenario, &table.names).kept(checks) })
    }

    /// What the reference fix, another one, or a mutant does: for the tests of scenarios.
    ///
    /// # Errors
    /// [`Trouble`] when a step of it fails.
    pub async fn apply(
        &self,
        team: &str,
        name: Option<&str>,
        fix: &str,
        tell: Telling<'_>,
    ) -> Result<(), Trouble> {
        let _turn = self.turn(tell).await;
        self.next_second().await;
        let table = self.table(team, name).await?;
        let acting = self.act(&table.game, Act::Fix(fix.to_owned())).await?;
        let applied = self.mend(&table, fix).await;
        self.acted(&table.game, acting).await?;
        applied
    }

    /// Waits for the next second to begin: sessions know the second in which they were issued, no
    /// more, and what revokes those older than now is to reach those of this second, too.
    async fn next_second(&self) {
        let now = self.now();
        tokio::time::sleep(Duration::from_secs(1) - now.since(now.whole_seconds())).await;
    }

    async fn mend(&self, table: &Table, fix: &str) -> Result<(), Trouble> {
        let (source, cast) =
            (&table.source, self.cast(table.scenario(), &table.game, &table.names));
        let cast = cast.await?;
        let mut runner = self.runner(table, &cast);
        let (after_solution, steps): (bool, &[Step]) =
            match (fix, source.mutants.get(fix), source.alternatives.get(fix)) {
                ("solution", ..) => (true, &[]),
                (_, Some(mutant), _) => (mutant.after_solution, &mutant.steps),
                (_, _, Some(other)) => (other.after_solution, &other.steps),
                _ => {
                    let id = &table.scenario().id;
                    return Err(Trouble(format!("there is no fix {fix} in {id}")));
                }
            };
        if after_solution {
            runner.all(&source.solution.steps).await?;
        }
        Ok(runner.all(steps).await?)
    }
}

/// What the results of a round amount to.
fn finding(checks: &[CheckResult]) -> Finding {
    let all = |kind: Kind, good: fn(&CheckResult) -> bool| {
        checks.iter().filter(|check| kind.has(&check.name)).all(good)
    };
    let is_good = |check: &CheckResult| check.verdict.is_good();
    let stands = |check: &CheckResult| check.verdict != Verdict::Broken;
    let works = all(Kind::Traffic, is_good) && all(Kind::Attack, stands);
    match (works, all(Kind::Attack, is_good), all(Kind::Configuration, is_good)) {
        (false, ..) => Finding::Down,
        (true, false, _) => Finding::Open,
        (true, true, false) => Finding::Held,
        (true, true, true) => Finding::Fixed,
    }
}

pub(super) async fn exhibits(scenario: &Scenario, runner: &Runner<'_>) -> Vec<Exhibit> {
    let secrets = Secrets::of(scenario, &runner.names);
    let mut exhibits = Vec::new();
    let standing = match runner.cast.actor("auditor") {
        Ok(auditor) => debrief::standing(auditor).await,
        Err(_) => Vec::new(),
    };
    for evidence in scenario.evidence.iter().chain(&standing) {
        let read = async || {
            let (service, operation) = evidence.aws.split_once('.').unwrap_or((&evidence.aws, ""));
            let input = runner.names.fill_map(&evidence.with, runner.source)?;
            let auditor = runner.cast.actor("auditor")?;
            let answer = auditor.call(service, operation, input.into()).await;
            let answer = answer.map_err(|error| error.to_string())?;
            match &evidence.query {
                Some(query) => find(&answer, &runner.names.fill(query)?),
                None => Ok(answer),
            }
        };
        let text = match read().await {
            Ok(value) => pretty(&value),
            Err(why) => why,
        };
        let text = secrets.masked(&text);
        let end = text.floor_char_boundary(MAX_EXHIBIT_BYTES);
        let text = text.get(..end).unwrap_or_default().to_owned();
        exhibits.push(Exhibit { title: evidence.title.clone(), text });
    }
    exhibits
}

/// A document with a line for each of its parts, whether it came as JSON or as its text.
fn pretty(value: &Value) -> String {
    match unpacked(value) {
        Value::Null => "(none)".into(),
        Value::String(text) => text,
        document => serde_json::to_string_pretty(&document).unwrap_or_else(|_| text_of(&document)),
    }
}

/// `value` with documents in place of their texts; IAM gives those with percent escapes, API
/// Gateway with backslashes.
fn unpacked(value: &Value) -> Value {
    match value {
        Value::String(text) => {
            let plain = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
            let read = |text: &str| serde_json::from_str(text).ok().filter(Value::is_object);
            let document = read(&plain).or_else(|| read(&text.replace("\\\"", "\"")));
            document.unwrap_or_else(|| value.clone())
        }
        Value::Array(items) => items.iter().map(unpacked).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), unpacked(value))).collect()
        }
        other => other.clone(),
    }
}
