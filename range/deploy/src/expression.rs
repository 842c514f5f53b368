//! Values of a template: literals and CloudFormation's intrinsic functions.

use crate::{
    faults::{Gather, member},
    sub::{self, Piece},
};
use serde_json::Value;

/// A value, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub pointer: String,
    pub expr: Expr,
}

/// What a value is made of.
#[derive(Clone, Debug)]
pub(crate) enum Expr {
    /// A number, a text, a truth value or nothing.
    Literal(Value),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
    Ref(String),
    GetAtt(String, String),
    /// The pieces, and the variables of the second form.
    Sub(Vec<Piece>, Vec<(String, Node)>),
    Join(Box<Node>, Box<Node>),
    Select(Box<Node>, Box<Node>),
    Split(Box<Node>, Box<Node>),
    /// The condition's name; what holds if it does; what holds otherwise.
    If(String, Box<Node>, Box<Node>),
    FindInMap(Box<Node>, Box<Node>, Box<Node>),
    Base64(Box<Node>),
    /// The condition of this name.
    Condition(String),
    Equals(Box<Node>, Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    /// Something that was complained about already.
    Wrong,
}

impl Node {
    /// Reads a value that may contain functions.
    pub(crate) fn read(value: &Value, pointer: &str, gather: &mut Gather<'_>) -> Self {
        let expr = match value {
            Value::Array(items) => Expr::List(list(items, pointer, gather)),
            Value::Object(members) => {
                let named = |(name, value)| -> (&String, &Value) { (name, value) };
                match members.iter().map(named).find(|(name, _)| is_function(name)) {
                    Some((name, _)) if members.len() > 1 => {
                        gather.add(
                            &member(pointer, name),
                            format!("the function {name} has neighbours: a function stands alone"),
                        );
                        Expr::Wrong
                    }
                    Some((name, argument)) => {
                        function(name, argument, &member(pointer, name), gather)
                    }
                    None => Expr::Object(object(members, pointer, gather)),
                }
            }
            Value::String(text) if text.contains("{{resolve:") => {
                gather.add(
                    pointer,
                    "dynamic references ({{resolve:…}}) are not supported: use a \
                    parameter",
                );
                Expr::Wrong
            }
            literal => Expr::Literal(literal.clone()),
        };
        Self { pointer: pointer.to_owned(), expr }
    }

    /// Reads a condition: a function that gives a truth value.
    pub(crate) fn read_condition(value: &Value, pointer: &str, gather: &mut Gather<'_>) -> Self {
        let node = |expr| Self { pointer: pointer.to_owned(), expr };
        let condition = value.as_object().filter(|members| members.len() == 1);
        let name = condition.and_then(|members| members.get("Condition"));
        if let Some(Value::String(name)) = name {
            return node(Expr::Condition(name.clone()));
        }
        let node = Self::read(value, pointer, gather);
        let fits = matches!(
            node.expr,
            Expr::Equals(..) | Expr::And(_) | Expr::Or(_) | Expr::Not(_) | Expr::Wrong
        );
        if !fits {
            gather.add(
                pointer,
                "this is no condition: write Fn::Equals, Fn::And, Fn::Or, Fn::Not \
                or Condition",
            );
        }
        node
    }

    /// Shows this node and all in it to `visit`.
    pub(crate) fn visit(&self, visit: &mut impl FnMut(&Node)) {
        visit(self);
        match &self.expr {
            Expr::Wrong
            | Expr::Literal(_)
            | Expr::Ref(_)
            | Expr::GetAtt(..)
            | Expr::Condition(_) => {}
            Expr::List(nodes) | Expr::And(nodes) | Expr::Or(nodes) => {
                nodes.iter().for_each(|node| node.visit(visit));
            }
            Expr::Object(members) | Expr::Sub(_, members) => {
                members.iter().for_each(|(_, node)| node.visit(visit));
            }
            Expr::Join(a, b)
            | Expr::Select(a, b)
            | Expr::Split(a, b)
            | Expr::If(_, a, b)
            | Expr::Equals(a, b) => [a, b].iter().for_each(|node| node.visit(visit)),
            Expr::FindInMap(a, b, c) => [a, b, c].iter().for_each(|node| node.visit(visit)),
            Expr::Base64(node) | Expr::Not(node) => node.visit(visit),
        }
    }

    /// The names that this and all in it refers to, with the attribute if one is wanted.
    pub(crate) fn references(&self) -> Vec<Reference> {
        let mut found = Vec::new();
        self.visit(&mut |node| {
            let mut add = |name: &str, attribute: Option<&str>| {
                let attribute = attribute.map(str::to_owned);
                found.push(Reference {
                    name: name.to_owned(),
                    attribute,
                    at: node.pointer.clone(),
                });
            };
            match &node.expr {
                Expr::Ref(name) => add(name, None),
                Expr::GetAtt(name, attribute) => add(name, Some(attribute)),
                Expr::Sub(pieces, _) => pieces.iter().for_each(|piece| match piece {
                    Piece::Ref(name) => add(name, None),
                    Piece::GetAtt(name, attribute) => add(name, Some(attribute)),
                    Piece::Text(_) | Piece::Variable(_) => {}
                }),
                _ => {}
            }
        });
        found
    }
}

/// A parameter, pseudo parameter or resource that a value needs.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub name: String,
    pub attribute: Option<String>,
    pub at: String,
}

fn is_function(name: &str) -> bool {
    name == "Ref" || name.starts_with("Fn::")
}

