//! Values of a template, once it is known what they refer to.

use crate::{
    expression::{Expr, Node},
    faults::one_of,
    sub::Piece,
};
use base64::Engine;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What is wrong with a value, and the pointer to it.
pub(crate) type Fault = (String, String);

/// The Ref value and the attributes of a resource that was made.
pub(crate) trait Resources {
    /// The Ref value of the resource `name`, if it was made.
    fn id(&self, name: &str) -> Option<&str>;
    /// An attribute of the resource `name`, if it was made.
    fn attribute(&self, name: &str, attribute: &str) -> Option<&Value>;
}

/// A template's conditions know no resources.
impl Resources for () {
    fn id(&self, _: &str) -> Option<&str> {
        None
    }

    fn attribute(&self, _: &str, _: &str) -> Option<&Value> {
        None
    }
}

/// What a template's values may refer to.
#[derive(Clone, Debug)]
pub(crate) struct Scope<'t> {
    /// Parameters and pseudo parameters.
    pub parameters: BTreeMap<String, Value>,
    pub mappings: &'t Map<String, Value>,
    pub conditions: BTreeMap<String, bool>,
}

/// A scope with the resources that there are so far.
pub(crate) struct Evaluator<'e> {
    pub scope: &'e Scope<'e>,
    pub resources: &'e dyn Resources,
}

