//! Message attributes: their rules and their size.

use crate::error::SnsError;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use service_kit::prelude::*;

/// A typed value that travels beside the message.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct MessageAttributeValue {
    pub data_type: String,
    pub string_value: Option<String>,
    pub binary_value: Option<Bytes>,
}

/// The stored form: the value as text, binary values in base64, as envelopes show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    pub data_type: String,
    pub value: String,
}

impl Attribute {
    /// Checks what a request says.
    ///
    /// # Errors
    /// [`SnsError::InvalidParameterValueException`].
    pub fn of(name: &str, given: &MessageAttributeValue) -> Result<Self, SnsError> {
        check_name(name)?;
        let invalid = |reason: String| {
            Err(SnsError::InvalidParameterValueException(format!(
                "The message attribute '{name}' {reason}"
            )))
        };
        let data_type = given.data_type.clone();
        let kind = data_type.split('.').next().unwrap_or_default();
        if !matches!(kind, "String" | "Number" | "Binary") {
            return invalid(format!(
                "has an invalid message attribute type, the set of supported type prefixes is \
                 Binary, Number, and String: '{data_type}'."
            ));
        }
        let text = given.string_value.as_ref().filter(|text| !text.is_empty());
        let bytes = given.binary_value.as_ref().filter(|bytes| !bytes.is_empty());
        let value = match (kind, text, bytes) {
            ("Binary", None, Some(bytes)) => STANDARD.encode(bytes),
            ("String" | "Number", Some(text), None) => text.clone(),
            ("Binary", ..) => {
                return invalid(format!("with type '{data_type}' must use field 'Binary'."));
            }
            _ => return invalid(format!("with type '{data_type}' must use field 'String'.")),
        };
        if kind == "Number" && !value.parse::<f64>().is_ok_and(f64::is_finite) {
            return invalid(format!("has a value that is not a number: '{value}'."));
        }
        if data_type == "String.Array" && !is_array(&value) {
            return invalid("has a value that is not a JSON array of simple values.".into());
        }
        Ok(Self { data_type, value })
    }

    /// What it counts for the limit on a message's size.
    pub fn size(&self) -> usize {
        self.data_type.len() + self.value.len()
    }
}

fn is_array(text: &str) -> bool {
    match serde_json::from_str(text) {
        Ok(Value::Array(items)) => {
            items.iter().all(|item| !matches!(item, Value::Array(_) | Value::Object(_)))
        }
        _ => false,
    }
}

fn check_name(name: &str) -> Result<(), SnsError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let lower = name.to_ascii_lowercase();
    let reserved = lower.starts_with("aws.") || lower.starts_with("amazon.");
    let dots = name.starts_with('.') || name.ends_with('.') || name.contains("..");
    let long = name.is_empty() || name.len() > 256;
    if !long && !dots && !reserved && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(SnsError::InvalidParameterValueException(format!(
        "Invalid message attribute name '{name}'."
    )))
}
