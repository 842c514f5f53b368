//! What properties of resource types look like: which there are, and what kind of value each has.

use crate::{
    evaluate::scalar,
    expression::{Expr, Node},
    faults::{Gather, member, one_of},
};
use serde_json::{Map, Value};

/// A property of a resource type, or of a structure in one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Property {
    pub name: &'static str,
    pub form: Form,
    pub required: bool,
}

/// The kind of a property's value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    Text,
    Number,
    Flag,
    /// A JSON document such as a policy; APIs take it as text.
    Json,
    List(&'static Form),
    Map(&'static Form),
    Struct(&'static [Property]),
    /// A text, or something else.
    TextOr(&'static Form),
}

/// A list of texts.
pub(crate) const TEXTS: Form = Form::List(&Form::Text);
/// A map of texts.
pub(crate) const TEXT_MAP: Form = Form::Map(&Form::Text);
/// A list of tags.
pub(crate) const TAGS: Form =
    Form::List(&Form::Struct(&[required("Key", Form::Text), required("Value", Form::Text)]));
/// The policies that stand inline in a user, group or role.
pub(crate) const POLICIES: Form = Form::List(&Form::Struct(&[
    required("PolicyName", Form::Text),
    required("PolicyDocument", Form::Json),
]));

/// A property that may be left out.
pub(crate) const fn optional(name: &'static str, form: Form) -> Property {
    Property { name, form, required: false }
}

/// A property that must be there.
pub(crate) const fn required(name: &'static str, form: Form) -> Property {
    Property { name, form, required: true }
}

impl Form {
    /// Gathers what is wrong with `node` whatever its functions give.
    pub(crate) fn check(&self, node: &Node, gather: &mut Gather<'_>) {
        match (self, &node.expr) {
            (_, Expr::If(_, yes, no)) => {
                self.check(yes, gather);
                self.check(no, gather);
            }
            (Self::Struct(properties), Expr::Object(members)) => {
                check_struct(properties, members, &node.pointer, gather);
            }
            (Self::TextOr(form), Expr::Object(_) | Expr::List(_)) => form.check(node, gather),
            (Self::Map(form), Expr::Object(members)) => {
                members.iter().for_each(|(_, value)| form.check(value, gather));
            }
            (Self::List(form), Expr::List(items)) => {
                items.iter().for_each(|item| form.check(item, gather));
            }
            (Self::Json, Expr::Object(_) | Expr::List(_)) => {}
            (_, Expr::Object(_) | Expr::List(_)) => gather.add(&node.pointer, self.wanted()),
            (_, Expr::Literal(value)) => {
                if let Err((_, what)) = self.coerce(value.clone(), &node.pointer) {
                    gather.add(&node.pointer, what);
                }
            }
            _ => {}
        }
    }

    /// The value in the API's form; texts that are numbers become numbers where numbers are
    /// wanted, and so on, as CloudFormation has it.
    pub(crate) fn coerce(&self, value: Value, pointer: &str) -> Result<Value, (String, String)> {
        let wrong = || (pointer.to_owned(), self.wanted());
        match (self, value) {
            (Self::Struct(properties), Value::Object(members)) => {
                let coerce = |(name, value): (String, Value)| {
                    let at = member(pointer, &name);
                    let property = properties.iter().find(|property| property.name == name);
                    let form = property
                        .map(|property| property.form)
                        .ok_or_else(|| (at.clone(), unknown(&name, properties)))?;
                    Ok((name, form.coerce(value, &at)?))
                };
                members.into_iter().map(coerce).collect::<Result<Map<_, _>, _>>().map(Value::Object)
            }
            (Self::Map(form), Value::Object(members)) => {
                let coerce = |(name, value): (String, Value)| {
                    let at = member(pointer, &name);
                    Ok((name, form.coerce(value, &at)?))
                };
                members.into_iter().map(coerce).collect::<Result<Map<_, _>, _>>().map(Value::Object)
            }
            (Self::List(form), Value::Array(items)) => {
                let coerce = |(index, item)| form.coerce(item, &format!("{pointer}/{index}"));
                items
                    .into_iter()
                    .enumerate()
                    .map(coerce)
                    .collect::<Result<Vec<_>, _>>()
                    .map(Value::from)
            }
            (Self::TextOr(form), value @ (Value::Object(_) | Value::Array(_))) => {
                form.coerce(value, pointer)
            }
            (Self::Json, value @ (Value::Object(_) | Value::Array(_))) => {
                Ok(Value::from(value.to_string()))
            }
            (Self::Text | Self::TextOr(_) | Self::Json, value) => {
                scalar(&value).map(Value::from).ok_or_else(wrong)
            }
            (Self::Number, value) => number(&value).ok_or_else(wrong),
            (Self::Flag, value) => match scalar(&value).as_deref() {
                Some("true") => Ok(Value::Bool(true)),
                Some("false") => Ok(Value::Bool(false)),
                _ => Err(wrong()),
            },
            _ => Err(wrong()),
        }
    }

    /// `value` with the names of its structures' members in camel case, as API Gateway has them.
    pub(crate) fn camel(&self, value: Value) -> Value {
        match (self, value) {
            (Self::Struct(properties), Value::Object(members)) => {
                let rename = |(name, value): (String, Value)| {
                    let property = properties.iter().find(|property| property.name == name);
                    let value = match property {
                        Some(property) => property.form.camel(value),
                        None => value,
                    };
                    (camel(&name), value)
                };
                Value::Object(members.into_iter().map(rename).collect())
            }
            (Self::List(form), Value::Array(items)) => {
                items.into_iter().map(|item| form.camel(item)).collect()
            }
            (_, value) => value,
        }
    }

    fn wanted(&self) -> String {
        let wanted = match self {
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Flag => "true or false",
            Self::Json => "a JSON document",
            Self::List(_) => "a list",
            Self::Map(_) | Self::Struct(_) => "a mapping",
            Self::TextOr(_) => "a text or a mapping",
        };
        format!("this has another form: write {wanted}")
    }
}

/// `name` with a small first letter.
pub(crate) fn camel(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// A structure's members must be known, and what must be there be there.
pub(crate) fn check_struct(
    properties: &[Property],
    members: &[(String, Node)],
    pointer: &str,
    gather: &mut Gather<'_>,
) {
    for (name, node) in members {
        match properties.iter().find(|property| property.name == name) {
            Some(property) => property.form.check(node, gather),
            None => gather.add(&node.pointer, unknown(name, properties)),
        }
    }
    for property in properties.iter().filter(|property| property.required) {
        if !members.iter().any(|(name, _)| name == property.name) {
            gather.add(pointer, format!("the property {} is missing: add it", property.name));
        }
    }
}

fn unknown(name: &str, properties: &[Property]) -> String {
    let known = one_of(properties.iter().map(|property| property.name));
    format!("the property {name} is not known here: {known}, or leave it out")
}

fn number(value: &Value) -> Option<Value> {
    match value {
        Value::Number(_) => Some(value.clone()),
        Value::String(text) => {
            serde_json::from_str::<serde_json::Number>(text).ok().map(Value::from)
        }
        _ => None,
    }
}
