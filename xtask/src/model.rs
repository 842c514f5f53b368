//! Reads the pinned service models of `models/`.

use crate::workspace;
use serde::{Deserialize, Deserializer, de};
use std::{collections::BTreeMap, fmt, marker::PhantomData, path::Path};

/// The services with a pinned model, by the name that botocore and the binary's tables know them
/// by.
pub const SERVICES: [&str; 15] = [
    "accessanalyzer",
    "apigateway",
    "cloudtrail",
    "cloudwatch",
    "dynamodb",
    "dynamodbstreams",
    "iam",
    "kms",
    "lambda",
    "logs",
    "organizations",
    "sns",
    "sqs",
    "sts",
    "xray",
];

/// One service's model: facts only, no prose.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Where the facts come from: `botocore 1.43.11`.
    pub source: String,
    /// What holds for the service as a whole.
    pub metadata: Metadata,
    /// The operations by name.
    pub operations: BTreeMap<String, Operation>,
    /// The shapes by name.
    pub shapes: BTreeMap<String, Shape>,
}

/// What holds for a service as a whole.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Metadata {
    /// The API's version, a date.
    pub api_version: String,
    /// The first part of the service's host names.
    pub endpoint_prefix: String,
    /// The one host of a service without regions.
    pub global_endpoint: Option<String>,
    /// `1.0` or `1.1` for JSON protocols.
    pub json_version: Option<String>,
    /// The protocol that botocore prefers.
    pub protocol: String,
    /// All protocols the service speaks.
    #[serde(default)]
    pub protocols: Vec<String>,
    /// The service's name in the AWS SDKs.
    pub service_id: String,
    /// The service's name in a credential scope, where it differs from `endpoint_prefix`.
    pub signing_name: Option<String>,
    /// What precedes the operation in `X-Amz-Target`.
    pub target_prefix: Option<String>,
    /// The namespace of XML answers.
    pub xml_namespace: Option<String>,
    /// Whether errors also carry the code that the query protocol had.
    #[serde(default)]
    pub aws_query_compatible: bool,
}

/// One operation.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Operation {
    /// Method, path and status.
    pub http: Http,
    /// The shape it takes, if any.
    pub input: Option<String>,
    /// The shape it gives, if any.
    pub output: Option<String>,
    /// The element around the answer in the query protocol.
    pub result_wrapper: Option<String>,
    /// The error shapes it names.
    #[serde(default)]
    pub errors: Vec<String>,
    /// Whether AWS has deprecated it.
    #[serde(default)]
    pub deprecated: bool,
}

/// Where an operation lives.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Http {
    /// `GET`, `POST`, ...
    pub method: String,
    /// The path with its labels, and fixed query parameters if any.
    pub request_uri: String,
    /// The status of a success, 200 unless said.
    pub response_code: Option<u16>,
}

/// The kinds of shape.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the variants are the models' own words")]
pub enum Kind {
    Blob,
    Boolean,
    Double,
    Float,
    Integer,
    List,
    Long,
    Map,
    String,
    Structure,
    Timestamp,
}

/// One shape.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Shape {
    /// What it is made of.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The members of a structure or union, in the model's order.
    #[serde(default, deserialize_with = "in_order")]
    pub members: Vec<(String, Member)>,
    /// The members that must be there.
    #[serde(default)]
    pub required: Vec<String>,
    /// The member that is the whole body.
    pub payload: Option<String>,
    /// Whether exactly one member is present.
    #[serde(default)]
    pub union: bool,
    /// The items of a list.
    pub member: Option<Member>,
    /// The keys of a map.
    pub key: Option<Member>,
    /// The values of a map.
    pub value: Option<Member>,
    /// XML and query lists and maps without a wrapping element.
    #[serde(default)]
    pub flattened: bool,
    /// The closed list of a string's values.
    #[serde(default, rename = "enum")]
    pub values: Vec<String>,
    /// The least length or number.
    pub min: Option<f64>,
    /// The greatest length or number.
    pub max: Option<f64>,
    /// What a string must match.
    pub pattern: Option<String>,
    /// Whether the value must never be logged.
    #[serde(default)]
    pub sensitive: bool,
    /// Whether a blob is streamed.
    #[serde(default)]
    pub streaming: bool,
    /// How a timestamp is spelled.
    pub timestamp_format: Option<String>,
    /// Whether a scalar may be absent.
    #[serde(default, rename = "box")]
    pub boxed: bool,
    /// Whether this is an error.
    #[serde(default)]
    pub exception: bool,
    /// Whether the error is the service's fault: status 500 unless said.
    #[serde(default)]
    pub fault: bool,
    /// The error's code and status.
    pub error: Option<Error>,
    /// Whether the members come as events on one stream.
    #[serde(default)]
    pub eventstream: bool,
    /// Whether this is one event of such a stream.
    #[serde(default)]
    pub event: bool,
}

