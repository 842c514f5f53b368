//! One account floods; the others are served as if it were one of them and not a thousand.

use crate::{everything_allowed, ok, services};
use bytes::Bytes;
use http::Request;
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
use testkit::{Client, Cloud};

const HOSTILE: &str = "111122223333";
const HONEST: &str = "111122223334";
/// Requests of the hostile account at any moment.
const FLOOD: usize = 400;
/// Requests of the honest account, one after the other.
const ASKED: usize = 30;
/// How many requests of the flood may be answered while an honest one waits: those that have their
/// turn already, and a few more. Without turns it is all of the flood and more.
const MOST: usize = FLOOD / 2;

/// A signed request that writes: it waits for the store, so that all of the flood are at work.
fn write(client: &Client<'_>, id: usize) -> Request<Bytes> {
    let item = json!({"TableName": "songs", "Item": {"id": {"S": id.to_string()}}});
    let request = Request::post("/")
        .header("host", "localhost:4566")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", "DynamoDB_20120810.PutItem")
        .body(item.to_string().into());
    client.sign("dynamodb", request.unwrap())
}

async fn inhabitant<'c>(cloud: &'c Cloud, account: &str) -> Client<'c> {
    let client = cloud.user_of(account, "boss", everything_allowed()).await;
    let table = json!({
        "TableName": "songs", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    });
    ok(&client, "dynamodb", "CreateTable", table).await;
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_waits_for_itself() {
    let cloud = Arc::new(Cloud::start(&services::all()).await);
    let hostile = inhabitant(&cloud, HOSTILE).await;
    let honest = inhabitant(&cloud, HONEST).await;
    let (answered, over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let flood: Vec<_> = (0..FLOOD)
        .map(|id| {
            let request = write(&hostile, id);
            let (cloud, answered, over) = (cloud.clone(), answered.clone(), over.clone());
            tokio::spawn(async move {
                while !over.load(Ordering::Acquire) {
                    let answer = cloud.send(request.clone()).await;
                    assert_eq!(answer.status(), 200);
                    answered.fetch_add(1, Ordering::AcqRel);
                }
            })
        })
        .collect();
    while answered.load(Ordering::Acquire) < FLOOD {
        tokio::task::yield_now().await;
    }
    // On the same threads as the flood, as a connection would be.
    let requests: Vec<_> = (0..ASKED).map(|id| write(&honest, id)).collect();
    let asking = tokio::spawn({
        let (cloud, answered) = (cloud.clone(), answered.clone());
        async move {
            let mut meanwhile = Vec::new();
            for request in requests {
                let before = answered.load(Ordering::Acquire);
                let answer = cloud.send(request).await;
                assert_eq!(answer.status(), 200);
                meanwhile.push(answered.load(Ordering::Acquire) - before);
            }
            meanwhile
        }
    });
    let mut meanwhile = asking.await.unwrap();
    over.store(true, Ordering::Release);
    for flooding in flood {
        flooding.await.unwrap();
    }
    meanwhile.sort_unstable();
    let median = meanwhile[ASKED / 2];
    println!("requests of the flood answered meanwhile: {meanwhile:?}");
    assert!(median < MOST, "{meanwhile:?}");
}
