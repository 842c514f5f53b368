//! The binary's tables as JSON: what `heist __coverage` prints and `xtask/src/served.rs` reads.

use serde_json::{Map, Value, json};
use service_kit::service::{Service, Speaks};
use shape::{Constraints, ErrorCode, Kind, Location, Member, Schema, TimestampFormat};
use std::collections::BTreeMap;

/// All services, for the coverage page and the comparison with the models.
pub fn describe(services: &[&Service]) -> Value {
    services.iter().map(|service| describe_service(service)).collect()
}

fn describe_service(service: &Service) -> Value {
    let operations = service.operations.iter().map(|entry| {
        let signature = &entry.signature;
        json!({
            "name": signature.name,
            "http": signature.http.map(|http| {
                json!({ "method": http.method, "uri": http.uri, "status": http.status })
            }),
            "input": schema((signature.input)(), &mut Vec::new()),
            "output": schema((signature.output)(), &mut Vec::new()),
        })
    });
    let errors: BTreeMap<&str, &ErrorCode> =
        service.operations.iter().flat_map(|entry| entry.errors).map(|e| (e.code, e)).collect();
    json!({
        "service": service.name,
        "protocols": service.speaks.iter().map(protocol).collect::<Vec<_>>(),
        "operations": operations.collect::<Vec<_>>(),
        "errors": errors.into_values().map(error).collect::<Vec<_>>(),
    })
}

fn protocol(speaks: &Speaks) -> &'static str {
    match speaks {
        Speaks::AwsJson10 { .. } => "awsJson1.0",
        Speaks::AwsJson11 { .. } => "awsJson1.1",
        Speaks::AwsQuery { .. } => "awsQuery",
        Speaks::RestJson => "restJson",
        Speaks::RestXml { .. } => "restXml",
        Speaks::RpcV2Cbor { .. } => "rpcv2Cbor",
    }
}

fn error(error: &ErrorCode) -> Value {
    json!({ "code": error.code, "status": error.status, "queryCode": error.query_code })
}

/// One schema in full; `within` holds those being written, to stop at recursion.
fn schema(schema: &'static Schema, within: &mut Vec<&'static Schema>) -> Value {
    let kind = kind(&schema.kind);
    if within.iter().any(|outer| std::ptr::eq(*outer, schema)) {
        return json!({ "name": schema.name, "kind": "recursive" });
    }
    within.push(schema);
    let mut facts = Map::from_iter([
        ("name".to_owned(), json!(schema.name)),
        ("kind".to_owned(), json!(kind)),
        ("limits".to_owned(), limits(&schema.constraints)),
    ]);
    match schema.kind {
        Kind::Structure(members) | Kind::Union(members) => {
            let members = members.iter().map(|one| member(one, within)).collect();
            facts.insert("members".to_owned(), members);
        }
        Kind::List(item) | Kind::Map(item) => {
            facts.insert("item".to_owned(), self::schema(item(), within));
        }
        Kind::Enum(values) => {
            facts.insert("values".to_owned(), json!(values));
        }
        _ => {}
    }
    within.pop();
    facts.into()
}

fn member(member: &'static Member, within: &mut Vec<&'static Schema>) -> Value {
    json!({
        "name": member.name,
        "wireName": member.wire_name,
        "required": member.required,
        "location": location(member.location),
        "flattened": member.flattened,
        "itemName": member.item_name,
        "timestamp": member.timestamp.map(timestamp),
        "sensitive": member.sensitive,
        "limits": limits(&member.constraints),
        "schema": schema(member.schema(), within),
    })
}

fn limits(constraints: &Constraints) -> Value {
    let Constraints { length, range, pattern, .. } = constraints;
    json!({ "length": length, "range": range, "pattern": pattern })
}

fn kind(kind: &Kind) -> &'static str {
    match kind {
        Kind::Boolean => "boolean",
        Kind::Integer => "integer",
        Kind::Long => "long",
        Kind::Double => "double",
        Kind::String => "string",
        Kind::Enum(_) => "enum",
        Kind::Blob => "blob",
        Kind::Timestamp => "timestamp",
        Kind::Document => "document",
        Kind::List(_) => "list",
        Kind::Map(_) => "map",
        Kind::Structure(_) => "structure",
        Kind::Union(_) => "union",
    }
}

fn location(location: Location) -> Option<&'static str> {
    match location {
        Location::Body => None,
        Location::Label => Some("label"),
        Location::Query => Some("query"),
        Location::Header => Some("header"),
        Location::PrefixHeaders => Some("prefixHeaders"),
        Location::Payload => Some("payload"),
        Location::StatusCode => Some("statusCode"),
    }
}

fn timestamp(format: TimestampFormat) -> &'static str {
    match format {
        TimestampFormat::EpochSeconds => "epochSeconds",
        TimestampFormat::DateTime => "dateTime",
        TimestampFormat::HttpDate => "httpDate",
    }
}
