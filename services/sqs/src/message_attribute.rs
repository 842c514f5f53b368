//! Message attributes: their rules, their size and their digest.

use crate::error::SqsError;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use md5::{Digest, Md5};
use service_kit::{entropy::hex, prelude::*};

/// AWS's limit for one message.
const MAX_ATTRIBUTES: usize = 10;

/// A typed value that travels beside the body.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct MessageAttributeValue {
    pub string_value: Option<String>,
    pub binary_value: Option<Bytes>,
    pub data_type: String,
}

/// A typed value that SQS itself understands.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct MessageSystemAttributeValue {
    pub string_value: Option<String>,
    pub binary_value: Option<Bytes>,
    pub data_type: String,
}

/// The stored form: binary values in base64.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredAttribute {
    #[serde(rename = "t")]
    data_type: String,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    string: Option<String>,
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    binary: Option<String>,
}

impl From<MessageAttributeValue> for StoredAttribute {
    fn from(value: MessageAttributeValue) -> Self {
        Self {
            data_type: value.data_type,
            string: value.string_value,
            binary: value.binary_value.map(|bytes| STANDARD.encode(bytes)),
        }
    }
}

impl From<StoredAttribute> for MessageAttributeValue {
    fn from(stored: StoredAttribute) -> Self {
        let binary = stored.binary.and_then(|text| STANDARD.decode(text).ok());
        Self {
            string_value: stored.string,
            binary_value: binary.map(Bytes::from),
            data_type: stored.data_type,
        }
    }
}

fn invalid(text: String) -> SqsError {
    SqsError::InvalidParameterValueException(text)
}

/// Refuses attributes that SQS does not take.
///
/// # Errors
/// [`SqsError::InvalidParameterValueException`].
pub fn check(attributes: &BTreeMap<String, MessageAttributeValue>) -> Result<(), SqsError> {
    if attributes.len() > MAX_ATTRIBUTES {
        let count = attributes.len();
        return Err(invalid(format!(
            "Number of message attributes [{count}] exceeds the allowed maximum [10]."
        )));
    }
    attributes.iter().try_for_each(|(name, value)| check_one(name, value))
}

fn check_one(name: &str, value: &MessageAttributeValue) -> Result<(), SqsError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let lower = name.to_ascii_lowercase();
    let reserved = lower.starts_with("aws.") || lower.starts_with("amazon.");
    let dots = name.starts_with('.') || name.ends_with('.') || name.contains("..");
    if name.is_empty() || name.len() > 256 || !name.bytes().all(allowed) || reserved || dots {
        return Err(invalid(format!("The message attribute name '{name}' is invalid.")));
    }
    let (kind, _) = value.data_type.split_once('.').unwrap_or((&value.data_type, ""));
    if value.data_type.len() > 256 || !matches!(kind, "String" | "Number" | "Binary") {
        return Err(invalid(format!(
            "The type of message attribute '{name}' is invalid. You must use only the following \
             supported type prefixes: Binary, Number, String."
        )));
    }
    let text = value.string_value.as_deref().filter(|text| !text.is_empty());
    let bytes = value.binary_value.as_ref().filter(|bytes| !bytes.is_empty());
    let (fits, field) = match kind {
        "Binary" => (bytes.is_some() && value.string_value.is_none(), "BinaryValue"),
        _ => (text.is_some() && value.binary_value.is_none(), "StringValue"),
    };
    if !fits {
        let data_type = &value.data_type;
        return Err(invalid(format!(
            "The message attribute '{name}' with type '{data_type}' must use field '{field}'."
        )));
    }
    if kind == "Number" && !text.is_some_and(is_number) {
        let text = text.unwrap_or_default();
        return Err(invalid(format!(
            "Can't cast the value of message (user) attribute '{name}' to a number: '{text}'."
        )));
    }
    Ok(())
}

fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// What attributes count for the limit on a message's size.
pub fn size(attributes: &BTreeMap<String, MessageAttributeValue>) -> usize {
    let one = |(name, value): (&String, &MessageAttributeValue)| {
        let text = value.string_value.as_ref().map_or(0, String::len);
        let bytes = value.binary_value.as_ref().map_or(0, Bytes::len);
        name.len() + value.data_type.len() + text + bytes
    };
    attributes.iter().map(one).sum()
}

/// The digest of a body.
pub fn md5_of(text: &str) -> String {
    hex(&Md5::digest(text))
}

/// The digest of attributes (SQS Developer Guide, "Calculating the MD5 message digest for message
/// attributes"); none without attributes.
pub fn md5_of_attributes<'a>(
    attributes: impl IntoIterator<Item = (&'a String, &'a MessageAttributeValue)>,
) -> Option<String> {
    let mut sorted: Vec<_> = attributes.into_iter().collect();
    if sorted.is_empty() {
        return None;
    }
    sorted.sort_by_key(|(name, _)| *name);
    let mut bytes = Vec::new();
    let mut add = |part: &[u8], transport: Option<u8>| {
        // Message sizes are far below 4 GiB.
        bytes.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend(part);
        bytes.extend(transport);
    };
    for (name, value) in sorted {
        add(name.as_bytes(), None);
        let (transport, content): (u8, &[u8]) = match (&value.string_value, &value.binary_value) {
            (None, Some(bytes)) => (2, bytes),
            (text, _) => (1, text.as_deref().unwrap_or_default().as_bytes()),
        };
        add(value.data_type.as_bytes(), Some(transport));
        add(content, None);
    }
    Some(hex(&Md5::digest(&bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(data_type: &str, value: &str) -> MessageAttributeValue {
        let string_value = Some(value.into());
        MessageAttributeValue { string_value, binary_value: None, data_type: data_type.into() }
    }

    #[test]
    fn digests_are_those_of_aws() {
        assert_eq!(md5_of("hello"), "5d41402abc4b2a76b9719d911017c592");
        let mut attributes =
            BTreeMap::from([("timestamp".to_owned(), text("Number", "1493147359900"))]);
        let digest = md5_of_attributes(&attributes).unwrap();
        assert_eq!(digest, "235c5c510d26fb653d073faed50ae77c");
        attributes.clear();
        assert_eq!(md5_of_attributes(&attributes), None);
    }

    #[test]
    fn values_must_suit_their_types() {
        let fits = |value: &MessageAttributeValue| check_one("name", value).is_ok();
        assert!(fits(&text("String", "x")) && fits(&text("Number.int", "-1.5e3")));
        assert!(!fits(&text("String", "")) && !fits(&text("Number", "x")));
        assert!(!fits(&text("Binary", "x")) && !fits(&text("Text", "x")));
        assert!(check_one("AWS.x", &text("String", "x")).is_err());
    }
}
