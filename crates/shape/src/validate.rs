//! Checks a decoded value against its schema's limits and words what is wrong as AWS does.

use crate::{
    Constraints, Kind, Member, Schema, Value,
    pattern::{Effort, matches},
};
use std::fmt::Write as _;

/// The most violations reported for one request; AWS too stops after a few.
const MAX_VIOLATIONS: usize = 10;

/// The most of a value that is quoted.
const MAX_QUOTED_BYTES: usize = 8 << 10;

/// One broken limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where: `keySchema.1.member.attributeName`; empty when `constraint` says all there is to say.
    pub path: String,
    /// The offending value as AWS quotes it, with its quotation marks; `null` when it is absent,
    /// empty where AWS leaves it out.
    pub value: String,
    /// What was asked for, such as `Member must not be null`.
    pub constraint: String,
}

/// Everything in `value` that breaks a limit of `schema`, in the order of the members.
pub fn validate(schema: &Schema, value: &Value) -> Vec<Violation> {
    let mut found = Found::default();
    found.check(schema, value);
    match found.alone {
        Some(violation) => vec![violation],
        None => found.violations,
    }
}

/// The message AWS sends for these violations.
pub fn validation_message(violations: &[Violation]) -> String {
    if let [Violation { path, constraint, .. }] = violations
        && path.is_empty()
    {
        return constraint.clone();
    }
    let count = violations.len();
    let plural = if count == 1 { "" } else { "s" };
    let mut text = format!("{count} validation error{plural} detected: ");
    for (index, Violation { path, value, constraint }) in violations.iter().enumerate() {
        let separator = if index > 0 { "; " } else { "" };
        let space = if value.is_empty() { "" } else { " " };
        write!(
            text,
            "{separator}Value{space}{value} at '{path}' failed to satisfy constraint: {constraint}"
        )
        .ok();
    }
    text
}

/// One step of a path: a member by its name in the model, a place in a list, or a key of a map.
#[derive(Clone, Copy)]
enum Step<'a> {
    Member(&'static str),
    Place(usize),
    Key(&'a str),
}

impl Step<'_> {
    /// As AWS spells it; terse messages have members' names as the model has them.
    fn spelled(self, terse: bool) -> String {
        match self {
            Self::Member(name) if terse => name.to_owned(),
            Self::Member(name) => {
                let (first, rest) = name.split_at(name.len().min(1));
                format!("{}{rest}", first.to_ascii_lowercase())
            }
            Self::Place(index) => format!("{}.member", index + 1),
            Self::Key(key) => format!("{key}.member"),
        }
    }
}

#[derive(Default)]
struct Found<'a> {
    violations: Vec<Violation>,
    /// What is to be said instead of all violations.
    alone: Option<Violation>,
    /// Where the check is; spelled only when there is something to report.
    path: Vec<Step<'a>>,
    effort: Effort,
}

impl<'a> Found<'a> {
    fn report(&mut self, schema: &Schema, value: Option<&Value>, terse: bool, constraint: String) {
        if self.violations.len() >= MAX_VIOLATIONS {
            return;
        }
        let path: Vec<String> = self.path.iter().map(|step| step.spelled(terse)).collect();
        let path = path.join(".");
        let value = match value {
            _ if terse => String::new(),
            None => "null".into(),
            Some(value) => {
                let mut quoted = quote(schema, value);
                quoted.truncate(quoted.floor_char_boundary(MAX_QUOTED_BYTES));
                format!("'{quoted}'")
            }
        };
        self.violations.push(Violation { path, value, constraint });
    }

    fn alone(&mut self, message: &str) {
        let value = String::new();
        let constraint = message.to_owned();
        self.alone.get_or_insert(Violation { path: String::new(), value, constraint });
    }

    /// Runs `inner` with `step` added to the path.
    fn at(&mut self, step: Step<'a>, inner: impl FnOnce(&mut Self)) {
        self.path.push(step);
        inner(self);
        self.path.pop();
    }

    fn check(&mut self, schema: &Schema, value: &'a Value) {
        self.limits(schema, &schema.constraints, value);
        self.inside(schema, value);
    }

