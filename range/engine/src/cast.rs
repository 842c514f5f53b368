//! Who takes part in one round of checks, each with keys of his own.

use crate::{
    accounts::{Keys, Office, assume},
    names::Names,
    scenario::Scenario,
};
use client::{CallError, Cloud, Remote};
use std::collections::BTreeMap;

/// The identities of one round.
pub struct Cast {
    actors: BTreeMap<String, Remote>,
    nobody: Remote,
}

/// What a cast is made from.
pub struct Casting<'a> {
    /// The range's office.
    pub office: &'a Office,
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The accounts by part: `victim`, `thief`, `partner`.
    pub accounts: &'a BTreeMap<String, String>,
    /// The lasting keys, by identity.
    pub keys: &'a BTreeMap<String, Keys>,
    /// The ARN of the auditor's role.
    pub auditor: &'a str,
    /// What the ARNs of roles are made from.
    pub names: &'a Names,
    /// The name of the round's sessions, another each time.
    pub session: &'a str,
}

impl Casting<'_> {
    /// The cast. A role that cannot be assumed any more is missing from it; what it was to do
    /// then fails for that reason.
    ///
    /// # Errors
    /// When the range itself does not get into the account.
    pub async fn cast(&self) -> Result<Cast, CallError> {
        let victim = self.account("victim");
        let inside = self.office.enter(victim).await?;
        let mut actors = BTreeMap::new();
        let nobody = self.office.admin.on(self.office.connection(), victim);
        actors.insert("nobody".to_owned(), nobody.clone());
        for (name, keys) in self.keys {
            let account = self.account(if name == "owner" { "victim" } else { name });
            actors.insert(name.clone(), self.office.signing(account, keys));
        }
        let keys = assume(&inside, self.auditor, self.session).await?;
        actors.insert("auditor".into(), self.office.signing(victim, &keys));
        for name in self.scenario.identities.keys() {
            if let Ok(Some(keys)) = self.role(&inside, name).await {
                actors.insert(name.clone(), self.office.signing(victim, &keys));
            }
        }
        Ok(Cast { actors, nobody })
    }

    /// New keys of the role that the identity `name` is; none if it is no role.
    ///
    /// # Errors
    /// What STS refuses.
    pub async fn role(&self, inside: &Remote, name: &str) -> Result<Option<Keys>, CallError> {
        let Some(role) = self.scenario.identities.get(name).and_then(|it| it.role.as_ref()) else {
            return Ok(None);
        };
        let role = self.names.fill(role).map_err(CallError::unanswered)?;
        assume(inside, &role, self.session).await.map(Some)
    }

    /// The account of a part; that of the victim for all who belong to it.
    fn account(&self, part: &str) -> &str {
        let known = self.accounts.get(part).or_else(|| self.accounts.get("victim"));
        known.map_or("", String::as_str)
    }
}

impl Cast {
    /// The one called `name`.
    ///
    /// # Errors
    /// In words, when he is missing.
    pub fn actor(&self, name: &str) -> Result<&Remote, String> {
        self.actors.get(name).ok_or_else(|| format!("{name} has no way in any more"))
    }

    /// Whoever has `keys` of the victim's account.
    pub fn holder(&self, keys: &Keys) -> Remote {
        let connection = self.nobody.connection().signing_as(keys.credentials());
        self.nobody.on(connection, self.nobody.account())
    }
}
