//! `cargo xtask models`: pins the facts of botocore's service models, without their prose.

use crate::{model::SERVICES, workspace};
use flate2::read::GzDecoder;
use serde_json::{Map, Value, json};
use std::{
    fmt::Write as _,
    io::Read as _,
    path::{Path, PathBuf},
    process::Command,
};

const METADATA: &[&str] = &[
    "apiVersion",
    "endpointPrefix",
    "globalEndpoint",
    "jsonVersion",
    "protocol",
    "protocols",
    "serviceId",
    "signingName",
    "targetPrefix",
    "xmlNamespace",
];
const HTTP: &[&str] = &["method", "requestUri", "responseCode"];
const SHAPE: &[&str] = &[
    "box",
    "enum",
    "error",
    "event",
    "eventstream",
    "exception",
    "fault",
    "flattened",
    "max",
    "min",
    "pattern",
    "payload",
    "required",
    "sensitive",
    "streaming",
    "timestampFormat",
    "type",
    "union",
];
const MEMBER: &[&str] = &[
    "box",
    "deprecated",
    "eventpayload",
    "flattened",
    "idempotencyToken",
    "location",
    "locationName",
    "shape",
    "streaming",
    "timestampFormat",
];
const ERROR: &[&str] = &["code", "httpStatusCode", "senderFault"];

/// Unions in the Smithy models that botocore, for its users' sake, writes as structures.
const UNIONS: &[(&str, &str)] =
    &[("dynamodb", "AttributeValue"), ("dynamodbstreams", "AttributeValue")];

/// Writes `models/*.json` and `models/README.md` from the botocore in `folder`, or else from the
/// one that `python3` imports. Gives a summary.
///
/// # Errors
/// When botocore cannot be found or read, or a file not written.
pub fn refresh(folder: Option<&Path>) -> Result<String, String> {
    let botocore = match folder {
        Some(folder) => folder.to_path_buf(),
        None => installed()?,
    };
    let source = format!("botocore {}", version(&botocore)?);
    let target = workspace::root().join("models");
    let mut summary = String::new();
    for service in SERVICES {
        let original = original(&botocore, service)?;
        let mut facts = facts(&original, &source);
        for (_, union) in UNIONS.iter().filter(|(owner, _)| *owner == service) {
            facts["shapes"][*union]["union"] = json!(true);
        }
        let text = render(&facts);
        workspace::write(&target.join(format!("{service}.json")), &text)?;
        let _ = writeln!(summary, "{service:<11} {:>7} bytes", text.len());
    }
    workspace::write(&target.join("README.md"), &readme(&source))?;
    let _ = write!(summary, "from {source} ({})", botocore.display());
    Ok(summary)
}

fn installed() -> Result<PathBuf, String> {
    let advice = "Install it (`python3 -m pip install botocore`) or pass --botocore DIR.";
    let output = Command::new("python3")
        .args(["-c", "import botocore; print(botocore.__path__[0])"])
        .output()
        .map_err(|error| format!("cannot run python3 to find botocore: {error}. {advice}"))?;
    if !output.status.success() {
        return Err(format!("python3 has no botocore. {advice}"));
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

fn version(botocore: &Path) -> Result<String, String> {
    let path = botocore.join("__init__.py");
    let text = workspace::read(&path).map_err(|error| {
        format!("{error}\n--botocore takes the folder with __init__.py and data/.")
    })?;
    let line = text.lines().find_map(|line| line.strip_prefix("__version__ = "));
    let quoted = line.ok_or_else(|| format!("{} states no __version__", path.display()))?;
    Ok(quoted.trim_matches(['\'', '"', ' ']).to_owned())
}

/// The service's newest model as botocore has it.
fn original(botocore: &Path, service: &str) -> Result<Value, String> {
    let folder = botocore.join("data").join(service);
    let entries = std::fs::read_dir(&folder)
        .map_err(|error| format!("cannot list {}: {error}", folder.display()))?;
    let newest = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).max();
    let newest = newest.ok_or_else(|| format!("{} has no API version", folder.display()))?;
    let plain = newest.join("service-2.json");
    let text = if plain.exists() {
        workspace::read(&plain)?
    } else {
        unpacked(&newest.join("service-2.json.gz"))?
    };
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", newest.display()))
}

fn unpacked(path: &Path) -> Result<String, String> {
    let cannot = |error| format!("cannot read {}: {error}", path.display());
    let file = std::fs::File::open(path).map_err(cannot)?;
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).map_err(cannot)?;
    Ok(text)
}

