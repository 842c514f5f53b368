//! The tables chapter: single operations beside a bare echo on the same HTTP stack and beside
//! peers, all in turns.

use crate::{
    Failure,
    load::{self, CONNECTIONS, Measured, Requests},
    report::{self, Wanted},
    server::{Server, dynamodb, signed},
};
use serde_json::{Value, json};
use std::{
    env,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// Requests prepared for each load; enough that no item is hot.
const PREPARED: usize = 2_000;
/// The items that one Query gives, and how many partitions of as many there are.
const QUERIED: usize = 25;
const PARTITIONS: usize = 80;
/// The bytes of the body of an item that is put or got, and of one that is queried.
const BODY_BYTES: usize = 1_000;
const QUERIED_BYTES: usize = 100;
/// The most puts in a BatchWriteItem.
const MAX_BATCH: usize = 25;
const ITEMS: &str = "Bench";
const LISTS: &str = "BenchLists";

/// Text of this length that says nothing and does not compress.
pub fn noise(seed: usize, length: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut state = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut letter = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(LETTERS[(state >> 58) as usize])
    };
    (0..length).map(|_| letter()).collect()
}

/// The id of an item; those that follow each other lie all over the key space.
pub fn id(index: usize) -> Value {
    let spread = (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    json!({"S": format!("item-{spread:016x}")})
}

/// An item with a body of so many bytes.
pub fn item(index: usize, bytes: usize) -> Value {
    json!({"id": id(index), "body": {"S": noise(index, bytes)}})
}

fn listed(index: usize) -> Value {
    let (shelf, place) = (index / QUERIED, index % QUERIED);
    let body = noise(index, QUERIED_BYTES);
    json!({"shelf": {"S": format!("shelf-{shelf}")}, "place": {"N": place.to_string()},
        "body": {"S": body}})
}

/// Creates a table with these keys, name and type each.
///
/// # Errors
/// The server's.
pub async fn create(server: &Server, table: &str, keys: &[(&str, &str)]) -> Result<(), Failure> {
    let definitions =
        keys.iter().map(|(name, kind)| json!({"AttributeName": name, "AttributeType": kind}));
    let schema = keys
        .iter()
        .zip(["HASH", "RANGE"])
        .map(|((name, _), role)| json!({"AttributeName": name, "KeyType": role}));
    let input = json!({
        "TableName": table,
        "AttributeDefinitions": definitions.collect::<Vec<_>>(),
        "KeySchema": schema.collect::<Vec<_>>(),
        "BillingMode": "PAY_PER_REQUEST",
    });
    server.ask("dynamodb", dynamodb("CreateTable", &input)).await?;
    // Some peers take their time.
    let named = json!({"TableName": table});
    for _ in 0..100 {
        let answer = server.ask("dynamodb", dynamodb("DescribeTable", &named)).await?;
        if answer["Table"]["TableStatus"] == "ACTIVE" {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(format!("{table} does not become active").into())
}

/// A BatchWriteItem that puts `items` into `table`.
///
/// # Errors
/// When it cannot be signed.
pub fn batch(table: &str, items: impl Iterator<Item = Value>) -> Result<Vec<u8>, Failure> {
    let puts = items.map(|item| json!({"PutRequest": {"Item": item}}));
    let input = json!({"RequestItems": {table: puts.collect::<Vec<_>>()}});
    signed("dynamodb", dynamodb("BatchWriteItem", &input))
}

/// Requests for `operation` with `count` inputs.
///
/// # Errors
/// When one cannot be signed.
pub fn prepared(
    operation: &str,
    count: usize,
    input: impl Fn(usize) -> Value,
) -> Result<Requests, Failure> {
    let one = |index| signed("dynamodb", dynamodb(operation, &input(index)));
    Ok(Arc::new((0..count).map(one).collect::<Result<_, _>>()?))
}

/// Makes the tables on `server` and fills them.
///
/// # Errors
/// The server's.
pub async fn furnish(server: &Server) -> Result<(), Failure> {
    create(server, ITEMS, &[("id", "S")]).await?;
    create(server, LISTS, &[("shelf", "S"), ("place", "N")]).await?;
    for start in (0..PREPARED).step_by(MAX_BATCH) {
        let items = (start..start + MAX_BATCH).map(|index| item(index, BODY_BYTES));
        server.send(&batch(ITEMS, items)?).await?;
    }
    for start in (0..PARTITIONS * QUERIED).step_by(MAX_BATCH) {
        let items = (start..start + MAX_BATCH).map(listed);
        server.send(&batch(LISTS, items)?).await?;
    }
    Ok(())
}

/// What is measured: an operation, requests for it, and the least ratio of its rate to the echo's.
///
/// # Errors
/// When a request cannot be signed.
pub fn operations() -> Result<[(&'static str, Requests, f64); 3], Failure> {
    let put = |index| json!({"TableName": ITEMS, "Item": item(index, BODY_BYTES)});
    let get = |index| json!({"TableName": ITEMS, "Key": {"id": id(index)}});
    let query = |index: usize| {
        let shelf = format!("shelf-{}", index % PARTITIONS);
        json!({
            "TableName": LISTS,
            "KeyConditionExpression": "shelf = :shelf",
            "ExpressionAttributeValues": {":shelf": {"S": shelf}},
        })
    };
    Ok([
        ("PutItem", prepared("PutItem", PREPARED, put)?, 1.0 / 4.0),
        ("GetItem", prepared("GetItem", PREPARED, get)?, 1.0 / 2.0),
        ("Query", prepared("Query", PREPARED, query)?, 1.0 / 3.0),
    ])
}

/// The peers that are installed: name, server, and how many times as fast Heist has to be.
async fn peers(data: &Path) -> Vec<(&'static str, Server, f64)> {
    let program = |variable: &str, default: &str| {
        PathBuf::from(env::var(variable).unwrap_or_else(|_| default.to_owned()))
    };
    let moto = Server::moto(&program("MOTO_SERVER", ".cache/venv/bin/moto_server")).await;
    let dynalite = program("DYNALITE", ".cache/peers/node_modules/.bin/dynalite");
    let dynalite = Server::dynalite(&dynalite, data).await;
    let ministack = Server::ministack(&program("MINISTACK", ".cache/peers/bin/ministack")).await;
    let fakecloud = Server::fakecloud(&program("FAKECLOUD", ".cache/peers/bin/fakecloud")).await;
    let started = [
        ("moto_server", moto, 30.0),
        ("dynalite", dynalite, 5.0),
        ("ministack", ministack, 1.0),
        ("fakecloud", fakecloud, 1.0),
    ];
    let mut peers = Vec::new();
    for (name, server, times) in started {
        match server {
            Ok(server) => peers.push((name, server, times)),
            Err(why) => println!("{name} is not measured: {why}"),
        }
    }
    peers
}

/// PutItem and GetItem of 1 KB and Query of 25 items, over 32 connections; only the operations
/// `wanted`.
///
/// # Errors
/// The first thing that fails.
pub async fn tables(heist: &Server, wanted: impl Fn(&str) -> bool) -> Result<(), Failure> {
    let echo = Server::echo().await?;
    let data = tempfile::tempdir()?;
    let peers = peers(data.path()).await;
    for server in [heist].into_iter().chain(peers.iter().map(|(_, server, _)| server)) {
        furnish(server).await?;
    }
    for (operation, requests, to_echo) in operations()? {
        if !wanted(operation) {
            continue;
        }
        let servers = [&echo, heist].into_iter().chain(peers.iter().map(|(_, peer, _)| peer));
        let loads: Vec<_> = servers.map(|server| (server, requests.clone())).collect();
        let seen = load::in_turns(&loads, CONNECTIONS).await?;
        let [bare, ours, theirs @ ..] = seen.as_slice() else { continue };
        report::measured(&format!("{operation}: bare echo of the requests"), bare);
        report::measured(&format!("{operation}: Heist"), ours);
        for ((name, ..), theirs) in peers.iter().zip(theirs) {
            report::measured(&format!("{operation}: {name}"), theirs);
        }
        let times = |other: &Measured| ours.rate.per_second / other.rate.per_second;
        report::ratio(&format!("{operation}, to bare echo"), times(bare), Wanted::Least(to_echo));
        let what = format!("{operation}, to bare echo, by processor time");
        report::ratio(&what, ours.times(bare), Wanted::Least(to_echo));
        for ((name, _, least), theirs) in peers.iter().zip(theirs) {
            let what = format!("{operation}, to {name}");
            report::ratio(&what, times(theirs), Wanted::Least(*least));
        }
    }
    Ok(())
}
