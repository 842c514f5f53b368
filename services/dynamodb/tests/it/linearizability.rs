//! Items and transactions under concurrent callers: some order of the calls explains all answers.

use crate::accounts::{
    self, Accounts, Answer, BY_BALANCE, BY_HOLDER, Call, Outcome, StreamReader, TABLE,
};
use serde_json::{Value, json};
use service_kit::entropy::Entropy;
use std::{hash::BuildHasher, sync::Arc};
use testkit::{
    Cloud,
    linearizability::{History, Verdict, check},
};

/// How many histories are made, how many callers each has, and how many calls each makes.
const HISTORIES: u64 = 12;
const CALLERS: u64 = 6;
const CALLS: u64 = 40;
/// The most that is tried to explain one history.
const BUDGET: usize = 1_000_000;

type Accounted = History<Call, Answer>;

async fn call(cloud: Arc<Cloud>, history: Arc<Accounted>, random: Entropy, caller: u64) {
    let client = cloud.admin();
    for number in 0..CALLS {
        let call = Call::random(&random, caller * CALLS + number);
        let (operation, input) = call.request();
        let called = history.now();
        let answer = client.call("dynamodb", operation, input).await;
        let answer = answer.as_ref().map_err(|failure| (failure.code, failure.message.as_str()));
        if let Outcome::Answered(answer) = call.outcome(answer) {
            history.record(called, call, Some(answer));
        }
    }
}

async fn all(cloud: &Cloud, index: Option<&str>) -> Vec<Value> {
    let mut input = json!({"TableName": TABLE});
    if let Some(index) = index {
        input["IndexName"] = index.into();
    }
    let page = cloud.admin().call("dynamodb", "Scan", input).await.unwrap();
    page["Items"].as_array().unwrap().clone()
}

async fn run(seed: u64) {
    let cloud = Arc::new(Cloud::start(&[&dynamodb::SERVICE, &dynamodb::STREAMS]).await);
    cloud.admin().call("dynamodb", "CreateTable", accounts::table()).await.unwrap();
    let history = Arc::new(Accounted::default());
    let callers = (0..CALLERS).map(|caller| {
        let random = Entropy::seeded(seed.wrapping_add(caller));
        tokio::spawn(call(cloud.clone(), history.clone(), random, caller))
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    let table = all(&cloud, None).await;
    for index in [BY_HOLDER, BY_BALANCE] {
        accounts::assert_index_agrees(index, &table, &all(&cloud, Some(index)).await);
    }
    let operations = Arc::into_inner(history).unwrap().into_operations();
    let mut stream = StreamReader::default();
    while let Some((operation, input)) = stream.request() {
        stream.answer(&cloud.admin().call("dynamodbstreams", operation, input).await.unwrap());
    }
    accounts::assert_stream_agrees(&operations, &stream.records, &table);
    let verdict = check(&Accounts, operations, BUDGET);
    assert_eq!(verdict, Verdict::Linearizable);
}

/// Each time other histories; `HEIST_SEED` repeats those of a failure.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_calls_have_an_order() {
    let chosen = std::env::var("HEIST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = chosen.unwrap_or_else(|| std::hash::RandomState::new().hash_one(0) >> 8);
    println!("HEIST_SEED={seed}");
    for history in 0..HISTORIES {
        run(seed.wrapping_add(history * CALLERS)).await;
    }
}
