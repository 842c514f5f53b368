//! Filter policies: which messages a subscription wants.
//!
//! A policy is a tree: all keys must match, any of a key's conditions may. It is judged against
//! the message's attributes or against the message itself, parsed as JSON.

use crate::message_attribute::Attribute;
use serde_json::{Map, Value};
use service_kit::prelude::*;
use std::net::IpAddr;

/// The most keys of a policy on attributes and the most combinations of any policy.
const MAX_KEYS: usize = 5;
const MAX_COMBINATIONS: usize = 150;
const MAX_DEPTH: usize = 32;

/// What a filter looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    #[default]
    MessageAttributes,
    MessageBody,
}

impl Scope {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MessageAttributes => "MessageAttributes",
            Self::MessageBody => "MessageBody",
        }
    }
}

/// A filter policy, parsed.
#[derive(Debug)]
pub struct Filter {
    scope: Scope,
    rules: Vec<Rule>,
}

/// One key of a policy.
#[derive(Debug)]
enum Rule {
    Key(String, Vec<Condition>),
    Nested(String, Vec<Rule>),
    /// One of these rule sets.
    Any(Vec<Vec<Rule>>),
}

#[derive(Debug)]
enum Condition {
    Equals(Value),
    EqualsIgnoreCase(String),
    Prefix(String),
    Suffix(String),
    AnythingBut(Vec<Condition>),
    Numeric(Vec<(Comparison, f64)>),
    Exists(bool),
    Cidr(IpAddr, u32),
}

#[derive(Clone, Copy, Debug)]
enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Filter {
    /// Reads a filter policy.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str, scope: Scope) -> Result<Self, String> {
        let value: Value =
            serde_json::from_str(text).map_err(|_| "failed to parse JSON.".to_owned())?;
        let Value::Object(fields) = value else {
            return Err("Filter policy must be an object".into());
        };
        if scope == Scope::MessageAttributes && fields.len() > MAX_KEYS {
            return Err("Filter policy can not have more than 5 keys".into());
        }
        let rules = rules(&fields, scope, 0)?;
        if combinations(&rules) > MAX_COMBINATIONS {
            return Err("Filter policy is too complex".into());
        }
        Ok(Self { scope, rules })
    }

    /// Whether a message with these attributes and this body is wanted.
    pub fn wants(&self, attributes: &BTreeMap<String, Attribute>, body: &str) -> bool {
        let value = match self.scope {
            Scope::MessageAttributes => Some(of_attributes(attributes)),
            Scope::MessageBody => serde_json::from_str(body).ok().filter(Value::is_object),
        };
        value.is_some_and(|value| all(&self.rules, &[&value]))
    }
}

/// Attributes as JSON: numbers as numbers, arrays as arrays, binary left out.
fn of_attributes(attributes: &BTreeMap<String, Attribute>) -> Value {
    let mut fields = Map::new();
    for (name, Attribute { data_type, value }) in attributes {
        let parsed = || serde_json::from_str::<Value>(value).ok();
        let value = match data_type.split('.').next() {
            Some("Binary") => continue,
            Some("Number") => parsed().filter(Value::is_number),
            _ if data_type == "String.Array" => parsed().filter(Value::is_array),
            _ => Some(Value::String(value.clone())),
        };
        fields.extend(value.map(|value| (name.clone(), value)));
    }
    Value::Object(fields)
}

fn rules(fields: &Map<String, Value>, scope: Scope, depth: usize) -> Result<Vec<Rule>, String> {
    if depth > MAX_DEPTH {
        return Err("Filter policy is nested too deeply".into());
    }
    fields.iter().map(|(key, value)| rule(key, value, scope, depth)).collect()
}

fn rule(key: &str, value: &Value, scope: Scope, depth: usize) -> Result<Rule, String> {
    match value {
        Value::Array(choices) if key == "$or" && choices.len() > 1 => {
            let choice = |choice: &Value| match choice {
                Value::Object(fields) => rules(fields, scope, depth + 1),
                _ => Err("\"$or\" must be an array of objects".to_owned()),
            };
            Ok(Rule::Any(choices.iter().map(choice).collect::<Result<_, _>>()?))
        }
        Value::Array(values) if values.is_empty() => Err("Empty arrays are not allowed".to_owned()),
        Value::Array(values) => {
            let conditions = values.iter().map(condition).collect::<Result<_, _>>()?;
            Ok(Rule::Key(key.into(), conditions))
        }
        Value::Object(fields) if scope == Scope::MessageBody && !fields.is_empty() => {
            Ok(Rule::Nested(key.into(), rules(fields, scope, depth + 1)?))
        }
        _ => Err(format!("\"{key}\" must be an object or an array")),
    }
}

