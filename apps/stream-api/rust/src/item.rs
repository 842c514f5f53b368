//! What is stored.

use serde::Serialize;

/// An item as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    pub id: String,
    /// One more with each write.
    pub version: u64,
    pub created_at: String,
    pub updated_at: String,
    #[serde(flatten)]
    pub draft: Draft,
}

/// The fields of an item that clients set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u64>,
}
