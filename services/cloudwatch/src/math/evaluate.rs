//! Evaluates metric math over lines of data points.

use super::expression::Expression;
use crate::window::Window;
use std::collections::BTreeMap;

/// Data points by the start of their period.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub window: Window,
    pub points: BTreeMap<i64, f64>,
}

/// What an expression gives.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Scalar(f64),
    Line(Line),
    Lines(Vec<Line>),
}

/// How another query's value is found. `*` asks for all metrics.
pub(crate) type Lookup<'a> = dyn FnMut(&str) -> Result<Value, String> + 'a;

/// The name by which METRICS() asks for all metrics.
pub(crate) const ALL: &str = "*";

/// Evaluates an expression; the error says what is wrong with it.
pub(crate) fn evaluate(expression: &Expression, lookup: &mut Lookup<'_>) -> Result<Value, String> {
    match expression {
        Expression::Number(number) => Ok(Value::Scalar(*number)),
        Expression::Text(text) => Err(format!("text '{text}' cannot be calculated with")),
        Expression::Name(name) => lookup(name),
        Expression::List(items) => {
            let mut lines = Vec::new();
            for item in items {
                match evaluate(item, lookup)? {
                    Value::Line(line) => lines.push(line),
                    Value::Lines(more) => lines.extend(more),
                    _ => return Err("a list holds time series only".into()),
                }
            }
            Ok(Value::Lines(lines))
        }
        Expression::Negative(inner) => {
            let inner = evaluate(inner, lookup)?;
            Ok(each(inner, |value| -value))
        }
        Expression::Binary(sign, left, right) => {
            let (left, right) = (evaluate(left, lookup)?, evaluate(right, lookup)?);
            binary(*sign, left, right)
        }
        Expression::Call(name, arguments) => call(name, arguments, lookup),
    }
}

fn each(value: Value, change: impl Fn(f64) -> f64 + Copy) -> Value {
    let line = |mut line: Line| {
        line.points.values_mut().for_each(|value| *value = change(*value));
        line
    };
    match value {
        Value::Scalar(number) => Value::Scalar(change(number)),
        Value::Line(one) => Value::Line(line(one)),
        Value::Lines(lines) => Value::Lines(lines.into_iter().map(line).collect()),
    }
}

fn binary(sign: char, left: Value, right: Value) -> Result<Value, String> {
    let apply = |left: f64, right: f64| match sign {
        '+' => left + right,
        '-' => left - right,
        '*' => left * right,
        '/' => left / right,
        _ => left.powf(right),
    };
    match (left, right) {
        (Value::Scalar(left), Value::Scalar(right)) => Ok(Value::Scalar(apply(left, right))),
        (Value::Scalar(left), right) => Ok(finite(each(right, |right| apply(left, right)))),
        (left, Value::Scalar(right)) => Ok(finite(each(left, |left| apply(left, right)))),
        (Value::Line(left), Value::Line(right)) => Ok(Value::Line(joined(&left, &right, apply))),
        (Value::Lines(left), Value::Line(right)) => {
            Ok(Value::Lines(left.iter().map(|left| joined(left, &right, apply)).collect()))
        }
        (Value::Line(left), Value::Lines(right)) => {
            Ok(Value::Lines(right.iter().map(|right| joined(&left, right, apply)).collect()))
        }
        (Value::Lines(_), Value::Lines(_)) => {
            Err(format!("'{sign}' does not work between two lists of time series"))
        }
    }
}

/// Drops what dividing by zero gives: AWS has no data point there.
fn finite(value: Value) -> Value {
    let line = |mut line: Line| {
        line.points.retain(|_, value| value.is_finite());
        line
    };
    match value {
        Value::Line(one) => Value::Line(line(one)),
        Value::Lines(lines) => Value::Lines(lines.into_iter().map(line).collect()),
        other => other,
    }
}

/// The periods that both lines have.
fn joined(left: &Line, right: &Line, apply: impl Fn(f64, f64) -> f64) -> Line {
    let both = left.points.iter().filter_map(|(at, left)| {
        let value = apply(*left, *right.points.get(at)?);
        value.is_finite().then_some((*at, value))
    });
    Line { window: left.window, points: both.collect() }
}

