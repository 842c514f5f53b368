//! `cargo xtask tidy`: the house rules that a compiler does not hold.

mod documents;
mod lexer;
mod manifests;
mod source;

use crate::workspace;
use std::{fmt, path::Path};

/// One broken rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, from the repository's root.
    pub path: String,
    /// The line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong and what to do about it.
    pub message: String,
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, message } = self;
        match line {
            0 => write!(formatter, "{path}: {message}"),
            line => write!(formatter, "{path}:{line}: {message}"),
        }
    }
}

/// The folders that hold our own code and manifests.
const FOLDERS: &[&str] =
    &["apps", "console", "crates", "range", "server", "services", "tests", "xtask"];

/// Every broken rule in the repository at `root`, sorted by place.
pub fn findings(root: &Path) -> Vec<Finding> {
    let mut found = Vec::new();
    for path in FOLDERS.iter().flat_map(|folder| workspace::files(&root.join(folder), "rs")) {
        if let Some(text) = text(&path, root, &mut found) {
            found.extend(source::findings(&relative(&path, root), &text));
        }
    }
    let packages = manifests::packages(root, FOLDERS);
    found.extend(manifests::findings(&packages));
    found.extend(documents::findings(root, &packages));
    found.sort();
    found
}

/// [`findings`] of this repository, for the command line.
///
/// # Errors
/// The findings, one a line, when there are any.
pub fn report() -> Result<String, String> {
    let found = findings(&workspace::root());
    if found.is_empty() {
        return Ok("tidy".to_owned());
    }
    let lines: Vec<_> = found.iter().map(Finding::to_string).collect();
    Err(format!("{}\n{} to tidy", lines.join("\n"), lines.len()))
}

fn text(path: &Path, root: &Path, found: &mut Vec<Finding>) -> Option<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) => {
            found.push(Finding::new(&relative(path, root), 0, format!("cannot be read: {error}")));
            None
        }
    }
}

fn relative(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned()
}
