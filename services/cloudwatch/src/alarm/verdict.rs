//! What data points say of an alarm's state ("Evaluating an alarm" and "Configuring how
//! CloudWatch alarms treat missing data").

use super::{ComparisonOperator, StateValue, TreatMissing};

/// How many periods more than those that count are looked at when some have no data.
const FURTHER: usize = 2;

/// The periods to look at, `periods` of which count.
pub(super) fn range(periods: u32) -> usize {
    periods as usize + FURTHER
}

/// Whether `value` is outside of the threshold.
pub(super) fn breaches(value: f64, comparison: ComparisonOperator, threshold: f64) -> bool {
    match comparison {
        ComparisonOperator::GreaterOrEqual => value >= threshold,
        ComparisonOperator::Greater => value > threshold,
        ComparisonOperator::Less => value < threshold,
        ComparisonOperator::LessOrEqual => value <= threshold,
    }
}

/// The state by the latest data points, of which `breaching` tells for each whether it is outside
/// of the threshold, the newest last. Of `periods` periods `to_alarm` must be. None leaves the
/// state as it is.
pub(super) fn verdict(
    breaching: &[bool],
    (periods, to_alarm): (usize, usize),
    missing: TreatMissing,
) -> Option<StateValue> {
    let counted = breaching.get(breaching.len().saturating_sub(periods)..).unwrap_or_default();
    let (outside, absent) =
        (counted.iter().filter(|breaches| **breaches).count(), periods - counted.len());
    let state = |alarm: bool| Some(if alarm { StateValue::Alarm } else { StateValue::Ok });
    match missing {
        _ if absent == 0 => state(outside >= to_alarm),
        TreatMissing::Breaching => state(outside + absent >= to_alarm),
        TreatMissing::NotBreaching => state(outside >= to_alarm),
        TreatMissing::Missing if counted.is_empty() => Some(StateValue::InsufficientData),
        TreatMissing::Missing => state(outside >= to_alarm || outside == counted.len()),
        TreatMissing::Ignore if outside >= to_alarm => Some(StateValue::Alarm),
        TreatMissing::Ignore if outside < counted.len() => Some(StateValue::Ok),
        TreatMissing::Ignore => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The states under `missing`, `ignore`, `breaching` and `notBreaching` in the guide's tables.
    fn states(points: &str, periods: usize, to_alarm: usize) -> String {
        let known: Vec<bool> =
            points.split(' ').filter(|it| *it != "-").map(|it| it == "X").collect();
        let by = [
            TreatMissing::Missing,
            TreatMissing::Ignore,
            TreatMissing::Breaching,
            TreatMissing::NotBreaching,
        ];
        let named = by.map(|missing| match verdict(&known, (periods, to_alarm), missing) {
            Some(StateValue::Ok) => "ok",
            Some(StateValue::Alarm) => "alarm",
            Some(StateValue::InsufficientData) => "insufficient",
            None => "stays",
        });
        named.join(" ")
    }

    #[test]
    fn three_of_three_is_as_the_guide_says() {
        for (points, expected) in [
            ("0 - X - X", "ok ok ok ok"),
            ("- - - - 0", "ok ok ok ok"),
            ("- - - - -", "insufficient stays alarm ok"),
            ("0 X X - X", "alarm alarm alarm alarm"),
            ("- - X - -", "alarm stays alarm ok"),
        ] {
            assert_eq!(states(points, 3, 3), expected, "{points}");
        }
    }

    #[test]
    fn two_of_three_is_as_the_guide_says() {
        for (points, expected) in [
            ("0 - X - X", "alarm alarm alarm alarm"),
            ("0 0 X 0 X", "alarm alarm alarm alarm"),
            ("0 - X - -", "ok ok alarm ok"),
            ("- - - - 0", "ok ok alarm ok"),
            ("- - - X -", "alarm stays alarm ok"),
        ] {
            assert_eq!(states(points, 3, 2), expected, "{points}");
        }
    }
}
