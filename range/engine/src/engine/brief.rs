//! What a player is told, and the keys he gets.

use super::{Engine, Table, Trouble, goals};
use crate::{accounts::Keys, game::KeyRing, told::Briefing, variable};
use std::collections::BTreeSet;

impl Engine {
    /// What the player was told at the beginning, again.
    ///
    /// # Errors
    /// [`Trouble`] when nothing is being played.
    pub async fn brief(&self, team: &str, name: Option<&str>) -> Result<Briefing, Trouble> {
        let table = self.table(team, name).await?;
        let keys = self.operator.unlock(&table.game)?;
        Ok(self.briefing(&table, &keys, 0)?)
    }

    pub(super) fn briefing(
        &self,
        table: &Table,
        keys: &KeyRing,
        millis: u64,
    ) -> Result<Briefing, String> {
        let (scenario, game, names) = (table.scenario(), &table.game, &table.names);
        let own = |name: &str| match name {
            "owner" => Some("administrator of your own account, to defend it".to_owned()),
            "thief" => Some("administrator of the thief's account, to attack from".to_owned()),
            "partner" => Some("administrator of a partner's account".to_owned()),
            _ => scenario.identities.get(name).map(|identity| identity.text.clone()),
        };
        let given = keys.keys().filter(|name| ["owner", "thief", "partner"].contains(&&***name));
        let given: BTreeSet<_> = given.chain(&scenario.exports).collect();
        let identities = given.into_iter();
        let filled = |(name, text): (&String, &String)| {
            Ok((name.clone(), self.reachable(&names.fill(text)?)))
        };
        Ok(Briefing {
            id: scenario.id.clone(),
            title: scenario.title.clone(),
            story: self.reachable(&names.fill(&scenario.story)?),
            recon: scenario.recon.iter().map(filled).collect::<Result<_, String>>()?,
            identities: identities
                .map(|name| (name.clone(), own(name).unwrap_or_default()))
                .collect(),
            goals: goals(scenario, game),
            accounts: game.accounts.clone(),
            started: game.started,
            millis,
        })
    }

    /// What a shell needs to act as `who`: names and values of variables.
    ///
    /// # Errors
    /// [`Trouble`] for somebody whose keys are not given out.
    pub async fn env(
        &self,
        team: &str,
        name: Option<&str>,
        who: &str,
    ) -> Result<Vec<(String, String)>, Trouble> {
        let table = self.table(team, name).await?;
        let scenario = table.scenario();
        let known = self.operator.unlock(&table.game)?;
        let given = ["owner", "thief", "partner"].contains(&who)
            || scenario.exports.iter().any(|name| name == who);
        let keys = match known.get(who).cloned().filter(|_| given) {
            Some(keys) => Some(keys),
            None if given => self.session(&table, who).await?,
            None => None,
        };
        let keys = keys.ok_or_else(|| {
            Trouble(format!("there are no keys of {who} for you: `heist play brief` names whose"))
        })?;
        let part = if table.game.accounts.contains_key(who) { who } else { "victim" };
        let mut lines = self.variables(&keys);
        lines.push(("HEIST_ACCOUNT_ID".into(), table.game.account(part).to_owned()));
        let recon = scenario.recon.iter();
        for (name, text) in recon {
            lines.push((variable::named(name)?, self.reachable(&table.names.fill(text)?)));
        }
        Ok(lines)
    }

    fn variables(&self, keys: &Keys) -> Vec<(String, String)> {
        let connection = self.office.admin.connection();
        let region = connection.region().to_owned();
        let mut lines = vec![
            ("AWS_ENDPOINT_URL".into(), format!("http://{}", connection.authority())),
            ("AWS_ACCESS_KEY_ID".into(), keys.id.clone()),
            ("AWS_SECRET_ACCESS_KEY".into(), keys.secret.clone()),
            ("AWS_REGION".into(), region.clone()),
            ("AWS_DEFAULT_REGION".into(), region),
        ];
        // One of another identity must not linger.
        lines.push(("AWS_SESSION_TOKEN".into(), keys.token.clone().unwrap_or_default()));
        lines
    }

    async fn session(&self, table: &Table, who: &str) -> Result<Option<Keys>, Trouble> {
        let inside = self.office.enter(table.game.account("victim")).await?;
        let keys = KeyRing::new();
        let casting = self.casting(table.scenario(), &table.game, &table.names, &keys, who);
        Ok(casting.role(&inside, who).await?)
    }

    /// `text` with the addresses of APIs and functions as they can be reached from here without
    /// a name server.
    pub(super) fn reachable(&self, text: &str) -> String {
        let endpoint = format!("http://{}/_aws", self.office.admin.connection().authority());
        let mut reachable = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("https://") {
            let (before, url) = rest.split_at(at);
            let host = url.get("https://".len()..).unwrap_or_default();
            let end = host.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
            let (id, tail) = host.split_at(end.unwrap_or(host.len()));
            let name_end = tail.find(|letter: char| {
                !letter.is_ascii_alphanumeric() && letter != '-' && letter != '.'
            });
            let (domain, path) = tail.split_at(name_end.unwrap_or(tail.len()));
            let front = ["execute-api", "lambda-url"]
                .into_iter()
                .find(|front| domain.starts_with(&format!(".{front}.")));
            reachable.push_str(before);
            match front {
                Some(front) => reachable.push_str(&format!("{endpoint}/{front}/{id}")),
                None => reachable.push_str(&format!("https://{id}{domain}")),
            }
            rest = path;
        }
        reachable.push_str(rest);
        reachable
    }
}
