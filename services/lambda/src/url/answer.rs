//! What a function answered, read as payload format 2.0 has it ("Invoking Lambda function URLs").

use super::reply::{Reply, json_headers};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{CONTENT_TYPE, SET_COOKIE},
};
use serde_json::{Map, Value};
use service_kit::prelude::Bytes;

/// Reads the payload of a function. JSON without `statusCode` is the body of a success; a string
/// is sent without its quotes, as AWS does, although its page shows them.
///
/// # Errors
/// [`Reply::bad_gateway`] when it says `statusCode` but is no answer.
pub fn read(payload: &Bytes) -> Result<Reply, Reply> {
    let plain = |body: Bytes| Reply { status: StatusCode::OK, headers: json_headers(), body };
    match serde_json::from_slice(payload) {
        Ok(Value::Object(answer)) if answer.contains_key("statusCode") => {
            structured(&answer).ok_or_else(Reply::bad_gateway)
        }
        Ok(Value::String(text)) => Ok(plain(text.into())),
        Ok(_) => Ok(plain(payload.clone())),
        Err(_) => Err(Reply::bad_gateway()),
    }
}

fn structured(answer: &Map<String, Value>) -> Option<Reply> {
    let status = status(answer.get("statusCode")?)?;
    let mut headers = HeaderMap::new();
    match answer.get("headers") {
        None | Some(Value::Null) => {}
        Some(Value::Object(named)) => {
            for (name, value) in named {
                append(&mut headers, name, value)?;
            }
        }
        Some(_) => return None,
    }
    match answer.get("cookies") {
        None | Some(Value::Null) => {}
        Some(Value::Array(cookies)) => {
            for cookie in cookies {
                headers.append(SET_COOKIE, HeaderValue::from_str(cookie.as_str()?).ok()?);
            }
        }
        Some(_) => return None,
    }
    if !headers.contains_key(CONTENT_TYPE) {
        headers.extend(json_headers());
    }
    let body = match answer.get("body") {
        None | Some(Value::Null) => Bytes::new(),
        Some(Value::String(text)) if answer.get("isBase64Encoded") == Some(&Value::Bool(true)) => {
            STANDARD.decode(text).ok()?.into()
        }
        Some(Value::String(text)) => text.clone().into(),
        Some(other) => other.to_string().into(),
    };
    Some(Reply { status, headers, body })
}

/// A number, or text that is one.
fn status(value: &Value) -> Option<StatusCode> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok()?,
        number => number.as_u64()?,
    };
    let number = u16::try_from(number).ok().filter(|number| (200..600).contains(number))?;
    StatusCode::from_u16(number).ok()
}

fn append(headers: &mut HeaderMap, name: &str, value: &Value) -> Option<()> {
    let text = match value {
        Value::Null => return Some(()),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(_) | Value::Object(_) => return None,
    };
    let lower = name.to_ascii_lowercase();
    let sent = match lower.as_str() {
        // How the body is sent is not the function's affair.
        "transfer-encoding" => return Some(()),
        "connection" | "content-length" | "date" | "server" => format!("x-amzn-remapped-{lower}"),
        _ => lower,
    };
    let name = HeaderName::from_bytes(sent.as_bytes()).ok()?;
    headers.append(name, HeaderValue::from_str(&text).ok()?);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(value: &Value) -> Reply {
        read(&value.to_string().into()).unwrap_or_else(|reply| reply)
    }

    /// The cases that LocalStack's tests record of AWS.
    #[test]
    fn what_is_no_structured_answer_is_the_body() {
        for (value, body) in [
            (json!({"hello": "world"}), r#"{"hello":"world"}"#),
            (json!(["hello", 3, true]), r#"["hello",3,true]"#),
            (json!("hello"), "hello"),
            (json!(3.1), "3.1"),
            (json!(true), "true"),
            (json!(null), "null"),
        ] {
            let reply = of(&value);
            assert_eq!((reply.status.as_u16(), reply.body), (200, body.into()));
            assert_eq!(reply.headers[CONTENT_TYPE], "application/json");
        }
    }

    #[test]
    fn a_structured_answer_says_all() {
        let reply = of(&json!({
            "statusCode": "418", "body": "aGk=", "isBase64Encoded": true,
            "headers": {"Content-Type": "text/plain", "X-N": 1, "Content-Length": 99, "A": null},
            "cookies": ["a=1; Path=/", "b=2"],
        }));
        assert_eq!((reply.status.as_u16(), &*reply.body), (418, &b"hi"[..]));
        assert_eq!(reply.headers[CONTENT_TYPE], "text/plain");
        assert_eq!(reply.headers["x-n"], "1");
        assert_eq!(reply.headers["x-amzn-remapped-content-length"], "99");
        let cookies: Vec<_> = reply.headers.get_all(SET_COOKIE).iter().collect();
        assert_eq!(cookies, ["a=1; Path=/", "b=2"]);
        let reply = of(&json!({"statusCode": 200, "body": {"a": 1}}));
        assert_eq!(reply.body, r#"{"a":1}"#);
        assert_eq!(reply.headers[CONTENT_TYPE], "application/json");
        assert!(of(&json!({"statusCode": 204})).body.is_empty());
    }

    #[test]
    fn what_is_malformed_is_a_bad_gateway() {
        for wrong in [
            json!({"statusCode": "many"}),
            json!({"statusCode": 99}),
            json!({"statusCode": 200, "headers": []}),
            json!({"statusCode": 200, "headers": {"a b": "c"}}),
            json!({"statusCode": 200, "headers": {"a": "b\nc"}}),
            json!({"statusCode": 200, "cookies": "a=1"}),
            json!({"statusCode": 200, "body": "è", "isBase64Encoded": true}),
        ] {
            let reply = of(&wrong);
            assert_eq!((reply.status.as_u16(), &*reply.body), (502, &b"Internal Server Error"[..]));
        }
    }
}
