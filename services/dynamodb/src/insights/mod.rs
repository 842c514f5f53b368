//! Contributor insights: whether a table or index has rules that tell its most used keys.

pub(crate) mod contributor_insights;

use crate::{index::Index, table::Table};
use service_kit::{insights::Rule, prelude::*};

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

    /// The rules of `table`, or of its `index`, those that tell the keys used most first.
    pub(crate) fn rules(&self, table: &Table, index: Option<&Index>) -> Vec<Rule> {
        if !self.enabled {
            return Vec::new();
        }
        let labels = match index {
            Some(index) => index.keys.labels(),
            None => table.keys.iter().map(|attribute| attribute.name.clone()).collect(),
        };
        let kinds: &[Kind] = match self.mode {
            ContributorInsightsMode::AccessedAndThrottledKeys => &[Kind::Used, Kind::Throttled],
            ContributorInsightsMode::ThrottledKeys => &[Kind::Throttled],
        };
        let rule = |kind: Kind, keys: usize| Rule {
            name: self.name(kind, keys, table, index),
            labels: labels.iter().take(keys).cloned().collect(),
            sums: kind == Kind::Used,
        };
        let all = kinds.iter().flat_map(|kind| (1..=labels.len()).map(move |keys| (*kind, keys)));
        all.map(|(kind, keys)| rule(kind, keys)).collect()
    }

    /// The name of the rule of partition keys alone, or of whole keys where there are two `keys`.
    fn name(&self, kind: Kind, keys: usize, table: &Table, index: Option<&Index>) -> String {
        let part = if keys == 1 { "PK" } else { "SK" };
        let kind = if kind == Kind::Used { "C" } else { "T" };
        let of = match index {
            Some(index) => format!("{}-{}", table.name, index.name),
            None => table.name.clone(),
        };
        let since = self.since.as_micros() / 1_000;
        format!("DynamoDBContributorInsights-{part}{kind}-{of}-{since}")
    }
}

/// What a rule tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The keys that used most units.
    Used,
    /// The keys refused most often.
    Throttled,
}

/// Units that were consumed by one key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Used {
    /// The global index, if not of the table itself.
    pub(crate) index: Option<String>,
    /// The partition key and, if it is known, the sort key.
    pub(crate) keys: Vec<String>,
    /// The units.
    pub(crate) units: f64,
}

/// Whether rules tell which keys are used most.
pub(crate) fn are_told(setting: Option<Insights>) -> bool {
    setting.is_some_and(|setting| {
        setting.enabled && setting.mode == ContributorInsightsMode::AccessedAndThrottledKeys
    })
}

/// Several parts of a key as one text.
pub(crate) fn in_one(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(",")
}

/// Stores the rules that the setting `new` of `table` or its `index` makes, in place of those of
/// the `old` one.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) fn keep_rules(
    tx: &mut Tx<'_>,
    (table, index): (&Table, Option<&Index>),
    old: Option<Insights>,
    new: Option<Insights>,
) -> Result<(), Fault> {
    let rules = |setting: Option<Insights>| {
        setting.map(|setting| setting.rules(table, index)).unwrap_or_default()
    };
    for rule in rules(old) {
        tx.delete::<Rule>(&*rule.name);
    }
    rules(new).iter().try_for_each(|rule| tx.put(rule))
}

/// Removes the rules of `table` and of all its indexes, before it is deleted.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) fn drop_all_rules(tx: &mut Tx<'_>, table: &Table) -> Result<(), Fault> {
    keep_rules(tx, (table, None), table.insights, None)?;
    let mut indexes = table.indexes.iter();
    indexes.try_for_each(|index| keep_rules(tx, (table, Some(index)), index.insights(), None))
}

/// Counts units that were consumed.
pub(crate) fn count(cx: &Context, table: &Table, used: &[Used]) {
    for Used { index, keys, units } in used {
        let index = index.as_deref().and_then(|name| table.index(name));
        tell(cx, (table, index), Kind::Used, keys, *units);
    }
}

/// Counts a request that was throttled; `keys` as in [`Used`].
pub(crate) fn count_throttled(
    cx: &Context,
    table: &Table,
    index: Option<&Index>,
    keys: impl FnOnce() -> Vec<String>,
) {
    let setting = index.map_or(table.insights, Index::insights);
    if setting.is_some_and(|setting| setting.enabled) {
        tell(cx, (table, index), Kind::Throttled, &keys(), 1.0);
    }
}

fn tell(
    cx: &Context,
    (table, index): (&Table, Option<&Index>),
    kind: Kind,
    keys: &[String],
    value: f64,
) {
    let Some(setting) = index.map_or(table.insights, Index::insights) else { return };
    for count in 1..=keys.len() {
        let rule = setting.name(kind, count, table, index);
        let keys = keys.iter().take(count).cloned().collect();
        cx.contribute(&rule, keys, value);
    }
}
