//! Compares grouped durable writes with one sync per transaction; prints rates and ratios.
//!
//! `cargo run --release -p store-local --example bench [FOLDER]`
#![allow(clippy::disallowed_methods, reason = "a benchmark measures durations")]
use bytes::Bytes;
use std::{env, sync::Arc, time::Instant};
use store::{Engine, Order, Range, Store, StoreError, Write};
use store_local::LocalEngine;

const WRITERS: usize = 64;
const KEYS: u64 = 20_000;

fn key(n: u64) -> Vec<u8> {
    // Spread over the key space, as ids are.
    let spread = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    [&b"bench\0"[..], &spread.to_be_bytes()].concat()
}

fn report(name: &str, count: u64, start: Instant) -> f64 {
    let rate = count as f64 / start.elapsed().as_secs_f64();
    println!("{name:<44} {rate:>10.0}/s");
    rate
}

async fn put(store: &Store, n: u64) -> Result<(), StoreError> {
    store
        .write(|tx| {
            tx.put(key(n), vec![b'v'; 400]);
            Ok(())
        })
        .await
}

async fn modify(store: &Store, n: u64) -> Result<(), StoreError> {
    store
        .write(|tx| {
            for key in (0..4).map(|i| key((n * 4 + i) % KEYS)) {
                let mut value = tx.get(&key)?.unwrap_or_default().to_vec();
                value.truncate(399);
                value.push(b'm');
                tx.put(key, value);
            }
            Ok(())
        })
        .await
}

async fn increment(store: &Store) -> Result<(), StoreError> {
    store
        .write(|tx| {
            let count = tx.get(b"hot")?.map_or(0, |value| value.len());
            tx.put(b"hot".to_vec(), vec![0; (count + 1) % 64]);
            Ok(())
        })
        .await
}

/// Runs `total` operations in 64 tasks.
async fn together<F>(
    store: &Store,
    total: u64,
    work: impl Fn(Store, u64) -> F + Copy + Send + 'static,
) where
    F: Future<Output = Result<(), StoreError>> + Send,
{
    let tasks: Vec<_> = (0..WRITERS as u64)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                for n in (task..total).step_by(WRITERS) {
                    work(store.clone(), n).await.expect("the write commits");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no task fails");
    }
}

/// The same puts, each with its own batch and sync.
fn one_by_one(engine: &LocalEngine, total: u64) {
    std::thread::scope(|scope| {
        for task in 0..WRITERS as u64 {
            scope.spawn(move || {
                for n in (task..total).step_by(WRITERS) {
                    let value = Some(Bytes::from(vec![b'v'; 400]));
                    engine.apply(vec![Write { key: key(n).into(), value }]).expect("applied");
                }
            });
        }
    });
}

fn reads(store: &Store) -> Result<(), StoreError> {
    let start = Instant::now();
    for n in 0..200_000 {
        store.read(|tx| tx.get(&key(n % KEYS)))?;
    }
    report("random get, one thread", 200_000, start);
    let start = Instant::now();
    for n in 0..5_000 {
        store.read(|tx| tx.scan(Range::from(key(n)), Order::Ascending, 100))?;
    }
    report("scan of 100 rows, one thread", 5_000, start);
    Ok(())
}

fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), StoreError> {
    let folder = env::args().nth(1).unwrap_or_else(|| "target/store-bench".into());
    let start = Instant::now();
    let engine = Arc::new(LocalEngine::open(&folder)?);
    println!("open {:.1} ms, {} MiB resident", start.elapsed().as_secs_f64() * 1e3, resident_mib());
    let start = Instant::now();
    one_by_one(&engine, KEYS / 2);
    let single_sync = report("durable put x64, one sync each", KEYS / 2, start);

    let store = Store::open(engine)?;
    let start = Instant::now();
    for n in 0..KEYS / 4 {
        put(&store, n).await?;
    }
    let alone = report("durable put x1", KEYS / 4, start);
    let start = Instant::now();
    together(&store, KEYS * 5, |store, n| async move { put(&store, n % KEYS).await }).await;
    let grouped = report("durable put x64, grouped", KEYS * 5, start);
    let start = Instant::now();
    together(&store, KEYS, |store, n| async move { modify(&store, n).await }).await;
    report("4-key read-modify-write x64, grouped", KEYS, start);
    let start = Instant::now();
    together(&store, KEYS / 4, |store, _| async move { increment(&store).await }).await;
    report("increment of one hot key x64", KEYS / 4, start);
    reads(&store)?;
    println!("grouped x64 / x1: {:.1}", grouped / alone);
    println!("grouped x64 / one sync each x64: {:.1}", grouped / single_sync);
    println!("{} MiB resident", resident_mib());
    store.close().await;
    Ok(())
}
