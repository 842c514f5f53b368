//! Setting a game up, and clearing it away.

use super::{Engine, Table, Telling, Trouble, say};
use crate::{
    accounts::{Unit, administrator, auditor, key_of},
    engine::prove::exhibits,
    game::{Game, KeyRing},
    names::Names,
    run::Runner,
    scenario::{self, Scenario, Source},
    told::{Briefing, Cleaned},
};
use client::{Cloud, Remote};
use deploy::{Event, Plan, Status, Template};
use service_kit::clock::Stopwatch;
use std::collections::{BTreeMap, BTreeSet};

/// The most games of a team at a time: each has accounts of its own, and a stack in them.
const MAX_GAMES: usize = 16;

impl Engine {
    /// Begins a game in fresh accounts. One of the same scenario that is there goes on, with its
    /// story told once more, unless all is to begin `again`: then it is given up.
    ///
    /// # Errors
    /// [`Trouble`] for a scenario that is not there or broken, or what a service refuses.
    pub async fn play(
        &self,
        team: &str,
        name: &str,
        again: bool,
        tell: Telling<'_>,
    ) -> Result<Briefing, Trouble> {
        let _turn = self.turn(tell).await;
        let source = scenario::load(name)?;
        let id = source.scenario.id.clone();
        match self.operator.game(team, &id)? {
            // What a crash left half done is no game.
            Some(old) if again || old.unready => {
                say(tell, "giving up the game before");
                self.clean(&old).await?;
            }
            Some(old) => {
                let now = self.now();
                self.operator.change(&old, |game| game.turned_to = Some(now)).await?;
                return self.brief(team, Some(&id)).await;
            }
            None if self.operator.games(team)?.len() >= MAX_GAMES => {
                return Err(Trouble(format!(
                    "{MAX_GAMES} games are going on, and no more can: end one with `heist play \
                     quit --scenario ID`"
                )));
            }
            None => {}
        }
        self.begin(team, name, source, tell).await
    }

    async fn begin(
        &self,
        team: &str,
        name: &str,
        source: Source,
        tell: Telling<'_>,
    ) -> Result<Briefing, Trouble> {
        let watch = Stopwatch::start();
        let id = self.operator.platform().entropy().uuid();
        let mut game = Game {
            team: team.to_owned(),
            scenario: source.scenario.id.clone(),
            source: name.to_owned(),
            started: self.now(),
            turned_to: None,
            accounts: BTreeMap::new(),
            keys: self.operator.lock(&id, &KeyRing::new())?,
            id,
            auditor: String::new(),
            outputs: BTreeMap::new(),
            business: Vec::new(),
            lent: BTreeSet::new(),
            unready: true,
            hints: 0,
            paid: 0,
            reached: BTreeMap::new(),
            looked: None,
            wrong: Vec::new(),
            proofs: Vec::new(),
            spans: Vec::new(),
            before: Vec::new(),
        };
        let made = self.set_up(&source, &mut game, tell).await;
        let keys = match made {
            Ok(keys) => keys,
            Err(trouble) => {
                self.clean(&game).await?;
                return Err(trouble);
            }
        };
        let millis = watch.elapsed().as_millis().try_into().unwrap_or(u64::MAX);
        let names = self.names(&source.scenario, &game).await?;
        let table = Table { source, game, names, entries: Vec::new() };
        Ok(self.briefing(&table, &keys, millis)?)
    }

    /// Makes accounts, stack, identities and flags, and keeps the game after each step that
    /// leaves something to clean up.
    async fn set_up(
        &self,
        source: &Source,
        game: &mut Game,
        tell: Telling<'_>,
    ) -> Result<KeyRing, Trouble> {
        let scenario = &source.scenario;
        say(tell, "opening accounts");
        let unit = self.office.prepare().await?;
        self.sweep(&unit).await?;
        let mut keys = KeyRing::new();
        for part in parts(source) {
            let account = self.office.open(&unit, part, &game.id).await?;
            game.accounts.insert(part.to_owned(), account.clone());
            self.operator.keep(game).await?;
            self.operator.platform().journal().watch(&account).await?;
            let user = administrator_of(part);
            let inside = self.office.enter(&account).await?;
            keys.insert(user.to_owned(), administrator(&inside, user).await?);
        }
        let inside = self.office.enter(game.account("victim")).await?;
        game.auditor = auditor(&inside).await?;
        self.operator.keep(game).await?;
        let mut names = self.names(scenario, game).await?;
        say(tell, "deploying the stack");
        for (name, text) in self.deploy(source, &names, &inside, tell).await? {
            game.outputs.insert(format!("outputs.{name}"), text);
        }
        for (name, text) in &game.outputs {
            names.set(name, text);
        }
        self.identify(scenario, game, &names, &inside, &mut keys).await?;
        game.keys = self.operator.lock(&game.id, &keys)?;
        say(tell, "opening for business");
        let cast = self.cast(scenario, game, &names).await?;
        let user_agent = self.user_agent();
        let mut runner = Runner { source, cast: &cast, names, user_agent };
        runner.all(&scenario.setup).await?;
        for flag in &scenario.flags {
            let text = runner.names.get(&format!("flags.{}", flag.id)).unwrap_or_default();
            let account = game.account("victim");
            self.operator.platform().journal().mark(account, &flag.id, text).await?;
            runner.names.set("flag", text.to_owned());
            runner.all(&flag.plant).await?;
        }
        game.outputs.extend(runner.names.captured());
        game.before = exhibits(scenario, &runner).await;
        game.started = self.now();
        game.unready = false;
        self.operator.keep(game).await?;
        Ok(keys)
    }

