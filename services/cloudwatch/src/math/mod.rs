//! Metric math ("Using math expressions with CloudWatch metrics"): the four operations and the
//! functions listed in [`expression::FUNCTIONS`].

mod evaluate;
mod expression;

pub(crate) use evaluate::{ALL, Line, Value, evaluate};
pub(crate) use expression::{Expression, parse};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::Window;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const WINDOW: Window = Window { start: 0, end: 240, period: 60 };

    fn line(points: &[(i64, f64)]) -> Value {
        Value::Line(Line { window: WINDOW, points: points.iter().copied().collect() })
    }

    fn metrics() -> BTreeMap<String, Value> {
        BTreeMap::from([
            ("m1".to_owned(), line(&[(0, 1.0), (60, 2.0), (180, 4.0)])),
            ("m2".to_owned(), line(&[(0, 10.0), (60, 0.0), (120, 30.0)])),
        ])
    }

    fn value(text: &str) -> Result<Value, String> {
        let metrics = metrics();
        let lines = metrics.values().filter_map(|value| match value {
            Value::Line(line) => Some(line.clone()),
            _ => None,
        });
        let all = Value::Lines(lines.collect());
        let lookup = &mut |name: &str| match name {
            ALL => Ok(all.clone()),
            name => metrics.get(name).cloned().ok_or(format!("no {name}")),
        };
        evaluate(&parse(text)?, lookup)
    }

    #[test]
    fn expressions_work_period_by_period() {
        for (text, expected) in [
            ("m1 + m2", vec![(0, 11.0), (60, 2.0)]),
            ("-m1 * 2 + 1", vec![(0, -1.0), (60, -3.0), (180, -7.0)]),
            ("m1 / m2", vec![(0, 0.1)]),
            ("m1 - (m1 - 1) / 1", vec![(0, 1.0), (60, 1.0), (180, 1.0)]),
            ("m1 ^ 2", vec![(0, 1.0), (60, 4.0), (180, 16.0)]),
            ("SUM([m1, m2])", vec![(0, 11.0), (60, 2.0), (120, 30.0), (180, 4.0)]),
            ("AVG(METRICS())", vec![(0, 5.5), (60, 1.0), (120, 30.0), (180, 4.0)]),
            ("m1 * 0 + MAX(m1)", vec![(0, 4.0), (60, 4.0), (180, 4.0)]),
            ("FILL(m1, 0)", vec![(0, 1.0), (60, 2.0), (120, 0.0), (180, 4.0)]),
            ("FILL(m1, REPEAT)", vec![(0, 1.0), (60, 2.0), (120, 2.0), (180, 4.0)]),
            ("FILL(m1, LINEAR)", vec![(0, 1.0), (60, 2.0), (120, 3.0), (180, 4.0)]),
            ("m1 / PERIOD(m1) * 60", vec![(0, 1.0), (60, 2.0), (180, 4.0)]),
            ("DIFF(m1)", vec![(60, 1.0), (180, 2.0)]),
            ("ABS(m1 - 3)", vec![(0, 2.0), (60, 1.0), (180, 1.0)]),
        ] {
            let Value::Line(found) = value(text).unwrap() else { panic!("{text}: no line") };
            assert_eq!(found.points.into_iter().collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_there_is_named() {
        for (text, named) in [
            ("SEARCH('{AWS/EC2}', 'Average', 300)", "SEARCH"),
            ("ANOMALY_DETECTION_BAND(m1)", "ANOMALY_DETECTION_BAND"),
            ("m9 + 1", "m9"),
            ("m1 +", "end"),
            ("SUM(1, 2)", "SUM"),
        ] {
            let why = value(text).err().unwrap_or_default();
            assert!(why.contains(named), "{text}: {why}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r"(m1|m2|SUM|FILL|METRICS|\(|\)|\[|\]|,|[-+*/^ 0-9.é']){0,20}") {
            value(&text).ok();
        }
    }
}
