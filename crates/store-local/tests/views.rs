//! A view holds whole batches, whatever the engine does beside.
use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};
use store::{Engine, Write};
use store_local::{LocalEngine, Options};
use tempfile::TempDir;

const KEYS: u8 = 32;
const BATCHES: u32 = 400;

/// One batch that sets all keys to the same number, with enough behind it to fill a memtable soon.
fn batch(number: u32) -> Vec<Write> {
    let value = |_| [&number.to_be_bytes()[..], &[7; 1_000]].concat().into();
    (0..KEYS).map(|key| Write { key: vec![b'k', key].into(), value: Some(value(key)) }).collect()
}

#[test]
fn no_view_holds_a_part_of_a_batch() {
    let folder = TempDir::new().expect("a temporary folder");
    // A memtable holds a few batches: it is written out, and compacted, all the time.
    let options = Options { memtable_bytes: 128 << 10, ..Options::default() };
    let engine = LocalEngine::open_with(folder.path(), options).expect("it opens");
    engine.apply(batch(0)).expect("the first batch");
    let written = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 1..BATCHES {
                engine.apply(batch(number)).expect("a batch");
            }
            written.store(true, Ordering::Release);
        });
        let mut last = 0;
        while !written.load(Ordering::Acquire) {
            let view = engine.snapshot().expect("a view");
            let number = |key| {
                let value = view.get(&[b'k', key]).expect("it reads").expect("it is there");
                u32::from_be_bytes(value[..4].try_into().expect("a number"))
            };
            let numbers: Vec<u32> = (0..KEYS).map(number).collect();
            assert!(numbers.iter().all(|number| *number == numbers[0]), "{numbers:?}");
            assert!(numbers[0] >= last, "{} after {last}", numbers[0]);
            last = numbers[0];
        }
    });
}
