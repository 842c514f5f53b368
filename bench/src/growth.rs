//! The growth chapter: a table with very many items beside a small one, the memory that filling it
//! takes, and what it costs on the disk beside the same bytes in the engine alone.

use crate::{
    Failure,
    http1::Connection,
    load::{self, CONNECTIONS, Measured, Requests},
    report::{self, Wanted},
    server::{Server, written_bytes},
    tables::{batch, create, id, item, prepared},
};
use serde_json::json;
use service_kit::clock::Stopwatch;
use std::{
    env, fs, io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use store::{Engine, Write};
use store_local::LocalEngine;

/// Items in the big table; `HEIST_BENCH_ITEMS` overrides.
const MANY: usize = 10_000_000;
/// Items in the small one.
const FEW: usize = 10_000;
/// The bytes of an item's body.
const BODY_BYTES: usize = 200;
/// The keys asked for; their blocks are many times what the engine caches.
const ASKED: usize = 50_000;
/// The items put by one request, and into the bare engine at once: as many as the server gets
/// together from all connections.
const BATCH: usize = 25;
const ENGINE_BATCH: usize = BATCH * CONNECTIONS;
/// How long the disk must be left alone until compaction counts as done, and the longest wait.
const QUIET: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(120);
const MIB: f64 = (1 << 20) as f64;

/// Fills a table and measures it.
///
/// # Errors
/// The first thing that fails.
pub async fn growth(binary: &Path) -> Result<(), Failure> {
    let many = env::var("HEIST_BENCH_ITEMS").ok().and_then(|text| text.parse().ok());
    let many: usize = many.unwrap_or(MANY);
    let data = tempfile::tempdir()?;
    let heist = Server::heist(binary, data.path()).await?;
    create(&heist, "Small", &[("id", "S")]).await?;
    create(&heist, "Big", &[("id", "S")]).await?;
    fill(&heist, "Small", FEW).await?;
    let (before, on_disk) = (heist.written_bytes()?, folder_bytes(data.path())?);
    watch_filling(&heist, many).await?;
    let pid = heist.id();
    settle(|| written_bytes(pid)).await?;
    let ours = Cost {
        written: heist.written_bytes()? - before,
        kept: folder_bytes(data.path())?.saturating_sub(on_disk),
    };
    let engine = engine_alone(many).await?;
    ours.report("Heist", many);
    engine.report("engine alone", many);
    println!(
        "{:<42} written {:>5.2} x, kept {:>5.2} x",
        "Heist to the engine alone",
        ours.written as f64 / engine.written as f64,
        ours.kept as f64 / engine.kept as f64,
    );
    compare(&heist, many).await?;
    report::figure("memory in the end", format!("{:.0}", heist.resident_mib()?), "MiB");
    drop(heist);
    let again = Server::heist(binary, data.path()).await?.started_in;
    report::figure("start to first answer, big table", format!("{again:.1?}"), "");
    report::ratio("start in seconds", again.as_secs_f64(), Wanted::Most(0.1));
    Ok(())
}

/// Fills the big table while looking at the server's memory.
async fn watch_filling(heist: &Server, many: usize) -> Result<(), Failure> {
    let (done, pid) = (Arc::new(AtomicBool::new(false)), heist.id());
    let peak = tokio::spawn({
        let done = done.clone();
        async move {
            let mut peak = 0.0_f64;
            while !done.load(Ordering::Acquire) {
                peak = peak.max(crate::server::resident_mib(pid).unwrap_or(0.0));
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            peak
        }
    });
    let watch = Stopwatch::start();
    fill(heist, "Big", many).await?;
    let took = watch.elapsed();
    done.store(true, Ordering::Release);
    let rate = many as f64 / took.as_secs_f64();
    report::figure("items put, 25 a request, 32 connections", format!("{rate:.0}"), "/s");
    report::figure("most memory while filling", format!("{:.0}", peak.await?), "MiB");
    report::figure("memory after it", format!("{:.0}", heist.resident_mib()?), "MiB");
    Ok(())
}

async fn fill(server: &Server, table: &'static str, count: usize) -> Result<(), Failure> {
    let address = server.address;
    let lanes = (0..CONNECTIONS).map(|lane| {
        tokio::spawn(async move {
            let mut connection = Connection::to(address);
            for start in (lane * BATCH..count).step_by(BATCH * CONNECTIONS) {
                let items = start..(start + BATCH).min(count);
                let bytes = batch(table, items.map(|index| item(index, BODY_BYTES)))?;
                let answer = connection.exchange(&bytes).await?;
                if answer.status != 200 {
                    return Err(String::from_utf8_lossy(&answer.body).into_owned().into());
                }
            }
            Ok::<_, Failure>(())
        })
    });
    for lane in lanes.collect::<Vec<_>>() {
        lane.await??;
    }
    Ok(())
}

/// Reads and writes of the big table beside the same of the small one.
async fn compare(heist: &Server, many: usize) -> Result<(), Failure> {
    // Neighbours of the order of filling are strangers in that of keys; the step is prime.
    let of = |count: usize| move |index: usize| index * 7_919 % count;
    let get = |table: &'static str, count: usize| {
        let place = of(count);
        prepared(
            "GetItem",
            ASKED,
            move |index| json!({"TableName": table, "Key": {"id": id(place(index))}}),
        )
    };
    let put = |table: &'static str, count: usize| {
        let place = of(count);
        prepared(
            "PutItem",
            ASKED,
            move |index| json!({"TableName": table, "Item": item(place(index), BODY_BYTES)}),
        )
    };
    for (operation, small, big) in [
        ("GetItem", get("Small", FEW)?, get("Big", many)?),
        ("PutItem", put("Small", FEW)?, put("Big", many)?),
    ] {
        for connections in [1, CONNECTIONS] {
            turns(heist, operation, [&small, &big], many, connections).await?;
        }
    }
    Ok(())
}

