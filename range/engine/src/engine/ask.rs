//! How a game stands, hints, flags, and what happened.

use super::{Engine, Table, Trouble, goals, gone, is_session, prove::exhibits, unreached};
use crate::{
    debrief, evidence,
    game::{Finding, Game, Proof, Span},
    scenario::{self, Hint, Kind, Scenario},
    score::score,
    told::{Hinted, Status, Submitted, TaskStanding},
};
use client::{CallError, Cloud};
use serde_json::{Value, json};
use service_kit::{
    audit::{Asked, Refusal},
    fault::Fault,
};
use shape::Timestamp;
use std::time::Duration;

/// Wrong flags in a minute after which no more are looked at.
const MAX_WRONG: usize = 10;
const WRONG_WINDOW: Duration = Duration::from_secs(60);

impl Engine {
    /// How the game stands.
    ///
    /// # Errors
    /// [`Trouble`] when nothing is being played.
    pub async fn status(&self, team: &str, name: Option<&str>) -> Result<Status, Trouble> {
        let table = self.table(team, name).await?;
        let (scenario, game) = (table.scenario(), &table.game);
        let last = game.proofs.last();
        let done = |check: &str| {
            let result = last?.checks.iter().find(|result| result.name == check)?;
            Some(result.verdict.is_good())
        };
        let tasks = scenario.harden.iter();
        let contract = scenario.contract.iter().map(|it| table.names.fill(it));
        Ok(Status {
            id: scenario.id.clone(),
            title: scenario.title.clone(),
            started: game.started,
            goals: goals(scenario, game),
            tasks: tasks
                .map(|task| TaskStanding { text: task.text.clone(), done: done(&task.check) })
                .collect(),
            contract: contract.collect::<Result<_, _>>()?,
            hints: (game.hints, scenario.hints.len()),
            next_hint: scenario.hints.get(game.hints).map(|hint| price(scenario, game, hint)),
            finding: last.map(|proof| proof.finding),
            score: score(scenario, game),
            next: next(scenario, game),
        })
    }

    /// The next hint.
    ///
    /// # Errors
    /// [`Trouble`] when there is none.
    pub async fn hint(&self, team: &str, name: Option<&str>) -> Result<Hinted, Trouble> {
        let table = self.table(team, name).await?;
        let scenario = table.scenario();
        let taken = self.operator.change(&table.game, |game| {
            let hint = scenario.hints.get(game.hints)?;
            let cost = price(scenario, game, hint);
            game.hints += 1;
            game.paid += cost;
            Some((hint, cost))
        });
        let (game, taken) = taken.await?.ok_or_else(gone)?;
        let (hint, cost) = taken.ok_or_else(|| Trouble("there are no more hints".into()))?;
        let text = self.reachable(&table.names.fill(&hint.text)?);
        Ok(Hinted { text, cost, left: scenario.hints.len() - game.hints })
    }

