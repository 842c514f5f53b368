//! Accounts of one instance do not reach each other: every operation of every service, called by
//! another account's administrator and aimed at what the owner has, by ARN and by name.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod aim;
mod owner;
#[path = "../../src/services.rs"]
mod services;

use owner::{CANARY, Owner};
use policy::Principal;
use serde_json::{Value, json};
use service_kit::{audit::AuditRecord, operation::Entry, service::Service};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};
use store::{Order, Range, StoreError};
use testkit::{ACCOUNT, Client, Cloud, REGION};

const STRANGER: &str = "111122223333";

/// Tables of what was asked and measured, which every call writes, and of work to do.
const NOTES: [&str; 2] = ["platform.", "bus."];

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// Everything stored outside the account `account`: what the owner has, and what all share.
fn rows_outside(cloud: &Cloud, account: &str) -> Rows {
    let mut rows = Rows::new();
    let own = [account.as_bytes(), &[0, 0]].concat();
    let read = cloud.platform().store().read(|tx| {
        tx.visit(Range::all(), Order::Ascending, |key, value| {
            let end = key.iter().position(|byte| *byte == 0).unwrap_or(key.len());
            let (table, rest) = key.split_at(end);
            let noted = NOTES.iter().any(|note| table.starts_with(note.as_bytes()));
            if !noted && !rest.get(1..).is_some_and(|rest| rest.starts_with(&own)) {
                rows.insert(key.to_vec(), value.to_vec());
            }
            ControlFlow::Continue(())
        })
    });
    read.map_err(|error: StoreError| format!("{error:?}")).unwrap();
    rows
}

/// Whether a row is the owner's.
fn is_owned(key: &[u8]) -> bool {
    let end = key.iter().position(|byte| *byte == 0).unwrap_or(key.len());
    let owner = [ACCOUNT.as_bytes(), &[0, 0]].concat();
    key.get(end + 1..).is_some_and(|rest| rest.starts_with(&owner))
}

/// Every operation with the inputs that aim at the owner's things.
fn attempts(owner: &Owner) -> Vec<(&'static Service, &'static Entry, Value)> {
    let mut all = Vec::new();
    for service in services::all() {
        for entry in service.operations {
            let schema = (entry.signature.input)();
            let inputs = aim::inputs(service.name, schema, &owner.names);
            all.extend(inputs.into_iter().map(|input| (service, entry, input)));
        }
    }
    all
}

/// The operations that answered the stranger, how often.
async fn attack(cloud: &Cloud, owner: &Owner, attacker: &Client<'_>, account: &str) -> Answered {
    let before = rows_outside(cloud, account);
    let mut answered = Answered::new();
    for (service, entry, input) in attempts(owner) {
        let name = entry.signature.name;
        let outcome = attacker.call(service.name, name, input.clone()).await;
        let told = match &outcome {
            Ok(output) => output.to_string(),
            Err(failure) => failure.message.clone(),
        };
        assert!(!told.contains(CANARY), "{}:{name} {input} told {told}", service.name);
        let after = rows_outside(cloud, account);
        for (key, value) in &before {
            let same = after.get(key) == Some(value);
            let key = String::from_utf8_lossy(key);
            assert!(same, "{}:{name} {input} changed {key:?}: {outcome:?}", service.name);
        }
        let mut made = after.keys().filter(|key| is_owned(key) && !before.contains_key(*key));
        let made = made.next().map(|key| String::from_utf8_lossy(key));
        assert!(made.is_none(), "{}:{name} {input} made {made:?}: {outcome:?}", service.name);
        if outcome.is_ok() && !entry.data_event {
            *answered.entry((service.principal, entry.audited_as)).or_default() += 1;
        }
    }
    answered
}

type Answered = BTreeMap<(&'static str, &'static str), usize>;

