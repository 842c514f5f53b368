//! Inputs as the forms of the query protocol.

use super::escape;
use crate::{
    WireError,
    text::write_scalar,
    xml::{Names, element_name},
};
use shape::{Kind, Member, Schema, Signature, Value};

/// The form that asks for `operation` of the API's `version`.
pub(super) fn encode(
    operation: &Signature,
    input: &Value,
    version: &str,
) -> Result<String, WireError> {
    let mut form = Form(format!("Action={}&Version={}", operation.name, escape(version, false)));
    form.value("", (operation.input)(), input, Names::PLAIN)?;
    Ok(form.0)
}

struct Form(String);

impl Form {
    fn field(&mut self, name: &str, text: &str) {
        self.0.push('&');
        self.0.push_str(&escape(name, false));
        self.0.push('=');
        self.0.push_str(&escape(text, false));
    }

    fn value(
        &mut self,
        name: &str,
        schema: &'static Schema,
        value: &Value,
        names: Names,
    ) -> Result<(), WireError> {
        match (&schema.kind, value) {
            // What is empty has no parts that could be named.
            (Kind::List(_), Value::List(items)) if items.is_empty() => self.field(name, ""),
            (Kind::Map(_), Value::Map(entries)) if entries.is_empty() => self.field(name, ""),
            (Kind::Structure(members), Value::Structure(slots)) => {
                for (member, slot) in members.iter().zip(slots) {
                    if let Some(value) = slot {
                        self.member(name, member, value)?;
                    }
                }
            }
            (Kind::Union(members), Value::Union(index, value)) => {
                let member = members.get(*index).ok_or_else(|| unfit(schema))?;
                self.member(name, member, value)?;
            }
            (Kind::List(item), Value::List(items)) => {
                for (number, value) in (1..).zip(items) {
                    let name = numbered(name, names.item, number, names.flattened);
                    self.value(&name, item(), value, names.inner())?;
                }
            }
            (Kind::Map(item), Value::Map(entries)) => {
                for (number, (key, value)) in (1..).zip(entries) {
                    let name = numbered(name, "entry", number, names.flattened);
                    self.field(&format!("{name}.{}", names.key), key);
                    let name = format!("{name}.{}", names.value);
                    self.value(&name, item(), value, names.inner())?;
                }
            }
            _ => {
                let text = write_scalar(value, names.format).ok_or_else(|| unfit(schema))?;
                self.field(name, &text);
            }
        }
        Ok(())
    }

    fn member(&mut self, within: &str, member: &Member, value: &Value) -> Result<(), WireError> {
        let own = element_name(member);
        let name = if within.is_empty() { own.to_owned() } else { format!("{within}.{own}") };
        self.value(&name, member.schema(), value, Names::of(member))
    }
}

fn numbered(name: &str, wrapper: &str, number: usize, flattened: bool) -> String {
    match flattened {
        true => format!("{name}.{number}"),
        false => format!("{name}.{wrapper}.{number}"),
    }
}

fn unfit(schema: &Schema) -> WireError {
    WireError::Malformed(format!("A value is not a {}", schema.name))
}