    /// Looks at a flag that a player hands in.
    ///
    /// # Errors
    /// [`Trouble`] when nothing is being played, or after too many wrong flags.
    pub async fn submit(
        &self,
        team: &str,
        name: Option<&str>,
        flag: &str,
    ) -> Result<Submitted, Trouble> {
        let table = self.table(team, name).await?;
        let (scenario, game) = (table.scenario(), &table.game);
        if flag.trim().is_empty() {
            return Err(Trouble("that is nothing: hand in a text like HEIST{…}".into()));
        }
        let secret = self.operator.secret().await?;
        let ids = scenario.flags.iter().map(|flag| &*flag.id);
        let found = secret.recognize(&game.id, &scenario.id, ids, flag).map(str::to_owned);
        let unseen = |id: &String| !evidence::is_stolen(game, &table.entries, id);
        if found.as_ref().is_some_and(unseen) {
            return Err(Trouble(
                "that is one, but nobody has stolen it: what the owner reads, or the range while \
                 it proves a fix, is no theft; get it as the thief"
                    .into(),
            ));
        }
        let now = self.now();
        let changed = self.operator.change(game, |game| {
            game.wrong.retain(|at| now.since(*at) < WRONG_WINDOW);
            if game.wrong.len() >= MAX_WRONG {
                return Err(());
            }
            let Some(found) = &found else {
                game.wrong.push(now);
                return Ok(Vec::new());
            };
            let proved = scenario
                .goals
                .iter()
                .filter(|goal| matches!(&goal.proof, scenario::Proof::Flag(flag) if flag == found));
            let fresh = proved.filter(|goal| !game.reached.contains_key(&goal.id));
            let fresh: Vec<_> = fresh.map(|goal| goal.id.clone()).collect();
            game.reached.extend(fresh.iter().map(|id| (id.clone(), now)));
            Ok(fresh)
        });
        let (game, told) = changed.await?.ok_or_else(gone)?;
        let goals = told.map_err(|()| {
            Trouble("too many wrong flags: wait a minute, then look again at what you have".into())
        })?;
        let text = match (&found, goals.is_empty()) {
            (None, _) => "that is not a flag of this game".to_owned(),
            (Some(_), true) => "that one you have handed in before".to_owned(),
            (Some(id), false) => {
                let flag = scenario.flags.iter().find(|flag| flag.id == *id);
                format!("yours: {}", flag.map_or("", |flag| &flag.text))
            }
        };
        Ok(Submitted { right: found.is_some(), goals, text, score: score(scenario, &game) })
    }

    /// What happened so far, in words: the thefts, each with the statement that let it happen.
    ///
    /// # Errors
    /// [`Trouble`] when nothing is being played.
    pub async fn explain(
        &self,
        team: &str,
        name: Option<&str>,
    ) -> Result<debrief::Account, Trouble> {
        let table = self.table(team, name).await?;
        let account = self.account(&table).await?;
        let now = self.now();
        // What counts is the first look after something was gone.
        let first = |looked: &Option<Timestamp>| match (looked, account.first_theft) {
            (None, _) => true,
            (Some(looked), theft) => theft.is_some_and(|theft| *looked < theft),
        };
        if !first(&table.game.looked) {
            return Ok(account);
        }
        let noted = self.operator.change(&table.game, |game| game.looked = Some(now));
        let (game, ()) = noted.await?.ok_or_else(gone)?;
        self.account(&Table { game: Game { lent: table.game.lent.clone(), ..game }, ..table }).await
    }

    /// The debrief.
    ///
    /// # Errors
    /// [`Trouble`] when nothing is being played.
    pub async fn debrief(
        &self,
        team: &str,
        name: Option<&str>,
    ) -> Result<debrief::Debrief, Trouble> {
        let table = self.table(team, name).await?;
        let account = self.account(&table).await?;
        let text = self.reachable(&table.names.fill(&table.source.debrief)?);
        // What changed is what differs now, proved or not.
        let cast = self.cast(table.scenario(), &table.game, &table.names).await?;
        let after = exhibits(table.scenario(), &self.runner(&table, &cast)).await;
        let (scenario, game) = (table.scenario(), &table.game);
        Ok(debrief::Debrief::new(scenario, game, account, &after, text, self.now()))
    }

    /// What the journal says of a request; null if it does not know it.
    ///
    /// # Errors
    /// [`Trouble`] when storage fails.
    pub fn request(&self, id: &str) -> Result<Value, Trouble> {
        let Some(entry) = self.operator.platform().journal().find(id)? else {
            return Ok(Value::Null);
        };
        let markers: Vec<_> = entry.markers.iter().map(|marker| marker.id.clone()).collect();
        let mut told = serde_json::to_value(&entry).map_err(Fault::internal)?;
        told["markers"] = markers.into();
        Ok(told)
    }

    /// The latest refusals in all accounts, as [`Refusal::views`] tells them. Those of the range's
    /// own thieves and customers, while it proves a fix, are told to who asks for them by name.
    ///
    /// # Errors
    /// [`Trouble`] when storage fails.
    pub async fn refusals(&self, asked: Option<&str>) -> Result<Vec<Value>, Trouble> {
        let mut views = Refusal::views(self.operator.platform(), None, Asked::by(asked)).await?;
        if asked.is_none() {
            let games = self.operator.all_games()?;
            views.retain(|view| !games.iter().any(|game| is_rehearsed(game, view)));
        }
        Ok(views)
    }

