//! Requests in words: who asked, for what, on what.

use crate::{
    evidence::{deputy_of, principal},
    game::Game,
    seen::cut,
};
use service_kit::journal::JournalEntry;
use std::fmt::Display;

/// Verbs of operations that change nothing.
const READING: [&str; 15] = [
    "BatchCheck",
    "BatchGet",
    "Check",
    "Decode",
    "Describe",
    "Filter",
    "Get",
    "List",
    "Lookup",
    "Query",
    "Scan",
    "Search",
    "Simulate",
    "Test",
    "Validate",
];
/// Operations on data, which look like nothing else by their names.
const DATA: [(&str, &str); 23] = [
    ("dynamodb", "BatchExecuteStatement"),
    ("dynamodb", "BatchGetItem"),
    ("dynamodb", "BatchWriteItem"),
    ("dynamodb", "DeleteItem"),
    ("dynamodb", "ExecuteStatement"),
    ("dynamodb", "ExecuteTransaction"),
    ("dynamodb", "GetItem"),
    ("dynamodb", "PutItem"),
    ("dynamodb", "Query"),
    ("dynamodb", "Scan"),
    ("dynamodb", "TransactGetItems"),
    ("dynamodb", "TransactWriteItems"),
    ("dynamodb", "UpdateItem"),
    ("kms", "Decrypt"),
    ("kms", "Encrypt"),
    ("kms", "GenerateDataKey"),
    ("lambda", "Invoke"),
    ("logs", "PutLogEvents"),
    ("sns", "Publish"),
    ("sqs", "DeleteMessage"),
    ("sqs", "ReceiveMessage"),
    ("sqs", "SendMessage"),
    ("sts", "AssumeRole"),
];
/// What ARNs say of the sort of a resource before they name it.
const SORTS: [&str; 8] =
    ["function:", "key/", "log-group:", "policy/", "role/", "stack/", "table/", "user/"];
/// The most characters of one thing that is told.
const MAX_CHARS: usize = 240;

/// What was asked for.
pub(super) fn request(entry: &JournalEntry) -> String {
    match &entry.http {
        Some(http) if entry.service == "lambda" => {
            let function = target(entry).unwrap_or(&http.api);
            format!("{} {} (URL of {function})", http.method, http.path)
        }
        Some(http) => format!("{} {} ({})", http.method, http.path, entry.service),
        None => format!("{}:{}", entry.service, entry.operation),
    }
}

/// What was asked for, and on what.
pub(super) fn request_on(entry: &JournalEntry) -> String {
    let request = request(entry);
    match target(entry).filter(|_| entry.http.is_none()) {
        Some(target) => format!("{request} on {target}{}", passing(entry)),
        None => request + &passing(entry),
    }
}

/// The name of what a request is about.
fn target(entry: &JournalEntry) -> Option<&str> {
    let access = entry.accesses.first()?;
    let arn = access.asked.as_ref().unwrap_or(&access.resource);
    let name = arn.splitn(6, ':').nth(5)?.trim_end_matches(":*");
    let name = name.trim_end_matches(":log-stream:");
    let name = SORTS.iter().find_map(|sort| name.strip_prefix(sort)).unwrap_or(name);
    (!name.is_empty() && name != "*").then_some(name)
}

/// The role that a request hands to a service.
fn passing(entry: &JournalEntry) -> String {
    let passed = entry.accesses.iter().find(|access| access.action == "iam:PassRole");
    let role = passed.and_then(|access| access.resource.rsplit_once('/'));
    role.map_or_else(String::new, |(_, role)| format!(", passing {role}"))
}

/// Whether a request only looks at how things are set, or at who asks.
pub(super) fn looks(entry: &JournalEntry) -> bool {
    let reads = READING.iter().any(|verb| entry.operation.starts_with(verb));
    entry.http.is_none() && reads && !is_data(entry)
}

/// Whether a request is about data, not about how things are set.
pub(super) fn is_data(entry: &JournalEntry) -> bool {
    DATA.contains(&(&*entry.service, &*entry.operation))
}

/// Whether a request is an order to a service that changes how things are set.
pub(super) fn changes(entry: &JournalEntry) -> bool {
    entry.http.is_none() && !entry.internal && !looks(entry) && !is_data(entry)
}

