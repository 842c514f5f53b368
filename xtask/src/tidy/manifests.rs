//! Rules for manifests: which crate may import which of ours.

use super::Finding;
use crate::workspace;
use std::path::Path;

/// The arrows of the design: a crate, and those of ours that it may import. Services and the
/// crates that see everything have rules of their own below.
const ARROWS: &[(&str, &[&str])] = &[
    ("bus", &["service-kit", "shape", "store"]),
    ("client", &["service-kit", "sigv4", "wire"]),
    ("deploy", &["client", "document"]),
    ("document", &[]),
    ("federation", &[]),
    ("gateway", &["policy", "service-kit", "shape", "sigv4", "store", "wire"]),
    ("lab", &["client", "deploy", "document", "service-kit"]),
    ("policy", &[]),
    ("range", &["client", "deploy", "document", "service-kit", "shape"]),
    ("sandbox", &[]),
    ("service-kit", &["policy", "shape", "store"]),
    ("shape", &["shape-derive"]),
    ("shape-derive", &[]),
    ("sigv4", &[]),
    ("store", &[]),
    ("store-local", &["store"]),
    ("store-postgres", &["store"]),
    ("wire", &["shape"]),
    ("xtask", &[]),
];

/// What every service may import.
const SERVICE_ARROWS: &[&str] = &["policy", "service-kit", "shape"];

/// What one service may import besides.
const MORE_ARROWS: &[(&str, &str, &str)] = &[
    ("iam", "federation", "it reads providers' metadata"),
    ("lambda", "sandbox", "it runs functions"),
    ("sts", "federation", "it verifies what providers say"),
];

/// One of our crates.
#[derive(Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its folder, from the repository's root.
    pub folder: String,
    /// What it imports, ours and others', with the line; tests' imports too when marked so.
    dependencies: Vec<Dependency>,
    has_lints: bool,
}

#[derive(Debug)]
struct Dependency {
    name: String,
    line: usize,
    for_tests: bool,
}

/// All crates below `folders`.
pub fn packages(root: &Path, folders: &[&str]) -> Vec<Package> {
    let manifests = folders.iter().flat_map(|folder| workspace::files(&root.join(folder), "toml"));
    let manifests = manifests.filter(|path| path.ends_with("Cargo.toml"));
    manifests
        .filter_map(|path| {
            let text = std::fs::read_to_string(&path).ok()?;
            let folder = path.parent()?.strip_prefix(root).ok()?.to_string_lossy().into_owned();
            parse(&folder, &text)
        })
        .collect()
}

fn parse(folder: &str, text: &str) -> Option<Package> {
    let mut section = "";
    let mut name = None;
    let mut has_lints = false;
    let mut dependencies = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        if let Some(header) = text.strip_prefix('[') {
            section = header.trim_end_matches([']', ' ']);
            continue;
        }
        let Some((key, value)) = text.split_once('=') else { continue };
        let key = key.trim().split('.').next().unwrap_or_default();
        match section {
            "package" if key == "name" => name = Some(value.trim().trim_matches('"').to_owned()),
            "lints" => has_lints = true,
            "dependencies" | "dev-dependencies" | "build-dependencies" if !key.starts_with('#') => {
                let for_tests = section == "dev-dependencies";
                dependencies.push(Dependency { name: key.to_owned(), line, for_tests });
            }
            _ => {}
        }
    }
    Some(Package { name: name?, folder: folder.to_owned(), dependencies, has_lints })
}

/// Every broken rule.
pub fn findings(packages: &[Package]) -> Vec<Finding> {
    let mut found = Vec::new();
    for package in packages {
        let path = format!("{}/Cargo.toml", package.folder);
        if !package.has_lints {
            found.push(Finding::new(&path, 0, "add `[lints]` with `workspace = true`"));
        }
        for dependency in &package.dependencies {
            let ours = packages.iter().any(|other| other.name == dependency.name);
            if ours && !may_import(package, dependency) {
                let (from, to) = (&package.name, &dependency.name);
                let message =
                    format!("no arrow leads from {from} to {to}; see the design's layers");
                found.push(Finding::new(&path, dependency.line, message));
            }
        }
    }
    found
}

fn may_import(package: &Package, dependency: &Dependency) -> bool {
    let (from, to) = (package.name.as_str(), dependency.name.as_str());
    if from == to || dependency.for_tests {
        return true; // a test may bring other services into its cloud
    }
    if package.folder.starts_with("services/") {
        let more = MORE_ARROWS.iter().any(|arrow| (arrow.0, arrow.1) == (from, to));
        return more || SERVICE_ARROWS.contains(&to);
    }
    match ARROWS.iter().find(|(name, _)| *name == from) {
        Some((_, targets)) => targets.contains(&to),
        // The server, the tests and the test kit see everything; a new crate needs its line.
        None => {
            matches!(from, "bench" | "heist" | "tests") || (from == "testkit" && is_platform(to))
        }
    }
}

fn is_platform(name: &str) -> bool {
    ARROWS.iter().any(|(known, _)| *known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(manifests: &[(&str, &str, &str)]) -> Vec<String> {
        let packages: Vec<_> = manifests
            .iter()
            .filter_map(|(folder, name, imports)| {
                let package = format!("[package]\nname = \"{name}\"\n[lints]\nworkspace = true\n");
                parse(folder, &format!("{package}[dependencies]\n{imports}"))
            })
            .collect();
        findings(&packages).into_iter().map(|finding| finding.to_string()).collect()
    }

    #[test]
    fn services_do_not_import_each_other() {
        let sqs = ("services/sqs", "sqs", "service-kit.workspace = true\n");
        let kit = ("crates/service-kit", "service-kit", "");
        assert!(found(&[sqs, kit]).is_empty());
        let sns = ("services/sns", "sns", "sqs = { workspace = true }\n");
        assert!(found(&[sqs, kit, sns])[0].starts_with("services/sns/Cargo.toml:6: no arrow"));
    }

    #[test]
    fn the_platform_knows_no_service() {
        let sqs = ("services/sqs", "sqs", "");
        let gateway = ("crates/gateway", "gateway", "sqs.workspace = true\n");
        assert_eq!(found(&[sqs, gateway]).len(), 1);
    }
}
