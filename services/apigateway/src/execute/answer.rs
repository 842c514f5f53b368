//! What a function answered, read as a Lambda proxy integration reads it ("Output format of a
//! Lambda function for proxy integration").

use super::reply::{Refusal, Reply, json_headers};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The only members there may be; all of them may be absent.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Answer {
    status_code: Option<Value>,
    headers: Option<BTreeMap<String, Value>>,
    multi_value_headers: Option<BTreeMap<String, Vec<Value>>>,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

/// Reads the payload of a function; `binary` says whether the client gets bytes.
///
/// # Errors
/// [`Refusal::internal`] with 502 when it is not in the form that is asked for, with 500 when
/// its base64 is broken.
pub fn read(payload: &[u8], binary: bool) -> Result<Reply, Refusal> {
    let malformed = || Refusal::internal(502);
    let answer: Answer = serde_json::from_slice(payload).map_err(|_| malformed())?;
    let status = answer.status_code.as_ref().map_or(Some(StatusCode::OK), status);
    let headers = headers(&answer).ok_or_else(malformed)?;
    let text = answer.body.unwrap_or_default();
    let body = match binary && answer.is_base64_encoded == Some(true) {
        true => STANDARD.decode(text).map_err(|_| Refusal::internal(500))?.into(),
        false => Bytes::from(text),
    };
    Ok(Reply { status: status.ok_or_else(malformed)?, headers, body, error: None })
}

/// A number, or text that is one.
fn status(value: &Value) -> Option<StatusCode> {
    let number = match value {
        Value::Null => return Some(StatusCode::OK),
        Value::String(text) => text.trim().parse().ok()?,
        number => number.as_u64()?,
    };
    let number = u16::try_from(number).ok().filter(|number| (200..600).contains(number))?;
    StatusCode::from_u16(number).ok()
}

/// All headers, those with several values first; none when one of them cannot be.
fn headers(answer: &Answer) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, values) in answer.multi_value_headers.iter().flatten() {
        for value in values {
            append(&mut headers, name, value)?;
        }
    }
    for (name, value) in answer.headers.iter().flatten() {
        append(&mut headers, name, value)?;
    }
    if !headers.contains_key(CONTENT_TYPE) {
        headers.extend(json_headers());
    }
    Some(headers)
}

fn append(headers: &mut HeaderMap, name: &str, value: &Value) -> Option<()> {
    let text = match value {
        Value::Null => return Some(()),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(_) | Value::Object(_) => return None,
    };
    let Some(name) = sent(name) else { return Some(()) };
    let value = HeaderValue::from_str(&text).ok()?;
    headers.append(name?, value);
    Some(())
}

/// The name under which a header goes out: some belong to the gateway and are renamed, one is
/// dropped (none outside), others may be no names at all (none inside).
fn sent(name: &str) -> Option<Option<HeaderName>> {
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        "transfer-encoding" => None,
        "connection" | "content-length" | "date" | "server" => {
            let renamed = format!("x-amzn-remapped-{lower}");
            Some(HeaderName::from_bytes(renamed.as_bytes()).ok())
        }
        _ => Some(HeaderName::from_bytes(lower.as_bytes()).ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(value: Value, binary: bool) -> Result<Reply, Refusal> {
        read(value.to_string().as_bytes(), binary)
    }

    fn status_of(value: Value) -> u16 {
        of(value, false).unwrap_or_else(Reply::from).status.as_u16()
    }

    /// The cases that LocalStack's tests record of AWS.
    #[test]
    fn what_is_malformed_is_a_bad_gateway() {
        assert_eq!(status_of(json!({"statusCode": 200})), 200);
        assert_eq!(status_of(json!({"statusCode": "201"})), 201);
        assert_eq!(status_of(json!({"headers": {"a": "b"}})), 200);
        assert_eq!(status_of(json!({"statusCode": 200, "headers": null})), 200);
        assert_eq!(status_of(json!({"statusCode": 200, "wrongValue": "x"})), 502);
        assert_eq!(status_of(json!({"statusCode": "test"})), 502);
        assert_eq!(status_of(json!({"statusCode": 7})), 502);
        assert_eq!(status_of(json!("justAString")), 502);
        assert_eq!(status_of(json!({"multiValueHeaders": {"a": "b"}})), 502);
        assert_eq!(status_of(json!({"statusCode": 200, "body": {"a": 1}})), 502);
        assert_eq!(status_of(json!({"headers": {"a": "b\nc"}})), 502);
        assert_eq!(read(b"", false).err(), Some(Refusal::internal(502)));
    }

    #[test]
    fn headers_are_merged_renamed_and_spelled_out() {
        let reply = of(
            json!({
                "headers": {"X-Multi": "solo", "on": true, "Content-Length": 5, "n": null},
                "multiValueHeaders": {"x-multi": ["one", "two"], "Transfer-Encoding": ["x"]},
            }),
            false,
        )
        .ok()
        .unwrap();
        let all: Vec<_> = reply.headers.get_all("x-multi").iter().collect();
        assert_eq!(all, ["one", "two", "solo"]);
        assert_eq!(reply.headers["on"], "true");
        assert_eq!(reply.headers["x-amzn-remapped-content-length"], "5");
        assert_eq!(reply.headers[CONTENT_TYPE], "application/json");
        assert!(!reply.headers.contains_key("transfer-encoding"));
        assert!(!reply.headers.contains_key("n"));
    }

    #[test]
    fn bytes_go_out_only_when_the_client_takes_them() {
        let value = json!({"body": "aGk=", "isBase64Encoded": true});
        assert_eq!(of(value.clone(), true).ok().unwrap().body, "hi");
        assert_eq!(of(value, false).ok().unwrap().body, "aGk=");
        let broken = of(json!({"body": "è", "isBase64Encoded": true}), true);
        assert_eq!(broken.err(), Some(Refusal::internal(500)));
    }
}
