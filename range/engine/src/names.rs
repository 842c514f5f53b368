//! The names that texts of scenarios may use in `{{…}}`, and how they are put in.

use crate::scenario::Source;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The most that names may add to one text.
const MAX_TEXT_BYTES: usize = 1 << 20;

/// Names and what they stand for.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// Says what `name` stands for.
    pub fn set(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.0.insert(name.into(), text.into());
    }

    /// What `name` stands for.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// What was captured by steps.
    pub fn captured(&self) -> impl Iterator<Item = (String, String)> {
        let own = |name: &str| {
            name.contains('.') || ["each", "flag", "mark", "now", "region"].contains(&name)
        };
        let captured = self.0.iter().filter(move |(name, _)| !own(name));
        captured.map(|(name, text)| (name.clone(), text.clone()))
    }

    /// `text` with the names put in.
    ///
    /// # Errors
    /// In words, for a name that stands for nothing.
    pub fn fill(&self, text: &str) -> Result<String, String> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, tail)) = rest.split_once("{{") {
            let (name, after) =
                tail.split_once("}}").ok_or_else(|| format!("a `}}}}` is missing in: {text}"))?;
            let name = name.trim();
            let value = self.get(name).ok_or_else(|| format!("nothing is called {name}"))?;
            filled.push_str(before);
            filled.push_str(value);
            if filled.len() > MAX_TEXT_BYTES {
                return Err(format!("{name} makes a text too long"));
            }
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// `value` with the names put into all its texts, and `$zip`, `$json` and `$base64` made.
    ///
    /// # Errors
    /// In words, for a name that stands for nothing or a folder that is not there.
    pub fn fill_value(&self, value: &Value, source: &Source) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => self.fill(text)?.into(),
            Value::Array(items) => {
                let items = items.iter().map(|item| self.fill_value(item, source));
                items.collect::<Result<Vec<_>, _>>()?.into()
            }
            Value::Object(map) => match self.made(map, source)? {
                Some(made) => made,
                None => self.fill_map(map, source)?.into(),
            },
            other => other.clone(),
        })
    }

    /// As [`Names::fill_value`], for what an operation takes.
    ///
    /// # Errors
    /// As [`Names::fill_value`].
    pub fn fill_map(
        &self,
        map: &Map<String, Value>,
        source: &Source,
    ) -> Result<Map<String, Value>, String> {
        let entry = |(key, value): (&String, &Value)| {
            Ok((self.fill(key)?, self.fill_value(value, source)?))
        };
        map.iter().map(entry).collect()
    }

    fn made(&self, map: &Map<String, Value>, source: &Source) -> Result<Option<Value>, String> {
        let Some((key, value)) = map.iter().next().filter(|_| map.len() == 1) else {
            return Ok(None);
        };
        let value = || self.fill_value(value, source);
        let text = || value().map(|value| text_of(&value));
        Ok(Some(match key.as_str() {
            "$json" => value()?.to_string().into(),
            "$base64" => BASE64_STANDARD.encode(text()?).into(),
            "$zip" => BASE64_STANDARD.encode(zip(&value()?, source)?).into(),
            _ => return Ok(None),
        }))
    }
}

/// The ZIP file of a folder, or of several, each laid over those before it.
fn zip(folders: &Value, source: &Source) -> Result<Vec<u8>, String> {
    let mut files = BTreeMap::new();
    for folder in folders.as_array().map_or(std::slice::from_ref(folders), Vec::as_slice) {
        let name = text_of(folder);
        let inside = source.folder(&name);
        if inside.is_empty() {
            return Err(format!("the scenario has no folder {name}"));
        }
        files.extend(inside);
    }
    deploy::archive(files.into_iter().collect())
}

/// A value as text: a text itself, anything else as JSON.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_put_in() {
        let mut names = Names::default();
        names.set("outputs.Topic", "arn:x");
        assert_eq!(names.fill("to {{ outputs.Topic }}!").unwrap(), "to arn:x!");
        assert!(names.fill("{{outputs.Other}}").unwrap_err().contains("outputs.Other"));
        assert!(names.fill("{{outputs.Topic").is_err());
    }

    #[test]
    fn what_is_put_in_is_not_read_again() {
        let mut names = Names::default();
        names.set("mark", "{{secret}}");
        assert_eq!(names.fill("{{mark}}").unwrap(), "{{secret}}");
    }
}
