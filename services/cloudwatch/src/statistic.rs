//! Statistics of points ("CloudWatch statistics definitions").

use service_kit::metrics::{MAX_VALUES, Point};

/// One statistic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Statistic {
    SampleCount,
    Average,
    Sum,
    Minimum,
    Maximum,
    /// `p99.9`.
    Percentile(f64),
    /// `TM`, `WM`, `TC`, `TS` of a part of the values.
    Trimmed(Trimmed, Bounds),
    /// `PR`: the share of values in a range, in percent.
    Rank(f64, f64),
}

/// What is made of the values within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trimmed {
    Mean,
    WinsorizedMean,
    Count,
    Sum,
}

/// Which values count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bounds {
    /// Between two shares of the sorted values.
    Percent(f64, f64),
    /// Above the first and up to the second.
    Value(f64, f64),
}

impl Statistic {
    /// Reads a statistic's name; none if there is no such.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "SampleCount" => return Some(Self::SampleCount),
            "Average" => return Some(Self::Average),
            "Sum" => return Some(Self::Sum),
            "Minimum" => return Some(Self::Minimum),
            "Maximum" => return Some(Self::Maximum),
            "IQM" => return Some(Self::Trimmed(Trimmed::Mean, Bounds::Percent(25.0, 75.0))),
            _ => {}
        }
        if let Some(percent) = name.strip_prefix('p') {
            return number(percent).filter(|percent| in_percent(*percent)).map(Self::Percentile);
        }
        let (kind, rest) = name.split_at_checked(2)?;
        let trimmed = match kind.to_ascii_uppercase().as_str() {
            "TM" => Some(Trimmed::Mean),
            "WM" => Some(Trimmed::WinsorizedMean),
            "TC" => Some(Trimmed::Count),
            "TS" => Some(Trimmed::Sum),
            "PR" => None,
            _ => return None,
        };
        let inside = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        match (trimmed, inside) {
            (Some(trimmed), Some(inside)) => Some(Self::Trimmed(trimmed, bounds(inside)?)),
            (Some(trimmed), None) => {
                let share = number(rest).filter(|share| in_percent(*share))?;
                Some(Self::Trimmed(trimmed, Bounds::Percent(0.0, share)))
            }
            (None, Some(inside)) => match bounds(inside)? {
                Bounds::Value(low, high) => Some(Self::Rank(low, high)),
                Bounds::Percent(..) => None,
            },
            (None, None) => None,
        }
    }

    /// The statistic of a point; none where its values are not known well enough.
    pub(crate) fn of(self, point: &Point) -> Option<f64> {
        match self {
            Self::SampleCount => Some(point.count),
            Self::Average => Some(point.sum / point.count),
            Self::Sum => Some(point.sum),
            Self::Minimum => Some(point.minimum),
            Self::Maximum => Some(point.maximum),
            Self::Percentile(share) => percentile(&sorted(point)?, share),
            Self::Trimmed(trimmed, bounds) => trim(&sorted(point)?, trimmed, bounds),
            Self::Rank(low, high) => {
                let values = sorted(point)?;
                let total: f64 = values.iter().map(|(_, count)| count).sum();
                let inside = values.iter().filter(|(value, _)| *value > low && *value <= high);
                Some(inside.map(|(_, count)| count).sum::<f64>() / total * 100.0)
            }
        }
        .filter(|value| value.is_finite())
    }
}

fn in_percent(share: f64) -> bool {
    (0.0..=100.0).contains(&share)
}

/// A plain decimal number: no sign, no exponent.
fn number(text: &str) -> Option<f64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse().ok().filter(|_| plain)
}

/// Reads `10%:90%`, `:500` and their like.
fn bounds(text: &str) -> Option<Bounds> {
    let (low, high) = text.split_once(':')?;
    let shares = low.ends_with('%') || high.ends_with('%');
    let part = |text: &str, open: f64| match text.trim() {
        "" => Some(open),
        text if shares => number(text.strip_suffix('%')?).filter(|share| in_percent(*share)),
        text => number(text),
    };
    let (low_open, high_open) =
        if shares { (0.0, 100.0) } else { (f64::NEG_INFINITY, f64::INFINITY) };
    let (low, high) = (part(low, low_open)?, part(high, high_open)?);
    match low < high {
        true if shares => Some(Bounds::Percent(low, high)),
        true => Some(Bounds::Value(low, high)),
        false => None,
    }
}

