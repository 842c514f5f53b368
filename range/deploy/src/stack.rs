//! Stacks: what a template made, to be kept until it is deleted.

use crate::evaluate::Resources;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

/// What a template made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stack {
    /// The stack's name.
    pub name: String,
    /// The resources, by logical id.
    pub resources: BTreeMap<String, StackResource>,
    /// The template's outputs.
    pub outputs: BTreeMap<String, String>,
}

/// A resource that was made. It can hold secrets: an access key's is an attribute.
#[derive(Clone, Serialize, Deserialize)]
pub struct StackResource {
    /// The type, such as `AWS::SNS::Topic`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What `Ref` gives.
    pub physical_id: String,
    /// What `Fn::GetAtt` gives.
    pub attributes: BTreeMap<String, Value>,
    /// What the type needs to delete it.
    pub(crate) handle: Value,
    /// How many were made before it.
    pub(crate) order: usize,
    /// Whether it stays when the stack goes.
    pub(crate) retain: bool,
}

impl fmt::Debug for StackResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.physical_id)
    }
}

impl Resources for BTreeMap<String, StackResource> {
    fn id(&self, name: &str) -> Option<&str> {
        self.get(name).map(|resource| resource.physical_id.as_str())
    }

    fn attribute(&self, name: &str, attribute: &str) -> Option<&Value> {
        self.get(name)?.attributes.get(attribute)
    }
}
