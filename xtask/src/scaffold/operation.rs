//! Writes one operation's file: marker type, input, output, trait impl, nested shapes.

use super::{existing::Existing, types::Types};
use crate::model::{Model, Operation};
use std::fmt::Write as _;

/// The whole file, not yet formatted.
pub fn file(
    service: &str,
    model: &Model,
    name: &str,
    existing: &Existing,
) -> Result<String, String> {
    let operation = model.operation(name)?;
    let mut types = Types::new(model, existing);
    let (input, output) = ends(model, name, operation, &mut types);
    let error = existing.error(service);
    let own = own_shapes(name, operation, &mut types, &input, &output)?;
    let rest = types.rest()?;
    let http = http(model, operation);
    let errors = errors(model, operation);
    let imports = types.imports();
    Ok(format!(
        "//! {name}: say in one sentence what it does.\n\n\
         use crate::error::{error};\n{imports}use service_kit::prelude::*;\n\n\
         /// Say what it does to whom, and what is special about it.\n\
         pub(crate) enum {name} {{}}\n{own}\n\
         impl Operation for {name} {{\n\
         const NAME: &'static str = {name:?};\n{http}\
         type Input = {input};\n\
         type Output = {output};\n\
         type Error = {error};\n\n\
         fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {{\n\
         compile_error!(\"name the IAM actions and resources of {name}\")\n\
         }}\n\n{errors}\
         async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {{\n\
         compile_error!(\"write {name}\")\n\
         }}\n}}\n{rest}"
    ))
}

/// Only the shapes, not yet formatted.
pub fn shapes(model: &Model, name: &str, existing: &Existing) -> Result<String, String> {
    let operation = model.operation(name)?;
    let mut types = Types::new(model, existing);
    let (input, output) = ends(model, name, operation, &mut types);
    let own = own_shapes(name, operation, &mut types, &input, &output)?;
    let rest = types.rest()?;
    Ok(format!("{}{}{rest}", types.imports(), own.trim_start()))
}

/// The Rust names of the operation's input and output.
fn ends(
    model: &Model,
    name: &str,
    operation: &Operation,
    types: &mut Types<'_>,
) -> (String, String) {
    let mut end = |shape: Option<&String>, suffix: &str| {
        let Some(shape) = shape else { return "Empty".to_owned() };
        let empty = model.shapes.get(shape).is_none_or(|shape| shape.members.is_empty());
        if empty {
            return "Empty".to_owned();
        }
        if uses(model, shape) > 1 {
            return types.named(shape);
        }
        let rust = format!("{name}{suffix}");
        types.rename(shape, rust.clone());
        rust
    };
    (end(operation.input.as_ref(), "Input"), end(operation.output.as_ref(), "Output"))
}

/// How often the model mentions a shape: one used once belongs to its operation.
fn uses(model: &Model, name: &str) -> usize {
    let ends =
        model.operations.values().flat_map(|operation| [&operation.input, &operation.output]);
    let members = model.shapes.values().flat_map(|shape| {
        let parts = [&shape.member, &shape.key, &shape.value];
        let parts = parts.into_iter().flatten();
        parts.chain(shape.members.iter().map(|(_, member)| member))
    });
    ends.flatten().filter(|shape| *shape == name).count()
        + members.filter(|member| member.shape == name).count()
}

/// Input and output, where they are the operation's own.
fn own_shapes(
    name: &str,
    operation: &Operation,
    types: &mut Types<'_>,
    input: &str,
    output: &str,
) -> Result<String, String> {
    let mut text = String::new();
    let ends = [
        (&operation.input, input, "Input", "takes"),
        (&operation.output, output, "Output", "gives"),
    ];
    for (shape, rust, suffix, verb) in ends {
        if let Some(shape) = shape.as_ref().filter(|_| rust == format!("{name}{suffix}")) {
            let definition = types.definition(shape)?;
            let _ = write!(text, "\n/// What {name} {verb}.\n{definition}");
        }
    }
    Ok(text)
}

/// The binding to method and path, which only REST protocols need.
fn http(model: &Model, operation: &Operation) -> String {
    if !model.is_rest() {
        return String::new();
    }
    let http = &operation.http;
    let status = http.response_code.unwrap_or(200);
    format!(
        "const HTTP: Option<Http> = Some(Http::new({:?}, {:?}, {status}));\n",
        http.method, http.request_uri
    )
}

/// A reminder of the errors the model names.
fn errors(model: &Model, operation: &Operation) -> String {
    let status = |name: &String| model.shapes.get(name).map_or(400, |shape| shape.status());
    let errors: Vec<_> =
        operation.errors.iter().map(|name| format!("{name} ({})", status(name))).collect();
    if errors.is_empty() {
        return String::new();
    }
    let mut lines = vec!["// Errors in the model:".to_owned()];
    for (index, error) in errors.iter().enumerate() {
        let end = if index + 1 == errors.len() { "." } else { "," };
        let line = lines.last_mut().filter(|line| line.len() + error.len() < 92);
        match line {
            Some(line) => {
                let _ = write!(line, " {error}{end}");
            }
            None => lines.push(format!("// {error}{end}")),
        }
    }
    format!("{}\n", lines.join("\n"))
}