fn condition(value: &Value) -> Result<Condition, String> {
    let Value::Object(fields) = value else {
        return match value {
            Value::Array(_) => {
                Err("Match value must be String, number, true, false, or null".into())
            }
            simple => Ok(Condition::Equals(simple.clone())),
        };
    };
    let mut fields = fields.iter();
    let (Some((name, operand)), None) = (fields.next(), fields.next()) else {
        return Err("Only one key allowed in match expression".into());
    };
    let text = || match operand {
        Value::String(text) => Ok(text.clone()),
        _ => Err(format!("{name} match pattern must be a string")),
    };
    match name.as_str() {
        "prefix" => Ok(Condition::Prefix(text()?)),
        "suffix" => Ok(Condition::Suffix(text()?)),
        "equals-ignore-case" => Ok(Condition::EqualsIgnoreCase(text()?)),
        "exists" => operand
            .as_bool()
            .map(Condition::Exists)
            .ok_or_else(|| "exists match pattern must be either true or false.".to_owned()),
        "numeric" => numeric(operand),
        "cidr" => cidr(&text()?).ok_or_else(|| "Malformed CIDR".to_owned()),
        "anything-but" => {
            let values = match operand {
                Value::Array(values) if !values.is_empty() => values.as_slice(),
                Value::Array(_) => return Err("anything-but list must not be empty".into()),
                single => std::slice::from_ref(single),
            };
            Ok(Condition::AnythingBut(values.iter().map(condition).collect::<Result<_, _>>()?))
        }
        other => Err(format!("Unrecognized match type {other}")),
    }
}

fn numeric(operand: &Value) -> Result<Condition, String> {
    let bad = || "Value of numeric must be an array of operators and numbers".to_owned();
    let parts = operand.as_array().filter(|parts| matches!(parts.len(), 2 | 4)).ok_or_else(bad)?;
    let mut tests = Vec::new();
    for pair in parts.chunks(2) {
        let [operator, number] = pair else { return Err(bad()) };
        let comparison = match operator.as_str() {
            Some("=") => Comparison::Equal,
            Some("<") => Comparison::Less,
            Some("<=") => Comparison::LessOrEqual,
            Some(">") => Comparison::Greater,
            Some(">=") => Comparison::GreaterOrEqual,
            _ => return Err(format!("Unrecognized numeric range operator: {operator}")),
        };
        tests.push((comparison, number.as_f64().ok_or_else(bad)?));
    }
    Ok(Condition::Numeric(tests))
}

fn cidr(text: &str) -> Option<Condition> {
    let (address, bits) = text.split_once('/')?;
    let (address, bits) = (address.parse::<IpAddr>().ok()?, bits.parse::<u32>().ok()?);
    let most = if address.is_ipv4() { 32 } else { 128 };
    (bits <= most).then_some(Condition::Cidr(address, bits))
}

/// The product of the numbers of conditions, which AWS limits.
fn combinations(rules: &[Rule]) -> usize {
    let one = |rule: &Rule| match rule {
        Rule::Key(_, conditions) => conditions.len(),
        Rule::Nested(_, rules) => combinations(rules),
        Rule::Any(choices) => choices.iter().map(|rules| combinations(rules)).sum(),
    };
    rules.iter().map(one).fold(1, usize::saturating_mul)
}

/// Whether all rules hold for what stands in one place: several objects where an array does.
fn all(rules: &[Rule], places: &[&Value]) -> bool {
    rules.iter().all(|rule| match rule {
        Rule::Any(choices) => choices.iter().any(|rules| all(rules, places)),
        Rule::Nested(key, rules) => {
            let inner = values(places, key);
            !inner.is_empty() && all(rules, &inner)
        }
        Rule::Key(key, conditions) => {
            let found = values(places, key);
            conditions.iter().any(|condition| match condition {
                Condition::Exists(wanted) => *wanted != found.is_empty(),
                other => found.iter().any(|value| other.holds(value)),
            })
        }
    })
}

/// What the objects in `places` have under `key`, arrays taken apart.
fn values<'v>(places: &[&'v Value], key: &str) -> Vec<&'v Value> {
    let mut found = Vec::new();
    for value in places.iter().filter_map(|place| place.get(key)) {
        match value {
            Value::Array(items) => found.extend(items),
            single => found.push(single),
        }
    }
    found
}