/// Who made a request, as evidence names him.
pub(super) fn who(game: &Game, entry: &JournalEntry) -> String {
    match entry.caller.kind.as_str() {
        "Anonymous" if entry.account != game.account("victim") => {
            format!("anonymous, in account {}", entry.account)
        }
        "Anonymous" => "anonymous".into(),
        _ => entry.caller.arn.clone(),
    }
}

/// Who made a request, as the game knows him.
pub(super) fn part(game: &Game, entry: &JournalEntry) -> String {
    let caller = principal(entry);
    let named = game
        .outputs
        .iter()
        .find_map(|(name, arn)| name.strip_prefix("identities.").filter(|_| arn == caller));
    let own = format!("arn:aws:iam::{}:", game.account("victim"));
    if let Some(account) = deputy_of(game, entry) {
        let part = game.accounts.iter().find(|(_, known)| *known == account);
        return format!("{}, by {caller}", part.map_or(account, |(part, _)| part));
    }
    match (named, &*entry.caller.kind) {
        (Some(name), _) => name.to_owned(),
        (None, "Anonymous") => "anonymous".into(),
        (None, _) => caller.strip_prefix(&own).unwrap_or(caller).to_owned(),
    }
}

/// A statement by its name, or else by its place, which is counted from 0.
pub fn statement(name: &str) -> String {
    let Ok(place) = name.parse::<usize>() else { return format!("statement {name}") };
    let place = place + 1;
    let ending = match (place % 10, place % 100) {
        (1, rest) if rest != 11 => "st",
        (2, rest) if rest != 12 => "nd",
        (3, rest) if rest != 13 => "rd",
        _ => "th",
    };
    format!("the {place}{ending} statement")
}

/// The beginning of `text` that is told.
pub(super) fn short(text: &str) -> String {
    cut(text, MAX_CHARS)
}

/// So many of something whose plural ends in `s`.
pub fn counted(count: impl Display, thing: &str) -> String {
    let count = count.to_string();
    format!("{count} {thing}{}", if count == "1" { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::sample::{VICTIM, entry, on};

    fn told(operation: &str, resource: &str) -> String {
        let (service, operation) = operation.split_once(':').unwrap();
        let mut entry = on(entry(1, (VICTIM, VICTIM), operation, VICTIM), resource);
        entry.service = service.into();
        entry.operation = operation.into();
        request_on(&entry)
    }

    #[test]
    fn requests_say_on_what() {
        let lambda = "arn:aws:lambda:us-east-1:1:function:Console:live";
        assert_eq!(told("lambda:Invoke", lambda), "lambda:Invoke on Console:live");
        let role = "arn:aws:iam::1:role/OpsAdmin";
        assert_eq!(told("sts:AssumeRole", role), "sts:AssumeRole on OpsAdmin");
        let logs = "arn:aws:logs:us-east-1:1:log-group:/aws/lambda/f:*";
        assert_eq!(told("logs:FilterLogEvents", logs), "logs:FilterLogEvents on /aws/lambda/f");
        let streams = "arn:aws:logs:us-east-1:1:log-group:/aws/lambda/f:log-stream:";
        assert_eq!(told("logs:FilterLogEvents", streams), "logs:FilterLogEvents on /aws/lambda/f");
        assert_eq!(told("iam:ListUsers", "*"), "iam:ListUsers");
    }

    #[test]
    fn what_only_reads_changes_nothing() {
        let asked = |service: &str, operation: &str| {
            let mut entry = entry(1, (VICTIM, VICTIM), operation, VICTIM);
            (entry.service, entry.operation) = (service.into(), operation.into());
            changes(&entry)
        };
        assert!(!asked("lambda", "GetFunction") && !asked("logs", "FilterLogEvents"));
        assert!(!asked("sts", "GetCallerIdentity") && !asked("dynamodb", "PutItem"));
        assert!(asked("iam", "PutRolePolicy") && asked("iam", "DeleteRole"));
    }

    #[test]
    fn statements_without_a_name_are_counted() {
        let named = ["Build", "0", "1", "2", "10", "20"].map(statement);
        let [build, first, second, third, eleventh, last] = named;
        assert_eq!((&*build, &*first), ("statement Build", "the 1st statement"));
        assert_eq!((&*second, &*third), ("the 2nd statement", "the 3rd statement"));
        assert_eq!((&*eleventh, &*last), ("the 11th statement", "the 21st statement"));
    }
}
