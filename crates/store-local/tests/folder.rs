//! What the engine accepts as a data folder and how it fails.
use std::{fs, os::unix::fs::PermissionsExt, path::Path, sync::Arc};
use store::{Engine, Store, StoreError, Write};
use store_local::{LocalEngine, Options};
use tempfile::TempDir;

fn refusal(path: &Path) -> String {
    LocalEngine::open(path).map(drop).expect_err("the folder is refused").to_string()
}

fn one_write() -> Vec<Write> {
    vec![Write { key: "k".into(), value: Some("v".into()) }]
}

#[test]
fn folders_are_private_and_made_with_their_parents() {
    let dir = TempDir::new().expect("a temporary folder");
    let path = dir.path().join("a/b");
    let engine = LocalEngine::open(&path).expect("it opens");
    engine.blobs().put(b"x").expect("a blob");
    for inner in ["", "engine", "blobs", "blobs/2d"] {
        let mode = fs::metadata(path.join(inner)).expect("it exists").permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{inner:?}");
    }
}

#[test]
fn two_servers_cannot_share_a_folder() {
    let dir = TempDir::new().expect("a temporary folder");
    let first = LocalEngine::open(dir.path()).expect("it opens");
    let message = refusal(dir.path());
    assert!(message.contains("another process uses the data folder"), "{message}");
    drop(first);
    LocalEngine::open(dir.path()).expect("it opens once the first is gone");
}

#[test]
fn unknown_formats_are_refused_and_left_alone() {
    let dir = TempDir::new().expect("a temporary folder");
    drop(LocalEngine::open(dir.path()).expect("it opens"));
    let format = dir.path().join("format");
    fs::write(&format, "heist-data 2\n").expect("written");
    let message = refusal(dir.path());
    assert!(message.contains("data format 2") && message.contains("format 1"), "{message}");
    fs::write(&format, "something else").expect("written");
    assert!(refusal(dir.path()).contains("not a format file"));
    fs::remove_file(&format).expect("removed");
    assert!(refusal(dir.path()).contains("no format file"));
    fs::write(&format, "heist-data 1\n").expect("written");
    LocalEngine::open(dir.path()).expect("nothing was harmed");
}

#[test]
fn a_crash_while_creating_is_made_good() {
    let dir = TempDir::new().expect("a temporary folder");
    fs::create_dir_all(dir.path().join("engine.new/keyspaces")).expect("made");
    fs::write(dir.path().join("engine.new/0.jnl"), "").expect("written");
    fs::create_dir_all(dir.path().join("blobs/tmp")).expect("made");
    fs::write(dir.path().join("blobs/tmp/0"), "half").expect("written");
    let engine = LocalEngine::open(dir.path()).expect("it opens");
    engine.apply(one_write()).expect("it writes");
    assert_eq!(fs::read_dir(dir.path().join("blobs/tmp")).expect("listed").count(), 0);
}

#[test]
fn a_damaged_blob_is_not_handed_out() {
    let dir = TempDir::new().expect("a temporary folder");
    let engine = LocalEngine::open(dir.path()).expect("it opens");
    let key = engine.blobs().put(b"content").expect("a blob");
    fs::write(engine.blobs().path(&key).expect("a file"), "c0ntent").expect("damaged");
    assert!(matches!(engine.blobs().get(&key), Err(StoreError::Corrupt(_))));
}

#[tokio::test]
async fn a_full_disk_refuses_writes_until_there_is_room() {
    let dir = TempDir::new().expect("a temporary folder");
    let write = async |reserve_bytes| {
        let options = Options { reserve_bytes, ..Options::default() };
        let engine = LocalEngine::open_with(dir.path(), options).expect("it opens");
        let store = Store::open(Arc::new(engine)).expect("the store opens");
        let write = store.write(|tx| {
            tx.put(b"k".to_vec(), b"v".to_vec());
            Ok::<_, StoreError>(())
        });
        let outcome = write.await;
        (outcome, store.read(|tx| tx.get(b"k")).expect("reads go on"))
    };
    let (outcome, found) = write(u64::MAX).await;
    assert!(matches!(outcome, Err(StoreError::Full)));
    assert_eq!(found, None);
    let (outcome, found) = write(0).await;
    assert!(outcome.is_ok() && found.is_some());
}