impl Evaluator<'_> {
    /// The value of `node`; none if it is `AWS::NoValue`.
    pub(crate) fn value(&self, node: &Node) -> Result<Option<Value>, Fault> {
        Ok(Some(match &node.expr {
            Expr::Wrong => Value::Null,
            Expr::Literal(value) => value.clone(),
            Expr::List(nodes) => {
                let values = nodes.iter().filter_map(|node| self.value(node).transpose());
                Value::Array(values.collect::<Result<_, _>>()?)
            }
            Expr::Object(members) => {
                let values = members.iter().filter_map(|(name, node)| {
                    let value = self.value(node).transpose()?;
                    Some(value.map(|value| (name.clone(), value)))
                });
                Value::Object(values.collect::<Result<_, _>>()?)
            }
            Expr::Ref(name) if name == "AWS::NoValue" => return Ok(None),
            Expr::Ref(name) => self.reference(name, node)?,
            Expr::GetAtt(name, attribute) => self.attribute(name, attribute, node)?,
            Expr::Sub(pieces, variables) => Value::from(self.substitute(pieces, variables, node)?),
            Expr::Join(separator, list) => {
                let separator = self.text(separator)?;
                let texts = self.list(list)?.iter().map(|item| text(item, list)).collect();
                Value::from(Result::<Vec<_>, _>::map(texts, |texts| texts.join(&separator))?)
            }
            Expr::Select(index, list) => self.select(index, list)?,
            Expr::Split(separator, whole) => {
                let (separator, whole) = (self.text(separator)?, self.text(whole)?);
                if separator.is_empty() {
                    return Err(fault(node, "Fn::Split has an empty delimiter: write one"));
                }
                whole.split(&separator).collect()
            }
            Expr::If(condition, yes, no) => {
                let holds = self.condition(condition, node)?;
                return self.value(if holds { yes } else { no });
            }
            Expr::FindInMap(map, first, second) => self.find_in_map(map, first, second)?,
            Expr::Base64(inner) => {
                base64::engine::general_purpose::STANDARD.encode(self.text(inner)?).into()
            }
            Expr::Condition(_) | Expr::Equals(..) | Expr::And(_) | Expr::Or(_) | Expr::Not(_) => {
                self.holds(node)?.into()
            }
        }))
    }

    /// Whether the condition `node` holds.
    pub(crate) fn holds(&self, node: &Node) -> Result<bool, Fault> {
        let each = |nodes: &[Node]| -> Result<Vec<bool>, Fault> {
            nodes.iter().map(|node| self.holds(node)).collect()
        };
        match &node.expr {
            Expr::Condition(name) => self.condition(name, node),
            Expr::Equals(a, b) => Ok(self.compared(a)? == self.compared(b)?),
            Expr::And(nodes) => Ok(each(nodes)?.into_iter().all(|holds| holds)),
            Expr::Or(nodes) => Ok(each(nodes)?.into_iter().any(|holds| holds)),
            Expr::Not(node) => self.holds(node).map(|holds| !holds),
            _ => {
                Err(fault(node, "this is no condition: write Fn::Equals, Fn::And, Fn::Or, Fn::Not"))
            }
        }
    }

    /// A value for comparison: scalars compare as texts.
    fn compared(&self, node: &Node) -> Result<Option<Value>, Fault> {
        let value = self.value(node)?;
        Ok(value.map(|value| scalar(&value).map_or(value, Value::from)))
    }

    fn condition(&self, name: &str, node: &Node) -> Result<bool, Fault> {
        let known = self.scope.conditions.get(name).copied();
        known.ok_or_else(|| fault(node, format!("there is no condition {name}: declare it")))
    }

    fn reference(&self, name: &str, node: &Node) -> Result<Value, Fault> {
        if let Some(value) = self.scope.parameters.get(name) {
            return Ok(value.clone());
        }
        self.resources.id(name).map(Value::from).ok_or_else(|| absent(name, node))
    }

    fn attribute(&self, name: &str, attribute: &str, node: &Node) -> Result<Value, Fault> {
        let value = self.resources.attribute(name, attribute).cloned();
        value.ok_or_else(|| match self.resources.id(name) {
            None => absent(name, node),
            Some(_) => fault(
                node,
                format!("{name} has no attribute {attribute} as it is made: change its properties"),
            ),
        })
    }

    fn substitute(
        &self,
        pieces: &[Piece],
        variables: &[(String, Node)],
        node: &Node,
    ) -> Result<String, Fault> {
        let mut whole = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(part) => whole.push_str(part),
                Piece::Ref(name) => whole.push_str(&text(&self.reference(name, node)?, node)?),
                Piece::GetAtt(name, attribute) => {
                    whole.push_str(&text(&self.attribute(name, attribute, node)?, node)?);
                }
                Piece::Variable(name) => {
                    let variable = variables.iter().find(|(variable, _)| variable == name);
                    if let Some((_, variable)) = variable {
                        whole.push_str(&self.text(variable)?);
                    }
                }
            }
        }
        Ok(whole)
    }

    fn select(&self, index: &Node, list: &Node) -> Result<Value, Fault> {
        let wanted = self.text(index)?;
        let items = self.list(list)?;
        let item = wanted.parse().ok().and_then(|index: usize| items.get(index).cloned());
        let count = items.len();
        item.ok_or_else(|| {
            fault(index, format!("Fn::Select wants item {wanted} of {count}: write 0 to count - 1"))
        })
    }

    fn find_in_map(&self, map: &Node, first: &Node, second: &Node) -> Result<Value, Fault> {
        let mut found = None;
        for (node, key) in
            [(map, self.text(map)?), (first, self.text(first)?), (second, self.text(second)?)]
        {
            let members = match found {
                None => Some(self.scope.mappings),
                Some(value) => Value::as_object(value),
            };
            let value = members.and_then(|members| members.get(&key));
            found = Some(value.ok_or_else(|| {
                let keys = members.into_iter().flat_map(|members| members.keys());
                let known = one_of(keys.map(String::as_str));
                fault(node, format!("Fn::FindInMap finds no {key}: {known}"))
            })?);
        }
        Ok(found.cloned().unwrap_or_default())
    }

    fn list(&self, node: &Node) -> Result<Vec<Value>, Fault> {
        match self.value(node)? {
            Some(Value::Array(items)) => Ok(items),
            _ => Err(fault(node, "this is no list: write one")),
        }
    }

    fn text(&self, node: &Node) -> Result<String, Fault> {
        let value = self.value(node)?.unwrap_or_default();
        text(&value, node)
    }
}

/// The text of a scalar.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn text(value: &Value, node: &Node) -> Result<String, Fault> {
    scalar(value).ok_or_else(|| fault(node, "this is no text: write one"))
}

fn fault(node: &Node, what: impl Into<String>) -> Fault {
    (node.pointer.clone(), what.into())
}

fn absent(name: &str, node: &Node) -> Fault {
    fault(node, format!("{name} is not made because its condition does not hold: use Fn::If"))
}
