//! Writes the Rust types of a model's shapes.

use super::existing::Existing;
use crate::{
    model::{Kind, Member, Model, Shape},
    names,
};
use regex_lite::Regex;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt::Write as _,
};

/// Names that a service's file already has a use for: Rust's prelude and the kit's.
const TAKEN: &[&str] = &[
    "Access",
    "As",
    "BTreeMap",
    "Box",
    "Bytes",
    "Context",
    "Duration",
    "Empty",
    "Err",
    "ErrorShape",
    "Facts",
    "Fault",
    "Http",
    "Job",
    "None",
    "Ok",
    "Operation",
    "Option",
    "Outcome",
    "Page",
    "Reach",
    "ReadTx",
    "Record",
    "Result",
    "Scope",
    "Service",
    "Shape",
    "Some",
    "String",
    "Timestamp",
    "Tx",
    "Vec",
];

/// Writes shapes and remembers which others they need.
pub struct Types<'a> {
    model: &'a Model,
    existing: &'a Existing,
    /// Shapes under another name in Rust: an operation's own input and output.
    renamed: BTreeMap<String, String>,
    waiting: VecDeque<String>,
    seen: BTreeSet<String>,
    /// Modules and the types to import from them.
    imports: BTreeMap<String, BTreeSet<String>>,
}

impl<'a> Types<'a> {
    /// A writer for `model` in a service that already has the types of `existing`.
    pub fn new(model: &'a Model, existing: &'a Existing) -> Self {
        Self {
            model,
            existing,
            renamed: BTreeMap::new(),
            waiting: VecDeque::new(),
            seen: BTreeSet::new(),
            imports: BTreeMap::new(),
        }
    }

    /// Calls the shape `name` `rust` from now on.
    pub fn rename(&mut self, name: &str, rust: String) {
        self.renamed.insert(name.to_owned(), rust);
    }

    /// Asks for the shape `name`, written by [`Types::rest`] unless the service has it; gives its
    /// name in Rust.
    pub fn named(&mut self, name: &str) -> String {
        let rust = self.rust_name(name);
        if let Some(module) = self.existing.module(&rust) {
            self.imports.entry(module.to_owned()).or_default().insert(rust.clone());
        } else if self.seen.insert(name.to_owned()) {
            self.waiting.push_back(name.to_owned());
        }
        rust
    }

    fn rust_name(&self, name: &str) -> String {
        if let Some(renamed) = self.renamed.get(name) {
            return renamed.clone();
        }
        let rust = names::pascal(&name.replace("__", ""));
        if TAKEN.contains(&rust.as_str()) { format!("{rust}Shape") } else { rust }
    }

    /// All types asked for and not yet written.
    pub fn rest(&mut self) -> Result<String, String> {
        let mut text = String::new();
        while let Some(name) = self.waiting.pop_front() {
            let _ = write!(text, "\n{}", self.definition(&name)?);
        }
        Ok(text)
    }

    /// `use` lines for the types the service has.
    pub fn imports(&self) -> String {
        let line = |(module, types): (&String, &BTreeSet<String>)| {
            let types: Vec<_> = types.iter().map(String::as_str).collect();
            format!("use {module}::{{{}}};\n", types.join(", "))
        };
        self.imports.iter().map(line).collect()
    }

    /// One type.
    pub fn definition(&mut self, name: &str) -> Result<String, String> {
        let shape = self.model.shape(name)?;
        let rust = self.rust_name(name);
        let renamed = self.renamed.contains_key(name);
        let told = if rust == name || renamed { None } else { Some(name) };
        match shape.kind {
            Kind::Structure if shape.union => self.union(shape, &rust, told),
            Kind::Structure => self.structure(shape, &rust, told, renamed),
            Kind::String if !shape.values.is_empty() => Ok(enumeration(shape, &rust, told)),
            _ => self.scalar(shape, &rust, told),
        }
    }

    fn structure(
        &mut self,
        shape: &Shape,
        rust: &str,
        told: Option<&str>,
        own: bool,
    ) -> Result<String, String> {
        let small = |(name, _): &&(String, Member)| name.starts_with(|c: char| c.is_lowercase());
        let camel = shape.members.iter().filter(small).count() * 2 > shape.members.len();
        let mut container: Vec<String> = told.map(named).into_iter().collect();
        container.extend(camel.then(|| "camel".to_owned()));
        let derives = if own { "Debug, Shape" } else { "Clone, Debug, PartialEq, Shape" };
        let mut text =
            format!("#[derive({derives})]\n{}pub struct {rust} {{\n", attribute(&container));
        for (name, member) in &shape.members {
            text.push_str(&self.field(shape, rust, name, member, camel)?);
        }
        text.push_str("}\n");
        Ok(text)
    }

