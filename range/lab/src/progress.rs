//! How far somebody is, and what was found on the way.

use crate::{
    course::{Course, Step},
    fill::Variables,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

fn nothing() -> Option<BTreeSet<String>> {
    Some(BTreeSet::new())
}

/// How far somebody is on one instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// When it began, in seconds since 1970.
    pub since: i64,
    /// The ids of the steps that are done.
    pub done: BTreeSet<String>,
    /// How many hints were asked for, by step.
    pub hints: BTreeMap<String, usize>,
    /// What was found on the instance, by the names that commands use.
    pub variables: BTreeMap<String, String>,
    /// The ids of the steps whose things were there before it began: they are not the lab's. None
    /// until somebody has looked; labs begun before there was this had nobody look.
    #[serde(default = "nothing")]
    pub found: Option<BTreeSet<String>>,
}

impl Progress {
    /// Nothing done, from `since` on.
    pub fn begin(since: i64) -> Self {
        Self { since, ..Self::default() }
    }

    /// The first step that is not done.
    pub fn current(&self, course: &Course) -> Option<usize> {
        course.steps.iter().position(|step| !self.done.contains(&step.id))
    }

    /// The hints for `step` that have been asked for, with one more each time.
    pub fn hint<'a>(&mut self, step: &'a Step) -> &'a [String] {
        let asked = self.hints.entry(step.id.clone()).or_default();
        *asked = (*asked + 1).min(step.hints.len());
        &step.hints[..*asked]
    }

    /// What checks may name.
    pub(crate) fn known(&self) -> Variables {
        let mut known = self.variables.clone();
        known.insert("LAB_SINCE".into(), self.since.to_string());
        known
    }

    /// Keeps what was found, without what every check finds anew.
    pub(crate) fn keep(&mut self, known: Variables) {
        const ANEW: [&str; 4] = ["LAB_SINCE", "MARK", "AWS_REGION", "AWS_ENDPOINT_URL"];
        self.variables = known;
        self.variables.retain(|name, _| !ANEW.contains(&name.as_str()));
    }
}