impl Condition {
    fn holds(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Equals(Value::Number(wanted)), Value::Number(number)) => {
                wanted.as_f64() == number.as_f64()
            }
            (Self::Equals(wanted), value) => wanted == value,
            (Self::EqualsIgnoreCase(wanted), Value::String(text)) => {
                text.to_lowercase() == wanted.to_lowercase()
            }
            (Self::Prefix(prefix), Value::String(text)) => text.starts_with(prefix),
            (Self::Suffix(suffix), Value::String(text)) => text.ends_with(suffix),
            (Self::AnythingBut(conditions), value) => {
                conditions.iter().all(|condition| !condition.holds(value))
            }
            (Self::Numeric(tests), Value::Number(number)) => number
                .as_f64()
                .is_some_and(|number| tests.iter().all(|(it, bound)| it.holds(number, *bound))),
            (Self::Cidr(network, bits), Value::String(text)) => {
                text.parse().is_ok_and(|address| is_within(address, *network, *bits))
            }
            _ => false,
        }
    }
}

impl Comparison {
    fn holds(self, number: f64, bound: f64) -> bool {
        match self {
            Self::Equal => number == bound,
            Self::Less => number < bound,
            Self::LessOrEqual => number <= bound,
            Self::Greater => number > bound,
            Self::GreaterOrEqual => number >= bound,
        }
    }
}

fn is_within(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    let prefix = |number: u128, width: u32| number.checked_shr(width - bits).unwrap_or(0);
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            prefix(u32::from(address).into(), 32) == prefix(u32::from(network).into(), 32)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            prefix(address.into(), 128) == prefix(network.into(), 128)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(list: &[(&str, &str, &str)]) -> BTreeMap<String, Attribute> {
        let one = |(name, kind, value): &(&str, &str, &str)| {
            let (data_type, value) = ((*kind).to_owned(), (*value).to_owned());
            ((*name).to_owned(), Attribute { data_type, value })
        };
        list.iter().map(one).collect()
    }

    fn wants(policy: &str, list: &[(&str, &str, &str)]) -> bool {
        let filter = Filter::parse(policy, Scope::MessageAttributes).unwrap();
        filter.wants(&attributes(list), "")
    }

    #[test]
    fn keys_are_anded_and_conditions_ored() {
        let policy = r#"{"store":["a","b"],"price":[{"numeric":[">=",10,"<",20]}]}"#;
        assert!(wants(policy, &[("store", "String", "b"), ("price", "Number", "19.5")]));
        assert!(!wants(policy, &[("store", "String", "b"), ("price", "Number", "20")]));
        assert!(!wants(policy, &[("store", "String", "b")]));
        assert!(wants(r#"{"i":["x"]}"#, &[("i", "String.Array", r#"["y","x"]"#)]));
    }

    #[test]
    fn operators() {
        let x = |value| [("x", "String", value)];
        assert!(wants(r#"{"x":[{"prefix":"ab"}]}"#, &x("abc")));
        assert!(wants(r#"{"x":[{"suffix":"bc"}]}"#, &x("abc")));
        assert!(wants(r#"{"x":[{"equals-ignore-case":"ABC"}]}"#, &x("abc")));
        assert!(wants(r#"{"x":[{"anything-but":["a","b"]}]}"#, &x("c")));
        assert!(!wants(r#"{"x":[{"anything-but":{"prefix":"a"}}]}"#, &x("abc")));
        assert!(!wants(r#"{"x":[{"anything-but":["a"]}]}"#, &[]));
        assert!(wants(r#"{"x":[{"exists":false}]}"#, &[]));
        assert!(!wants(r#"{"x":[{"exists":false}]}"#, &x("a")));
        assert!(wants(r#"{"x":[{"cidr":"10.0.0.0/24"}]}"#, &x("10.0.0.255")));
        assert!(!wants(r#"{"x":[{"cidr":"10.0.0.0/24"}]}"#, &x("10.0.1.0")));
        assert!(wants(r#"{"$or":[{"x":["a"]},{"y":["b"]}]}"#, &[("y", "String", "b")]));
    }

    #[test]
    fn bodies_nest() {
        let filter = Filter::parse(r#"{"a":{"b":["x"]}}"#, Scope::MessageBody).unwrap();
        assert!(filter.wants(&BTreeMap::new(), r#"{"a":[{"b":"y"},{"b":"x"}]}"#));
        assert!(!filter.wants(&BTreeMap::new(), r#"{"a":{"b":"y"}}"#));
        assert!(!filter.wants(&BTreeMap::new(), "not json"));
    }

    #[test]
    fn nothing_unknown_is_accepted() {
        for policy in ["[]", r#"{"a":[]}"#, r#"{"a":"b"}"#, r#"{"a":[{"like":"b"}]}"#, "{"] {
            assert!(Filter::parse(policy, Scope::MessageAttributes).is_err(), "{policy}");
        }
        let nested = r#"{"a":{"b":["x"]}}"#;
        assert!(Filter::parse(nested, Scope::MessageAttributes).is_err());
    }
}