    fn field(
        &mut self,
        owner: &Shape,
        rust: &str,
        name: &str,
        member: &Member,
        camel: bool,
    ) -> Result<String, String> {
        let target = self.model.shape(&member.shape)?;
        let field = names::field(name);
        let mut said = Vec::new();
        if names::member(field.trim_start_matches("r#"), camel) != name {
            said.push(named(name));
        }
        said.extend(binding(owner, name, member));
        let (limits, note) = limits(target);
        said.extend(limits);
        said.extend(spelling(self.model, member, target));
        let mut ty = self.used(&member.shape)?;
        if self.holds(&member.shape, rust, &mut BTreeSet::new()) {
            ty = format!("Box<{ty}>");
        }
        if !owner.required.iter().any(|required| required == name) {
            ty = format!("Option<{ty}>");
        }
        Ok(format!("{note}{}    pub {field}: {ty},\n", attribute(&said)))
    }

    /// Whether a value of the shape holds one of the type `rust` without a list or map between.
    fn holds(&self, name: &str, rust: &str, seen: &mut BTreeSet<String>) -> bool {
        let Some(shape) = self.model.shapes.get(name) else { return false };
        if shape.kind != Kind::Structure || !seen.insert(name.to_owned()) {
            return false;
        }
        self.rust_name(name) == rust
            || shape.members.iter().any(|(_, member)| self.holds(&member.shape, rust, seen))
    }

    /// The type of a value of the shape `name`, its limits aside.
    fn used(&mut self, name: &str) -> Result<String, String> {
        let shape = self.model.shape(name)?;
        Ok(match shape.kind {
            Kind::Structure => self.named(name),
            Kind::String if !shape.values.is_empty() => self.named(name),
            Kind::List => format!("Vec<{}>", self.inner(shape.member.as_ref())?),
            Kind::Map => format!("BTreeMap<String, {}>", self.inner(shape.value.as_ref())?),
            _ => plain(shape).to_owned(),
        })
    }

    /// The type of an item: limits have no place on it, so a limited scalar becomes a named type.
    fn inner(&mut self, member: Option<&Member>) -> Result<String, String> {
        let name = &member.ok_or("a list or map without items in the model")?.shape;
        let shape = self.model.shape(name)?;
        let compound = matches!(shape.kind, Kind::Structure | Kind::Map);
        if compound || limits(shape).0.is_empty() {
            return self.used(name);
        }
        Ok(self.named(name))
    }

    fn scalar(&mut self, shape: &Shape, rust: &str, told: Option<&str>) -> Result<String, String> {
        let mut container: Vec<String> = told.map(named).into_iter().collect();
        let (limits, note) = limits(shape);
        container.extend(limits);
        let inner = match shape.kind {
            Kind::List => format!("Vec<{}>", self.inner(shape.member.as_ref())?),
            _ => plain(shape).to_owned(),
        };
        let attribute = attribute(&container);
        Ok(format!(
            "{note}#[derive(Clone, Debug, PartialEq, Shape)]\n{attribute}\
             pub struct {rust}(pub {inner});\n"
        ))
    }

    fn union(&mut self, shape: &Shape, rust: &str, told: Option<&str>) -> Result<String, String> {
        let container: Vec<String> = told.map(named).into_iter().collect();
        let mut text = format!(
            "#[derive(Clone, Debug, PartialEq, Shape)]\n{}pub enum {rust} {{\n",
            attribute(&container)
        );
        for (name, member) in &shape.members {
            let variant = names::pascal(name);
            let said: Vec<String> = (variant != *name).then(|| named(name)).into_iter().collect();
            let ty = self.inner(Some(member))?;
            let boxed = self.holds(&member.shape, rust, &mut BTreeSet::new());
            let ty = if boxed { format!("Box<{ty}>") } else { ty };
            let _ = writeln!(text, "{}    {variant}({ty}),", attribute(&said));
        }
        text.push_str("}\n");
        Ok(text)
    }
}

fn enumeration(shape: &Shape, rust: &str, told: Option<&str>) -> String {
    let container: Vec<String> = told.map(named).into_iter().collect();
    let mut text = format!(
        "#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]\n{}pub enum {rust} {{\n",
        attribute(&container)
    );
    let mut used = BTreeSet::new();
    for value in &shape.values {
        let mut variant = names::pascal(value);
        while !used.insert(variant.clone()) {
            variant.push('2');
        }
        if names::screaming(&variant) != *value {
            text.push_str(&attribute(&[named(value)]));
        }
        let _ = writeln!(text, "    {variant},");
    }
    text.push_str("}\n");
    text
}

