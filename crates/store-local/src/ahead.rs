//! The journal's next stretch, written with zeros before the tree's batches come to it.
//!
//! The tree makes its journals at full length, but without a place on the disk: whatever is synced
//! in one needs the file system's own journal to be synced, too, so that each batch waits for the
//! disk twice. Where zeros are, there is a place. They change nothing that is read: a hole reads as
//! zeros.

use crate::journal::newest;
use rustix::fs::{SeekFrom, seek};
use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::PathBuf,
};
use store::Write;

/// How much is written ahead at once, and what is lost of it when the tree begins a new journal.
const STRETCH_BYTES: usize = 1 << 20;
/// More than what the tree adds to each key and value, and to the batch.
const OVERHEAD_BYTES: usize = 64;

/// Writes ahead of the one journal that grows.
pub(crate) struct Ahead {
    folder: PathBuf,
    left: usize,
}

impl Ahead {
    /// For the tree in `folder`.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, left: 0 }
    }

    /// Makes a place for `batch`. Nothing may be written to the tree meanwhile, or the zeros might
    /// come after what they are to come before.
    pub(crate) fn make_place(&mut self, batch: &[Write]) {
        let bytes = |write: &Write| OVERHEAD_BYTES + write.bytes();
        let needed = OVERHEAD_BYTES + batch.iter().map(bytes).sum::<usize>();
        if needed > self.left {
            self.left = needed.max(STRETCH_BYTES);
            // Writing ahead is only faster: what is wrong with the disk, the batch will tell.
            let _ = self.write_zeros(self.left);
        }
        self.left -= needed;
    }

    fn write_zeros(&self, bytes: usize) -> io::Result<()> {
        let Some(newest) = newest(&self.folder)? else { return Ok(()) };
        let journal = OpenOptions::new().write(true).open(newest)?;
        let (start, end) = hole(&journal)?;
        // A journal that was there when the tree was opened has no hole, and must not grow: the
        // tree appends to it.
        let bytes = usize::try_from(end - start).unwrap_or(bytes).min(bytes);
        journal.write_all_at(&vec![0; bytes], start)
    }
}

/// Where the journal has no place on the disk yet: all that follows what was written.
fn hole(journal: &File) -> io::Result<(u64, u64)> {
    let end = journal.metadata()?.len();
    Ok((seek(journal, SeekFrom::Hole(0))?.min(end), end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use std::os::unix::fs::MetadataExt;

    const WRITTEN: &[u8] = &[7; 5_000];

    /// A journal of `length` of which a little is written; what it has after place was made in it.
    fn after(length: u64) -> (tempfile::TempDir, File) {
        let folder = tempfile::tempdir().unwrap();
        for name in ["9.jnl", "10.jnl", "note.jnl", "11.sst"] {
            let journal = File::create(folder.path().join(name)).unwrap();
            journal.set_len(length).unwrap();
            journal.write_all_at(WRITTEN, 0).unwrap();
        }
        let batch = [Write { key: Bytes::from_static(b"key"), value: None }];
        Ahead::new(folder.path().to_owned()).make_place(&batch);
        let journal = File::open(folder.path().join("10.jnl")).unwrap();
        assert_eq!(
            File::open(folder.path().join("9.jnl")).unwrap().metadata().unwrap().blocks(),
            16
        );
        (folder, journal)
    }

    fn content(journal: &File) -> Vec<u8> {
        let mut content = vec![0; usize::try_from(journal.metadata().unwrap().len()).unwrap()];
        journal.read_exact_at(&mut content, 0).unwrap();
        content
    }

    #[test]
    fn the_newest_journal_gets_a_place_and_reads_as_before() {
        let length = 3 * STRETCH_BYTES;
        let (_folder, journal) = after(length as u64);
        assert!(journal.metadata().unwrap().blocks() * 512 >= STRETCH_BYTES as u64);
        assert!(hole(&journal).unwrap().0 < length as u64);
        assert_eq!(content(&journal), [WRITTEN, &vec![0; length - WRITTEN.len()]].concat());
    }

    #[test]
    fn a_journal_never_grows() {
        let (_folder, journal) = after(WRITTEN.len() as u64);
        assert_eq!(content(&journal), WRITTEN);
        let (_folder, journal) = after(20_000);
        assert_eq!(content(&journal).len(), 20_000);
        assert_eq!(hole(&journal).unwrap(), (20_000, 20_000));
    }
}
