//! What a resource's policy gives to principals outside its account.

use policy::{Arn, Kind, Policy, is_account_id};
use serde_json::Value;
use std::collections::BTreeMap;

/// What one statement gives to one principal outside.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shared {
    /// `AWS` or `Federated`, and who.
    pub principal: (String, String),
    pub actions: Vec<String>,
    pub condition: BTreeMap<String, String>,
    pub is_public: bool,
}

/// Keys whose value, fixed to the account, keeps everybody else out.
const CONFINING: [&str; 6] = [
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOwner",
    "kms:CallerAccount",
];

/// All that `document` gives to outsiders of `account`; none if it is no policy.
pub(crate) fn shared(document: &str, kind: Kind, account: &str) -> Option<Vec<Shared>> {
    let policy = Policy::parse(document, kind).ok()?;
    let public = policy::public_access(&policy);
    let mut found = Vec::new();
    for (index, (_, text)) in policy.statements().enumerate() {
        let statement: Value = serde_json::from_str(text).ok()?;
        if statement["Effect"] != "Allow" || is_confined(&statement["Condition"], account) {
            continue;
        }
        let actions = match texts(&statement["Action"]) {
            none if none.is_empty() => vec!["*".to_owned()],
            actions => actions,
        };
        for principal in outsiders(&statement, account) {
            found.push(Shared {
                is_public: public.contains(&index) && principal.1 == "*",
                principal,
                actions: actions.clone(),
                condition: conditions(&statement["Condition"]),
            });
        }
    }
    Some(found)
}

/// The principals of a statement that are not of the account. AWS's own services are trusted.
fn outsiders(statement: &Value, account: &str) -> Vec<(String, String)> {
    let everybody = || vec![("AWS".to_owned(), "*".to_owned())];
    let lists = match &statement["Principal"] {
        Value::Null | Value::String(_) => return everybody(),
        lists => lists,
    };
    let aws = texts(&lists["AWS"]).into_iter().filter_map(|name| {
        let arn = Arn::parse(&name);
        let owner = arn.map_or(name.as_str(), |arn| arn.account);
        let outside = owner != account && (name == "*" || is_account_id(owner));
        // An account goes by its number, however the policy names it.
        let whole = arn.is_some_and(|arn| arn.resource == "root");
        let shown = if whole { owner.to_owned() } else { name.clone() };
        outside.then_some(shown)
    });
    let aws = aws.map(|name| ("AWS".to_owned(), name));
    let federated = texts(&lists["Federated"]).into_iter();
    aws.chain(federated.map(|name| ("Federated".to_owned(), name))).collect()
}

/// Whether a condition keeps all but the account itself out.
fn is_confined(condition: &Value, account: &str) -> bool {
    let operators = condition.as_object().into_iter().flatten();
    operators.filter(|(name, _)| is_strict(name)).any(|(_, keys)| {
        keys.as_object().into_iter().flatten().any(|(key, values)| {
            let own = |value: &String| {
                value == account || Arn::split(value).is_some_and(|arn| arn.account == account)
            };
            let values = texts(values);
            CONFINING.iter().any(|known| known.eq_ignore_ascii_case(key))
                && !values.is_empty()
                && values.iter().all(own)
        })
    })
}

/// Operators that hold only for a request with a value that fits.
fn is_strict(operator: &str) -> bool {
    let name = operator.strip_prefix("ForAnyValue:").unwrap_or(operator);
    matches!(
        name,
        "StringEquals" | "StringEqualsIgnoreCase" | "StringLike" | "ArnEquals" | "ArnLike"
    )
}

fn conditions(condition: &Value) -> BTreeMap<String, String> {
    let operators = condition.as_object().into_iter().flatten();
    let keys = operators.filter_map(|(_, keys)| keys.as_object()).flatten();
    keys.map(|(key, values)| (key.clone(), texts(values).join(","))).collect()
}

/// A value's texts: its own or its items'.
fn texts(value: &Value) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    };
    match value {
        Value::Array(items) => items.iter().filter_map(text).collect(),
        value => text(value).into_iter().collect(),
    }
}