/// A use of a shape, as a member, item, key or value.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Member {
    /// The shape used.
    pub shape: String,
    /// Where a REST protocol puts it: `uri`, `querystring`, `header`, `headers`, `statusCode`.
    pub location: Option<String>,
    /// The name on the wire where it differs.
    pub location_name: Option<String>,
    /// As on [`Shape::flattened`], for this use.
    #[serde(default)]
    pub flattened: bool,
    /// As on [`Shape::streaming`], for this use.
    #[serde(default)]
    pub streaming: bool,
    /// As on [`Shape::timestamp_format`], for this use.
    pub timestamp_format: Option<String>,
    /// Whether SDKs make up a value when none is given.
    #[serde(default)]
    pub idempotency_token: bool,
    /// As on [`Shape::boxed`], for this use.
    #[serde(default, rename = "box")]
    pub boxed: bool,
    /// Whether AWS has deprecated it.
    #[serde(default)]
    pub deprecated: bool,
    /// Whether this member is the payload of its event.
    #[serde(default)]
    pub eventpayload: bool,
}

/// An error's code and status.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Error {
    /// The code of the query protocol, where it differs from the shape's name.
    pub code: Option<String>,
    /// The HTTP status, 400 unless said.
    pub http_status_code: Option<u16>,
    /// Whether the client is to blame.
    #[serde(default)]
    pub sender_fault: bool,
}

impl Model {
    /// Loads `models/<service>.json`.
    ///
    /// # Errors
    /// When there is no such file or it is not a model; says how to make one.
    pub fn load(service: &str) -> Result<Self, String> {
        Self::load_from(&workspace::root().join("models"), service)
    }

    /// Loads `<folder>/<service>.json`.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn load_from(folder: &Path, service: &str) -> Result<Self, String> {
        let path = folder.join(format!("{service}.json"));
        let text = workspace::read(&path).map_err(|error| {
            format!(
                "{error}\nPinned are: {}. `cargo xtask models` makes them.",
                SERVICES.join(", ")
            )
        })?;
        serde_json::from_str(&text).map_err(|error| {
            format!("{} is not a model: {error}\nRun `cargo xtask models`.", path.display())
        })
    }

    /// The shape called `name`.
    ///
    /// # Errors
    /// When the model has no such shape.
    pub fn shape(&self, name: &str) -> Result<&Shape, String> {
        self.shapes.get(name).ok_or_else(|| format!("the model has no shape {name}"))
    }

    /// The operation called `name`.
    ///
    /// # Errors
    /// When the model has no such operation; names those that sound alike.
    pub fn operation(&self, name: &str) -> Result<&Operation, String> {
        self.operations.get(name).ok_or_else(|| {
            let wanted = name.to_ascii_lowercase();
            let alike = |other: &&String| {
                let other = other.to_ascii_lowercase();
                other.contains(&wanted) || wanted.contains(&other)
            };
            let near: Vec<_> = self.operations.keys().filter(alike).cloned().collect();
            let hint =
                if near.is_empty() { self.operations.keys().cloned().collect() } else { near };
            format!("the model has no operation {name}. Did you mean one of: {}?", hint.join(", "))
        })
    }

    /// Whether paths, queries and headers carry members.
    pub fn is_rest(&self) -> bool {
        self.metadata.protocol.starts_with("rest-")
    }

    /// Whether the service answers in XML or takes query strings on any of its protocols.
    pub fn speaks_xml(&self) -> bool {
        let xml = |name: &String| name == "query" || name == "rest-xml" || name == "ec2";
        xml(&self.metadata.protocol)
            || self.metadata.protocols.iter().any(xml)
            || self.metadata.aws_query_compatible
    }
}

impl Shape {
    /// The member called `name`.
    pub fn member_named(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|(known, _)| known == name).map(|(_, member)| member)
    }

    /// The HTTP status of an error shape.
    pub fn status(&self) -> u16 {
        let said = self.error.as_ref().and_then(|error| error.http_status_code);
        said.unwrap_or(if self.fault { 500 } else { 400 })
    }
}

/// Reads a JSON object as a list of entries: the order of members is the order of their checks.
fn in_order<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<(String, T)>, D::Error> {
    struct Entries<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Entries<T> {
        type Value = Vec<(String, T)>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object")
        }

        fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut entries = Vec::new();
            while let Some(entry) = map.next_entry()? {
                entries.push(entry);
            }
            Ok(entries)
        }
    }

    deserializer.deserialize_map(Entries(PhantomData))
}
