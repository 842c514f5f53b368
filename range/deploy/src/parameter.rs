//! Parameters: how they are declared, and whether a value suits.

use crate::{
    evaluate::scalar,
    faults::{Gather, member, one_of},
};
use regex_lite::Regex;
use serde_json::{Map, Value};

/// What a declaration may say.
const KNOWN: [&str; 11] = [
    "Type",
    "Default",
    "AllowedValues",
    "AllowedPattern",
    "ConstraintDescription",
    "Description",
    "MinLength",
    "MaxLength",
    "MinValue",
    "MaxValue",
    "NoEcho",
];
const TYPES: [&str; 4] = ["String", "Number", "List<Number>", "CommaDelimitedList"];

/// A parameter's declaration.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub name: String,
    pub pointer: String,
    kind: String,
    default: Option<String>,
    allowed: Option<Vec<String>>,
    pattern: Option<Regex>,
    explanation: Option<String>,
    length: (Option<f64>, Option<f64>),
    range: (Option<f64>, Option<f64>),
    no_echo: bool,
}

impl Parameter {
    /// Reads the declaration of `name` at `pointer`.
    pub(crate) fn read(
        name: &str,
        value: &Value,
        pointer: &str,
        gather: &mut Gather<'_>,
    ) -> Option<Self> {
        let Some(members) = value.as_object() else {
            gather.add(pointer, "a parameter is a mapping: write at least its Type");
            return None;
        };
        for unknown in members.keys().filter(|name| !KNOWN.contains(&name.as_str())) {
            let what = format!("a parameter has no {unknown}: {}", one_of(KNOWN));
            gather.add(&member(pointer, unknown), what);
        }
        let kind = members.get("Type").and_then(Value::as_str).unwrap_or_default();
        if !TYPES.contains(&kind) {
            let at =
                if members.contains_key("Type") { member(pointer, "Type") } else { pointer.into() };
            gather.add(&at, format!("the parameter {name} has no known Type: {}", one_of(TYPES)));
        }
        let text = |member: &str| members.get(member).and_then(scalar);
        let allowed = members.get("AllowedValues").and_then(Value::as_array);
        let parameter = Self {
            name: name.to_owned(),
            pointer: pointer.to_owned(),
            kind: kind.to_owned(),
            default: text("Default"),
            allowed: allowed.map(|values| values.iter().filter_map(scalar).collect()),
            pattern: pattern(members, pointer, gather),
            explanation: text("ConstraintDescription"),
            length: (number(members, "MinLength"), number(members, "MaxLength")),
            range: (number(members, "MinValue"), number(members, "MaxValue")),
            no_echo: text("NoEcho").as_deref() == Some("true"),
        };
        if let Some(Err(what)) = parameter.default.as_deref().map(|value| parameter.suits(value)) {
            gather.add(&member(pointer, "Default"), what);
        }
        Some(parameter)
    }

    /// The value for `given`, or for the default.
    pub(crate) fn value(&self, given: Option<&str>) -> Result<Value, String> {
        let Some(text) = given.or(self.default.as_deref()) else {
            return Err(format!("the parameter {} has no value: give one", self.name));
        };
        self.suits(text)?;
        Ok(match self.kind.as_str() {
            "List<Number>" | "CommaDelimitedList" => text.split(',').map(str::trim).collect(),
            _ => Value::from(text),
        })
    }

    fn suits(&self, text: &str) -> Result<(), String> {
        let complain = |wanted: String| {
            let shown = if self.no_echo { String::new() } else { format!(" {text:?}") };
            let wanted = self.explanation.clone().unwrap_or(wanted);
            Err(format!("the parameter {} has an unsuitable value{shown}: {wanted}", self.name))
        };
        let parts: Vec<_> = match self.kind.as_str() {
            "List<Number>" | "CommaDelimitedList" => text.split(',').map(str::trim).collect(),
            _ => vec![text],
        };
        for part in parts {
            if let Some(allowed) = &self.allowed
                && !allowed.iter().any(|allowed| allowed == part)
            {
                return complain(one_of(allowed.iter().map(String::as_str)));
            }
            if let Some(pattern) = &self.pattern
                && !pattern.is_match(part)
            {
                return complain(format!("match {}", pattern.as_str()));
            }
            if self.kind.ends_with("Number") || self.kind == "List<Number>" {
                let Ok(number) = part.parse::<f64>() else {
                    return complain("write a number".into());
                };
                if !within(number, self.range) {
                    return complain(format!("write a number {}", bounds(self.range)));
                }
            } else if !within(part.chars().count() as f64, self.length) {
                return complain(format!("write characters {}", bounds(self.length)));
            }
        }
        Ok(())
    }
}

fn pattern(members: &Map<String, Value>, pointer: &str, gather: &mut Gather<'_>) -> Option<Regex> {
    let text = members.get("AllowedPattern")?.as_str().unwrap_or_default();
    match Regex::new(&format!("^(?:{text})$")) {
        Ok(regex) => Some(regex),
        Err(error) => {
            let what = format!("this is no regular expression ({error}): correct it");
            gather.add(&member(pointer, "AllowedPattern"), what);
            None
        }
    }
}

fn number(members: &Map<String, Value>, name: &str) -> Option<f64> {
    scalar(members.get(name)?)?.parse().ok()
}

fn within(number: f64, (least, most): (Option<f64>, Option<f64>)) -> bool {
    least.is_none_or(|least| number >= least) && most.is_none_or(|most| number <= most)
}

fn bounds((least, most): (Option<f64>, Option<f64>)) -> String {
    let least = least.map(|least| format!("at least {least}"));
    let most = most.map(|most| format!("at most {most}"));
    least.into_iter().chain(most).collect::<Vec<_>>().join(" and ")
}
