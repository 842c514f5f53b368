//! Token buckets: capacity that comes at a rate, and that is kept for a while when unused.

use service_kit::prelude::*;

/// How fast capacity comes and how much of it is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rate {
    /// Units a second.
    pub(crate) per_second: f64,
    /// For how many seconds unused units are kept.
    pub(crate) kept_seconds: f64,
}

impl Rate {
    /// The most units that can be there.
    pub(crate) fn most(self) -> f64 {
        self.per_second * self.kept_seconds
    }
}

/// What is left of a capacity. It may be less than nothing, since work is charged once it is known
/// how large it was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bucket {
    units: f64,
    at: Timestamp,
}

impl Bucket {
    /// Nothing is used yet.
    pub(crate) fn full(rate: Rate, now: Timestamp) -> Self {
        Self { units: rate.most(), at: now }
    }

    /// The units left `now`. A clock that went backwards adds none, and takes none away.
    pub(crate) fn left(&self, rate: Rate, now: Timestamp) -> f64 {
        let come = now.since(self.at).as_secs_f64() * rate.per_second;
        (self.units + come).min(rate.most())
    }

    /// Takes `units`, whether they are there or not.
    pub(crate) fn take(&mut self, rate: Rate, now: Timestamp, units: f64) {
        *self = Self { units: self.left(rate, now) - units, at: now };
    }

    /// Whether one that nothing was taken from would be the same.
    pub(crate) fn is_full(&self, rate: Rate, now: Timestamp) -> bool {
        self.left(rate, now) >= rate.most()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: Rate = Rate { per_second: 10.0, kept_seconds: 300.0 };

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    #[test]
    fn unused_capacity_is_kept_for_five_minutes() {
        let mut bucket = Bucket::full(TEN, at(0));
        bucket.take(TEN, at(0), 3_000.0);
        assert_eq!(bucket.left(TEN, at(0)), 0.0);
        assert_eq!(bucket.left(TEN, at(7)), 70.0);
        assert_eq!(bucket.left(TEN, at(300)), 3_000.0);
        assert!(bucket.is_full(TEN, at(1_000)) && bucket.left(TEN, at(1_000)) == 3_000.0);
    }

    #[test]
    fn debt_is_paid_before_anything_is_left() {
        let mut bucket = Bucket::full(TEN, at(0));
        bucket.take(TEN, at(0), 3_050.0);
        assert_eq!(bucket.left(TEN, at(4)), -10.0);
        assert_eq!(bucket.left(TEN, at(6)), 10.0);
    }

    #[test]
    fn a_clock_that_goes_back_breaks_nothing() {
        let mut bucket = Bucket::full(TEN, at(1_000));
        bucket.take(TEN, at(1_000), 3_000.0);
        assert_eq!(bucket.left(TEN, at(10)), 0.0);
        bucket.take(TEN, at(10), 5.0);
        assert_eq!(bucket.left(TEN, at(11)), 5.0, "it fills again from where the clock went to");
    }

    #[test]
    fn another_rate_holds_at_once() {
        let mut bucket = Bucket::full(TEN, at(0));
        bucket.take(TEN, at(0), 0.0);
        let one = Rate { per_second: 1.0, ..TEN };
        assert_eq!(bucket.left(one, at(0)), 300.0);
        bucket.take(one, at(0), 300.0);
        assert_eq!(bucket.left(TEN, at(1)), 10.0);
    }
}
