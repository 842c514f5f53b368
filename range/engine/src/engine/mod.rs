//! The verbs of a game: begin, look, ask, hand in, prove, begin again, go.

mod ask;
mod begin;
mod brief;
mod prove;

use crate::{
    accounts::Office,
    cast::{Cast, Casting},
    evidence,
    game::{Act, Game, KeyRing, Span},
    names::Names,
    operator::Operator,
    run::Runner,
    scenario::{self, Scenario, Source},
    told::{GoalStanding, Listed, Progress, Standing},
};
use client::{CallError, Cloud, Remote};
use service_kit::{fault::Fault, journal::JournalEntry, platform::Platform};
use shape::{ErrorShape, Timestamp};
use std::{fmt, sync::Arc};

/// The only team of a range that one person plays in.
pub const SOLO: &str = "player";

/// What clients call themselves, legitimate ones and thieves alike.
const USER_AGENTS: [&str; 4] = [
    "aws-cli/2.17.9 md/awscrt#0.20.11 ua/2.0 os/linux lang/python#3.11.8",
    "Boto3/1.34.144 md/Botocore#1.34.144 ua/2.0 os/linux lang/python#3.12.4",
    "aws-sdk-js/3.614.0 ua/2.0 os/linux lang/js md/nodejs#20.15.0",
    "curl/7.88.1",
];

/// How long the names are of sessions that the range itself acts in.
const SESSION_LETTERS: usize = 10;

/// The most times that the range itself acts in one game.
const MAX_SPANS: usize = 1_000;

/// Since when the range acts in a game.
struct Acting(Timestamp);

/// Why something cannot be done, in words for whoever plays.
#[derive(Clone, Debug)]
pub struct Trouble(pub String);

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Trouble {}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        let failure = fault.into_failure();
        // Who runs the range is told what went wrong inside.
        Self(failure.cause.unwrap_or(failure.message))
    }
}

impl From<CallError> for Trouble {
    fn from(error: CallError) -> Self {
        Self(error.to_string())
    }
}

impl From<String> for Trouble {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// Who is told what the engine is doing.
pub type Telling<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// The range of one instance.
#[derive(Clone)]
pub struct Engine {
    operator: Operator,
    office: Office,
    /// One change of games at a time: a reset and a proof would spoil each other.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// Since when this process runs: what was not finished before never will be.
    born: Timestamp,
}

/// A game with all that is needed to go on with it.
struct Table {
    source: Source,
    game: Game,
    names: Names,
    /// What the journal has of it.
    entries: Vec<JournalEntry>,
}

impl Table {
    fn scenario(&self) -> &Scenario {
        &self.source.scenario
    }
}

impl Engine {
    /// The range of the instance behind `platform`, whose APIs `admin` sees as its administrator.
    pub fn new(platform: Platform, admin: Remote) -> Self {
        let born = platform.clock().now();
        let (operator, office) = (Operator::new(platform), Office { admin });
        Self { operator, office, turn: Arc::default(), born }
    }

    /// All scenarios that ship, and how the team stands with each.
    ///
    /// # Errors
    /// [`Trouble`] when one is broken or storage fails.
    pub fn list(&self, team: &str) -> Result<Vec<Listed>, Trouble> {
        let games = self.operator.games(team)?;
        let listed = scenario::all()?.into_iter().map(|source| {
            let scenario = source.scenario;
            let game = games.iter().find(|game| game.scenario == scenario.id);
            Listed {
                standing: game.map(|game| standing(&scenario, game)),
                level: scenario.level.name().into(),
                id: scenario.id,
                title: scenario.title,
                summary: scenario.summary,
                minutes: scenario.minutes,
            }
        });
        Ok(listed.collect())
    }

