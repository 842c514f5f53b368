//! What a power cut leaves of a batch that was on its way: any of its pages, the others as before.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};
use store::{Engine, StoreError, Write};
use store_local::LocalEngine;
use tempfile::TempDir;

const PAGE: usize = 4096;

/// Two rows: one with a value of which whole pages hold nothing else, and that does not compress.
fn batch(number: u8) -> Vec<Write> {
    let mut state = u64::from(number);
    let noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    let large: Vec<u8> = std::iter::repeat_with(noise).take(2 * PAGE).collect();
    let write =
        |key, value: Vec<u8>| Write { key: vec![key, number].into(), value: Some(value.into()) };
    vec![write(b'a', large), write(b'b', vec![number])]
}

/// How many rows of each batch there are.
fn rows(engine: &LocalEngine) -> [usize; 3] {
    let snapshot = engine.snapshot().expect("a snapshot");
    let is_there = |key, number| snapshot.get(&[key, number]).expect("read").is_some();
    [1, 2, 3].map(|number| b"ab".iter().filter(|key| is_there(**key, number)).count())
}

fn journal(folder: &Path) -> PathBuf {
    folder.join("engine/0.jnl")
}

/// A folder with two batches, and its journal after the first and after the second.
fn folder() -> (TempDir, Vec<u8>, Vec<u8>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let engine = LocalEngine::open(folder.path()).expect("it opens");
    let journals = [1, 2].map(|number| {
        engine.apply(batch(number)).expect("it writes");
        fs::read(journal(folder.path())).expect("a journal")
    });
    drop(engine);
    let [mut first, second] = journals;
    // What is not written yet reads as zeros.
    first.resize(second.len(), 0);
    (folder, first, second)
}

#[test]
fn any_pages_of_the_last_batch_may_be_lost() {
    let (folder, before, after) = folder();
    let differs = |place: &usize| before[*place] != after[*place];
    let first = (0..after.len()).find(differs).unwrap() / PAGE;
    let last = (0..after.len()).rfind(differs).unwrap() / PAGE;
    assert!(last - first >= 2, "a page in the middle");
    for lost in 1_u32..1 << (last - first + 1) {
        let journal = File::create(journal(folder.path())).unwrap();
        for (page, (old, new)) in before.chunks(PAGE).zip(after.chunks(PAGE)).enumerate() {
            let is_lost = page >= first && lost >> (page - first) & 1 == 1;
            journal.write_all_at(if is_lost { old } else { new }, (page * PAGE) as u64).unwrap();
        }
        let engine = LocalEngine::open(folder.path());
        let engine = engine.unwrap_or_else(|error| panic!("pages {lost:b} lost: {error}"));
        assert_eq!(rows(&engine), [2, 0, 0], "pages {lost:b} lost");
        engine.apply(batch(3)).unwrap();
        drop(engine);
        assert_eq!(rows(&LocalEngine::open(folder.path()).unwrap()), [2, 0, 2]);
    }
}

#[test]
fn what_is_damaged_before_the_last_batch_is_not_given_up() {
    let (folder, before, mut damaged) = folder();
    let place = PAGE + PAGE / 2;
    assert_eq!(before[place], damaged[place], "in the first batch");
    damaged[place] ^= 1;
    fs::write(journal(folder.path()), &damaged).unwrap();
    assert!(matches!(LocalEngine::open(folder.path()), Err(StoreError::Corrupt(_))));
    assert_eq!(fs::read(journal(folder.path())).unwrap(), damaged);
}
