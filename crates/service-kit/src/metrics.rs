//! Metrics as the platform counts them: one point a minute for each set of dimensions.

use crate::{key::Key, record::Record};
use serde::{Deserialize, Serialize};
use shape::Timestamp;
use std::borrow::Cow;

/// The most distinct values a point keeps for percentiles.
pub const MAX_VALUES: usize = 500;

/// What is counted: a metric's whole name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Series {
    /// Such as `AWS/Lambda`.
    pub namespace: Cow<'static, str>,
    /// Such as `Invocations`.
    pub name: Cow<'static, str>,
    /// Sorted by name.
    pub dimensions: Vec<(String, String)>,
}

impl Series {
    /// A series; dimensions are sorted here.
    pub fn new(
        namespace: impl Into<Cow<'static, str>>,
        name: impl Into<Cow<'static, str>>,
        dimensions: &[(&str, &str)],
    ) -> Self {
        let pair = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let mut dimensions: Vec<_> = dimensions.iter().map(pair).collect();
        dimensions.sort();
        Self { namespace: namespace.into(), name: name.into(), dimensions }
    }
}

impl Key for Series {
    fn encode(&self, into: &mut Vec<u8>) {
        (&*self.namespace, &*self.name).encode(into);
        for (name, value) in &self.dimensions {
            (name, value).encode(into);
        }
        // Ends the series, so that one with more dimensions is not inside it.
        into.push(0);
    }
}

/// What was counted in one minute (or second, for high-resolution data).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// What is counted.
    pub series: Series,
    /// The start of the period.
    pub at: Timestamp,
    /// CloudWatch's unit, such as `Count`.
    pub unit: String,
    /// The number of samples.
    pub count: f64,
    /// Their sum.
    pub sum: f64,
    /// The smallest.
    pub minimum: f64,
    /// The largest.
    pub maximum: f64,
    /// Values with how often each came, for percentiles; at most [`MAX_VALUES`].
    pub values: Vec<(f64, f64)>,
}

impl Point {
    /// A point of one sample.
    pub fn sample(series: Series, at: Timestamp, value: f64, unit: &str) -> Self {
        Self {
            series,
            at,
            unit: unit.into(),
            count: 1.0,
            sum: value,
            minimum: value,
            maximum: value,
            values: vec![(value, 1.0)],
        }
    }

    /// Adds what `other` counted.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.minimum = self.minimum.min(other.minimum);
        self.maximum = self.maximum.max(other.maximum);
        for &(value, count) in &other.values {
            self.note(value, count);
        }
    }

    /// Adds one sample.
    pub fn add(&mut self, value: f64) {
        self.count += 1.0;
        self.sum += value;
        self.minimum = self.minimum.min(value);
        self.maximum = self.maximum.max(value);
        self.note(value, 1.0);
    }

    fn note(&mut self, value: f64, count: f64) {
        let known = self.values.iter_mut().find(|(known, _)| *known == value);
        if let Some((_, known)) = known {
            *known += count;
        } else if self.values.len() < MAX_VALUES {
            self.values.push((value, count));
        }
    }
}

impl Record for Point {
    const TABLE: &'static str = "platform.metric";

    fn key(&self) -> impl Key {
        (self.series.clone(), self.at, &self.unit)
    }
}

/// The start of the minute that `moment` is in.
pub fn minute(moment: Timestamp) -> Timestamp {
    Timestamp::from_secs(moment.as_secs().div_euclid(60) * 60)
}
