//! A scenario as its directory says it: the story, the weak stack, what is to be stolen, what
//! must go on working, and how a fix is proved.

mod kind;
mod source;
mod step;
mod validate;

pub use kind::Kind;
pub use source::{Source, all, load};
pub use step::{Expect, Refusal, Step};

use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The version of the format.
pub const SCHEMA: u64 = 1;

/// The JSON Schema of `scenario.yaml`, published for editors and authors.
pub const JSON_SCHEMA: &str = include_str!("../../../scenarios/schema.json");

/// `scenario.yaml`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The version of the format: 1.
    pub schema: u64,
    /// The directory's name, such as `H01`.
    pub id: String,
    /// The title.
    pub title: String,
    /// One sentence for the list of scenarios.
    pub summary: String,
    /// How hard it is.
    pub level: Level,
    /// How many minutes it takes.
    pub minutes: u32,
    /// What it is about, in the terms of well-known lists.
    #[serde(default)]
    pub tags: BTreeMap<String, Vec<String>>,
    /// What the player is told, in Markdown.
    pub story: String,
    /// The weak stack.
    pub deploy: Deploy,
    /// What must stay true however the defender rebuilds it, a sentence each.
    pub contract: Vec<String>,
    /// Who takes part, beside `owner`, `thief`, `partner`, `auditor` and `nobody`.
    #[serde(default)]
    pub identities: BTreeMap<String, Identity>,
    /// The identities whose keys the player gets beside the owner's and the thief's.
    #[serde(default)]
    pub exports: Vec<String>,
    /// The identities that may see what is planted: what they read is no theft.
    #[serde(default)]
    pub business: Vec<String>,
    /// What the thief is told: a name and its text.
    pub recon: BTreeMap<String, String>,
    /// What happens after the stack is there: data of the rival's business.
    #[serde(default)]
    pub setup: Vec<Step>,
    /// What is to be stolen.
    pub flags: Vec<Flag>,
    /// What counts as a success of the thief.
    pub goals: Vec<Goal>,
    /// The ladder of hints.
    #[serde(default)]
    pub hints: Vec<Hint>,
    /// What the defender has to do.
    pub harden: Vec<Task>,
    /// The checks by name: `T.…` is legitimate traffic, `A.…` an attack, `C.…` configuration.
    pub checks: BTreeMap<String, Check>,
    /// The attacks that the automated thief runs, in order; all if none is named.
    #[serde(default)]
    pub playbook: Vec<String>,
    /// Documents whose change the debrief shows.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// Questions about what has been learned.
    #[serde(default)]
    pub quiz: Vec<Question>,
    /// What to do after this, a sentence each.
    #[serde(default)]
    pub next_steps: Vec<String>,
}

/// How hard a scenario is; also what its main goal is worth.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// 100 points.
    Easy,
    /// 200 points.
    Medium,
    /// 300 points.
    Hard,
}

impl Level {
    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Easy => "easy",
            Self::Medium => "medium",
            Self::Hard => "hard",
        }
    }
}

/// The weak stack.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Deploy {
    /// The file of the CloudFormation template.
    pub template: String,
    /// Its parameters.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
}

/// Somebody who takes part: a role that is assumed anew for each round of checks, a user, or
/// whoever holds keys that were found.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The ARN of the role.
    pub role: Option<String>,
    /// The name of the user.
    pub user: Option<String>,
    /// Keys that a step captured while the game was set up: the loot of an earlier theft.
    pub keys: Option<Found>,
    /// What the player is told of it.
    #[serde(default)]
    pub text: String,
}

/// Keys that were found somewhere.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// The access key's id.
    pub id: String,
    /// The secret.
    pub secret: String,
    /// The session token of temporary keys.
    pub token: Option<String>,
}

/// Something to be stolen. Its text is `{{flags.ID}}`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Flag {
    /// Its name.
    pub id: String,
    /// What it is in the story.
    pub text: String,
    /// How it gets where it is; nothing if a parameter of the template carries it.
    #[serde(default)]
    pub plant: Vec<Step>,
}

/// What counts as a success of the thief.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// Its name.
    pub id: String,
    /// What it takes.
    pub text: String,
    /// What it is worth.
    pub value: u32,
    /// How it is proved.
    pub proof: Proof,
}

/// How a goal is proved.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Proof {
    /// The flag of this name was submitted.
    Flag(String),
    /// The journal has such a request.
    Journal(Deed),
}

/// A request that the journal has.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Deed {
    /// The permission, such as `sns:Publish`, or the method of an API, such as `POST`.
    pub action: String,
    /// What the resource contains.
    #[serde(default)]
    pub resource: String,
    /// The identities whose it may be, `nobody` for unsigned; anybody but the victim's own if none.
    #[serde(default)]
    pub by: Vec<String>,
}

/// A hint.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Hint {
    /// What it takes off the thief's goals.
    pub cost: u32,
    /// What it says.
    pub text: String,
}

/// Something for the defender to do.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// What.
    pub text: String,
    /// The check that proves it.
    pub check: String,
}

/// A check: steps of which each has to go as it says.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// What is checked, as a statement that is true when all is well.
    pub text: String,
    /// The steps. Those of an attack that decide say how it succeeds.
    pub steps: Vec<Step>,
    /// What tidies up afterwards, whatever happened; its failures do not count.
    #[serde(default)]
    pub after: Vec<Step>,
}

/// A document whose change the debrief shows.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Its title.
    pub title: String,
    /// The operation that reads it, `service.Operation`.
    pub aws: String,
    /// What the operation takes.
    #[serde(default)]
    pub with: Map<String, Value>,
    /// Where the document is in the answer, as JMESPath.
    #[serde(default)]
    pub query: Option<String>,
}

/// A question with its answer.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The question.
    pub q: String,
    /// The answer.
    pub a: String,
}

/// `solution.yaml`: the reference fix.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Solution {
    /// What is done, by the owner unless a step says otherwise.
    pub steps: Vec<Step>,
}

/// `mutants/NAME.yaml`: a fix that must not be accepted.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Mutant {
    /// What is wrong with it.
    pub text: String,
    /// Whether the reference fix comes first, so that this spoils it.
    #[serde(default)]
    pub after_solution: bool,
    /// What is done.
    pub steps: Vec<Step>,
    /// The checks that must catch it.
    pub caught_by: Vec<String>,
}

/// `alternatives/NAME.yaml`: another fix that must be accepted.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// What it does differently from the reference fix.
    pub text: String,
    /// Whether the reference fix comes first, so that this changes it.
    #[serde(default)]
    pub after_solution: bool,
    /// What is done.
    pub steps: Vec<Step>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The file is what the types say: write it with `HEIST_WRITE_SCHEMA=1 cargo test -p range`.
    #[test]
    fn the_published_schema_is_up_to_date() {
        let schema = schemars::schema_for!(Scenario);
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var_os("HEIST_WRITE_SCHEMA").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/schema.json");
            std::fs::write(path, &text).unwrap();
        } else {
            assert!(text == JSON_SCHEMA, "range/scenarios/schema.json is out of date");
        }
    }
}
