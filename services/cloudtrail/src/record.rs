//! An audit record as CloudTrail's own JSON ("CloudTrail record contents").

use crate::resource::type_and_name;
use serde_json::{Map, Value, json};
use service_kit::{access::Scope, audit::AuditRecord};

/// The version of the record format.
const EVENT_VERSION: &str = "1.11";

/// The record's JSON text.
pub(crate) fn event_json(record: &AuditRecord, at: &Scope) -> String {
    let mut event = json!({
        "eventVersion": EVENT_VERSION,
        "userIdentity": parsed(Some(&record.user_identity)),
        "eventTime": record.at.whole_seconds().date_time(),
        "eventSource": record.event_source,
        "eventName": record.event_name,
        "awsRegion": &*at.region,
        "sourceIPAddress": record.source_ip,
        "userAgent": record.user_agent,
    });
    if let Some(code) = &record.error_code {
        event["errorCode"] = error_code(code).into();
    }
    if let Some(message) = &record.error_message {
        event["errorMessage"] = message.as_str().into();
    }
    event["requestParameters"] = lower_camel(parsed(record.request_parameters.as_deref()));
    event["responseElements"] = lower_camel(parsed(record.response_elements.as_deref()));
    event["requestID"] = record.request_id.as_str().into();
    event["eventID"] = record.event_id.as_str().into();
    event["readOnly"] = record.read_only.into();
    if names_resources(record) {
        let resources = record.resources.iter().map(|arn| resource(arn, at));
        event["resources"] = resources.collect::<Vec<_>>().into();
    }
    event["eventType"] = "AwsApiCall".into();
    event["managementEvent"] = true.into();
    event["recipientAccountId"] = (*at.account).into();
    if let Some(shared) = &record.shared_event_id {
        event["sharedEventID"] = shared.as_str().into();
    }
    event["eventCategory"] = "Management".into();
    event.to_string()
}

/// Only some services' records have the list of resources.
fn names_resources(record: &AuditRecord) -> bool {
    let source = record.event_source.as_str();
    matches!(source, "kms.amazonaws.com" | "sts.amazonaws.com") && !record.resources.is_empty()
}

fn resource(arn: &str, at: &Scope) -> Value {
    let mut resource = json!({"accountId": &*at.account});
    if let Some((kind, _)) = type_and_name(arn) {
        resource["type"] = kind.into();
    }
    resource["ARN"] = arn.into();
    resource
}

/// Services' own codes for a denial all read `AccessDenied` in the trail.
fn error_code(code: &str) -> &str {
    if code == "AccessDeniedException" { "AccessDenied" } else { code }
}

fn parsed(text: Option<&str>) -> Value {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
}

/// Keys start in lower case in the trail, however the wire spells them.
fn lower_camel(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let lower = |(key, value): (String, Value)| (lower_first(&key), lower_camel(value));
            Value::Object(members.into_iter().map(lower).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.into_iter().map(lower_camel).collect(),
        other => other,
    }
}

fn lower_first(key: &str) -> String {
    let mut letters = key.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use service_kit::prelude::Timestamp;

    pub(crate) fn record() -> AuditRecord {
        AuditRecord {
            at: Timestamp::from_micros(1_795_446_000_500_000),
            event_id: "e".into(),
            event_source: "kms.amazonaws.com".into(),
            event_name: "Encrypt".into(),
            user_identity: r#"{"type":"Root"}"#.into(),
            username: Some("root".into()),
            access_key_id: None,
            source_ip: "127.0.0.1".into(),
            user_agent: "cli".into(),
            request_parameters: Some(r#"{"KeyId":"k","Grants":[{"TokenId":1}]}"#.into()),
            response_elements: None,
            error_code: Some("AccessDeniedException".into()),
            error_message: Some("no".into()),
            request_id: "r".into(),
            read_only: true,
            resources: vec!["arn:aws:kms:us-east-1:1:key/k".into()],
            shared_event_id: None,
        }
    }

    #[test]
    fn a_record_has_the_trails_members_and_spelling() {
        let text = event_json(&record(), &Scope::new("1", "us-east-1"));
        let event: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(event["eventTime"], "2026-11-23T15:00:00Z");
        assert_eq!(event["requestParameters"], json!({"keyId": "k", "grants": [{"tokenId": 1}]}));
        assert_eq!(event["responseElements"], Value::Null);
        assert_eq!(event["errorCode"], "AccessDenied");
        assert_eq!(event["resources"][0]["type"], "AWS::KMS::Key");
        assert_eq!(event["recipientAccountId"], "1");
    }
}
