//! What all environments may take of the host's memory together.
#![allow(clippy::unwrap_used)] // helpers of tests

mod common;

use common::{Function, invocation, isolates, json, python};
use sandbox::{Environment, Outcome, limit_memory};
use serde_json::json;

const MIB: u64 = 1 << 20;

/// Writes as many MiB to a folder as the event says, in a thread that goes on after the answer if
/// it is told to; or holds as many in processes.
const FILL: &str = r#"
import os, threading
held = []
def write(folder, mib):
    with open(folder + "/f" + str(os.urandom(8).hex()), "wb", 0) as f:
        for _ in range(mib): f.write(bytes(1 << 20))
def handler(e, c):
    if e["into"] == "processes":
        here, there = os.pipe()
        for _ in range(4):
            if os.fork() == 0:
                held.append(os.urandom(1 << 20) * (e["mib"] // 4))
                os.write(there, b"x")
                while True: os.read(os.pipe()[0], 1)
        for _ in range(4): os.read(here, 1)
        return "held"
    if e.get("later"):
        threading.Thread(target=write, args=(e["into"], e["mib"])).start()
    else:
        write(e["into"], e["mib"])
    return "written"
"#;

fn filler(share: &str) -> Function {
    let mut function = python(FILL);
    function.spec.memory_mb = 256;
    function.spec.ephemeral_mb = 512;
    function.spec.cpu_share = Some(share.into());
    function
}

async fn fill(environment: &mut Environment, into: &str, mib: u64) -> Outcome {
    let event = json!({"into": into, "mib": mib}).to_string();
    environment.invoke(invocation("r", &event)).await.0
}

fn is_ended(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Exited(exit) if exit.out_of_memory)
}

#[tokio::test]
async fn files_in_memory_count_for_all_of_a_share() {
    if !isolates() {
        return;
    }
    limit_memory(300 * MIB);
    let (hostile, honest) = (filler("hostile"), filler("honest"));
    let mut small = hostile.start().await.unwrap();
    let mut large = hostile.start().await.unwrap();
    let mut other = honest.start().await.unwrap();
    assert_eq!(json(&fill(&mut other, "/tmp", 60).await), "written");
    assert_eq!(json(&fill(&mut small, "/tmp", 60).await), "written");
    let outcome = fill(&mut large, "/tmp", 400).await;
    assert!(is_ended(&outcome), "{outcome:?}");
    assert!(small.is_alive() && other.is_alive() && !large.is_alive());
    assert_eq!(json(&fill(&mut other, "/tmp", 1).await), "written");
}

#[tokio::test]
async fn all_shares_together_are_bounded() {
    if !isolates() {
        return;
    }
    limit_memory(300 * MIB);
    let functions: Vec<_> = ["a", "b", "c"].into_iter().map(filler).collect();
    let mut environments = Vec::new();
    let mut ended = 0;
    for function in &functions {
        let mut environment = function.start().await.unwrap();
        ended += usize::from(is_ended(&fill(&mut environment, "/tmp", 140).await));
        environments.push(environment);
    }
    // Whoever is the largest at that moment goes, also when he waits.
    while environments.iter_mut().all(Environment::is_alive) {
        tokio::task::yield_now().await;
    }
    assert!(ended <= 1);
}

#[tokio::test]
async fn memory_of_processes_counts_for_all_of_a_share() {
    if !isolates() {
        return;
    }
    limit_memory(400 * MIB);
    let function = filler("hostile");
    let mut first = function.start().await.unwrap();
    let mut second = function.start().await.unwrap();
    // Each has less than its own limit.
    assert_eq!(json(&fill(&mut first, "processes", 160).await), "held");
    let _ = fill(&mut second, "processes", 160).await;
    while first.is_alive() && second.is_alive() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_goes_on_between_invocations_is_watched() {
    if !isolates() {
        return;
    }
    limit_memory(150 * MIB);
    let function = filler("hostile");
    let mut environment = function.start().await.unwrap();
    let event = json!({"into": "/tmp", "mib": 300, "later": true}).to_string();
    let (outcome, _) = environment.invoke(invocation("r", &event)).await;
    assert_eq!(json(&outcome), "written");
    while environment.is_alive() {
        tokio::task::yield_now().await;
    }
    let (outcome, _) = environment.invoke(invocation("r", &event)).await;
    assert!(matches!(outcome, Outcome::Exited(_)), "{outcome:?}");
}

#[tokio::test]
async fn shared_memory_is_bounded() {
    if !isolates() {
        return;
    }
    let mut environment = filler("a").start().await.unwrap();
    let outcome = json(&fill(&mut environment, "/dev/shm", 100).await);
    assert_eq!(outcome["errorMessage"], "[Errno 28] No space left on device");
}