    async fn deploy(
        &self,
        source: &Source,
        names: &Names,
        inside: &Remote,
        tell: Telling<'_>,
    ) -> Result<BTreeMap<String, String>, Trouble> {
        let given = &source.scenario.deploy;
        let file = format!("{}/{}", source.scenario.id, given.template);
        let template = Template::parse(&file, source.text(&given.template)?);
        let template = template.map_err(|faults| Trouble(faults.to_string()))?;
        let parameter = |(name, text): (&String, &String)| Ok((name.clone(), names.fill(text)?));
        let parameters: BTreeMap<_, _> =
            given.parameters.iter().map(parameter).collect::<Result<_, String>>()?;
        let plan = Plan {
            name: &source.scenario.id.to_ascii_lowercase(),
            parameters: &parameters,
            assets: source,
            progress: &|event: Event<'_>| {
                if event.status == Status::Created {
                    say(tell, &format!("made {}", event.logical_id));
                }
            },
        };
        let stack = deploy::deploy(&template, &plan, inside).await;
        Ok(stack.map_err(|error| Trouble(error.to_string()))?.outputs)
    }

    /// Gives users keys, and notes who everybody is.
    async fn identify(
        &self,
        scenario: &Scenario,
        game: &mut Game,
        names: &Names,
        inside: &Remote,
        keys: &mut KeyRing,
    ) -> Result<(), Trouble> {
        for (name, identity) in &scenario.identities {
            let arn = match (&identity.role, &identity.user) {
                (Some(role), _) => names.fill(role)?,
                (None, Some(user)) => {
                    let user = names.fill(user)?;
                    keys.insert(name.clone(), key_of(inside, &user).await?);
                    format!("arn:aws:iam::{}:user/{user}", inside.account())
                }
                // Whose keys were found is known by them.
                (None, None) => continue,
            };
            game.outputs.insert(format!("identities.{name}"), arn);
        }
        for (part, account) in &game.accounts {
            let user = administrator_of(part);
            let arn = format!("arn:aws:iam::{account}:user/{user}");
            game.outputs.insert(format!("identities.{user}"), arn);
        }
        let own = scenario.business.iter().map(String::as_str).chain(["owner"]);
        let arn = |name: &str| game.outputs.get(&format!("identities.{name}")).cloned();
        game.business = own.filter_map(arn).collect();
        Ok(())
    }

    /// Begins the same game again in fresh accounts.
    ///
    /// # Errors
    /// As [`Engine::play`].
    pub async fn reset(
        &self,
        team: &str,
        name: Option<&str>,
        tell: Telling<'_>,
    ) -> Result<Briefing, Trouble> {
        let _turn = self.turn(tell).await;
        let old = self.any_game(team, name)?;
        // A scenario in a folder may have changed since.
        let source = scenario::load(&old.source)?;
        say(tell, "clearing the accounts");
        self.clean(&old).await?;
        self.begin(team, &old.source, source, tell).await
    }

    /// Ends the game and removes all that it left.
    ///
    /// # Errors
    /// [`Trouble`] when nothing is being played.
    pub async fn quit(
        &self,
        team: &str,
        name: Option<&str>,
        tell: Telling<'_>,
    ) -> Result<Cleaned, Trouble> {
        let _turn = self.turn(tell).await;
        let game = self.any_game(team, name)?;
        self.clean(&game).await
    }

    /// Removes accounts that no game knows: a crash may come between an account's making and the
    /// note of it.
    async fn sweep(&self, unit: &Unit) -> Result<(), Trouble> {
        let members = self.office.members(unit).await?;
        let known = self.operator.all_games()?;
        let known =
            |account: &String| known.iter().any(|it| it.accounts.values().any(|it| it == account));
        for stray in members.iter().filter(|account| !known(account)) {
            self.clear(stray).await?;
        }
        Ok(())
    }

    /// Removes an account; gives how many rows it had, and how many are left.
    async fn clear(&self, account: &str) -> Result<Cleaned, Trouble> {
        let platform = self.operator.platform();
        let rows = platform.erase_account(account).await?.rows.values().sum();
        platform.dismiss_account(account).await?;
        platform.journal().unwatch(account).await?;
        platform.journal().forget(account).await?;
        let left = platform.rows_of(account)?.values().sum();
        Ok(Cleaned { rows, left })
    }

    /// Removes the accounts of a game and the game.
    async fn clean(&self, game: &Game) -> Result<Cleaned, Trouble> {
        let mut cleaned = Cleaned { rows: 0, left: 0 };
        for account in game.accounts.values() {
            let Cleaned { rows, left } = self.clear(account).await?;
            cleaned.rows += rows;
            cleaned.left += left;
        }
        self.operator.remove(game).await?;
        Ok(cleaned)
    }
}

/// The user who may do everything in the account of a part.
fn administrator_of(part: &str) -> &str {
    if part == "victim" { "owner" } else { part }
}

/// The accounts of a game: a partner only where somebody is one.
fn parts(source: &Source) -> Vec<&'static str> {
    match source.mentions("partner") {
        true => vec!["victim", "thief", "partner"],
        false => vec!["victim", "thief"],
    }
}