/// Each call that was allowed is in the caller's own trail, under his name.
fn check_attribution(cloud: &Cloud, account: &str, arn: &str, answered: &Answered) {
    let scope = service_kit::access::Scope::new(account, REGION);
    let trail = cloud.platform().read(&scope, |tx| tx.list::<AuditRecord>(())).unwrap();
    let mut found: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for record in &trail {
        let identity: Value = serde_json::from_str(&record.user_identity).unwrap();
        if identity["arn"] == arn && record.error_code.is_none() {
            *found.entry((&record.event_source, &record.event_name)).or_default() += 1;
        }
    }
    for ((source, event), times) in answered {
        let recorded = found.get(&(*source, *event)).copied().unwrap_or(0);
        assert!(recorded >= *times, "{source} {event}: {times} allowed, {recorded} in the trail");
    }
}

fn arn(client: &Value) -> String {
    client["Arn"].as_str().unwrap().to_owned()
}

async fn whoami(client: &Client<'_>) -> String {
    arn(&client.call("sts", "GetCallerIdentity", json!({})).await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_of_another_account_reaches_nothing() {
    let cloud = Cloud::start(&services::all()).await;
    let owner = Owner::settle(&cloud).await;
    let all = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
    let attacker = cloud.user_of(STRANGER, "mallory", all).await;
    let answered = attack(&cloud, &owner, &attacker, STRANGER).await;
    check_attribution(&cloud, STRANGER, &whoami(&attacker).await, &answered);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_of_another_member_reaches_nothing() {
    let cloud = Cloud::start(&services::all()).await;
    let owner = Owner::settle(&cloud).await;
    let input = json!({"AccountName": "member", "Email": "member@example.com"});
    let made = cloud.admin().call("organizations", "CreateAccount", input).await.unwrap();
    let account = made["CreateAccountStatus"]["AccountId"].as_str().unwrap();
    let all = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
    let attacker = cloud.user_of(account, "mallory", all).await;
    let answered = attack(&cloud, &owner, &attacker, account).await;
    check_attribution(&cloud, account, &whoami(&attacker).await, &answered);
}

/// The root user of another account is no more than its administrators are.
#[tokio::test(flavor = "multi_thread")]
async fn the_decision_is_the_same_for_a_root_user() {
    let cloud = Cloud::start(&services::all()).await;
    let owner = Owner::settle(&cloud).await;
    let root = Principal::Root { account: STRANGER.into() };
    let before = rows_outside(&cloud, STRANGER);
    for (service, entry, input) in attempts(&owner) {
        let call = service_kit::call::Call {
            service: service.name,
            operation: entry.signature.name,
            input,
            scope: service_kit::access::Scope::new(STRANGER, REGION),
            caller: service_kit::context::Caller::new(root.clone()),
            trace: None,
        };
        if let Ok(output) = cloud.platform().pipeline().unwrap().call(call).await {
            let told = output.to_string();
            assert!(!told.contains(CANARY), "{}:{}", service.name, entry.signature.name);
        }
    }
    let after = rows_outside(&cloud, STRANGER);
    assert!(before.iter().all(|(key, value)| after.get(key) == Some(value)));
}

/// The positive control: aimed like that, the same calls do reach what they name.
#[tokio::test(flavor = "multi_thread")]
async fn the_owner_reaches_everything_by_the_same_calls() {
    let cloud = Cloud::start(&services::all()).await;
    let owner = Owner::settle(&cloud).await;
    let admin = cloud.admin();
    let (mut reached, mut told) = (BTreeSet::new(), BTreeSet::new());
    let mut missed = BTreeMap::new();
    let reads = |entry: &&'static Entry| entry.is_read_only();
    for (service, entry, input) in attempts(&owner) {
        if !reads(&entry) || !aim::is_aimed(&input, &owner.names) {
            continue;
        }
        let name = (service.name, entry.signature.name);
        match admin.call(service.name, entry.signature.name, input).await {
            Ok(output) => {
                reached.insert(name);
                if output.to_string().contains(CANARY) {
                    told.insert(name);
                }
            }
            Err(failure) => {
                missed.insert(name, format!("{}: {}", failure.code, failure.message));
            }
        }
    }
    missed.retain(|name, _| !reached.contains(name));
    assert!(reached.len() >= 95, "{} reached; missed {missed:#?}", reached.len());
    assert!(told.len() >= 35, "{} told: {told:?}", told.len());
}
