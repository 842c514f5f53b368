//! All that the range does beside the public API: its own rows, whole accounts, the journal.

use crate::{
    flag::Secret,
    game::{Common, Game, KeyRing},
};
use service_kit::{
    access::Scope,
    audit::AuditRecord,
    fault::Fault,
    platform::Platform,
    record::Record,
    tx::{Order, ReadTx},
};
use std::{collections::BTreeSet, ops::ControlFlow};

/// What keys of a game are sealed for, and the secret of flags.
const KEYS: &str = "range-keys";
const SECRET: &str = "range-secret";
/// The most records of a trail that are looked at.
const MAX_TRAIL: usize = 100_000;
/// The bytes of the secret.
const SECRET_BYTES: usize = 32;

/// The power of who runs the range.
#[derive(Clone)]
pub struct Operator {
    platform: Platform,
}

impl Operator {
    /// The operator of the instance.
    pub fn new(platform: Platform) -> Self {
        Self { platform }
    }

    /// The instance.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// The game of the team in the scenario.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub fn game(&self, team: &str, scenario: &str) -> Result<Option<Game>, Fault> {
        self.platform.read(&Scope::range(), |tx| tx.get::<Game>((team, scenario)))
    }

    /// All games of the team, the one that is played first.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub fn games(&self, team: &str) -> Result<Vec<Game>, Fault> {
        let mut games = self.platform.read(&Scope::range(), |tx| tx.list::<Game>((team,)))?;
        games.sort_by_key(|game| std::cmp::Reverse(game.turned_to.unwrap_or(game.started)));
        Ok(games)
    }

    /// All games of all teams.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub fn all_games(&self) -> Result<Vec<Game>, Fault> {
        self.platform.read(&Scope::range(), |tx| tx.list::<Game>(()))
    }

    /// Keeps a new game.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub async fn keep(&self, game: &Game) -> Result<(), Fault> {
        self.platform.write(&Scope::range(), |tx| tx.put(game)).await
    }

    /// Changes a game that is kept, as long as it is the same game; gives it as it is then.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub async fn change<T: Send>(
        &self,
        game: &Game,
        mut change: impl FnMut(&mut Game) -> T + Send,
    ) -> Result<Option<(Game, T)>, Fault> {
        let key = (&game.team, &game.scenario);
        self.platform
            .write(&Scope::range(), |tx| {
                let known = tx.get::<Game>(key)?.filter(|known| known.id == game.id);
                let Some(mut known) = known else { return Ok(None) };
                let told = change(&mut known);
                tx.put(&known)?;
                Ok::<_, Fault>(Some((known, told)))
            })
            .await
    }

    /// Removes the row of a game.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub async fn remove(&self, game: &Game) -> Result<(), Fault> {
        let key = (&game.team, &game.scenario);
        self.platform
            .write(&Scope::range(), |tx| {
                tx.delete::<Game>(key);
                Ok::<_, Fault>(())
            })
            .await
    }

    /// The ids of the requests that the account's own trail knows.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub fn trail(&self, account: &str) -> Result<BTreeSet<String>, Fault> {
        let mut known = BTreeSet::new();
        let scopes = self.platform.scopes_of(AuditRecord::TABLE)?;
        for scope in scopes.iter().filter(|scope| *scope.account == *account) {
            self.platform.read(scope, |tx: &ReadTx<'_>| {
                tx.visit::<AuditRecord>((), Order::Descending, |record| {
                    known.insert(record.request_id);
                    match known.len() >= MAX_TRAIL {
                        true => ControlFlow::Break(()),
                        false => ControlFlow::Continue(()),
                    }
                })
            })?;
        }
        Ok(known)
    }

    /// What flags are made with; made itself when first asked for.
    ///
    /// # Errors
    /// [`Fault`] when storage fails or the root key is another.
    pub async fn secret(&self) -> Result<Secret, Fault> {
        let known = self.platform.read(&Scope::range(), |tx| tx.get::<Common>(()))?;
        let sealed = match known {
            Some(common) => common.secret,
            None => self.make_secret().await?,
        };
        let plain = self.platform.seal().open(SECRET, b"", &sealed);
        plain.map(|plain| Secret::new(&plain)).ok_or_else(|| lost(Common::TABLE))
    }

    /// Keeps a new secret, sealed, unless somebody was faster; gives the one that is kept.
    async fn make_secret(&self) -> Result<Vec<u8>, Fault> {
        let fresh: [u8; SECRET_BYTES] = self.platform.entropy().bytes();
        let fresh = self.platform.seal().seal(SECRET, b"", &fresh)?;
        self.platform
            .write(&Scope::range(), |tx| {
                if let Some(common) = tx.get::<Common>(())? {
                    return Ok(common.secret);
                }
                tx.put(&Common { secret: fresh.clone() })?;
                Ok::<_, Fault>(fresh.clone())
            })
            .await
    }

    /// The keys as they are kept with the game `id`.
    ///
    /// # Errors
    /// [`Fault`] when they cannot be sealed.
    pub fn lock(&self, id: &str, keys: &KeyRing) -> Result<Vec<u8>, Fault> {
        let plain = serde_json::to_vec(keys).map_err(Fault::internal)?;
        self.platform.seal().seal(KEYS, id.as_bytes(), &plain)
    }

    /// The keys of the game.
    ///
    /// # Errors
    /// [`Fault`] when the root key is another.
    pub fn unlock(&self, game: &Game) -> Result<KeyRing, Fault> {
        let plain = self.platform.seal().open(KEYS, game.id.as_bytes(), &game.keys);
        let plain = plain.ok_or_else(|| lost(Game::TABLE))?;
        serde_json::from_slice(&plain).map_err(Fault::internal)
    }
}

fn lost(table: &str) -> Fault {
    Fault::internal(format!("{table} was sealed under another root key"))
}
