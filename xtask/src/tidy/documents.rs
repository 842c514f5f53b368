//! Rules for what is not code: documents point at what exists, models hold no prose.

use super::{Finding, manifests::Package, relative};
use crate::workspace;
use std::path::Path;

/// Every broken rule.
pub fn findings(root: &Path, packages: &[Package]) -> Vec<Finding> {
    let mut found = Vec::new();
    for path in workspace::files(root, "md") {
        if let Ok(text) = std::fs::read_to_string(&path) {
            let folder = path.parent().unwrap_or(root);
            found.extend(links(&relative(&path, root), folder, root, &text));
        }
    }
    for path in workspace::files(&root.join("models"), "json") {
        let prose =
            std::fs::read_to_string(&path).is_ok_and(|text| text.contains("\"documentation\""));
        if prose {
            let message = "holds documentation; `cargo xtask models` writes it without";
            found.push(Finding::new(&relative(&path, root), 0, message));
        }
    }
    if let Ok(text) = std::fs::read_to_string(root.join("ARCHITECTURE.md")) {
        found.extend(code_map(&text, packages));
    }
    found
}

/// Relative links whose target is missing; code blocks do not count.
fn links(path: &str, folder: &Path, root: &Path, text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut in_block = false;
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim_start().starts_with("```") {
            in_block = !in_block;
        }
        for target in targets(text).filter(|_| !in_block) {
            let base = if target.starts_with('/') { root } else { folder };
            if !base.join(target.trim_start_matches('/')).exists() {
                let message = format!("the link to {target} leads nowhere; correct or remove it");
                found.push(Finding::new(path, line, message));
            }
        }
    }
    found
}

/// The files that a line links to, without anchors.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let target = rest.split([')', ' ', '#']).next()?;
        let elsewhere = target.contains("://") || target.starts_with("mailto:");
        (!target.is_empty() && !elsewhere).then_some(target)
    })
}

/// Crates that the code map does not mention, by folder or by name in backticks.
fn code_map(text: &str, packages: &[Package]) -> Vec<Finding> {
    let mentioned = |package: &&Package| {
        let name = package.folder.rsplit('/').next().unwrap_or(&package.folder);
        [package.folder.clone(), format!("`{name}`"), format!("{name}/")]
            .iter()
            .any(|spelling| text.contains(spelling))
    };
    let missing = packages.iter().filter(|package| !mentioned(package));
    let message = |package: &Package| format!("add {} to the code map", package.folder);
    missing.map(|package| Finding::new("ARCHITECTURE.md", 0, message(package))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_relative_links_are_followed() {
        let line = "[a](b.md#c) [d](https://e) ![f](g/h.png \"i\") [j](#k)";
        assert_eq!(targets(line).collect::<Vec<_>>(), ["b.md", "g/h.png"]);
    }

    #[test]
    fn a_link_to_nothing_is_found() {
        let root = workspace::root();
        let text = "[x](Cargo.toml)\n[y](nothing.md)\n```\n[z](nothing.md)\n```\n";
        let found = links("a.md", &root, &root, text);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].line, 2);
    }
}