fn list(items: &[Value], pointer: &str, gather: &mut Gather<'_>) -> Vec<Node> {
    let item = |(index, item)| Node::read(item, &format!("{pointer}/{index}"), gather);
    items.iter().enumerate().map(item).collect()
}

fn object(
    members: &serde_json::Map<String, Value>,
    pointer: &str,
    gather: &mut Gather<'_>,
) -> Vec<(String, Node)> {
    let read = |(name, value): (&String, &Value)| {
        (name.clone(), Node::read(value, &member(pointer, name), gather))
    };
    members.iter().map(read).collect()
}

/// The function `name`, whose argument stands at `pointer`.
fn function(name: &str, argument: &Value, pointer: &str, gather: &mut Gather<'_>) -> Expr {
    match name {
        "Ref" => match argument {
            Value::String(name) => Expr::Ref(name.clone()),
            _ => misused(name, "the name of a parameter or resource", pointer, gather),
        },
        "Fn::GetAtt" => get_att(argument, pointer, gather),
        "Fn::Sub" => substitution(argument, pointer, gather),
        "Fn::Base64" => Expr::Base64(Box::new(Node::read(argument, pointer, gather))),
        "Fn::Join" => pair(name, Expr::Join, argument, pointer, gather),
        "Fn::Select" => pair(name, Expr::Select, argument, pointer, gather),
        "Fn::Split" => pair(name, Expr::Split, argument, pointer, gather),
        "Fn::Equals" => pair(name, Expr::Equals, argument, pointer, gather),
        "Fn::If" => match argument.as_array().map(Vec::as_slice) {
            Some([Value::String(condition), yes, no]) => {
                let mut read = |value, index| {
                    Box::new(Node::read(value, &format!("{pointer}/{index}"), gather))
                };
                let yes = read(yes, 1);
                Expr::If(condition.clone(), yes, read(no, 2))
            }
            _ => misused(name, "a condition's name and two values", pointer, gather),
        },
        "Fn::FindInMap" => match argument.as_array().map(|items| list(items, pointer, gather)) {
            Some(items) => match <[Node; 3]>::try_from(items) {
                Ok([a, b, c]) => Expr::FindInMap(Box::new(a), Box::new(b), Box::new(c)),
                Err(_) => misused(name, "a map's name and two keys", pointer, gather),
            },
            None => misused(name, "a map's name and two keys", pointer, gather),
        },
        "Fn::And" | "Fn::Or" | "Fn::Not" => logic(name, argument, pointer, gather),
        _ => {
            gather.add(pointer, format!("the function {name} is not supported: write the value"));
            Expr::Wrong
        }
    }
}

fn misused(name: &str, wanted: &str, pointer: &str, gather: &mut Gather<'_>) -> Expr {
    gather.add(pointer, format!("{name} has other arguments: write {wanted}"));
    Expr::Wrong
}

fn pair(
    name: &str,
    make: fn(Box<Node>, Box<Node>) -> Expr,
    argument: &Value,
    pointer: &str,
    gather: &mut Gather<'_>,
) -> Expr {
    let items = argument.as_array().map(|items| list(items, pointer, gather));
    match items.map(<[Node; 2]>::try_from) {
        Some(Ok([a, b])) => make(Box::new(a), Box::new(b)),
        _ => misused(name, "a list of two", pointer, gather),
    }
}

fn get_att(argument: &Value, pointer: &str, gather: &mut Gather<'_>) -> Expr {
    let parts = match argument {
        Value::String(text) => text.split_once('.'),
        Value::Array(items) => match items.as_slice() {
            [Value::String(resource), Value::String(attribute)] => {
                Some((resource.as_str(), attribute.as_str()))
            }
            _ => None,
        },
        _ => None,
    };
    match parts {
        Some((resource, attribute)) => Expr::GetAtt(resource.into(), attribute.into()),
        None => misused("Fn::GetAtt", "a resource and an attribute", pointer, gather),
    }
}

fn substitution(argument: &Value, pointer: &str, gather: &mut Gather<'_>) -> Expr {
    let (text, variables) = match argument {
        Value::String(text) => (text, Vec::new()),
        Value::Array(items) => match items.as_slice() {
            [Value::String(text), Value::Object(variables)] => {
                (text, object(variables, &format!("{pointer}/1"), gather))
            }
            _ => return misused("Fn::Sub", "a text and its variables", pointer, gather),
        },
        _ => return misused("Fn::Sub", "a text", pointer, gather),
    };
    let is_variable = |name: &str| variables.iter().any(|(variable, _)| variable == name);
    match sub::pieces(text, is_variable) {
        Ok(pieces) => Expr::Sub(pieces, variables),
        Err(what) => {
            gather.add(pointer, what);
            Expr::Wrong
        }
    }
}

fn logic(name: &str, argument: &Value, pointer: &str, gather: &mut Gather<'_>) -> Expr {
    let items = argument.as_array().map(Vec::as_slice).unwrap_or_default();
    let count = if name == "Fn::Not" { 1..=1 } else { 2..=10 };
    if !count.contains(&items.len()) {
        let wanted = if name == "Fn::Not" { "a list of one" } else { "two to ten conditions" };
        return misused(name, wanted, pointer, gather);
    }
    let read = |(index, item)| Node::read_condition(item, &format!("{pointer}/{index}"), gather);
    let mut nodes: Vec<_> = items.iter().enumerate().map(read).collect();
    match name {
        "Fn::And" => Expr::And(nodes),
        "Fn::Or" => Expr::Or(nodes),
        _ => Expr::Not(Box::new(nodes.swap_remove(0))),
    }
}
