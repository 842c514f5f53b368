//! Templates: read and checked as a whole before anything is made.

use crate::{
    check,
    evaluate::{Evaluator, Scope},
    expression::{Expr, Node},
    faults::{Faults, Gather, member, one_of},
    kind::{Calls, Kind, partition},
    order::{Needs, order},
    parameter::Parameter,
    resources,
};
use document::{Document, DocumentError};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

const SECTIONS: [&str; 8] = [
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Mappings",
    "Conditions",
    "Resources",
    "Outputs",
];
const RESOURCE_MEMBERS: [&str; 7] = [
    "Type",
    "Properties",
    "DependsOn",
    "Condition",
    "Metadata",
    "DeletionPolicy",
    "UpdateReplacePolicy",
];
const OUTPUT_MEMBERS: [&str; 3] = ["Description", "Value", "Condition"];
/// As many as CloudFormation lets a template have ("CloudFormation quotas").
const MAX_RESOURCES: usize = 500;

/// A template without faults.
#[derive(Clone, Debug)]
pub struct Template {
    document: Document,
    pub(crate) parameters: Vec<Parameter>,
    mappings: Map<String, Value>,
    pub(crate) conditions: BTreeMap<String, Node>,
    pub(crate) resources: Vec<Resource>,
    pub(crate) outputs: Vec<Output>,
}

/// A resource as the template has it.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub logical_id: String,
    pub kind: &'static Kind,
    pub pointer: String,
    pub properties: Node,
    pub condition: Option<String>,
    pub depends_on: Vec<String>,
    pub retain: bool,
}

/// An output as the template has it.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub name: String,
    pub pointer: String,
    pub value: Node,
    pub condition: Option<String>,
}

impl Template {
    /// Reads the template `text`, YAML or JSON, that stands in the file `name`.
    ///
    /// # Errors
    /// Everything that is wrong, each with its line.
    pub fn parse(name: &str, text: &str) -> Result<Self, Faults> {
        let document = Document::parse(name, text).map_err(|error| Faults(vec![error]))?;
        let mut gather = Gather::new(&document);
        let sections = document.value().as_object().cloned().unwrap_or_default();
        known(&sections, "", "a template", &SECTIONS, &mut gather);
        if !sections.get("Resources").is_some_and(|section| section.is_object()) {
            gather.add("/Resources", "the template has no Resources: add a mapping of them");
        }
        let mut template = Self {
            parameters: section("Parameters", &sections, &mut gather, Parameter::read),
            mappings: sections
                .get("Mappings")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
            conditions: section("Conditions", &sections, &mut gather, condition)
                .into_iter()
                .collect(),
            resources: section("Resources", &sections, &mut gather, Resource::read),
            outputs: section("Outputs", &sections, &mut gather, Output::read),
            document: document.clone(),
        };
        if template.resources.len() > MAX_RESOURCES {
            gather
                .add("/Resources", format!("there are over {MAX_RESOURCES} resources: divide it"));
        }
        check::references(&template, &mut gather);
        check::circles(&template, &mut gather);
        gather.none()?;
        template.resources.sort_by(|a, b| a.logical_id.cmp(&b.logical_id));
        Ok(template)
    }

    /// The file's name.
    pub fn name(&self) -> &str {
        self.document.name()
    }

    /// The names of the parameters.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        self.parameters.iter().map(|parameter| parameter.name.as_str())
    }

    /// The names of the outputs.
    pub fn outputs(&self) -> impl Iterator<Item = &str> {
        self.outputs.iter().map(|output| output.name.as_str())
    }

    /// A complaint about what stands at `pointer`.
    pub(crate) fn fault(&self, pointer: &str, what: impl Into<String>) -> DocumentError {
        self.document.fault(pointer, what)
    }

    /// What the template's values may refer to in a stack of the name `stack`.
    pub(crate) fn scope(
        &self,
        stack: &str,
        given: &BTreeMap<String, String>,
        calls: &dyn Calls,
    ) -> Result<Scope<'_>, Faults> {
        let mut gather = Gather::new(&self.document);
        let mut parameters = pseudo(stack, calls);
        for parameter in &self.parameters {
            let given = given.get(&parameter.name).map(String::as_str);
            match parameter.value(given) {
                Ok(value) => drop(parameters.insert(parameter.name.clone(), value)),
                Err(what) => gather.add(&parameter.pointer, what),
            }
        }
        for name in given.keys().filter(|name| !self.parameters().any(|known| known == *name)) {
            let known = one_of(self.parameters());
            gather.add("/Parameters", format!("there is no parameter {name} to give: {known}"));
        }
        gather.none()?;
        let mut scope = Scope { parameters, mappings: &self.mappings, conditions: BTreeMap::new() };
        let needs = self.condition_needs();
        for name in order(&needs).unwrap_or_default() {
            let evaluator = Evaluator { scope: &scope, resources: &() };
            let holds = evaluator.holds(&self.conditions[name]);
            let holds = holds.map_err(|(at, what)| Faults(vec![self.fault(&at, what)]))?;
            scope.conditions.insert(name.to_owned(), holds);
        }
        Ok(scope)
    }

    /// Conditions, each with those that it refers to.
    pub(crate) fn condition_needs(&self) -> Needs {
        let needs = |node: &Node| {
            let mut needs = BTreeSet::new();
            node.visit(&mut |node| match &node.expr {
                Expr::Condition(name) | Expr::If(name, ..) => drop(needs.insert(name.clone())),
                _ => {}
            });
            needs
        };
        self.conditions.iter().map(|(name, node)| (name.clone(), needs(node))).collect()
    }
}

