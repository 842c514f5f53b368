//! Inputs of operations, from their schemas, aimed at things by name.

use serde_json::{Map, Value, json};
use shape::{Constraints, Kind, Member, Schema};
use std::collections::BTreeMap;

/// What members of these names are given, in turn; `service.Member` comes before `Member`.
pub type Names = BTreeMap<String, Vec<Value>>;

/// Texts that fit most members that are not aimed.
const FILL: [&str; 14] = [
    "test",
    "GET",
    "200",
    "v1",
    "abcdefgh",
    "1",
    "111122223333",
    "/",
    "lambda:InvokeFunction",
    "2026-01-01T00:00:00Z",
    "AKIAIOSFODNN7EXAMPLE",
    "someone@example.com",
    "1-581cf771-a006649127e371903a2de979",
    "arn:aws:iam::111122223333:role/test",
];

fn named<'n>(service: &str, name: &str, names: &'n Names) -> Option<&'n Vec<Value>> {
    names.get(&format!("{service}.{name}")).or_else(|| names.get(name))
}

/// The inputs to try: with what is required, by each name that a thing has, and with each optional
/// member besides that names a thing.
pub fn inputs(service: &str, schema: &'static Schema, names: &Names) -> Vec<Value> {
    let members = schema.members();
    let turns = members.iter().filter_map(|one| named(service, one.name, names)).map(Vec::len);
    let turns = turns.max().unwrap_or(1);
    let mut all = Vec::new();
    for turn in 0..turns {
        let base = required(service, members, names, turn);
        for one in members.iter().filter(|one| !one.required) {
            if named(service, one.name, names).is_some() {
                let mut more = base.clone();
                more.insert(one.name.to_owned(), value(service, one, names, turn));
                all.push(Value::Object(more));
            }
        }
        all.push(Value::Object(base));
    }
    all.dedup();
    all
}

/// Whether anything in `input` is a name of a thing.
pub fn is_aimed(input: &Value, names: &Names) -> bool {
    match input {
        Value::Object(members) => members.iter().any(|(name, value)| {
            let known = names.iter().filter(|(key, _)| key.rsplit('.').next() == Some(name));
            known.into_iter().any(|(_, values)| values.contains(value)) || is_aimed(value, names)
        }),
        Value::Array(items) => items.iter().any(|item| is_aimed(item, names)),
        _ => false,
    }
}

fn required(
    service: &str,
    members: &'static [Member],
    names: &Names,
    turn: usize,
) -> Map<String, Value> {
    let needed = members.iter().filter(|one| one.required);
    needed.map(|one| (one.name.to_owned(), value(service, one, names, turn))).collect()
}

fn value(service: &str, one: &'static Member, names: &Names, turn: usize) -> Value {
    let schema = one.schema();
    let aimed = named(service, one.name, names).map(|values| &values[turn % values.len()]);
    match (aimed, &schema.kind) {
        (Some(aimed), Kind::List(_)) if !aimed.is_array() => json!([aimed]),
        (Some(aimed), _) => aimed.clone(),
        (None, _) => minimal(service, schema, &one.constraints, names, turn),
    }
}

fn minimal(
    service: &str,
    schema: &'static Schema,
    limits: &Constraints,
    names: &Names,
    turn: usize,
) -> Value {
    match schema.kind {
        Kind::Structure(members) => required(service, members, names, turn).into(),
        Kind::Union(members) => {
            let first = members.iter().take(1);
            let first = first.map(|one| (one.name.to_owned(), value(service, one, names, turn)));
            Value::Object(first.collect())
        }
        Kind::List(item) => {
            let least = limits.length.or(schema.constraints.length).map_or(1, |it| it.0.max(1));
            let item = minimal(service, item(), &Constraints::NONE, names, turn);
            vec![item; usize::try_from(least).unwrap_or(1)].into()
        }
        Kind::Map(item) => {
            json!({"test": minimal(service, item(), &Constraints::NONE, names, turn)})
        }
        Kind::String => text(schema, limits).into(),
        Kind::Enum(values) => values[0].into(),
        Kind::Boolean => false.into(),
        Kind::Integer | Kind::Long | Kind::Double => {
            limits.range.or(schema.constraints.range).map_or(1, |it| it.0.max(1)).into()
        }
        Kind::Blob => "eHh4".into(),
        Kind::Timestamp => 1_795_446_000.into(),
        Kind::Document => json!({}),
    }
}

/// The first text that fits both the shape and the member.
fn text(schema: &Schema, limits: &Constraints) -> String {
    let fits = |text: &str, limits: &Constraints| {
        let alone = Schema { name: "", kind: Kind::String, constraints: *limits };
        shape::validate(&alone, &shape::Value::String(text.to_owned())).is_empty()
    };
    let found = FILL.iter().find(|text| fits(text, &schema.constraints) && fits(text, limits));
    found.map_or_else(|| "x".repeat(40), |text| (*text).to_owned())
}
