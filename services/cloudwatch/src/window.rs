//! Points gathered into periods.

use service_kit::{
    key::Key,
    metrics::{Point, Series},
    prelude::*,
};
use std::ops::ControlFlow;

/// A time cut into periods.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// Where the first period starts, in seconds since the epoch.
    pub start: i64,
    /// The first second that is too late.
    pub end: i64,
    /// Seconds.
    pub period: i64,
}

/// Whether metrics can be asked for by this period.
pub(crate) fn is_period(seconds: i64) -> bool {
    matches!(seconds, 1 | 5 | 10 | 20 | 30) || (seconds > 0 && seconds % 60 == 0)
}

impl Window {
    /// The number of periods.
    pub(crate) fn len(&self) -> i64 {
        (self.end - self.start + self.period - 1).div_euclid(self.period).max(0)
    }

    /// The starts of all periods.
    pub(crate) fn starts(&self) -> impl Iterator<Item = i64> {
        let Self { start, period, .. } = *self;
        (0..self.len()).map(move |index| start + index * period)
    }

    /// The points of a series, merged by period and, if asked for, by unit; units that were not
    /// asked for are left out.
    pub(crate) fn gather(
        &self,
        tx: &ReadTx<'_>,
        series: &Series,
        unit: Option<&str>,
        by_unit: bool,
    ) -> Result<BTreeMap<(i64, String), Point>, Fault> {
        let mut periods: BTreeMap<(i64, String), Point> = BTreeMap::new();
        let from = Timestamp::from_secs(self.start).bytes();
        let to = Timestamp::from_secs(self.end).bytes();
        let between = (&*from, Some(&*to));
        tx.visit_between(series.clone(), between, Order::Ascending, |point: Point| {
            if unit.is_none_or(|unit| unit == point.unit) {
                let passed = point.at.as_secs() - self.start;
                let start = self.start + passed.div_euclid(self.period) * self.period;
                let name = if by_unit { point.unit.clone() } else { String::new() };
                periods
                    .entry((start, name))
                    .and_modify(|known| known.merge(&point))
                    .or_insert(point);
            }
            ControlFlow::Continue(())
        })?;
        Ok(periods)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_period_may_be_cut() {
        let window = Window { start: 0, end: 130, period: 60 };
        assert_eq!(window.starts().collect::<Vec<_>>(), [0, 60, 120]);
        assert_eq!(Window { end: -5, ..window }.len(), 0);
    }
}
