//! What the binary says of itself: the answer of `heist __coverage`.
//!
//! A list of services, each with its operations and errors. A schema is written in full wherever
//! it is used; only inside itself it is `{"kind": "recursive", "name": "..."}`.

use serde::Deserialize;

/// One service of the binary.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Service {
    /// The name of its folder under `services/` and of its model.
    pub service: String,
    /// What it speaks, such as `awsJson1.0`; for the page only.
    #[serde(default)]
    pub protocols: Vec<String>,
    /// Its table of operations.
    pub operations: Vec<Operation>,
    /// Every error it can answer with, the platform's own left out.
    #[serde(default)]
    pub errors: Vec<Error>,
}

/// One operation.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Operation {
    /// Its name in the model.
    pub name: String,
    /// Where a REST protocol finds it.
    #[serde(default)]
    pub http: Option<Http>,
    /// What it takes.
    pub input: Schema,
    /// What it gives.
    pub output: Schema,
}

/// Method, path and status.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Http {
    /// `GET`, `POST`, ...
    pub method: String,
    /// The path with its labels.
    pub uri: String,
    /// The status of a success.
    pub status: u16,
}

/// One error.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Error {
    /// The code of JSON and CBOR protocols.
    pub code: String,
    /// The HTTP status.
    pub status: u16,
    /// The code of the query protocol, where it differs.
    #[serde(default)]
    pub query_code: Option<String>,
}

/// What a schema is made of.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the variants are those of `shape::Kind`")]
pub enum Kind {
    Blob,
    Boolean,
    Document,
    Double,
    Enum,
    Integer,
    List,
    Long,
    Map,
    String,
    Structure,
    Timestamp,
    Union,
    /// A structure or union inside itself, known by its name.
    Recursive,
}

/// One shape.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Schema {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// What it is made of.
    pub kind: Kind,
    /// The members of a structure or union.
    #[serde(default)]
    pub members: Vec<Member>,
    /// The items of a list, the values of a map.
    #[serde(default)]
    pub item: Option<Box<Schema>>,
    /// The values of an enumeration.
    #[serde(default)]
    pub values: Vec<String>,
    /// Its own limits.
    #[serde(default)]
    pub limits: Limits,
}

/// One member.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Member {
    /// Its name in the model.
    pub name: String,
    /// Its name on the wire, where that differs.
    #[serde(default)]
    pub wire_name: Option<String>,
    /// Whether it must be there.
    #[serde(default)]
    pub required: bool,
    /// `label`, `query`, `header`, `prefixHeaders`, `payload`, `statusCode`; none for the body.
    #[serde(default)]
    pub location: Option<String>,
    /// A list or map without a wrapping element.
    #[serde(default)]
    pub flattened: bool,
    /// The element name of list items, where it is not `member`.
    #[serde(default)]
    pub item_name: Option<String>,
    /// `epochSeconds`, `dateTime`, `httpDate`; none for the protocol's default.
    #[serde(default)]
    pub timestamp: Option<String>,
    /// Whether the value is never logged.
    #[serde(default)]
    pub sensitive: bool,
    /// What it holds.
    pub schema: Schema,
    /// Limits of this use, beside the schema's own.
    #[serde(default)]
    pub limits: Limits,
}

/// Limits on a value.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Limits {
    /// Least and greatest length; no upper limit is `i64::MAX`.
    pub length: Option<(u64, u64)>,
    /// Least and greatest number; no upper limit is `i64::MAX`.
    pub range: Option<(i64, i64)>,
    /// What the whole text must match.
    pub pattern: Option<String>,
}

impl Member {
    /// The name on the wire.
    pub fn wire_name(&self) -> &str {
        self.wire_name.as_deref().unwrap_or(&self.name)
    }

    /// All limits that hold: this use's and the schema's; both of one kind meet at the tighter.
    pub fn all_limits(&self) -> Limits {
        self.limits.clone().and(&self.schema.limits)
    }
}

impl Limits {
    fn and(self, other: &Self) -> Self {
        Self {
            length: tighter(self.length, other.length),
            range: tighter(self.range, other.range),
            pattern: self.pattern.or_else(|| other.pattern.clone()),
        }
    }
}

fn tighter<T: Ord + Copy>(one: Option<(T, T)>, other: Option<(T, T)>) -> Option<(T, T)> {
    match (one, other) {
        (Some((a, b)), Some((c, d))) => Some((a.max(c), b.min(d))),
        (one, other) => one.or(other),
    }
}

/// Reads the answer of `heist __coverage`. What has no operations, such as the front that calls
/// deployed APIs, is no AWS API and has no model: it is left out.
///
/// # Errors
/// When it is not in the form described by this module.
pub fn read(json: &str) -> Result<Vec<Service>, String> {
    let mut services: Vec<Service> = serde_json::from_str(json)
        .map_err(|error| format!("`heist __coverage` does not fit xtask/src/served.rs: {error}"))?;
    services.retain(|service| !service.operations.is_empty());
    Ok(services)
}