impl Resource {
    fn read(
        logical_id: &str,
        value: &Value,
        pointer: &str,
        gather: &mut Gather<'_>,
    ) -> Option<Self> {
        let members = value.as_object().cloned().unwrap_or_default();
        known(&members, pointer, "a resource", &RESOURCE_MEMBERS, gather);
        if logical_id.is_empty() || !logical_id.chars().all(|c| c.is_ascii_alphanumeric()) {
            let what = "a logical id has letters and digits only: rename the resource";
            gather.add(pointer, what);
        }
        let name = members.get("Type").and_then(Value::as_str).unwrap_or_default();
        let Some(kind) = resources::find(name) else {
            let at = if name.is_empty() { pointer.to_owned() } else { member(pointer, "Type") };
            let names = one_of(resources::ALL.iter().map(|kind| kind.name));
            gather.add(&at, format!("there is no resource type {name:?} here: {names}"));
            return None;
        };
        let at = member(pointer, "Properties");
        let empty = Value::Object(Map::new());
        let properties = Node::read(members.get("Properties").unwrap_or(&empty), &at, gather);
        check::properties(kind, &properties, gather);
        Some(Self {
            logical_id: logical_id.to_owned(),
            kind,
            pointer: pointer.to_owned(),
            properties,
            condition: members.get("Condition").and_then(Value::as_str).map(str::to_owned),
            depends_on: depends_on(&members, pointer, gather),
            retain: deletion_policy(&members, pointer, gather),
        })
    }

    /// The names of what this refers to.
    pub(crate) fn needs(&self) -> impl Iterator<Item = String> {
        let references = self.properties.references().into_iter().map(|reference| reference.name);
        references.chain(self.depends_on.iter().cloned())
    }
}

impl Output {
    fn read(name: &str, value: &Value, pointer: &str, gather: &mut Gather<'_>) -> Option<Self> {
        let members = value.as_object().cloned().unwrap_or_default();
        known(&members, pointer, "an output", &OUTPUT_MEMBERS, gather);
        let Some(value) = members.get("Value") else {
            gather.add(pointer, format!("the output {name} has no Value: add it"));
            return None;
        };
        Some(Self {
            name: name.to_owned(),
            pointer: pointer.to_owned(),
            value: Node::read(value, &member(pointer, "Value"), gather),
            condition: members.get("Condition").and_then(Value::as_str).map(str::to_owned),
        })
    }
}

fn condition(
    name: &str,
    value: &Value,
    pointer: &str,
    gather: &mut Gather<'_>,
) -> Option<(String, Node)> {
    Some((name.to_owned(), Node::read_condition(value, pointer, gather)))
}

/// The members of the section `name`, each read by `read`.
fn section<T>(
    name: &str,
    sections: &Map<String, Value>,
    gather: &mut Gather<'_>,
    read: impl Fn(&str, &Value, &str, &mut Gather<'_>) -> Option<T>,
) -> Vec<T> {
    let at = format!("/{name}");
    match sections.get(name) {
        Some(Value::Object(members)) => members
            .iter()
            .filter_map(|(name, value)| read(name, value, &member(&at, name), gather))
            .collect(),
        Some(Value::Null) | None => Vec::new(),
        Some(_) => {
            gather.add(&at, format!("the section {name} is no mapping: make it one"));
            Vec::new()
        }
    }
}

fn known(
    members: &Map<String, Value>,
    pointer: &str,
    owner: &str,
    names: &[&str],
    gather: &mut Gather<'_>,
) {
    for name in members.keys().filter(|name| !names.contains(&name.as_str())) {
        let known = one_of(names.iter().copied());
        let what = format!("{owner} has no {name} here: {known}, or leave it out");
        gather.add(&member(pointer, name), what);
    }
}

fn depends_on(members: &Map<String, Value>, pointer: &str, gather: &mut Gather<'_>) -> Vec<String> {
    match members.get("DependsOn") {
        None => Vec::new(),
        Some(Value::String(name)) => vec![name.clone()],
        Some(Value::Array(names)) if names.iter().all(Value::is_string) => {
            names.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Some(_) => {
            gather.add(&member(pointer, "DependsOn"), "this is no logical id: write one or a list");
            Vec::new()
        }
    }
}

/// Whether the resource stays when its stack goes.
fn deletion_policy(members: &Map<String, Value>, pointer: &str, gather: &mut Gather<'_>) -> bool {
    match members.get("DeletionPolicy").map(Value::as_str) {
        None | Some(Some("Delete")) => false,
        Some(Some("Retain")) => true,
        Some(_) => {
            let what = "this DeletionPolicy is not supported: write Delete or Retain";
            gather.add(&member(pointer, "DeletionPolicy"), what);
            false
        }
    }
}

fn pseudo(stack: &str, calls: &dyn Calls) -> BTreeMap<String, Value> {
    let partition = partition(calls.region());
    let suffix = if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    let values = [calls.account(), calls.region(), partition, stack, suffix];
    let names = check::PSEUDO.into_iter().map(str::to_owned);
    names.zip(values.into_iter().map(Value::from)).collect()
}