fn call(name: &str, arguments: &[Expression], lookup: &mut Lookup<'_>) -> Result<Value, String> {
    if name == "METRICS" {
        return match arguments {
            [] => lookup(ALL),
            _ => Err("METRICS with a filter is not supported".into()),
        };
    }
    if name == "FILL" {
        let [line, filler] = arguments else { return Err(arity(name)) };
        let filler = match filler {
            Expression::Name(word) if word == "REPEAT" => Filler::Repeat,
            Expression::Name(word) if word == "LINEAR" => Filler::Linear,
            other => match evaluate(other, lookup)? {
                Value::Scalar(number) => Filler::Number(number),
                Value::Line(line) => Filler::Line(line),
                _ => return Err(arity(name)),
            },
        };
        return per_line(name, evaluate(line, lookup)?, |line| fill(line, &filler));
    }
    let [argument] = arguments else { return Err(arity(name)) };
    let value = evaluate(argument, lookup)?;
    match name {
        "ABS" => Ok(each(value, f64::abs)),
        "CEIL" => Ok(each(value, f64::ceil)),
        "FLOOR" => Ok(each(value, f64::floor)),
        "DIFF" => per_line(name, value, |line| steps(line, |_, change| change)),
        "RATE" => per_line(name, value, |line| steps(line, |seconds, change| change / seconds)),
        "METRIC_COUNT" => match value {
            Value::Lines(lines) => Ok(Value::Scalar(lines.len() as f64)),
            _ => Ok(Value::Scalar(1.0)),
        },
        "PERIOD" => match value {
            Value::Line(line) => Ok(Value::Scalar(line.window.period as f64)),
            _ => Err(arity(name)),
        },
        _ => reduced(name, value),
    }
}

fn arity(name: &str) -> String {
    format!("{name} does not take these arguments")
}

fn per_line(name: &str, value: Value, change: impl Fn(Line) -> Line) -> Result<Value, String> {
    match value {
        Value::Line(line) => Ok(Value::Line(change(line))),
        Value::Lines(lines) => Ok(Value::Lines(lines.into_iter().map(change).collect())),
        _ => Err(arity(name)),
    }
}

/// SUM, AVG, MIN and MAX: a line becomes a number, several lines become one.
fn reduced(name: &str, value: Value) -> Result<Value, String> {
    let reduce = |values: &[f64]| match name {
        "SUM" => values.iter().sum(),
        "AVG" => values.iter().sum::<f64>() / values.len() as f64,
        "MIN" => values.iter().copied().fold(f64::INFINITY, f64::min),
        _ => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    };
    match value {
        Value::Line(line) => {
            let values: Vec<_> = line.points.into_values().collect();
            Ok(Value::Scalar(if values.is_empty() { 0.0 } else { reduce(&values) }))
        }
        Value::Lines(lines) => {
            let window = lines.first().map(|line| line.window).ok_or_else(|| arity(name))?;
            let mut columns: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
            for (at, value) in lines.into_iter().flat_map(|line| line.points) {
                columns.entry(at).or_default().push(value);
            }
            let points = columns.into_iter().map(|(at, values)| (at, reduce(&values))).collect();
            Ok(Value::Line(Line { window, points }))
        }
        _ => Err(arity(name)),
    }
}

/// What stands where a line has no data point.
enum Filler {
    Number(f64),
    Line(Line),
    /// The value before.
    Repeat,
    /// On the way from the value before to the one behind.
    Linear,
}

fn fill(mut line: Line, filler: &Filler) -> Line {
    let known = line.points.clone();
    for at in line.window.starts().filter(|at| !known.contains_key(at)) {
        let before = || known.range(..at).next_back();
        let behind = || known.range(at..).next();
        let value = match filler {
            Filler::Number(number) => Some(*number),
            Filler::Line(other) => other.points.get(&at).copied(),
            Filler::Repeat => before().map(|(_, value)| *value),
            Filler::Linear => before().zip(behind()).map(|((from, first), (to, last))| {
                first + (last - first) * (at - from) as f64 / (to - from) as f64
            }),
        };
        line.points.extend(value.map(|value| (at, value)));
    }
    line
}

/// Each change from one data point to the next, with the seconds between.
fn steps(line: Line, step: impl Fn(f64, f64) -> f64) -> Line {
    let pairs = line.points.iter().zip(line.points.iter().skip(1));
    let points = pairs
        .map(|((before, first), (at, last))| (*at, step((at - before) as f64, last - first)))
        .collect();
    Line { window: line.window, points }
}
