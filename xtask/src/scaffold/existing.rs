//! The types a service already has, so that a draft uses them instead of writing them again.

use crate::{names, workspace};
use std::{collections::BTreeMap, path::Path};

/// Type names and the modules they are in.
#[derive(Default)]
pub struct Existing {
    modules: BTreeMap<String, String>,
    error: Option<String>,
}

impl Existing {
    /// Reads all source files of a service.
    pub fn scan(folder: &Path) -> Self {
        let mut existing = Self::default();
        for path in workspace::files(folder, "rs") {
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            let module = module(path.strip_prefix(folder).unwrap_or(&path));
            for name in text.lines().filter_map(defined) {
                if module == "crate::error" && name.ends_with("Error") && existing.error.is_none() {
                    existing.error = Some(name.to_owned());
                }
                existing.modules.insert(name.to_owned(), module.clone());
            }
        }
        existing
    }

    /// The module that defines `name`.
    pub fn module(&self, name: &str) -> Option<&str> {
        self.modules.get(name).map(String::as_str)
    }

    /// The service's error enumeration: the one in `error.rs`, or what it should be called.
    pub fn error(&self, service: &str) -> String {
        self.error.clone().unwrap_or_else(|| format!("{}Error", names::pascal(service)))
    }
}

/// The type a line defines.
fn defined(line: &str) -> Option<&str> {
    let line =
        line.strip_prefix("pub ").or_else(|| line.strip_prefix("pub(crate) ")).unwrap_or(line);
    let rest = line.strip_prefix("struct ").or_else(|| line.strip_prefix("enum "))?;
    let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    Some(rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest))
}

/// `src/a/b.rs` as `crate::a::b`.
fn module(path: &Path) -> String {
    let path = path.with_extension("");
    let mut parts = vec!["crate".to_owned()];
    parts.extend(path.iter().map(|part| part.to_string_lossy().into_owned()));
    if matches!(parts.last().map(String::as_str), Some("lib" | "mod")) {
        parts.pop();
    }
    parts.join("::")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_and_modules_are_found() {
        assert_eq!(defined("pub(crate) struct QueueUrl(String);"), Some("QueueUrl"));
        assert_eq!(defined("pub enum Mode {"), Some("Mode"));
        assert_eq!(defined("    let structure = 1;"), None);
        assert_eq!(module(Path::new("queue/url.rs")), "crate::queue::url");
        assert_eq!(module(Path::new("lib.rs")), "crate");
    }
}