    async fn account(&self, table: &Table) -> Result<debrief::Account, Trouble> {
        let known = debrief::Known {
            entries: &table.entries,
            trail: &self.operator.trail(table.game.account("victim"))?,
            alarms: &self.alarms(table.game.account("victim")).await.unwrap_or_default(),
        };
        Ok(debrief::Account::new(table.scenario(), &table.game, &known))
    }

    /// The account's own alarms that went off, each with when.
    async fn alarms(&self, account: &str) -> Result<Vec<(Timestamp, String)>, CallError> {
        let inside = self.office.enter(account).await?;
        let input = json!({"HistoryItemType": "StateUpdate", "MaxRecords": 100});
        let history = inside.call("cloudwatch", "DescribeAlarmHistory", input).await?;
        let went_off = |item: &Value| {
            let data: Value = serde_json::from_str(item["HistoryData"].as_str()?).ok()?;
            let at = Timestamp::from_secs_f64(item["Timestamp"].as_f64()?);
            let name = item["AlarmName"].as_str()?.to_owned();
            (data["newState"]["stateValue"] == "ALARM").then_some((at, name))
        };
        let items = history["AlarmHistoryItems"].as_array().into_iter().flatten();
        Ok(items.filter_map(went_off).collect())
    }
}

/// Whether the range itself was refused, acting in the game: what else is refused meanwhile, such
/// as a function that a fix broke, is of interest.
fn is_rehearsed(game: &Game, refusal: &Value) -> bool {
    let text = |member: &str| refusal[member].as_str().unwrap_or_default();
    let at = serde_json::from_value::<Timestamp>(refusal["at"].clone());
    let meanwhile = |span: &Span| {
        at.as_ref().is_ok_and(|at| span.from <= *at && span.to.is_none_or(|to| *at <= to))
    };
    let actor = text("principal").rsplit('/').next().unwrap_or_default();
    let by_stack = text("principal").contains(":assumed-role/") && !is_session(actor)
        || text("principal").ends_with(".amazonaws.com");
    game.accounts.values().any(|account| *account == text("account"))
        && game.spans.iter().any(meanwhile)
        && !by_stack
}

/// What a hint takes off now: what is asked after all is stolen is for learning.
fn price(scenario: &Scenario, game: &Game, hint: &Hint) -> u32 {
    if unreached(scenario, game).next().is_none() { 0 } else { hint.cost }
}

/// What to do next, in a line.
fn next(scenario: &Scenario, game: &Game) -> String {
    let last = game.proofs.last();
    let steal = unreached(scenario, game)
        .next()
        .map(|goal| format!("as the thief: {} (`heist play hint` helps)", in_sentence(&goal.text)));
    match (last, steal) {
        (Some(proof), _) if proof.finding == Finding::Fixed => {
            "read what happened: `heist play debrief`; then `heist play quit`".into()
        }
        (None, None) => {
            "change sides: eval \"$(heist play env owner)\", close it, then `heist play verify`"
                .into()
        }
        (None, Some(steal)) => steal,
        (Some(proof), None) => mend(proof),
        // Who has not stolen it all may be on either side.
        (Some(proof), Some(steal)) => format!("{steal}; or {}", mend(proof)),
    }
}

/// What the owner is to do about what a proof found.
fn mend(proof: &Proof) -> String {
    let kind = match proof.finding {
        Finding::Down => Kind::Traffic,
        Finding::Open => Kind::Attack,
        Finding::Held | Finding::Fixed => Kind::Configuration,
    };
    let mut bad = proof.checks.iter().filter(|check| !check.verdict.is_good());
    let bad = bad.clone().find(|check| kind.has(&check.name)).or_else(|| bad.next());
    let text = bad.map_or("what the last proof shows", |check| &*check.text);
    format!("as the owner, see to it that {text}; then `heist play verify`")
}

/// A sentence inside of another.
fn in_sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
