//! AWS JSON 1.0 and 1.1.
#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use serde_json::json;
use shape::{ErrorShape, Failure, Schema, Shape, Timestamp, Value};
use wire::{Answering, Protocol, WireError, json, operation_name, redacted_json};

const JSON: Protocol = Protocol::AwsJson10;

fn read(body: &str) -> Result<Rich, WireError> {
    request("POST /", &[], body.to_owned()).read(JSON, "/")
}

fn refusal(body: &str) -> String {
    read(body).unwrap_err().to_string()
}

#[test]
fn the_target_header_names_the_operation() {
    let request = request("POST /", &[("x-amz-target", "DynamoDB_20120810.PutItem")], "");
    assert_eq!(operation_name(JSON, &request.incoming()).as_deref(), Some("PutItem"));
}

#[test]
fn scalars_are_read_in_every_spelling_that_clients_use() {
    let body = r#"{"Text":"a\u00e9","Flag":false,"Small":5.0,"Large":9007199254740993,"Ratio":1,
        "Data":"AP8=","At":1795446000.25,"AtDate":"Mon, 23 Nov 2026 15:00:00 GMT","Color":"RED"}"#;
    let rich = read(body).unwrap();
    assert_eq!(rich.text.as_deref(), Some("aé"));
    assert_eq!((rich.small, rich.large), (Some(5), Some(9_007_199_254_740_993)));
    assert_eq!(rich.ratio, Some(1.0));
    assert_eq!(rich.data.as_deref(), Some(&[0u8, 255][..]));
    assert_eq!(rich.at, Some(Timestamp::from_millis(1_795_446_000_250)));
    assert_eq!(rich.at_date, Some(Timestamp::from_secs(1_795_446_000)));
    assert_eq!(read(r#"{"Ratio":"-Infinity"}"#).unwrap().ratio, Some(f64::NEG_INFINITY));
}

#[test]
fn an_empty_body_and_nulls_are_absent_members() {
    assert_eq!(read("").unwrap(), read(r#"{"Text":null,"Nested":null,"Nobody":null}"#).unwrap());
}

#[test]
fn what_does_not_fit_is_refused_in_awss_words() {
    for (body, message) in [
        (r#"{"Text":1}"#, "NUMBER_VALUE cannot be converted to String"),
        (r#"{"Text":true}"#, "TRUE_VALUE cannot be converted to String"),
        (r#"{"Small":"1"}"#, "STRING_VALUE cannot be converted to Integer"),
        (r#"{"Small":1.5}"#, "DECIMAL_VALUE cannot be converted to Integer"),
        (r#"{"Flag":"23"}"#, "Unexpected token received from parser"),
        (r#"{"Text":{}}"#, "Start of structure or map found where not expected"),
        (r#"{"Nested":[]}"#, "Unrecognized collection type class Nested"),
        (r#"{"Nested":1}"#, "Unexpected field type"),
        (r#"{"NamedList":[1]}"#, "Unexpected value type in payload"),
        (r#"{"List":{}}"#, "Start of structure or map found where not expected"),
        (r#"{"Data":1}"#, "only base-64-encoded strings are convertible to bytes"),
        (r#"{"Data":"*"}"#, "Base64 encoded length is expected a multiple of 4 bytes but found: 1"),
        (r#"{"Data":"=+/="}"#, "Invalid last non-pad Base64 character dectected"),
        (r#"{"At":"yesterday"}"#, "STRING_VALUE cannot be converted to Date"),
        (r#"{"Ratio":"1"}"#, "STRING_VALUE cannot be converted to Double"),
        (r#"{"List":[null]}"#, "NULL_VALUE cannot be converted to String"),
    ] {
        assert_eq!(refusal(body), message, "{body}");
        let failure = read(body).unwrap_err().into_failure(JSON, "");
        assert_eq!((failure.code, failure.status), ("SerializationException", 400));
    }
    for body in ["{", "[]", "null", "1", "{} x", "\u{feff}{}"] {
        let failure = read(body).unwrap_err().into_failure(JSON, "");
        assert_eq!(failure.code, "SerializationException", "{body}");
    }
}

#[test]
fn a_list_in_the_wrong_place_names_the_type_wanted() {
    let says = |body: &str| read(body).unwrap_err().into_failure(JSON, "com.x").message;
    let unrecognized = |java: &str| format!("Unrecognized collection type {java}");
    assert_eq!(says(r#"{"Text":[]}"#), unrecognized("class java.lang.String"));
    assert_eq!(says(r#"{"Nested":[]}"#), unrecognized("class com.x.Nested"));
    let map = "java.util.Map<java.lang.String, com.x.Nested>";
    assert_eq!(says(r#"{"FlatMap":[]}"#), unrecognized(map));
}

#[test]
fn an_unknown_member_is_refused_by_its_path() {
    let body = r#"{"NamedList":[{"Hi":"x"},{"Inner":{"Nobody":[{"a":1}]}}]}"#;
    let failure = read(body).unwrap_err().into_failure(JSON, "");
    assert_eq!((failure.code, failure.status), ("NotImplemented", 501));
    assert!(failure.message.starts_with("DoThing has no member NamedList[1].Inner.Nobody "));
}

#[test]
fn a_union_has_exactly_one_member() {
    let read = |value: &str| {
        let value = json::from_json(AttributeValue::schema(), &value.parse().unwrap()).unwrap();
        AttributeValue::read(value).map_err(|mismatch| mismatch.message)
    };
    assert_eq!(read(r#"{"S":"x","N":null}"#), Ok(AttributeValue::S("x".into())));
    let refused = |given: &str| {
        let rest = "must contain exactly one of the supported datatypes";
        Err(format!("Supplied AttributeValue {given}, {rest}"))
    };
    assert_eq!(read("{}"), refused("is empty"));
    assert_eq!(read(r#"{"X":"x"}"#), refused("is empty"));
    assert_eq!(read(r#"{"M":{"a":null}}"#), refused("is empty"));
    assert_eq!(read(r#"{"S":"x","N":"1"}"#), refused("has more than one datatypes set"));
}

#[test]
fn nesting_ends_somewhere() {
    let nest = |levels: usize| {
        format!(r#"{{"Value":{}{{"S":"x"}}{}}}"#, r#"{"L":["#.repeat(levels), "]}".repeat(levels))
    };
    assert!(read(&nest(47)).is_ok());
    assert_eq!(read(&nest(48)), Err(WireError::TooDeep));
    assert!(read(&nest(100_000)).is_err());
}

#[test]
fn many_empty_structures_do_not_fill_the_memory() {
    let body = format!(r#"{{"NamedList":[{}{{}}]}}"#, "{},".repeat(700_000));
    let operation = operation::<Rich, Rich>("POST", "/");
    assert!(request("POST /", &[], body).decode(JSON, &operation).is_err());
}

#[test]
fn many_short_elements_do_not_fill_the_memory() {
    let operation = operation::<Rich, Rich>("POST", "/");
    let list = |count: usize| {
        let body = format!(r#"{{"FlatList":[{}1]}}"#, "1,".repeat(count));
        request("POST /", &[], body).decode(JSON, &operation)
    };
    assert!(list(1).is_ok());
    assert!(list(1_000_000).unwrap_err().to_string().contains("too many elements"));
}

#[test]
fn answers_have_type_id_and_checksum() {
    let response = answer(JSON, Nested { hi: "x".into(), inner: None, secret: None });
    assert_eq!(text(&response), r#"{"Hi":"x"}"#);
    assert_eq!(header(&response, "content-type"), Some("application/x-amz-json-1.0"));
    assert_eq!(header(&response, "x-amzn-requestid"), Some("req-1"));
    let sum = crc32fast::hash(response.body()).to_string();
    assert_eq!(header(&response, "x-amz-crc32"), Some(sum.as_str()));
    let response = answer(Protocol::AwsJson11, shape::Empty);
    assert_eq!(header(&response, "content-type"), Some("application/x-amz-json-1.1"));
    assert_eq!((text(&response), header(&response, "x-amz-crc32")), ("", None));
}

#[test]
fn members_go_out_under_their_model_names() {
    let response = answer(JSON, rich());
    let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(body["At"], json!(1_795_446_000.25));
    assert_eq!(body["AtDate"], json!("Mon, 23 Nov 2026 15:00:00 GMT"));
    assert_eq!(body["AtEpoch"], json!(1_795_446_000));
    assert_eq!(body["Data"], json!("AP9kYXRh"));
    assert_eq!(body["FlatMap"]["k"]["Secret"], json!("s"));
    assert_eq!(body["Value"], json!({"M": {"a": {"L": [{"NULL": true}]}}}));
}

#[derive(ErrorShape)]
enum Errors {
    #[error(status = 400, query = "AWS.SimpleQueueService.NonExistentQueue")]
    QueueDoesNotExist(String),
    Cancelled {
        message: String,
        reasons: Vec<String>,
    },
    #[error(status = 500, message = "Oh.")]
    InternalError,
}

#[test]
fn errors_carry_type_message_and_fields() {
    let answering = Answering {
        query_compatible: true,
        error_namespace: Some("com.amazonaws.sqs"),
        ..ANSWERING
    };
    let failure = Errors::QueueDoesNotExist("No.".into()).into_failure();
    let response = JSON.encode_failure(&failure, &answering);
    assert_eq!(response.status(), 400);
    assert_eq!(
        text(&response),
        r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"No."}"#
    );
    let old = Some("AWS.SimpleQueueService.NonExistentQueue;Sender");
    assert_eq!(header(&response, "x-amzn-query-error"), old);
    let failure = Errors::Cancelled { message: "a".into(), reasons: vec!["b".into()] };
    let response = JSON.encode_failure(&failure.into_failure(), &ANSWERING);
    assert_eq!(text(&response), r#"{"__type":"Cancelled","message":"a","Reasons":["b"]}"#);
    let response = JSON.encode_failure(&Errors::InternalError.into_failure(), &answering);
    assert_eq!(header(&response, "x-amzn-query-error"), Some("InternalError;Receiver"));
    for (code, body) in [
        (
            "ValidationException",
            r#"{"__type":"com.amazon.coral.validate#ValidationException","message":"x"}"#,
        ),
        (
            "AccessDeniedException",
            r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"x"}"#,
        ),
    ] {
        assert_eq!(text(&JSON.encode_failure(&Failure::new(code, 400, "x"), &answering)), body);
    }
}

#[test]
fn a_message_field_stands_for_the_message() {
    let mut failure = Failure::new("Gone", 404, "gone");
    failure.fields.push(("Message", String::schema(), Value::String("Gone!".into())));
    let response = JSON.encode_failure(&failure, &ANSWERING);
    assert_eq!(text(&response), r#"{"__type":"Gone","Message":"Gone!"}"#);
}

#[test]
fn trees_serve_audit_records() {
    let schema: &'static Schema = Rich::schema();
    let value = rich().write();
    let tree = json::to_json(schema, &value);
    assert_eq!(json::from_json(schema, &tree), Ok(value.clone()));
    let redacted = redacted_json(schema, &value);
    let redacted: serde_json::Value = serde_json::from_str(&redacted).unwrap();
    assert_eq!(redacted["NamedList"][0]["Secret"], "HIDDEN_DUE_TO_SECURITY_REASONS");
    assert_eq!(redacted["NamedList"][0]["Hi"], tree["NamedList"][0]["Hi"]);
    assert!(json::from_json(schema, &json!({"Text": 1})).is_err());
}
