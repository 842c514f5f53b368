//! Writes the skeleton of a new service's crate.

use crate::{
    model::{Metadata, Model},
    names, workspace,
};

const MANIFEST: &str = "\
[package]
name = \"NAME\"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
publish.workspace = true

[lints]
workspace = true

[dependencies]
service-kit.workspace = true
shape.workspace = true
";

const ERRORS: &str = "\
//! What TITLE answers when it refuses.

use service_kit::prelude::*;

/// TITLE's errors; a variant's name is the code that clients see.
#[derive(ErrorShape)]
pub enum TYPEError {
    /// What any service answers.
    #[error(transparent)]
    Fault(Fault),
}
";

/// Writes `services/<name>` and lists it in the workspace. Gives the next steps.
///
/// # Errors
/// When the service exists already, its name is not one, or a file cannot be written.
pub fn new_service(name: &str) -> Result<String, String> {
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    if name.is_empty() || !name.chars().all(fits) {
        return Err(format!("{name}: a service is named by small letters, such as `sqs`"));
    }
    let folder = workspace::root().join("services").join(name);
    if folder.exists() {
        return Err(format!("{} exists", folder.display()));
    }
    let model = Model::load(name)
        .map_err(|error| format!("{error}\nAdd {name} to SERVICES in xtask/src/model.rs first."))?;
    for (path, text) in files(name, &model) {
        workspace::write(&folder.join(path), &text)?;
    }
    list(name)?;
    Ok(format!(
        "wrote {}\nnext: `cargo xtask new-operation {name} OPERATION`, then list the service in \
         server/",
        folder.display()
    ))
}

/// The files of the skeleton, by path.
fn files(name: &str, model: &Model) -> [(&'static str, String); 4] {
    let title = &model.metadata.service_id;
    let errors = ERRORS.replace("TITLE", title).replace("TYPE", &names::pascal(name));
    [
        ("Cargo.toml", MANIFEST.replace("NAME", name)),
        ("README.md", readme(name, title)),
        ("src/error.rs", errors),
        ("src/lib.rs", super::formatted(&table(name, &model.metadata))),
    ]
}

fn readme(name: &str, title: &str) -> String {
    format!(
        "# {name}\n\n\
         {title}. What is there and what is not: [coverage](../../docs/coverage.md#{name}).\n\n\
         Write here what a reader of the code should know first: what is stored, which operations\n\
         change it, what runs in the background, where it leaves AWS's behaviour and why.\n"
    )
}

/// `lib.rs`: the one table.
fn table(name: &str, metadata: &Metadata) -> String {
    let title = &metadata.service_id;
    let signing = metadata.signing_name.as_deref().unwrap_or(&metadata.endpoint_prefix);
    let signing =
        if signing == name { String::new() } else { format!("signing_name: {signing:?},\n") };
    let global = if metadata.global_endpoint.is_some() { "global: true,\n" } else { "" };
    let compatible = if metadata.aws_query_compatible { "query_compatible: true,\n" } else { "" };
    format!(
        "//! {title}: say in one sentence what it is for.\n\n\
         mod error;\n\nuse service_kit::{{prelude::*, service::Speaks}};\n\n\
         /// The service's table.\n\
         pub static SERVICE: Service = Service {{\n{signing}{global}{compatible}\
         speaks: &[{}],\n\
         operations: &[],\n\
         ..Service::new({name:?}, \"{}.amazonaws.com\")\n}};\n",
        speaks(metadata).join(", "),
        metadata.endpoint_prefix,
    )
}

/// The protocols of the model, and the query protocol where only its errors are remembered.
fn speaks(metadata: &Metadata) -> Vec<String> {
    let mut protocols: Vec<&str> = metadata.protocols.iter().map(String::as_str).collect();
    if protocols.is_empty() {
        protocols.push(&metadata.protocol);
    }
    if metadata.aws_query_compatible && !protocols.contains(&"query") {
        protocols.push("query");
    }
    protocols.into_iter().map(|protocol| variant(protocol, metadata)).collect()
}

/// One protocol as `service_kit::service::Speaks` says it.
fn variant(protocol: &str, metadata: &Metadata) -> String {
    let target = metadata.target_prefix.as_deref().unwrap_or_default();
    let namespace = metadata.xml_namespace.as_deref().unwrap_or_default();
    let version = &metadata.api_version;
    match (protocol, metadata.json_version.as_deref()) {
        ("json", Some("1.0")) => format!("Speaks::AwsJson10 {{ target: {target:?} }}"),
        ("json", _) => format!("Speaks::AwsJson11 {{ target: {target:?} }}"),
        ("query", _) => {
            format!("Speaks::AwsQuery {{ version: {version:?}, namespace: {namespace:?} }}")
        }
        ("rest-json", _) => "Speaks::RestJson".to_owned(),
        ("rest-xml", _) => format!("Speaks::RestXml {{ namespace: {namespace:?} }}"),
        ("smithy-rpc-v2-cbor", _) => format!("Speaks::RpcV2Cbor {{ service: {target:?} }}"),
        (other, _) => format!("compile_error!(\"wire does not speak {other} yet\")"),
    }
}

/// Adds the service to the workspace's dependencies.
fn list(name: &str) -> Result<(), String> {
    let path = workspace::root().join("Cargo.toml");
    let text = with_dependency(&workspace::read(&path)?, name);
    workspace::write(&path, &text.ok_or("the root Cargo.toml lists no services")?)
}

/// The manifest with the service in its place among the services; none when it lists none.
fn with_dependency(manifest: &str, name: &str) -> Option<String> {
    let line = format!("{name} = {{ path = \"services/{name}\" }}");
    let mut lines: Vec<&str> = manifest.lines().collect();
    let is_service = |other: &str| other.contains("{ path = \"services/");
    let after = lines.iter().rposition(|other| is_service(other) && *other < line.as_str());
    let first = lines.iter().position(|other| is_service(other))?;
    lines.insert(after.map_or(first, |at| at + 1), &line);
    Some(format!("{}\n", lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_the_model_says() {
        let model = Model::load("cloudwatch").unwrap();
        let text = table("cloudwatch", &model.metadata);
        for part in ["signing_name: \"monitoring\"", "RpcV2Cbor", "AwsJson10", "AwsQuery"] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
    }

    #[test]
    fn the_workspace_lists_services_in_order() {
        let manifest = "[workspace.dependencies]\niam = { path = \"services/iam\" }\n\
                        sns = { path = \"services/sns\" }\nbytes = \"1\"\n";
        let lines = |name| {
            let text = with_dependency(manifest, name).unwrap();
            text.lines().position(|line| line.starts_with(name)).unwrap()
        };
        assert_eq!((lines("events"), lines("kms"), lines("xray")), (1, 2, 3));
    }
}
