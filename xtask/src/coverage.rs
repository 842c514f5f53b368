//! `cargo xtask coverage`: the page that says what of each service is there, from the code itself.

use crate::{
    model::{Model, Shape},
    served::{self, Operation, Schema, Service},
    workspace,
};
use std::{collections::BTreeMap, fmt::Write as _, path::Path, process::Command};

const INTRODUCTION: &str = "\
# Coverage

Written by `cargo xtask coverage` from the binary's own tables and the pinned models; do not edit.

An operation that is not there answers with an error that says so. An input member that is not
there is refused by name when a request carries it, never ignored; an output member that is not
there is absent from answers. `A.*.B` is member `B` of the items of `A`.
";

/// Writes `docs/coverage.md`, or with `check` only compares. The binary's tables come from `json`
/// (a file with the answer of `heist __coverage`) or from running the binary.
///
/// # Errors
/// When the binary cannot be run, a model is missing, or the page is stale.
pub fn coverage(json: Option<&Path>, check: bool) -> Result<String, String> {
    let services = served(json)?;
    let mut models = BTreeMap::new();
    for service in &services {
        models.insert(service.service.clone(), Model::load(&service.service)?);
    }
    let page = page(&services, &models);
    let path = workspace::root().join("docs/coverage.md");
    if !check {
        workspace::write(&path, &page)?;
        return Ok(format!("wrote {}", path.display()));
    }
    if std::fs::read_to_string(&path).is_ok_and(|written| written == page) {
        return Ok("docs/coverage.md is up to date".to_owned());
    }
    Err("docs/coverage.md is stale: run `cargo xtask coverage` and commit it".to_owned())
}

/// What the binary serves: from a file with the answer of `heist __coverage`, or from running it.
///
/// # Errors
/// When the file cannot be read or the binary cannot be run.
pub fn served(json: Option<&Path>) -> Result<Vec<Service>, String> {
    let text = match json {
        Some(path) => workspace::read(path)?,
        None => tables()?,
    };
    served::read(&text)
}

fn tables() -> Result<String, String> {
    let output = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
        .args(["run", "--quiet", "--package", "heist", "--", "__coverage"])
        .current_dir(workspace::root())
        .output()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    if output.status.success() {
        return String::from_utf8(output.stdout).map_err(|error| error.to_string());
    }
    let error = String::from_utf8_lossy(&output.stderr);
    Err(format!("`cargo run -p heist -- __coverage` failed; fix that first:\n{error}"))
}

/// The page, from what is served and what the models have.
pub fn page(services: &[Service], models: &BTreeMap<String, Model>) -> String {
    let mut known: Vec<_> = services
        .iter()
        .filter_map(|service| Some((service, models.get(&service.service)?)))
        .collect();
    known.sort_by(|(one, _), (other, _)| one.service.cmp(&other.service));
    let mut text = format!("{INTRODUCTION}\n| service | operations | of |\n|---|--:|--:|\n");
    let mut total = (0, 0);
    for (service, model) in &known {
        let (there, all) = (service.operations.len(), model.operations.len());
        let name = &service.service;
        let _ = writeln!(text, "| [{name}](#{name}) | {there} | {all} |");
        total = (total.0 + there, total.1 + all);
    }
    let _ = writeln!(text, "| all | {} | {} |", total.0, total.1);
    for (service, model) in known {
        section(&mut text, service, model);
    }
    text
}

fn section(text: &mut String, service: &Service, model: &Model) {
    let _ = writeln!(text, "\n## {}\n", service.service);
    if !service.protocols.is_empty() {
        let _ = writeln!(text, "Speaks {}.\n", service.protocols.join(", "));
    }
    let mut there: Vec<_> = service.operations.iter().collect();
    there.sort_by(|one, other| one.name.cmp(&other.name));
    let names: Vec<_> = there.iter().map(|operation| operation.name.as_str()).collect();
    let missing: Vec<_> =
        model.operations.keys().map(String::as_str).filter(|name| !names.contains(name)).collect();
    let _ = writeln!(text, "There: {}.", listed(&names));
    let rows: String = there.iter().filter_map(|operation| row(operation, model)).collect();
    if !rows.is_empty() {
        let _ = write!(
            text,
            "\n| operation | input members refused | output members absent |\n|---|---|---|\n{rows}"
        );
    }
    if !missing.is_empty() {
        let _ = writeln!(text, "\nNot there: {}.", listed(&missing));
    }
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

/// What an operation lacks; nothing when it is whole.
fn row(operation: &Operation, model: &Model) -> Option<String> {
    let theirs = model.operations.get(&operation.name)?;
    let input = lacking(&operation.input, theirs.input.as_deref(), model);
    let output = lacking(&operation.output, theirs.output.as_deref(), model);
    if input.is_empty() && output.is_empty() {
        return None;
    }
    Some(format!("| {} | {} | {} |\n", operation.name, input.join(", "), output.join(", ")))
}

/// The members that the model's shape has and our schema has not, as paths.
pub fn lacking(schema: &Schema, shape: Option<&str>, model: &Model) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(shape) = shape.and_then(|shape| model.shapes.get(shape)) {
        collect(schema, shape, model, "", &mut found);
    }
    found
}

fn collect(schema: &Schema, shape: &Shape, model: &Model, path: &str, found: &mut Vec<String>) {
    if schema.kind == served::Kind::Recursive {
        return;
    }
    for (name, used) in &shape.members {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let ours = schema.members.iter().find(|member| member.name == *name);
        match (ours, model.shapes.get(&used.shape)) {
            (None, _) => found.push(path),
            (Some(ours), Some(inner)) => collect(&ours.schema, inner, model, &path, found),
            (Some(_), None) => {}
        }
    }
    let item = shape.member.as_ref().or(shape.value.as_ref());
    let inner = item.and_then(|item| model.shapes.get(&item.shape));
    if let (Some(item), Some(inner)) = (&schema.item, inner) {
        collect(item, inner, model, &format!("{path}.*"), found);
    }
}