/// What we keep of a model.
fn facts(original: &Value, source: &str) -> Value {
    let mut metadata = kept(&original["metadata"], METADATA);
    if original["metadata"].get("awsQueryCompatible").is_some() {
        metadata.insert("awsQueryCompatible".into(), json!(true));
    }
    json!({
        "source": source,
        "metadata": metadata,
        "operations": each(&original["operations"], operation),
        "shapes": each(&original["shapes"], shape),
    })
}

/// The entries of an object, sorted by name.
fn each(object: &Value, fact: fn(&Value) -> Map<String, Value>) -> Value {
    let mut entries: Vec<_> = object.as_object().into_iter().flatten().collect();
    entries.sort_by_key(|(name, _)| *name);
    entries.into_iter().map(|(name, value)| (name.clone(), Value::Object(fact(value)))).collect()
}

fn operation(original: &Value) -> Map<String, Value> {
    let mut facts = Map::new();
    if original["deprecated"] == json!(true) {
        facts.insert("deprecated".into(), json!(true));
    }
    let errors: Vec<_> = original["errors"].as_array().into_iter().flatten().collect();
    if !errors.is_empty() {
        facts.insert("errors".into(), errors.iter().map(|error| error["shape"].clone()).collect());
    }
    facts.insert("http".into(), kept(&original["http"], HTTP).into());
    for side in ["input", "output"] {
        if let Some(shape) = original[side].get("shape") {
            facts.insert(side.into(), shape.clone());
        }
    }
    if let Some(wrapper) = original["output"].get("resultWrapper") {
        facts.insert("resultWrapper".into(), wrapper.clone());
    }
    facts
}

fn shape(original: &Value) -> Map<String, Value> {
    let mut facts = kept(original, SHAPE);
    if let Some(error) = original.get("error") {
        facts.insert("error".into(), kept(error, ERROR).into());
    }
    for part in ["key", "member", "value"] {
        if let Some(used) = original.get(part) {
            facts.insert(part.into(), kept(used, MEMBER).into());
        }
    }
    if let Some(members) = original["members"].as_object() {
        // In the model's order: it is the order in which AWS reports violations.
        let members =
            members.iter().map(|(name, used)| (name.clone(), Value::Object(kept(used, MEMBER))));
        facts.insert("members".into(), Value::Object(members.collect()));
    }
    facts.sort_keys();
    facts
}

/// The entries of `object` that are in `keys`, which are sorted; `false` says nothing.
fn kept(object: &Value, keys: &[&str]) -> Map<String, Value> {
    let entry = |key: &&str| {
        let value = object.get(*key).filter(|value| **value != json!(false))?;
        Some(((*key).to_owned(), value.clone()))
    };
    keys.iter().filter_map(entry).collect()
}

/// One line for each operation and each shape, so that differences read well.
fn render(facts: &Value) -> String {
    let mut text = format!("{{\n\"source\": {},\n", facts["source"]);
    let _ = writeln!(text, "\"metadata\": {},", facts["metadata"]);
    let mut section = |name: &str, end: &str| {
        let entries: Vec<_> = facts[name].as_object().into_iter().flatten().collect();
        let lines: Vec<_> =
            entries.iter().map(|(key, value)| format!("{}: {value}", json!(key))).collect();
        let _ = writeln!(text, "\"{name}\": {{\n{}\n}}{end}", lines.join(",\n"));
    };
    section("operations", ",");
    section("shapes", "");
    text.push_str("}\n");
    text
}

fn readme(source: &str) -> String {
    format!(
        "# Pinned service models\n\n\
         The facts of the AWS service models, one file a service: operations, shapes, members,\n\
         limits, bindings and errors, without documentation or examples. They are taken from\n\
         the newest API version in the PyPI package {source} (Apache-2.0, the licence of\n\
         this project) and are read by scaffolding, by the coverage page and by the test that\n\
         compares our shapes with them, never by the binary. Each operation and each shape is\n\
         one line, and members keep the order of the original. Unions that botocore writes as\n\
         structures are unions again. Do not edit: `cargo xtask models` writes these files from\n\
         the botocore that `python3` imports, or from `--botocore DIR`.\n"
    )
}
