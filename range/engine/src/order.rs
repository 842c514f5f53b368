//! What can be asked of the range, as data.

use crate::{Engine, Telling, Trouble};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something asked of the range.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    /// Who asks.
    pub team: String,
    /// The scenario that is meant; the one played last if none is named.
    #[serde(default)]
    pub scenario: Option<String>,
    /// What.
    pub verb: Verb,
}

/// What can be asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Verb {
    /// Which scenarios there are.
    List,
    /// Begin the scenario of that name, or in that folder, or go on with it.
    Play(String),
    /// Begin it, and give up what was played of it.
    Again(String),
    /// What was told at the beginning.
    Brief,
    /// How it stands.
    Status,
    /// The next hint.
    Hint,
    /// A flag is handed in.
    Submit(String),
    /// Prove the fix.
    Verify,
    /// What happened.
    Explain,
    /// The debrief.
    Debrief,
    /// What the journal says of the request of that id.
    Request(String),
    /// The latest refusals in all accounts, or those of the request of that id or encoded message.
    Refusals(Option<String>),
    /// Begin again.
    Reset,
    /// End it.
    Quit,
    /// The keys of somebody.
    Env(String),
    /// Let the automated thief loose.
    Detonate,
    /// Apply the reference fix, `solution`, or the alternative or mutant of that name.
    Apply(String),
}

impl Engine {
    /// Does what is asked, and gives what is to be told.
    ///
    /// # Errors
    /// [`Trouble`] for what cannot be done.
    pub async fn perform(&self, order: Order, tell: Telling<'_>) -> Result<Value, Trouble> {
        let Order { team, scenario, verb } = order;
        let (team, name) = (team.as_str(), scenario.as_deref());
        match verb {
            Verb::List => told(self.list(team)?),
            Verb::Play(scenario) => told(self.play(team, &scenario, false, tell).await?),
            Verb::Again(scenario) => told(self.play(team, &scenario, true, tell).await?),
            Verb::Brief => told(self.brief(team, name).await?),
            Verb::Status => told(self.status(team, name).await?),
            Verb::Hint => told(self.hint(team, name).await?),
            Verb::Submit(flag) => told(self.submit(team, name, &flag).await?),
            Verb::Verify => told(self.verify(team, name, tell).await?),
            Verb::Explain => told(self.explain(team, name).await?),
            Verb::Debrief => told(self.debrief(team, name).await?),
            Verb::Request(id) => self.request(&id),
            Verb::Refusals(asked) => told(self.refusals(asked.as_deref()).await?),
            Verb::Reset => told(self.reset(team, name, tell).await?),
            Verb::Quit => told(self.quit(team, name, tell).await?),
            Verb::Env(who) => told(self.env(team, name, &who).await?),
            Verb::Detonate => told(self.detonate(team, name, tell).await?),
            Verb::Apply(fix) => told(self.apply(team, name, &fix, tell).await?),
        }
    }
}

fn told<T: Serialize>(what: T) -> Result<Value, Trouble> {
    serde_json::to_value(what).map_err(|error| Trouble(error.to_string()))
}
