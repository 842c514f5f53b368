//! Tags: YAML's own types, and the short forms of CloudFormation's functions.

use crate::{Place, Spot, scalar};
use saphyr_parser::Tag;
use serde_json::{Map, Value};

/// The short forms, each without its `!`, that stand for `Fn::` and their name.
const FUNCTIONS: [&str; 18] = [
    "And",
    "Base64",
    "Cidr",
    "Contains",
    "Equals",
    "FindInMap",
    "ForEach",
    "GetAZs",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "Transform",
];

/// What a tag makes of the value that it stands before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The value as it reads without the tag.
    Nothing,
    /// Text, whatever it looks like.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Nothing at all.
    Null,
    /// The only argument of the function of this name, long form.
    Function(&'static str, &'static str),
}

/// What `tag` means, or what to do about it.
pub(crate) fn meaning(tag: Option<&Tag>) -> Result<Meaning, String> {
    let Some(tag) = tag else { return Ok(Meaning::Nothing) };
    let suffix = tag.suffix.as_str();
    if tag.is_yaml_core_schema() {
        return match suffix {
            "str" => Ok(Meaning::Text),
            "int" | "float" => Ok(Meaning::Number),
            "bool" => Ok(Meaning::Boolean),
            "null" => Ok(Meaning::Null),
            "seq" | "map" => Ok(Meaning::Nothing),
            _ => Err(format!("the type !!{suffix} has no counterpart in JSON: leave the tag out")),
        };
    }
    match (tag.handle.as_str(), suffix) {
        ("", "!") | ("!", "") => Ok(Meaning::Text),
        ("!", "Ref") => Ok(Meaning::Function("", "Ref")),
        ("!", "Condition") => Ok(Meaning::Function("", "Condition")),
        ("!", suffix) => FUNCTIONS
            .iter()
            .find(|name| **name == suffix)
            .map(|name| Meaning::Function("Fn::", name))
            .ok_or_else(|| unknown(tag)),
        _ => Err(unknown(tag)),
    }
}

fn unknown(tag: &Tag) -> String {
    let functions = FUNCTIONS.join(", !");
    let tag = format!("{}{}", tag.handle, tag.suffix);
    format!("there is no tag {tag}: use one of !Ref, !Condition, !{functions}, or leave it out")
}

impl Meaning {
    /// The value of a scalar, given what it reads as without a tag.
    pub(crate) fn of_scalar(self, text: &str, plain: bool) -> Result<Value, String> {
        let untagged = if plain { scalar::plain(text) } else { Value::from(text) };
        match self {
            Self::Nothing | Self::Function(..) => Ok(untagged),
            Self::Text => Ok(Value::from(text)),
            Self::Number => scalar::number(text)
                .map(Value::Number)
                .ok_or_else(|| format!("{text:?} is tagged as a number: write one")),
            Self::Boolean => match scalar::plain(text) {
                value @ Value::Bool(_) => Ok(value),
                _ => Err(format!("{text:?} is tagged as a boolean: write true or false")),
            },
            Self::Null => Ok(Value::Null),
        }
    }

    /// The long form of what is tagged, if this is a short form.
    pub(crate) fn apply(self, place: Place, value: Value, spot: Spot) -> (Value, Spot) {
        let Self::Function(prefix, name) = self else { return (value, spot) };
        let value = match (name, &value) {
            ("GetAtt", Value::String(text)) => match text.split_once('.') {
                Some((resource, attribute)) => Value::from(vec![resource, attribute]),
                None => value,
            },
            _ => value,
        };
        let value = Value::Object(Map::from_iter([(format!("{prefix}{name}"), value)]));
        (value, Spot { place, children: vec![spot] })
    }
}
