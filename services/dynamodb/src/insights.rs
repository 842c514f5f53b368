//! Contributor insights: whether a table or index has rules that tell its most used keys.

use crate::{index::Index, table::Table};
use service_kit::prelude::*;

/// What rules tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub enum ContributorInsightsMode {
    /// The keys used most and the keys throttled most.
    #[default]
    AccessedAndThrottledKeys,
    /// The keys throttled most.
    ThrottledKeys,
}

/// How far rules are. Nothing takes time here, but answers say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ContributorInsightsStatus {
    /// Being made.
    Enabling,
    /// There.
    Enabled,
    /// Being deleted.
    Disabling,
    /// Not there.
    Disabled,
}

/// The setting of one table or index, once it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insights {
    /// Whether there are rules.
    pub enabled: bool,
    /// What they tell.
    pub mode: ContributorInsightsMode,
    /// Since when there are: rules have it in their names.
    pub since: Timestamp,
    /// When the setting last changed.
    pub changed: Timestamp,
}

impl Insights {
    /// Whether there are rules.
    pub(crate) fn status(&self) -> ContributorInsightsStatus {
        match self.enabled {
            true => ContributorInsightsStatus::Enabled,
            false => ContributorInsightsStatus::Disabled,
        }
    }

    /// The setting after `old` is enabled with `mode`, and what is answered.
    pub(crate) fn enable(
        old: Option<Self>,
        mode: ContributorInsightsMode,
        now: Timestamp,
    ) -> (Self, ContributorInsightsStatus) {
        match old.filter(|old| old.enabled) {
            Some(old) if old.mode == mode => (old, ContributorInsightsStatus::Enabled),
            Some(old) => (Self { mode, changed: now, ..old }, ContributorInsightsStatus::Enabling),
            None => {
                let new = Self { enabled: true, mode, since: now, changed: now };
                (new, ContributorInsightsStatus::Enabling)
            }
        }
    }

    /// As [`Insights::enable`], disabled.
    pub(crate) fn disable(self, now: Timestamp) -> (Self, ContributorInsightsStatus) {
        match self.enabled {
            true => {
                let new = Self { enabled: false, changed: now, ..self };
                (new, ContributorInsightsStatus::Disabling)
            }
            false => (self, ContributorInsightsStatus::Disabled),
        }
    }

    /// The names of the rules of `table`, or of its `index`: of partition keys (`PK`) and, where
    /// there is a sort key, of whole keys (`SK`); used (`C`) and throttled (`T`).
    pub(crate) fn rules(&self, table: &Table, index: Option<&Index>) -> Option<Vec<String>> {
        if !self.enabled {
            return None;
        }
        let is_sorted =
            index.map_or(table.keys.range.is_some(), |index| !index.keys.range.is_empty());
        let parts: &[&str] = if is_sorted { &["PK", "SK"] } else { &["PK"] };
        let kinds: &[&str] = match self.mode {
            ContributorInsightsMode::AccessedAndThrottledKeys => &["C", "T"],
            ContributorInsightsMode::ThrottledKeys => &["T"],
        };
        let of = match index {
            Some(index) => format!("{}-{}", table.name, index.name),
            None => table.name.clone(),
        };
        let since = self.since.as_micros() / 1_000;
        let name = |kind, part| format!("DynamoDBContributorInsights-{part}{kind}-{of}-{since}");
        let names = kinds.iter().flat_map(|kind| parts.iter().map(move |part| (kind, part)));
        Some(names.map(|(kind, part)| name(kind, part)).collect())
    }
}