    /// Checks everything but the limits of `schema` itself.
    fn inside(&mut self, schema: &Schema, value: &'a Value) {
        match (&schema.kind, value) {
            (Kind::Enum(allowed), Value::String(text)) if !allowed.contains(&text.as_str()) => {
                let set = allowed.join(", ");
                let text = format!("Member must satisfy enum value set: [{set}]");
                self.report(schema, Some(value), false, text);
            }
            (Kind::List(item), Value::List(items)) => {
                for (index, value) in items.iter().enumerate() {
                    self.at(Step::Place(index), |this| this.check(item(), value));
                }
            }
            (Kind::Map(item), Value::Map(entries)) => {
                // What is wrong with a value by itself is told of the map.
                let limits = &item().constraints;
                if entries.iter().any(|(_, value)| !broken(limits, value, &self.effort).is_empty())
                {
                    let text = format!("Map value must satisfy constraint: [{}]", listed(limits));
                    self.report(schema, Some(value), false, text);
                }
                for (key, value) in entries {
                    self.at(Step::Key(key), |this| this.inside(item(), value));
                }
            }
            (Kind::Structure(members), Value::Structure(slots)) => {
                for (member, slot) in members.iter().zip(slots) {
                    self.member(member, slot.as_ref());
                }
            }
            (Kind::Union(members), Value::Union(index, value)) => {
                if let Some(member) = members.get(*index) {
                    self.member(member, Some(value));
                }
            }
            _ => {}
        }
    }

    fn member(&mut self, member: &Member, value: Option<&'a Value>) {
        if value.is_none() && !member.required {
            return;
        }
        self.at(Step::Member(member.name), |this| match (value, member.absent) {
            (None, Some(message)) => this.alone(message),
            (None, None) => {
                let text = "Member must not be null".into();
                this.report(member.schema(), None, false, text);
            }
            (Some(value), _) => {
                let least = member.constraints.length.map_or(0, |(least, _)| least);
                match member.empty {
                    Some(message) if length(value) < Some(least) => this.alone(message),
                    _ => this.limits(member.schema(), &member.constraints, value),
                }
                this.check(member.schema(), value);
            }
        });
    }

    fn limits(&mut self, schema: &Schema, limits: &Constraints, value: &Value) {
        for text in broken(limits, value, &self.effort) {
            self.report(schema, Some(value), limits.terse, text);
        }
        let (Some(keys), Value::Map(entries)) = (limits.keys, value) else { return };
        if entries.iter().any(|(key, _)| !broken_text(keys, key, &self.effort).is_empty()) {
            let text = format!("Map keys must satisfy constraint: [{}]", listed(keys));
            self.report(schema, Some(value), false, text);
        }
    }
}

/// The limits that `value` breaks, in AWS's words.
fn broken(limits: &Constraints, value: &Value, effort: &Effort) -> Vec<String> {
    if let Value::String(text) = value {
        return broken_text(limits, text, effort);
    }
    let mut broken = Vec::new();
    if let Some(length) = length(value) {
        broken.extend(wrong_length(limits, length));
    }
    if let (Some((least, most)), Value::Integer(number)) = (limits.range, value) {
        if *number < least {
            broken.push(format!("Member must have value greater than or equal to {least}"));
        } else if *number > most {
            broken.push(format!("Member must have value less than or equal to {most}"));
        }
    }
    broken
}

fn broken_text(limits: &Constraints, text: &str, effort: &Effort) -> Vec<String> {
    let mut broken = Vec::new();
    if limits.length.is_some() {
        broken.extend(wrong_length(limits, text.chars().count() as u64));
    }
    if let Some(pattern) = limits.pattern.filter(|pattern| !matches(pattern, text, effort)) {
        broken.push(format!("{PATTERN} {pattern}"));
    }
    match limits.otherwise {
        Some((start, others)) if broken.is_empty() && !text.starts_with(start) => {
            broken_text(others, text, effort)
        }
        _ => broken,
    }
}

fn wrong_length(limits: &Constraints, length: u64) -> Option<String> {
    match limits.length? {
        (least, _) if length < least => Some(format!("{SHORTEST} {least}")),
        (_, most) if length > most => Some(format!("{LONGEST} {most}")),
        _ => None,
    }
}

const SHORTEST: &str = "Member must have length greater than or equal to";
const LONGEST: &str = "Member must have length less than or equal to";
const PATTERN: &str = "Member must satisfy regular expression pattern:";

/// All of `limits`, as AWS lists them where it does not tell which of them is broken.
fn listed(limits: &Constraints) -> String {
    let limits = limits.otherwise.map_or(limits, |(_, others)| others);
    let mut all = Vec::new();
    if let Some((least, most)) = limits.length {
        all.push(format!("{LONGEST} {most}"));
        all.extend((least > 0).then(|| format!("{SHORTEST} {least}")));
    }
    all.extend(limits.pattern.map(|pattern| format!("{PATTERN} {pattern}")));
    all.join(", ")
}

