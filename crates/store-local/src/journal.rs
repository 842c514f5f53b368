//! The tree's journal as a file: which one is written to, and what is cut off it after a power cut.
//!
//! Of a batch that was not synced yet, a power cut keeps any pages and loses the others. Where an
//! entry's start is lost, the tree takes that for the end of its journal. Where a page within a
//! value is lost, it finds a whole batch with a wrong checksum, and refuses to open. Nobody was
//! told that this batch is written, so it is cut off.
//!
//! ```text
//! batch     start, items, end
//! start     1, count of items (4 bytes), number of the batch (8)
//! item      2, kind (1), compression (1), keyspace (8), length of the key (2), of the value (4),
//!           of the value as it is kept (4), key, value
//! clearing  4, keyspace (8)
//! end       3, XXH3 of all items (8), "FJL" and the version of the format (4)
//! ```

use std::{
    ffi::OsStr,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};
use xxhash_rust::xxh3::xxh3_64;

/// How a journal's name ends; a number stands before it, and the newest has the highest.
const EXTENSION: &str = "jnl";
const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const CLEARING: u8 = 4;
const TRAILER: &[u8] = b"FJL\x03";

/// The journal in `folder` that is written to, if there is one.
pub(crate) fn newest(folder: &Path) -> io::Result<Option<PathBuf>> {
    let mut newest = None;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_journal = path.extension() == Some(OsStr::new(EXTENSION));
        let number = path.file_stem().and_then(OsStr::to_str).and_then(|stem| stem.parse().ok());
        if let (true, Some(number)) = (is_journal, number) {
            newest = newest.max(Some((number, path)));
        }
    }
    Ok(newest.map(|(_number, path): (u64, _)| path))
}

/// Cuts the last batch off the newest journal in `folder` if its checksum is wrong; says whether it
/// did. One that others follow was synced before they were written: that is damage, and stays. (A
/// disk that spoils the last one after it was synced leaves the same, and cannot be told apart.)
pub(crate) fn cut_torn(folder: &Path) -> io::Result<bool> {
    let Some(path) = newest(folder)? else { return Ok(false) };
    let content = fs::read(&path)?;
    let mut start = 0;
    while let Some(batch) = Batch::first(&content[start..]) {
        let next = start + batch.length;
        if !batch.is_sound {
            let is_last = Batch::first(&content[next..]).is_none();
            if is_last {
                let journal = File::options().write(true).open(&path)?;
                journal.set_len(start as u64)?;
                journal.sync_all()?;
            }
            return Ok(is_last);
        }
        start = next;
    }
    Ok(false)
}

/// A whole batch of a journal.
struct Batch {
    length: usize,
    /// Whether its checksum fits what it holds.
    is_sound: bool,
}

impl Batch {
    /// The one at the beginning of `journal`, if it is there with all of its parts.
    fn first(journal: &[u8]) -> Option<Self> {
        let mut rest = journal;
        if *rest.split_off_first()? != START {
            return None;
        }
        rest.split_off(..4 + 8)?;
        let items = rest;
        loop {
            let held = items.len() - rest.len();
            match *rest.split_off_first()? {
                ITEM => skip_item(&mut rest)?,
                CLEARING => rest.split_off(..8).map(drop)?,
                END => {
                    let checksum = rest.split_off(..8)?;
                    let is_sound = xxh3_64(&items[..held]).to_le_bytes() == checksum;
                    let is_whole = rest.split_off(..TRAILER.len())? == TRAILER;
                    return is_whole
                        .then_some(Self { length: journal.len() - rest.len(), is_sound });
                }
                _ => return None,
            }
        }
    }
}

/// Skips what follows the first byte of an item.
fn skip_item(rest: &mut &[u8]) -> Option<()> {
    rest.split_off(..1 + 1 + 8)?;
    let key = u16::from_le_bytes(rest.split_off(..2)?.try_into().ok()?);
    rest.split_off(..4)?;
    let value = u32::from_le_bytes(rest.split_off(..4)?.try_into().ok()?);
    rest.split_off(..usize::from(key) + value as usize).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LocalEngine;
    use store::{Engine, Write};

    fn journal() -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let engine = LocalEngine::open(folder.path()).unwrap();
        for (key, value) in [("a", Some("value")), ("b", Some("")), ("a", None)] {
            let (key, value) = (key.into(), value.map(Into::into));
            engine.apply(vec![Write { key, value }]).unwrap();
        }
        fs::read(newest(&folder.path().join("engine")).unwrap().unwrap()).unwrap()
    }

    #[test]
    fn batches_are_read_as_the_tree_writes_them() {
        let journal = journal();
        let (mut rest, mut count) = (&journal[..], 0);
        while let Some(batch) = Batch::first(rest) {
            assert!(batch.is_sound);
            (rest, count) = (&rest[batch.length..], count + 1);
        }
        assert_eq!((rest.len(), count), (0, 3));
    }

    #[test]
    fn whatever_is_broken_is_no_sound_batch() {
        let journal = journal();
        let whole = Batch::first(&journal).unwrap().length;
        assert!((0..whole).all(|length| Batch::first(&journal[..length]).is_none()));
        // The count and the number of a batch are outside its checksum.
        for place in (0..whole).filter(|place| !(1..13).contains(place)) {
            for bit in 0..8 {
                let mut broken = journal.clone();
                broken[place] ^= 1 << bit;
                assert!(!Batch::first(&broken).is_some_and(|batch| batch.is_sound), "{place}");
            }
        }
    }
}
