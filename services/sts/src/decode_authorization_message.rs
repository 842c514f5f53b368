//! DecodeAuthorizationMessage: why a request was refused, for those who may know.
//!
//! On AWS such messages come with refusals of EC2's kind; here `heist explain --encoded` gives one
//! for any refusal.

use crate::error::StsError;
use serde_json::{Value, json};
use service_kit::{
    audit::{Refusal, RefusalStatement},
    prelude::*,
};

/// Decodes an authorization message.
pub(crate) enum DecodeAuthorizationMessage {}

/// What DecodeAuthorizationMessage takes.
#[derive(Debug, Shape)]
#[shape(name = "DecodeAuthorizationMessageRequest")]
pub struct DecodeAuthorizationMessageInput {
    /// The message.
    #[shape(length = 1..=10240)]
    pub encoded_message: String,
}

/// What DecodeAuthorizationMessage gives.
#[derive(Debug, Shape)]
#[shape(name = "DecodeAuthorizationMessageResponse")]
pub struct DecodeAuthorizationMessageOutput {
    /// What it says, as JSON.
    pub decoded_message: Option<String>,
}

impl Operation for DecodeAuthorizationMessage {
    const NAME: &'static str = "DecodeAuthorizationMessage";
    type Input = DecodeAuthorizationMessageInput;
    type Output = DecodeAuthorizationMessageOutput;
    type Error = StsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("sts:DecodeAuthorizationMessage").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, StsError> {
        let found = Refusal::decoded(cx.platform(), cx.account(), &input.encoded_message).await?;
        let (_, refusal) = found.ok_or_else(|| {
            let message = "Invalid authorization message: the message cannot be decoded.";
            StsError::InvalidAuthorizationMessageException(message.into())
        })?;
        Ok(DecodeAuthorizationMessageOutput { decoded_message: Some(decoded(&refusal)) })
    }
}

fn list(values: impl IntoIterator<Item = Value>) -> Value {
    json!({"items": values.into_iter().collect::<Vec<_>>()})
}

fn values<'a>(values: impl IntoIterator<Item = &'a str>) -> Value {
    list(values.into_iter().map(|value| json!({"value": value})))
}

/// The form that the STS API Reference describes under "DecodeAuthorizationMessage".
fn decoded(refusal: &Refusal) -> String {
    let statements = refusal.policies.iter().flat_map(|policy| &policy.statements);
    let matched = statements.filter(|statement| statement.outcome == "matched");
    let of_key = |name: &str| {
        let known = refusal.context.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        known.and_then(|(_, values)| values.first()).map_or("", String::as_str)
    };
    let name = refusal.principal.rsplit('/').next().unwrap_or_default();
    let conditions = refusal
        .context
        .iter()
        .map(|(key, all)| json!({"key": key, "values": values(all.iter().map(String::as_str))}));
    json!({
        "allowed": false,
        "explicitDeny": refusal.effect == "ExplicitDeny",
        "matchedStatements": list(matched.map(statement)),
        "failures": list([]),
        "context": {
            "principal": {"id": of_key("aws:userid"), "name": name, "arn": refusal.principal},
            "action": refusal.action,
            "resource": refusal.resource,
            "conditions": list(conditions),
        },
    })
    .to_string()
}

fn statement(told: &RefusalStatement) -> Value {
    // A statement too long to be kept whole is shown without its parts.
    let parsed: Value = serde_json::from_str(&told.text).unwrap_or_default();
    let element = |plain: &str, negated: &str| {
        let element = parsed.get(plain).or_else(|| parsed.get(negated));
        values(element.into_iter().flat_map(texts))
    };
    let tests = parsed.get("Condition").and_then(Value::as_object);
    let keys = tests.into_iter().flatten().filter_map(|(_, keys)| keys.as_object()).flatten();
    let conditions = keys.map(|(key, all)| json!({"key": key, "values": values(texts(all))}));
    json!({
        "statementId": told.statement,
        "effect": told.effect.to_ascii_uppercase(),
        "principals": element("Principal", "NotPrincipal"),
        "principalGroups": list([]),
        "actions": element("Action", "NotAction"),
        "resources": element("Resource", "NotResource"),
        "conditions": list(conditions),
    })
}

/// A value's texts: its own, its items', or those of all its lists.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        Value::Object(lists) => lists.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}