fn length(value: &Value) -> Option<u64> {
    let length = match value {
        Value::String(text) => text.chars().count(),
        Value::Blob(bytes) => bytes.len(),
        Value::List(items) => items.len(),
        Value::Map(entries) => entries.len(),
        _ => return None,
    };
    Some(length as u64)
}

/// The value as AWS quotes it: Java's `toString`.
fn quote(schema: &Schema, value: &Value) -> String {
    match (value, &schema.kind) {
        (Value::Boolean(x), _) => x.to_string(),
        (Value::Integer(x), _) => x.to_string(),
        (Value::Double(x), _) => x.to_string(),
        (Value::String(text), _) => text.clone(),
        (Value::List(items), Kind::List(item)) => {
            let items = items.iter().map(|value| quote(item(), value));
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
        (Value::Map(entries), Kind::Map(item)) => {
            let pairs =
                entries.iter().map(|(key, value)| format!("{key}={}", quote(item(), value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        (Value::Blob(bytes), _) => {
            format!("java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]", bytes.len())
        }
        (Value::Structure(slots), Kind::Structure(members) | Kind::Union(members)) => {
            let given = members.iter().zip(slots);
            let given = given.filter_map(|(member, slot)| Some((member, slot.as_ref()?)));
            quote_members(schema, given)
        }
        (Value::Union(index, value), Kind::Union(members)) => {
            quote_members(schema, members.get(*index).map(|member| (member, &**value)))
        }
        _ => "(structure)".into(),
    }
}

fn quote_members<'a>(
    schema: &Schema,
    given: impl IntoIterator<Item = (&'a Member, &'a Value)>,
) -> String {
    let pair = |(member, value): (&Member, &Value)| {
        let (first, rest) = member.name.split_at(member.name.len().min(1));
        format!("{}{rest}={}", first.to_ascii_lowercase(), quote(member.schema(), value))
    };
    let pairs: Vec<String> = given.into_iter().map(pair).collect();
    format!("{}({})", schema.name, pairs.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    static NAME: Schema = Schema {
        name: "Name",
        kind: Kind::String,
        constraints: Constraints {
            length: Some((3, 5)),
            pattern: Some("[a-z]+"),
            ..Constraints::NONE
        },
    };
    static KEY: Schema = Schema::new("Key", Kind::Enum(&["HASH", "RANGE"]));
    static KEYS: Schema = Schema::new("Keys", Kind::List(|| &KEY));
    static INPUT: Schema = Schema::new(
        "Input",
        Kind::Structure(&[Member::new("TableName", || &NAME), Member::new("Keys", || &KEYS)]),
    );

    #[test]
    fn every_violation_is_reported_in_awss_words() {
        let keys = Value::List(vec![Value::String("HASH".into()), Value::String("x".into())]);
        let value = Value::Structure(vec![Some(Value::String("A".into())), Some(keys)]);
        assert_eq!(
            validation_message(&validate(&INPUT, &value)),
            "3 validation errors detected: Value 'A' at 'tableName' failed to satisfy constraint: \
             Member must have length greater than or equal to 3; Value 'A' at 'tableName' failed \
             to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+; Value \
             'x' at 'keys.2.member' failed to satisfy constraint: Member must satisfy enum value \
             set: [HASH, RANGE]"
        );
    }

    #[test]
    fn no_request_has_more_searched_than_anybody_needs() {
        static WORD: Schema = Schema {
            name: "Word",
            kind: Kind::String,
            constraints: Constraints { pattern: Some("(a|b)+"), ..Constraints::NONE },
        };
        static WORDS: Schema = Schema::new("Words", Kind::List(|| &WORD));
        let words = |count| Value::List(vec![Value::String("ab".repeat(32 << 10)); count]);
        assert_eq!(validate(&WORDS, &words(8)), []);
        let found = validate(&WORDS, &words(10));
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|violation| violation.value.len() < 10_000));
    }

    #[test]
    fn an_absent_required_member_is_null() {
        let value = Value::Structure(vec![None, Some(Value::List(Vec::new()))]);
        assert_eq!(
            validation_message(&validate(&INPUT, &value)),
            "1 validation error detected: Value null at 'tableName' failed to satisfy constraint: \
             Member must not be null"
        );
    }
}