/// A point's values in order; none when some came only as a summary ("Percentiles").
fn sorted(point: &Point) -> Option<Vec<(f64, f64)>> {
    let known: f64 = point.values.iter().map(|(_, count)| count).sum();
    let all_known = known >= point.count * (1.0 - 1e-9) || point.values.len() >= MAX_VALUES;
    if !all_known || known <= 0.0 {
        return None;
    }
    let mut values = point.values.clone();
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    Some(values)
}

/// The smallest value that `share` percent of the values do not exceed.
fn percentile(values: &[(f64, f64)], share: f64) -> Option<f64> {
    let total: f64 = values.iter().map(|(_, count)| count).sum();
    let wanted = total * share / 100.0;
    let mut passed = 0.0;
    for (value, count) in values {
        passed += count;
        if passed + total * 1e-12 >= wanted {
            return Some(*value);
        }
    }
    values.last().map(|(value, _)| *value)
}

fn trim(values: &[(f64, f64)], trimmed: Trimmed, bounds: Bounds) -> Option<f64> {
    let total: f64 = values.iter().map(|(_, count)| count).sum();
    let (mut passed, mut count, mut sum) = (0.0, 0.0, 0.0);
    let (mut below, mut above) = (0.0, 0.0);
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    for &(value, weight) in values {
        let (under, inside) = match bounds {
            Bounds::Value(low, _) if value <= low => (weight, 0.0),
            Bounds::Value(_, high) if value > high => (0.0, 0.0),
            Bounds::Value(..) => (0.0, weight),
            Bounds::Percent(low, high) => {
                let (low, high) = (total * low / 100.0, total * high / 100.0);
                let overlap = (passed + weight).min(high) - f64::max(passed, low);
                ((low - passed).clamp(0.0, weight), overlap.max(0.0))
            }
        };
        passed += weight;
        below += under;
        above += weight - under - inside;
        if inside > 0.0 {
            count += inside;
            sum += value * inside;
            least = least.min(value);
            most = most.max(value);
        }
    }
    match trimmed {
        Trimmed::Count => Some(count),
        Trimmed::Sum => Some(sum),
        Trimmed::Mean => (count > 0.0).then(|| sum / count),
        Trimmed::WinsorizedMean => {
            let replaced = |weight: f64, by: f64| if weight > 0.0 { weight * by } else { 0.0 };
            (count > 0.0).then(|| (sum + replaced(below, least) + replaced(above, most)) / total)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use service_kit::{metrics::Series, prelude::Timestamp};

    fn point(values: &[f64]) -> Point {
        let sample = |value: &f64| {
            Point::sample(Series::new("n", "m", &[]), Timestamp::from_secs(0), *value, "None")
        };
        let mut samples = values.iter().map(sample);
        let mut merged = samples.next().unwrap();
        samples.for_each(|sample| merged.merge(&sample));
        merged
    }

    #[test]
    fn statistics_are_as_defined() {
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        let point = point(&hundred);
        for (name, expected) in [
            ("SampleCount", 100.0),
            ("Average", 50.5),
            ("p50", 50.0),
            ("p99.9", 100.0),
            ("p0", 1.0),
            ("tm90", 45.5),
            ("TM(10%:90%)", 50.5),
            ("TM(:10)", 5.5),
            ("tc50", 50.0),
            ("TS(90:)", 955.0),
            ("wm50", 37.75),
            ("PR(:25)", 25.0),
            ("IQM", 50.5),
        ] {
            let statistic = Statistic::parse(name).unwrap_or_else(|| panic!("{name}"));
            let value = statistic.of(&point).unwrap();
            assert!((value - expected).abs() < 1e-9, "{name}: {value}");
        }
        for name in ["", "p", "p101", "p-1", "avg", "TM(9:1)", "PR(1%:2%)", "p1e1", "é"] {
            assert_eq!(Statistic::parse(name), None, "{name}");
        }
    }

    #[test]
    fn summaries_have_no_percentiles() {
        let mut point = point(&[1.0]);
        let values = Vec::new();
        point.merge(&Point { count: 9.0, sum: 9.0, values, ..point.clone() });
        assert_eq!(Statistic::Percentile(50.0).of(&point), None);
        assert_eq!(Statistic::Average.of(&point), Some(1.0));
    }

    proptest! {
        #[test]
        fn a_percentile_is_one_of_the_values(
            values in prop::collection::vec(-1e6..1e6_f64, 1..50), share in 0.0..=100.0_f64,
        ) {
            let found = Statistic::Percentile(share).of(&point(&values)).unwrap();
            prop_assert!(values.contains(&found));
        }

        #[test]
        fn no_name_makes_it_panic(name in "[a-zA-Z(0-9.:%)é]{0,12}") {
            Statistic::parse(&name);
        }
    }
}
