//! Checks a decoded value against its schema's limits and words what is wrong as AWS does.

use crate::{Constraints, Kind, Member, Schema, Value};
use regex_lite::Regex;
use std::{
    collections::HashMap,
    fmt::{self, Write as _},
    sync::{Arc, LazyLock, RwLock},
};

/// The most violations reported for one request; AWS too stops after a few.
const MAX_VIOLATIONS: usize = 20;

/// One broken limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where: `keySchema.1.member.attributeName`.
    pub path: String,
    /// The offending value as AWS quotes it; none when it is absent.
    pub value: Option<String>,
    /// What was asked for, such as `Member must not be null`.
    pub constraint: String,
}

/// Everything in `value` that breaks a limit of `schema`, in the order of the members.
pub fn validate(schema: &Schema, value: &Value) -> Vec<Violation> {
    let mut found = Found { violations: Vec::new(), path: Vec::new() };
    found.check(schema, value);
    found.violations
}

/// The message AWS sends for these violations.
pub fn validation_message(violations: &[Violation]) -> String {
    let count = violations.len();
    let plural = if count == 1 { "" } else { "s" };
    let mut text = format!("{count} validation error{plural} detected: ");
    for (index, violation) in violations.iter().enumerate() {
        if index > 0 {
            text.push_str("; ");
        }
        match &violation.value {
            Some(value) => write!(text, "Value '{value}'"),
            None => write!(text, "Value null"),
        }
        .ok();
        let Violation { path, constraint, .. } = violation;
        write!(text, " at '{path}' failed to satisfy constraint: {constraint}").ok();
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

impl fmt::Display for Step<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(name) => {
                let (first, rest) = name.split_at(name.len().min(1));
                write!(formatter, "{}{rest}", first.to_ascii_lowercase())
            }
            Self::Place(index) => write!(formatter, "{}.member", index + 1),
            Self::Key(key) => write!(formatter, "{key}.member"),
        }
    }
}

struct Found<'a> {
    violations: Vec<Violation>,
    /// Spelled only when there is something to report.
    path: Vec<Step<'a>>,
}

impl<'a> Found<'a> {
    fn report(&mut self, value: Option<&Value>, constraint: String) {
        if self.violations.len() < MAX_VIOLATIONS {
            let path: Vec<_> = self.path.iter().map(ToString::to_string).collect();
            let path = path.join(".");
            self.violations.push(Violation { path, value: value.map(quote), constraint });
        }
    }

    /// Runs `inner` with `step` added to the path.
    fn at(&mut self, step: Step<'a>, inner: impl FnOnce(&mut Self)) {
        self.path.push(step);
        inner(self);
        self.path.pop();
    }

    fn check(&mut self, schema: &Schema, value: &'a Value) {
        self.limits(&schema.constraints, value);
        match (&schema.kind, value) {
            (Kind::Enum(allowed), Value::String(text)) if !allowed.contains(&text.as_str()) => {
                let set = allowed.join(", ");
                self.report(Some(value), format!("Member must satisfy enum value set: [{set}]"));
            }
            (Kind::List(item), Value::List(items)) => {
                for (index, value) in items.iter().enumerate() {
                    self.at(Step::Place(index), |this| this.check(item(), value));
                }
            }
            (Kind::Map(item), Value::Map(entries)) => {
                for (key, value) in entries {
                    self.at(Step::Key(key), |this| this.check(item(), value));
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
        self.at(Step::Member(member.name), |this| match value {
            None => this.report(None, "Member must not be null".into()),
            Some(value) => {
                this.limits(&member.constraints, value);
                this.check(member.schema(), value);
            }
        });
    }

    fn limits(&mut self, limits: &Constraints, value: &Value) {
        if let Some((least, most)) = limits.length
            && let Some(length) = length(value)
        {
            if length < least {
                let text = "Member must have length greater than or equal to";
                self.report(Some(value), format!("{text} {least}"));
            } else if length > most {
                let text = "Member must have length less than or equal to";
                self.report(Some(value), format!("{text} {most}"));
            }
        }
        if let (Some((least, most)), Value::Integer(number)) = (limits.range, value) {
            if *number < least {
                let text = "Member must have value greater than or equal to";
                self.report(Some(value), format!("{text} {least}"));
            } else if *number > most {
                let text = "Member must have value less than or equal to";
                self.report(Some(value), format!("{text} {most}"));
            }
        }
        if let (Some(pattern), Value::String(text)) = (limits.pattern, value)
            && !matches(pattern, text)
        {
            let text = "Member must satisfy regular expression pattern:";
            self.report(Some(value), format!("{text} {pattern}"));
        }
    }
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
fn quote(value: &Value) -> String {
    match value {
        Value::Boolean(x) => x.to_string(),
        Value::Integer(x) => x.to_string(),
        Value::Double(x) => x.to_string(),
        Value::String(text) => text.clone(),
        Value::List(items) => {
            format!("[{}]", items.iter().map(quote).collect::<Vec<_>>().join(", "))
        }
        Value::Map(entries) => {
            let pairs = entries.iter().map(|(key, value)| format!("{key}={}", quote(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        Value::Blob(bytes) => {
            format!("java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]", bytes.len())
        }
        Value::Timestamp(_) | Value::Document(_) | Value::Structure(_) | Value::Union(..) => {
            "(structure)".into()
        }
    }
}

/// Whether the whole of `text` matches; each pattern is compiled once.
fn matches(pattern: &'static str, text: &str) -> bool {
    static COMPILED: LazyLock<RwLock<HashMap<&'static str, Arc<Regex>>>> =
        LazyLock::new(RwLock::default);
    let known = COMPILED.read().ok().and_then(|known| known.get(pattern).cloned());
    let regex = known.or_else(|| {
        let regex = Arc::new(Regex::new(&format!("^(?:{pattern})$")).ok()?);
        COMPILED.write().ok()?.insert(pattern, regex.clone());
        Some(regex)
    });
    // A pattern that does not compile is a mistake of ours that the model test reports; refusing
    // the text keeps it from being an opening.
    regex.is_some_and(|regex| regex.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    static NAME: Schema = Schema {
        name: "Name",
        kind: Kind::String,
        constraints: Constraints { length: Some((3, 5)), range: None, pattern: Some("[a-z]+") },
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
    fn an_absent_required_member_is_null() {
        let value = Value::Structure(vec![None, Some(Value::List(Vec::new()))]);
        assert_eq!(
            validation_message(&validate(&INPUT, &value)),
            "1 validation error detected: Value null at 'tableName' failed to satisfy constraint: \
             Member must not be null"
        );
    }
}
