//! The smallest policy that allows what has been used.

use super::Usage;
use serde_json::{Value, json};
use shape::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The most characters of a managed policy, white space not counted ("IAM and AWS STS quotas").
pub const MAX_POLICY_CHARS: usize = 6_144;

/// A policy that allows just what its user's own policies had to allow from `since` to `until`;
/// none if that is nothing. What was used both before and after that time counts as used in it.
pub fn policy<'a>(
    usage: impl IntoIterator<Item = &'a Usage>,
    since: Timestamp,
    until: Timestamp,
) -> Option<Value> {
    let statements = statements(usage, since, until);
    (!statements.is_empty()).then(|| document(&statements))
}

/// As [`policy`], in as many documents as it takes to keep each within the size of a managed
/// policy.
pub fn policies<'a>(
    usage: impl IntoIterator<Item = &'a Usage>,
    since: Timestamp,
    until: Timestamp,
) -> Vec<Value> {
    let (mut documents, mut current) = (Vec::new(), Vec::new());
    for statement in statements(usage, since, until) {
        current.push(statement);
        if current.len() > 1 && document(&current).to_string().len() > MAX_POLICY_CHARS {
            let last = current.split_off(current.len() - 1);
            documents.push(document(&current));
            current = last;
        }
    }
    if !current.is_empty() {
        documents.push(document(&current));
    }
    documents
}

fn document(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// One statement for all resources on which the same actions of one service were used: it allows
/// no pair of action and resource that was not used.
fn statements<'a>(
    usage: impl IntoIterator<Item = &'a Usage>,
    since: Timestamp,
    until: Timestamp,
) -> Vec<Value> {
    let used = usage.into_iter().filter(|usage| {
        let first = usage.first_granted.is_some_and(|first| first <= until);
        first && usage.granted.is_some_and(|last| last >= since)
    });
    let mut actions: BTreeMap<(&str, String), BTreeSet<&str>> = BTreeMap::new();
    for usage in used {
        let service = usage.action.split(':').next().unwrap_or_default();
        actions.entry((service, pattern(usage))).or_default().insert(&usage.action);
    }
    let mut resources: BTreeMap<(&str, BTreeSet<&str>), BTreeSet<String>> = BTreeMap::new();
    for ((service, resource), actions) in actions {
        resources.entry((service, actions)).or_default().insert(resource);
    }
    let statement = |((_, actions), resources): (_, BTreeSet<String>)| {
        let (actions, resources) = (one_or_many(actions), one_or_many(resources));
        json!({"Effect": "Allow", "Action": actions, "Resource": resources})
    };
    resources.into_iter().map(statement).collect()
}

fn one_or_many<T: Into<Value>>(values: BTreeSet<T>) -> Value {
    let mut values: Vec<Value> = values.into_iter().map(Into::into).collect();
    if values.len() == 1 { values.remove(0) } else { values.into() }
}

/// The resource as a pattern that matches nothing else. The `:*` at the end of a log group's ARN
/// stays what everybody writes, its streams.
fn pattern(usage: &Usage) -> String {
    let resource = usage.resource.as_str();
    let (exact, rest) = match resource.strip_suffix('*') {
        _ if resource == "*" => return "*".into(),
        Some(exact) if usage.general || exact.ends_with(':') => (exact, "*"),
        _ => (resource, ""),
    };
    exact.replace('$', "${$}").replace('*', "${*}").replace('?', "${?}") + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(action: &str, resource: &str, at: i64) -> Usage {
        let at = Timestamp::from_secs(at);
        Usage {
            subject: "AIDA".into(),
            action: action.into(),
            resource: resource.into(),
            general: false,
            region: "us-east-1".into(),
            tried: at,
            first_granted: Some(at),
            allowed: Some(at),
            granted: Some(at),
        }
    }

    const ALWAYS: (Timestamp, Timestamp) = (Timestamp::from_secs(0), Timestamp::from_secs(99));

    #[test]
    fn statements_allow_no_pair_that_was_not_used() {
        let queue = |name: &str| format!("arn:aws:sqs:r:1:{name}");
        let usage = [
            used("sqs:SendMessage", &queue("a"), 5),
            used("sqs:SendMessage", &queue("b"), 5),
            used("sqs:ReceiveMessage", &queue("b"), 5),
            used("sqs:ReceiveMessage", &queue("c*"), 5),
            used("sqs:SendMessage", &queue("c*"), 5),
            used("sqs:ListQueues", "*", 5),
        ];
        let policy = policy(&usage, ALWAYS.0, ALWAYS.1).unwrap();
        let both = json!(["sqs:ReceiveMessage", "sqs:SendMessage"]);
        let places = json!([queue("b"), queue("c${*}")]);
        assert_eq!(
            policy["Statement"],
            json!([
                {"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"},
                {"Effect": "Allow", "Action": both, "Resource": places},
                {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue("a")},
            ])
        );
    }

    #[test]
    fn only_what_was_granted_in_time_counts() {
        let late = used("sqs:SendMessage", "arn:aws:sqs:r:1:a", 50);
        let refused = Usage { granted: None, first_granted: None, ..late.clone() };
        let at = Timestamp::from_secs;
        assert!(policy([&late], at(50), at(60)).is_some());
        assert!(policy([&late], at(51), at(60)).is_none());
        assert!(policy([&late], at(1), at(49)).is_none());
        assert!(policy([&refused], at(1), at(60)).is_none());
    }

    #[test]
    fn long_policies_are_split() {
        let queue = |n: usize| format!("arn:aws:sqs:us-east-1:111122223333:{n:080}");
        let usage: Vec<_> =
            (0..200).map(|n| used(&format!("sqs:Action{n}"), &queue(n), 5)).collect();
        let documents = policies(&usage, ALWAYS.0, ALWAYS.1);
        assert!(documents.len() > 1);
        let count = |document: &Value| document["Statement"].as_array().unwrap().len();
        assert_eq!(documents.iter().map(count).sum::<usize>(), 200);
        assert!(documents.iter().all(|it| it.to_string().len() <= MAX_POLICY_CHARS));
    }
}
