//! Contributor insights: rules of services, and who contributed most to each of them, minute by
//! minute. Counted in memory, stored with the rest of telemetry.

use crate::{
    access::Scope, fault::Fault, key::Key, live::Live, metrics::minute, platform::Platform,
    record::Record,
};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use shape::Timestamp;
use std::collections::HashMap;

/// The most contributors that are told apart in one minute of one rule. When there are more, a new
/// one takes the place of the smallest and inherits its value, so that no large one is ever missed
/// (the "space-saving" sketch).
pub const MAX_CONTRIBUTORS: usize = 500;
/// The most minutes of rules that wait to be stored.
const MAX_PENDING: usize = 1_000;

/// A rule that a service made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// What the keys of its contributors are.
    pub labels: Vec<String>,
    /// Whether values are added up; otherwise it counts how often they come.
    pub sums: bool,
}

impl Record for Rule {
    const TABLE: &'static str = "platform.insight_rule";

    fn key(&self) -> impl Key {
        &self.name
    }
}

/// What was contributed to a rule in one minute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contributions {
    /// The rule's name.
    pub rule: String,
    /// The start of the minute.
    pub at: Timestamp,
    /// How often something was.
    pub samples: f64,
    /// The sum of it all.
    pub sum: f64,
    /// The least at once.
    pub minimum: f64,
    /// The most at once.
    pub maximum: f64,
    /// What each contributed, by keys; at most [`MAX_CONTRIBUTORS`].
    pub by: Vec<(Vec<String>, f64)>,
}

impl Record for Contributions {
    const TABLE: &'static str = "platform.insight";

    fn key(&self) -> impl Key {
        (&self.rule, self.at)
    }
}

impl Contributions {
    fn new(rule: &str, at: Timestamp) -> Self {
        let (minimum, maximum) = (f64::INFINITY, f64::NEG_INFINITY);
        let rule = rule.to_owned();
        Self { rule, at, samples: 0.0, sum: 0.0, minimum, maximum, by: Vec::new() }
    }

    fn count(&mut self, keys: Vec<String>, value: f64) {
        self.samples += 1.0;
        self.sum += value;
        self.minimum = self.minimum.min(value);
        self.maximum = self.maximum.max(value);
        self.add(keys, value);
    }

    fn add(&mut self, keys: Vec<String>, value: f64) {
        if let Some((_, known)) = self.by.iter_mut().find(|(known, _)| *known == keys) {
            *known += value;
        } else if self.by.len() < MAX_CONTRIBUTORS {
            self.by.push((keys, value));
        } else if let Some(least) =
            self.by.iter_mut().min_by(|(_, one), (_, other)| one.total_cmp(other))
        {
            *least = (keys, least.1 + value);
        }
    }

    /// Adds what `other` has of the same minute.
    fn merge(&mut self, other: Self) {
        self.samples += other.samples;
        self.sum += other.sum;
        self.minimum = self.minimum.min(other.minimum);
        self.maximum = self.maximum.max(other.maximum);
        for (keys, value) in other.by {
            self.add(keys, value);
        }
    }
}

/// What was contributed and is not stored yet.
#[derive(Default)]
struct Pending(Mutex<HashMap<(Scope, String, Timestamp), Contributions>>);

impl Live for Pending {
    fn forget(&self, account: &str) {
        self.0.lock().retain(|(scope, ..), _| *scope.account != *account);
    }
}

impl Platform {
    /// Counts that what has the `keys` contributed `value` to the rule called `rule`; readable
    /// after [`Platform::flush`].
    pub fn contribute(&self, scope: &Scope, rule: &str, keys: Vec<String>, value: f64) {
        let at = minute(self.clock().now());
        let pending = self.live::<Pending>();
        let mut pending = pending.0.lock();
        let place = (scope.clone(), rule.to_owned(), at);
        if pending.len() >= MAX_PENDING && !pending.contains_key(&place) {
            return;
        }
        let known = pending.entry(place).or_insert_with(|| Contributions::new(rule, at));
        known.count(keys, value);
    }

    /// Stores what is pending.
    ///
    /// # Errors
    /// [`Fault`] when storage fails; what was pending is then lost.
    pub(crate) async fn flush_contributions(&self, anywhere: &Scope) -> Result<(), Fault> {
        let era = self.store().era();
        let pending = std::mem::take(&mut *self.live::<Pending>().0.lock());
        if pending.is_empty() {
            return Ok(());
        }
        self.write_admitted(era, anywhere, |tx| {
            for ((scope, ..), counted) in &pending {
                if !self.admits(&scope.account, era) {
                    continue;
                }
                let mut tx = tx.within(scope.clone());
                let mut merged = counted.clone();
                if let Some(stored) = tx.get::<Contributions>(counted.key())? {
                    merged.merge(stored);
                }
                tx.put(&merged)?;
            }
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_is_never_missed() {
        let mut counted = Contributions::new("r", Timestamp::from_secs(0));
        for round in 0..20_000 {
            counted.count(vec![format!("small-{round}")], 1.0);
            if round % 10 == 0 {
                counted.count(vec!["large".into()], 1.0);
            }
        }
        assert_eq!(counted.by.len(), MAX_CONTRIBUTORS);
        assert_eq!((counted.samples, counted.sum), (22_000.0, 22_000.0));
        let (keys, value) =
            counted.by.iter().max_by(|(_, one), (_, other)| one.total_cmp(other)).unwrap();
        assert_eq!(keys, &["large"]);
        assert!(*value >= 2_000.0);
    }
}