    /// Waits until nothing else changes games, and says so.
    async fn turn(&self, tell: Telling<'_>) -> tokio::sync::MutexGuard<'_, ()> {
        match self.turn.try_lock() {
            Ok(turn) => turn,
            Err(_) => {
                say(tell, "waiting for what was begun before");
                self.turn.lock().await
            }
        }
    }

    /// The game that is meant: the one of that scenario, or the latest. It may be half set up.
    fn any_game(&self, team: &str, name: Option<&str>) -> Result<Game, Trouble> {
        let games = self.operator.games(team)?;
        let meant = games
            .iter()
            .find(|game| name.is_none_or(|name| game.scenario.eq_ignore_ascii_case(name)));
        meant.cloned().ok_or_else(|| {
            let others: Vec<_> = games.iter().map(|game| &*game.scenario).collect();
            Trouble(match name {
                Some(name) if !games.is_empty() => {
                    format!("{name} is not being played; what is: {}", others.join(", "))
                }
                _ => "nothing is being played: `heist play` lists what can be".into(),
            })
        })
    }

    /// The game that is meant, ready to be played.
    fn game(&self, team: &str, name: Option<&str>) -> Result<Game, Trouble> {
        let game = self.any_game(team, name)?;
        match game.unready {
            false => Ok(game),
            true => Err(Trouble(format!(
                "{0} is not set up: wait if that is being done, else begin with `heist play {0}`",
                game.source
            ))),
        }
    }

    /// Notes that the range itself acts in the game from now on, so that what it does is taken for
    /// nobody's deed.
    async fn act(&self, game: &Game, act: Act) -> Result<Acting, Trouble> {
        let from = self.now();
        let noted = self.operator.change(game, |game| {
            let room = game.spans.len() < MAX_SPANS;
            if room {
                game.spans.push(Span { from, to: None, act: act.clone() });
            }
            room
        });
        match noted.await?.ok_or_else(gone)?.1 {
            true => Ok(Acting(from)),
            false => Err(Trouble(format!(
                "{MAX_SPANS} proofs are the most in one game: begin it again with `heist play \
                 reset`"
            ))),
        }
    }

    /// Notes that the range is done with what it did since then.
    async fn acted(&self, game: &Game, Acting(from): Acting) -> Result<Timestamp, Trouble> {
        let now = self.now();
        let done = self.operator.change(game, |game| {
            let begun = game.spans.iter_mut().filter(|span| span.from == from);
            begun.for_each(|span| span.to = Some(now));
        });
        done.await?.ok_or_else(gone)?;
        Ok(now)
    }

    async fn table(&self, team: &str, name: Option<&str>) -> Result<Table, Trouble> {
        let mut game = self.game(team, name)?;
        let source = scenario::load(&game.source)?;
        let entries = evidence::entries(&self.operator, &game)?;
        self.finish(&mut game).await?;
        let done = evidence::deeds(&source.scenario, &game, &entries);
        let news = done.keys().any(|id| !game.reached.contains_key(id));
        let game = match news {
            false => game,
            true => {
                let changed = self.operator.change(&game, |game| {
                    for (id, at) in &done {
                        game.reached.entry(id.clone()).or_insert(*at);
                    }
                });
                changed.await?.ok_or_else(gone)?.0
            }
        };
        let mut game = game;
        game.lent = evidence::lent(&game, &entries);
        let names = self.names(&source.scenario, &game).await?;
        Ok(Table { source, game, names, entries })
    }

    /// Closes what the range was doing when the instance went away.
    async fn finish(&self, game: &mut Game) -> Result<(), Trouble> {
        let born = self.born;
        let stale = |span: &Span| span.to.is_none() && span.from < born;
        if game.spans.iter().any(stale) {
            let closed = self.operator.change(game, |game| {
                let stale = game.spans.iter_mut().filter(|span| stale(span));
                stale.for_each(|span| span.to = Some(born));
            });
            *game = closed.await?.ok_or_else(gone)?.0;
        }
        Ok(())
    }

    async fn names(&self, scenario: &Scenario, game: &Game) -> Result<Names, Trouble> {
        let secret = self.operator.secret().await?;
        let mut names = game.names(scenario, |id| secret.flag(&game.id, &scenario.id, id));
        names.set("region", self.office.admin.region());
        // Sessions know the second in which they were issued, no more.
        names.set("now", self.now().whole_seconds().date_time());
        Ok(names)
    }

    fn casting<'a>(
        &'a self,
        scenario: &'a Scenario,
        game: &'a Game,
        names: &'a Names,
        keys: &'a KeyRing,
        session: &'a str,
    ) -> Casting<'a> {
        let (office, accounts, auditor) = (&self.office, &game.accounts, &*game.auditor);
        Casting { office, scenario, accounts, keys, auditor, names, session }
    }

    async fn cast(&self, scenario: &Scenario, game: &Game, names: &Names) -> Result<Cast, Trouble> {
        let keys = self.operator.unlock(game)?;
        let session = self.operator.platform().entropy().lower_id(SESSION_LETTERS);
        Ok(self.casting(scenario, game, names, &keys, &session).cast().await?)
    }

    fn runner<'a>(&self, table: &'a Table, cast: &'a Cast) -> Runner<'a> {
        let (names, user_agent) = (table.names.clone(), self.user_agent());
        Runner { source: &table.source, cast, names, user_agent }
    }

    fn user_agent(&self) -> &'static str {
        let index = self.operator.platform().entropy().below(USER_AGENTS.len() as u64);
        usize::try_from(index).ok().and_then(|index| USER_AGENTS.get(index)).unwrap_or(&"curl")
    }

    fn now(&self) -> Timestamp {
        self.operator.platform().clock().now()
    }
}

fn standing(scenario: &Scenario, game: &Game) -> Standing {
    match game.is_fixed() {
        _ if game.unready => Standing::Unready,
        true => Standing::Fixed,
        false if unreached(scenario, game).next().is_none() => Standing::Robbed,
        false => Standing::Playing,
    }
}

fn goals(scenario: &Scenario, game: &Game) -> Vec<GoalStanding> {
    let standing = |goal: &scenario::Goal| GoalStanding {
        id: goal.id.clone(),
        text: goal.text.clone(),
        value: goal.value,
        reached: game.reached.get(&goal.id).copied(),
    };
    scenario.goals.iter().map(standing).collect()
}

/// The goals that the thief has not reached.
fn unreached<'a>(
    scenario: &'a Scenario,
    game: &'a Game,
) -> impl Iterator<Item = &'a scenario::Goal> {
    scenario.goals.iter().filter(|goal| !game.reached.contains_key(&goal.id))
}

/// Whether a session can be one that the range itself acts in: those of functions have their names.
fn is_session(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.len() == SESSION_LETTERS && name.bytes().all(plain)
}

fn say(tell: Telling<'_>, text: &str) {
    tell(Progress { text: text.to_owned() });
}

fn gone() -> Trouble {
    Trouble("that game has been ended meanwhile".into())
}
