//! One account fills its own share of the disk and no more.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod common;

use service_kit::{clock::Clock, context::Context, key::Key, platform::Platform, prelude::*};
use std::sync::Arc;
use store::MemoryEngine;

const GREEDY: &str = "111122223333";
const MODEST: &str = "111122223334";
const LIMIT: u64 = 1 << 20;

#[derive(Serialize, Deserialize)]
struct Row {
    id: u64,
    text: String,
}

impl Record for Row {
    const TABLE: &'static str = "test.row";

    fn key(&self) -> impl Key {
        self.id
    }
}

fn platform() -> Platform {
    let platform = common::platform(Arc::new(MemoryEngine::new()), Clock::system());
    platform.limit_storage(LIMIT);
    platform
}

fn of(platform: &Platform, account: &str) -> Context {
    Context::background(platform.clone(), Scope::new(account, "us-east-1"), "test.local")
}

async fn put(cx: &Context, id: u64) -> Result<(), Fault> {
    cx.write(|tx| tx.put(&Row { id, text: "x".repeat(4_096) })).await
}

/// Writes until no more is taken; gives how many rows that were.
async fn fill(cx: &Context) -> u64 {
    for id in 0..10_000 {
        match put(cx, id).await {
            Ok(()) => {}
            Err(Fault::Full) => return id,
            Err(other) => panic!("{other:?}"),
        }
    }
    panic!("there is no limit");
}

#[tokio::test]
async fn who_has_filled_his_share_may_delete_and_others_may_write() {
    let platform = platform();
    let (greedy, modest) = (of(&platform, GREEDY), of(&platform, MODEST));
    let rows = fill(&greedy).await;
    let stored = platform.bytes_of(GREEDY).unwrap();
    assert!(stored > LIMIT / 2 && stored < LIMIT * 5 / 4, "{stored}");
    for id in 0..rows / 2 {
        put(&modest, id).await.unwrap();
    }
    for id in 0..rows {
        let delete = greedy.write(|tx| {
            tx.delete::<Row>(id);
            Ok::<_, Fault>(())
        });
        delete.await.unwrap();
    }
    // What was deleted is room again as soon as it is measured, which whoever is refused sets going.
    for id in 0..=rows / 2 {
        while put(&greedy, id).await.is_err() {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn writing_the_same_again_and_again_takes_no_room() {
    let platform = platform();
    let cx = of(&platform, MODEST);
    let mut refused = 0_u32;
    for round in 0..2_000 {
        // Faster than it can be measured, a writer may have to wait for that once in a while.
        while let Err(fault) = put(&cx, round % 4).await {
            assert!(matches!(fault, Fault::Full), "{fault:?}");
            refused += 1;
            tokio::task::yield_now().await;
            assert!(refused < 100_000, "it is never measured");
        }
    }
    assert!(platform.bytes_of(MODEST).unwrap() < 20_000);
}

#[tokio::test]
async fn rows_beyond_what_is_read_at_once_are_measured_too() {
    const ROWS: u64 = 10_000;
    let platform = platform();
    let fill = async |account, rows| {
        let cx = of(&platform, account);
        let row = |row| Row { id: ROWS + row, text: String::new() };
        let write = cx.write(|tx| (0..rows).try_for_each(|id| tx.put(&row(id))));
        write.await.unwrap();
        platform.bytes_of(account).unwrap()
    };
    let one = fill(MODEST, 1).await;
    assert_eq!(fill(GREEDY, ROWS).await, ROWS * one);
}
