//! Acknowledged means durable: a writer is killed again and again, and nothing it was told is lost.
use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};
use store::{Order, Range, Store, StoreError, Tx};
use store_local::{LocalEngine, Options};
use tempfile::TempDir;

const FOLDER: &str = "STORE_LOCAL_KILL_FOLDER";
const KILLS: u64 = 20;
const WRITERS: usize = 8;
/// Each writer keeps this many rows of its past.
const WINDOW: u64 = 40;

fn open(path: &Path) -> Store {
    // Small memtables, so that some kills hit the moment when one is written out.
    let options = Options { memtable_bytes: 256 << 10, ..Options::default() };
    let engine = LocalEngine::open_with(path, options).expect("the folder opens");
    Store::open(Arc::new(engine)).expect("the store opens")
}

fn number(tx: &Tx, key: &str) -> Result<Option<u64>, StoreError> {
    let value = tx.get(key.as_bytes())?;
    Ok(value.map(|value| String::from_utf8_lossy(&value).parse().expect("a number")))
}

/// One numbered transaction over several keys, one of them shared by all writers.
fn step(tx: &mut Tx, writer: usize) -> Result<u64, StoreError> {
    let next = number(tx, &format!("a\0{writer}"))?.map_or(0, |last| last + 1);
    let total = number(tx, "total")?.unwrap_or(0) + 1;
    for key in [format!("a\0{writer}"), format!("z\0{writer}")] {
        tx.put(key.into_bytes(), next.to_string().into_bytes());
    }
    tx.put(b"total".to_vec(), total.to_string().into_bytes());
    tx.put(format!("log\0{writer}\0{next:09}").into_bytes(), vec![b'.'; 1500]);
    if let Some(old) = next.checked_sub(WINDOW) {
        tx.delete(format!("log\0{writer}\0{old:09}").into_bytes());
    }
    Ok(next)
}

#[test]
#[ignore = "runs only as the child that acknowledged_writes_survive_sigkill kills"]
fn writer() {
    let folder = env::var_os(FOLDER).expect("the parent names the folder");
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_time().build();
    runtime.expect("a runtime starts").block_on(async {
        let store = open(Path::new(&folder));
        let writers =
            (0..WRITERS).map(|writer| tokio::spawn(write_until_killed(store.clone(), writer)));
        for writer in writers.collect::<Vec<_>>() {
            let ended = writer.await.expect("writers do not panic");
            ended.expect("every transaction commits");
        }
    });
}

async fn write_until_killed(store: Store, writer: usize) -> Result<(), StoreError> {
    loop {
        let done = store.write(|tx| step(tx, writer)).await?;
        writeln!(std::io::stdout().lock(), "ack {writer} {done}")?;
    }
}

/// Starts a writer, kills it after `acknowledgements`, and returns the last one of each task.
fn run_and_kill(folder: &Path, acknowledgements: u64) -> Vec<Option<u64>> {
    let mut child = Command::new(env::current_exe().expect("this test"))
        .args(["--exact", "writer", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("the child starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut last = vec![None; WRITERS];
    let (mut line, mut heard) = (String::new(), 0);
    while lines.read_line(&mut line).expect("the pipe is read") > 0 {
        // The kill may cut the last line short.
        if let Some(ack) = line.strip_suffix('\n').and_then(|line| line.strip_prefix("ack ")) {
            let (writer, done) = ack.split_once(' ').expect("two numbers");
            let writer: usize = writer.parse().expect("a writer");
            last[writer] = last[writer].max(Some(done.parse().expect("a number")));
            heard += 1;
            if heard == acknowledgements {
                child.kill().expect("the child is killed");
            }
        }
        line.clear();
    }
    assert!(!child.wait().expect("the child ends").success());
    assert!(heard >= acknowledgements, "the writer stopped by itself after {heard}");
    last
}

/// Everything acknowledged is there, each transaction whole or absent.
fn check(store: &Store, acknowledged: &[Option<u64>]) {
    let check = store.read(|tx| {
        let mut total = 0;
        for (writer, acknowledged) in acknowledged.iter().enumerate() {
            let last = number(tx, &format!("a\0{writer}"))?;
            assert!(last >= *acknowledged, "writer {writer}: {last:?} < {acknowledged:?}");
            assert_eq!(number(tx, &format!("z\0{writer}"))?, last);
            let range = Range::prefix(format!("log\0{writer}\0"));
            let rows = tx.scan(range, Order::Ascending, usize::MAX)?;
            let count = last.map_or(0, |last| last + 1);
            let kept = (count.saturating_sub(WINDOW)..count)
                .map(|n| format!("log\0{writer}\0{n:09}").into_bytes());
            assert!(rows.iter().map(|(key, _)| key.to_vec()).eq(kept), "writer {writer}");
            total += count;
        }
        assert_eq!(number(tx, "total")?.unwrap_or(0), total);
        Ok::<_, StoreError>(())
    });
    check.expect("the state is read");
}

#[test]
fn acknowledged_writes_survive_sigkill() {
    let folder = TempDir::new().expect("a temporary folder");
    let mut spread = 0x9e37_79b9_7f4a_7c15_u64;
    for kill in 0..KILLS {
        spread = spread.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(kill);
        let acknowledged = run_and_kill(folder.path(), 1 + (spread >> 40) % 200);
        check(&open(folder.path()), &acknowledged);
    }
}