/// `name = "..."`.
fn named(name: &str) -> String {
    format!("name = {name:?}")
}

/// `#[shape(...)]`, or nothing.
fn attribute(parts: &[String]) -> String {
    if parts.is_empty() { String::new() } else { format!("#[shape({})]\n", parts.join(", ")) }
}

fn plain(shape: &Shape) -> &'static str {
    let natural = shape.min.is_some_and(|min| min >= 0.0);
    match shape.kind {
        Kind::Blob => "Bytes",
        Kind::Boolean => "bool",
        Kind::Double | Kind::Float => "f64",
        Kind::Integer if natural => "u32",
        Kind::Integer => "i32",
        Kind::Long if natural => "u64",
        Kind::Long => "i64",
        Kind::Timestamp => "Timestamp",
        _ => "String",
    }
}

/// Where a REST protocol puts the member, and its name there.
fn binding(owner: &Shape, name: &str, member: &Member) -> Option<String> {
    let wire = member.location_name.as_deref().filter(|wire| *wire != name);
    let key = match member.location.as_deref() {
        Some("uri") => "label",
        Some("querystring") => "query",
        Some("header") => "header",
        Some("headers") => "prefix_headers",
        Some("statusCode") => return Some("status".to_owned()),
        _ if owner.payload.as_deref() == Some(name) => return Some("payload".to_owned()),
        _ => return wire.map(|wire| format!("wire = {wire:?}")),
    };
    Some(wire.map_or_else(|| key.to_owned(), |wire| format!("{key} = {wire:?}")))
}

/// The limits of a shape as attributes, and a comment on those we cannot state.
fn limits(shape: &Shape) -> (Vec<String>, String) {
    let mut said = Vec::new();
    let mut note = String::new();
    let closed = shape.kind == Kind::String && !shape.values.is_empty();
    if closed || shape.kind == Kind::Structure {
        return (said, note);
    }
    let number = matches!(shape.kind, Kind::Integer | Kind::Long | Kind::Double | Kind::Float);
    let key = if number { "range" } else { "length" };
    if let Some(bounds) = bounds(shape.min, shape.max) {
        said.push(format!("{key} = {bounds}"));
    }
    match &shape.pattern {
        Some(pattern) if Regex::new(&format!("^(?:{pattern})$")).is_ok() => {
            said.push(format!("pattern = {}", raw(pattern)));
        }
        Some(pattern) => {
            let _ = writeln!(note, "    // The model's pattern, beyond our engine: {pattern}");
        }
        None => {}
    }
    (said, note)
}

fn bounds(min: Option<f64>, max: Option<f64>) -> Option<String> {
    let max = max.map(literal).unwrap_or_default();
    match (min, max.as_str()) {
        (None, "") => None,
        (Some(min), "") => Some(format!("{}..", literal(min))),
        (min, max) => Some(format!("{}..={max}", literal(min.unwrap_or_default()))),
    }
}

/// `1048576` as `1_048_576`.
fn literal(number: f64) -> String {
    let digits = format!("{:.0}", number.abs());
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if digits.len() > 4 && index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    if number < 0.0 { format!("-{text}") } else { text }
}

/// A string literal that needs the fewest backslashes.
fn raw(text: &str) -> String {
    if text.contains("\"#") || text.chars().any(char::is_control) {
        format!("{text:?}")
    } else if text.contains('"') {
        format!("r#\"{text}\"#")
    } else if text.contains('\\') {
        format!("r\"{text}\"")
    } else {
        format!("\"{text}\"")
    }
}

/// How the value is spelled: flattening, item names, timestamps, secrecy.
fn spelling(model: &Model, member: &Member, target: &Shape) -> Vec<String> {
    let mut said = Vec::new();
    if model.speaks_xml() && (member.flattened || target.flattened) {
        said.push("flattened".to_owned());
    }
    let item = target.member.as_ref().and_then(|item| item.location_name.as_deref());
    if let Some(item) = item.filter(|item| model.speaks_xml() && *item != "member") {
        said.push(format!("item = {item:?}"));
    }
    let format = member.timestamp_format.as_deref().or(target.timestamp_format.as_deref());
    said.extend(match format {
        Some("iso8601") => Some("timestamp = DateTime".to_owned()),
        Some("unixTimestamp") => Some("timestamp = EpochSeconds".to_owned()),
        Some("rfc822") => Some("timestamp = HttpDate".to_owned()),
        _ => None,
    });
    if target.sensitive {
        said.push("sensitive".to_owned());
    }
    said
}