async fn turns(
    heist: &Server,
    operation: &str,
    [small, big]: [&Requests; 2],
    many: usize,
    connections: usize,
) -> Result<(), Failure> {
    let loads = [(heist, small.clone()), (heist, big.clone())];
    let seen = load::in_turns(&loads, connections).await?;
    let [small, big] = seen.as_slice() else { return Ok(()) };
    let what = |count: usize| format!("{operation}, {count} items, {connections} conns");
    report::measured(&what(FEW), small);
    report::measured(&what(many), big);
    let time = |seen: &Measured| 1.0 / seen.rate.per_second;
    let what = format!("{operation}, big to small, {connections} conns");
    report::ratio(&what, time(big) / time(small), Wanted::Most(1.5));
    Ok(())
}

/// What filling a table cost the disk, in bytes.
struct Cost {
    written: u64,
    kept: u64,
}

impl Cost {
    fn report(&self, what: &str, count: usize) {
        let raw = (count * (key(0).len() + BODY_BYTES)) as f64;
        let (written, kept) = (self.written as f64, self.kept as f64);
        println!(
            "{:<42} {:.0} MiB raw; written {:.0} MiB, {:.2} x; kept {:.0} MiB, {:.2} x",
            format!("disk, {what}"),
            raw / MIB,
            written / MIB,
            written / raw,
            kept / MIB,
            kept / raw,
        );
    }
}

/// The text of an item's key.
fn key(index: usize) -> String {
    id(index)["S"].as_str().unwrap_or_default().to_owned()
}

/// Puts the same items into an engine without anything around it: key to body.
async fn engine_alone(many: usize) -> Result<Cost, Failure> {
    let data = tempfile::tempdir()?;
    let this = std::process::id();
    let before = written_bytes(this)?;
    let engine = LocalEngine::open(data.path())?;
    let write = |index| {
        let body = crate::tables::noise(index, BODY_BYTES);
        Write { key: key(index).into(), value: Some(body.into()) }
    };
    for start in (0..many).step_by(ENGINE_BATCH) {
        let mut writes: Vec<_> = (start..(start + ENGINE_BATCH).min(many)).map(write).collect();
        writes.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        engine.apply(writes)?;
    }
    settle(|| written_bytes(this)).await?;
    Ok(Cost { written: written_bytes(this)? - before, kept: folder_bytes(data.path())? })
}

/// Waits until nothing more is written.
async fn settle(written: impl Fn() -> Result<u64, Failure>) -> Result<(), Failure> {
    let watch = Stopwatch::start();
    let mut last = written()?;
    while watch.elapsed() < PATIENCE {
        tokio::time::sleep(QUIET).await;
        // A little is always written: the telemetry of every moment.
        if written()? - last < MIB as u64 {
            break;
        }
        last = written()?;
    }
    Ok(())
}

/// The bytes that the files of a folder take on the disk.
fn folder_bytes(folder: &Path) -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt;
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        bytes += match entry.file_type()?.is_dir() {
            true => folder_bytes(&entry.path())?,
            // A file may be gone by now, compacted into another.
            false => entry.metadata().map_or(0, |metadata| metadata.blocks() * 512),
        };
    }
    Ok(bytes)
}
