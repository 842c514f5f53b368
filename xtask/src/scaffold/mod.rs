//! First drafts from the pinned models; a person owns each file after that.

mod existing;
mod operation;
mod service;
mod types;

use crate::{model::Model, names, workspace};
use existing::Existing;
use std::{
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

pub use service::new_service;

/// Writes `services/<service>/src/<operation>.rs`. Gives the path and the next steps.
///
/// # Errors
/// When the model lacks the operation, the service has no folder, or the file exists.
pub fn new_operation(service: &str, operation: &str) -> Result<String, String> {
    let folder = source_folder(service);
    if !folder.is_dir() {
        return Err(format!("no such service: `cargo xtask new-service {service}` makes it"));
    }
    let module = names::snake(operation);
    let path = folder.join(format!("{module}.rs"));
    if path.exists() {
        return Err(format!("{} exists; --print shows the draft instead", path.display()));
    }
    let draft = operation_draft(service, operation)?;
    workspace::write(&path, &draft)?;
    Ok(format!(
        "wrote {}\nnext: `mod {module};` and `{module}::{operation}` in its lib.rs, then fill in \
         access and run",
        path.display()
    ))
}

/// The draft of one operation's file.
///
/// # Errors
/// When the service has no model or the model lacks the operation.
pub fn operation_draft(service: &str, operation: &str) -> Result<String, String> {
    let model = Model::load(service)?;
    let existing = Existing::scan(&source_folder(service));
    Ok(formatted(&operation::file(service, &model, operation, &existing)?))
}

/// The draft of one operation's shapes only.
///
/// # Errors
/// As [`operation_draft`].
pub fn shapes_draft(service: &str, operation: &str) -> Result<String, String> {
    let model = Model::load(service)?;
    let existing = Existing::scan(&source_folder(service));
    Ok(formatted(&operation::shapes(&model, operation, &existing)?))
}

fn source_folder(service: &str) -> PathBuf {
    workspace::root().join("services").join(service).join("src")
}

/// The text as rustfmt lays it out; as it is when there is no rustfmt.
fn formatted(text: &str) -> String {
    let config = workspace::root().join("rustfmt.toml");
    let child = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(config)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else { return text.to_owned() };
    let fed = child.stdin.take().is_some_and(|mut input| input.write_all(text.as_bytes()).is_ok());
    match child.wait_with_output() {
        Ok(output) if fed && output.status.success() => {
            String::from_utf8(output.stdout).unwrap_or_else(|_| text.to_owned())
        }
        _ => text.to_owned(),
    }
}
