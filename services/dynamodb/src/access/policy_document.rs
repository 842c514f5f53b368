//! Documents of resource policies: which ones DynamoDB refuses, and the form it keeps them in.

use crate::{
    access::policy_actions::Governed,
    error::{DynamoError, invalid, invalid_values},
};
use policy::{Kind, Policy};
use serde_json::{Map, Value};
use service_kit::{
    identity::{Unstorable, bind_principals},
    prelude::*,
};
use std::collections::HashSet;

/// The most bytes of a document, white space included.
const MAX_BYTES: usize = 20_480;

/// The members of a document and of a statement, in the order in which DynamoDB shows them.
const DOCUMENT: [&str; 3] = ["Version", "Id", "Statement"];
const STATEMENT: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// The version of documents that name none.
const OLD_VERSION: &str = "2008-10-17";

/// Keys that tell callers apart well enough for a policy that allows everybody ("Blocking public
/// access with resource-based policies").
const TRUSTED_KEYS: [&str; 15] = [
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:UserId",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:PrincipalIsAWSService",
    "aws:Ec2InstanceSourceVpc",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
];

/// The form of `document` to store as a policy of what is `governed`: as DynamoDB shows it, but
/// users and roles by unique id, so that a later one of the same name is not meant.
///
/// # Errors
/// AWS's `ValidationException` for documents that are no such policy or allow everybody.
pub(crate) fn stored(
    tx: &ReadTx<'_>,
    document: &str,
    governed: Governed,
) -> Result<String, DynamoError> {
    if document.len() > MAX_BYTES {
        return Err(invalid_values(format_args!(
            "Maximum policy size of {MAX_BYTES} bytes exceeded"
        )));
    }
    let Ok(json) = serde_json::from_str::<Value>(document) else {
        return Err(malformed("This policy contains invalid Json"));
    };
    if json.get("Statement").and_then(Value::as_array).is_some_and(Vec::is_empty) {
        return Err(malformed("Could not parse the policy: Statement is empty!"));
    }
    Policy::parse(document, Kind::Resource).map_err(|error| malformed(in_words(&error.message)))?;
    check_actions(&json, governed)?;
    if statements(&json).any(is_unbounded) {
        return Err(invalid(
            "Resource-based policy grants unbounded access in one or more elements. Please revise \
             the policy to ensure least-privilege form of access",
        ));
    }
    let bound = bind_principals(tx, document, Kind::Resource).map_err(|error| match error {
        Unstorable::Malformed(_) => invalid_values("Invalid principal in policy document."),
        Unstorable::Fault(fault) => fault.into(),
    })?;
    canonical(&bound).ok_or_else(|| Fault::internal("a policy lost its form").into())
}

fn malformed(reason: impl std::fmt::Display) -> DynamoError {
    invalid_values(format_args!("Invalid policy document: {reason}"))
}

/// The parser's words as DynamoDB has them.
fn in_words(message: &str) -> &str {
    match message {
        "Policy statement must contain resources." => "Missing required field Resource",
        "Policy statement must contain actions." => "Missing required field Action",
        "Statement IDs (SID) in a single policy must be unique." => {
            "The Statement Ids in the policy are not unique"
        }
        other => other,
    }
}

fn statements(document: &Value) -> impl Iterator<Item = &Value> {
    items(document.get("Statement"))
}

/// One value or the values of a list.
fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let items: &[Value] = match value {
        Some(Value::Array(items)) => items,
        Some(only) => std::slice::from_ref(only),
        None => &[],
    };
    items.iter()
}

/// Actions without wildcards must be some that a policy can decide.
fn check_actions(document: &Value, governed: Governed) -> Result<(), DynamoError> {
    let actions = statements(document).flat_map(|statement| {
        let plain = items(statement.get("Action"));
        plain.chain(items(statement.get("NotAction"))).filter_map(Value::as_str)
    });
    let is_known = |action: &&str| match action.split_once(':') {
        _ if action.contains(['*', '?']) => true,
        Some((service, name)) => service.eq_ignore_ascii_case("dynamodb") && governed.knows(name),
        None => false,
    };
    let unknown: Vec<String> =
        actions.filter(|action| !is_known(action)).map(|action| format!("{action:?}")).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let names = unknown.join(", ");
    Err(malformed(format_args!("The following action names are invalid: {names}")))
}

/// Whether a statement allows everybody, under no condition that tells callers apart.
fn is_unbounded(statement: &Value) -> bool {
    if statement.get("Effect").and_then(Value::as_str) != Some("Allow") {
        return false;
    }
    let is_all = |value: &Value| value.as_str() == Some("*");
    let is_everybody = match statement.get("Principal") {
        Some(Value::Object(lists)) => lists.values().any(|list| items(Some(list)).any(is_all)),
        Some(principal) => is_all(principal),
        // All but some is nearly everybody.
        None => true,
    };
    let conditions = statement.get("Condition").and_then(Value::as_object);
    let confines = |(operator, tests): (&String, &Value)| {
        let tests = tests.as_object().into_iter().flatten();
        confines(operator) && tests.into_iter().any(|(key, values)| tells_apart(key, values))
    };
    is_everybody && !conditions.into_iter().flatten().any(confines)
}

/// Whether an operator lets through only what is equal to, or like, its values.
fn confines(operator: &str) -> bool {
    let operator = operator.strip_prefix("ForAnyValue:").unwrap_or(operator);
    let positive = ["StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"];
    positive.contains(&operator) || operator == "Bool"
}

/// Whether a test of `key` against `values`, free of wildcards and variables, tells callers apart.
fn tells_apart(key: &str, values: &Value) -> bool {
    let is_fixed = |value: &Value| match value {
        Value::String(text) => !text.contains(['*', '?', '$']) && text != "false",
        other => *other == Value::Bool(true),
    };
    TRUSTED_KEYS.iter().any(|known| known.eq_ignore_ascii_case(key))
        && items(Some(values)).all(is_fixed)
}

/// The form that DynamoDB keeps: members in their order, no white space, no list of one.
fn canonical(document: &str) -> Option<String> {
    let mut json: Map<String, Value> = serde_json::from_str(document).ok()?;
    let list = match json.remove("Statement")? {
        Value::Array(list) => list,
        only => vec![only],
    };
    let list = list.into_iter().map(statement).collect::<Option<Vec<Value>>>()?;
    json.insert("Statement".into(), Value::Array(list));
    json.entry("Version").or_insert_with(|| OLD_VERSION.into());
    Some(ordered(json, &DOCUMENT).to_string())
}

fn statement(statement: Value) -> Option<Value> {
    let Value::Object(mut members) = statement else { return None };
    for (name, value) in &mut members {
        match value {
            Value::Object(lists) if name.ends_with("Principal") => {
                lists.values_mut().for_each(shorten);
            }
            list if name != "Condition" => shorten(list),
            _ => {}
        }
    }
    Some(ordered(members, &STATEMENT))
}

/// Drops what a list says twice, and makes a list of one that one.
fn shorten(value: &mut Value) {
    let Value::Array(list) = value else { return };
    let mut seen = HashSet::new();
    list.retain(|item| seen.insert(item.to_string()));
    if let [only] = list.as_mut_slice() {
        *value = only.take();
    }
}

fn ordered(mut members: Map<String, Value>, names: &[&str]) -> Value {
    let member = |name: &&str| members.remove_entry(*name);
    names.iter().filter_map(member).collect::<Map<String, Value>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents_are_kept_in_one_form() {
        let loose = r#"{ "Statement": {"Resource": ["r"], "Action": ["a", "b"], "Effect": "Allow",
            "Principal": {"AWS": ["x", "x"]}, "Sid": "s"} }"#;
        let strict = r#"{"Version":"2008-10-17","Statement":[{"Sid":"s","Effect":"Allow","Principal":{"AWS":"x"},"Action":["a","b"],"Resource":"r"}]}"#;
        assert_eq!(canonical(loose).as_deref(), Some(strict));
        assert_eq!(canonical(strict).as_deref(), Some(strict));
        assert_eq!(canonical("[]"), None);
    }

    #[test]
    fn everybody_is_too_many_unless_told_apart() {
        let allow = |principal: Value, condition: Value| json!({"Effect": "Allow", "Principal": principal, "Condition": condition});
        let by = |operator: &str, key: &str, value: Value| json!({operator: {key: value}});
        let account = "aws:PrincipalAccount";
        for open in [
            allow("*".into(), json!({})),
            allow(json!({"AWS": ["111122223333", "*"]}), json!({})),
            allow("*".into(), by("StringNotEquals", account, "111122223333".into())),
            allow("*".into(), by("StringEqualsIfExists", account, "111122223333".into())),
            allow("*".into(), by("StringLike", account, "1111*".into())),
            allow("*".into(), by("StringEquals", "aws:UserAgent", "me".into())),
            allow("*".into(), by("Bool", "aws:PrincipalIsAWSService", "false".into())),
            json!({"Effect": "Allow", "NotPrincipal": {"AWS": "111122223333"}}),
        ] {
            assert!(is_unbounded(&open), "{open}");
        }
        for bounded in [
            allow(json!({"AWS": "111122223333"}), json!({})),
            allow("*".into(), by("StringEquals", account, json!(["111122223333"]))),
            allow("*".into(), by("Bool", "aws:principalisawsservice", true.into())),
            json!({"Effect": "Deny", "Principal": "*"}),
        ] {
            assert!(!is_unbounded(&bounded), "{bounded}");
        }
    }
}
