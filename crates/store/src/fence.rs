//! Fences: rows that nobody may write while they are being removed, nor afterwards if he began
//! before.
use crate::tx::Changes;
use parking_lot::RwLock;
use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

/// When an author of transactions began, as told by the fences that were lowered until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Era(u64);

impl Era {
    /// Of the author who removes what is behind fences: none stops him.
    pub const BEYOND: Self = Self(u64::MAX);
}

/// All fences, up or lowered, by what stands behind the table's name in the keys fenced off.
#[derive(Debug, Default)]
pub(crate) struct Fences {
    /// Whether there ever was one: without, a commit pays one look.
    any: AtomicBool,
    lowered: AtomicU64,
    /// The era from which on rows may be written.
    until: RwLock<HashMap<Box<[u8]>, Era>>,
}

impl Fences {
    pub(crate) fn era(&self) -> Era {
        Era(self.lowered.load(Ordering::Acquire))
    }

    pub(crate) fn raise(&self, part: &[u8]) {
        self.until.write().insert(part.into(), Era::BEYOND);
        self.any.store(true, Ordering::Release);
    }

    pub(crate) fn lower(&self, part: &[u8]) {
        let mut until = self.until.write();
        if let Some(until) = until.get_mut(part) {
            *until = Era(self.lowered.fetch_add(1, Ordering::AcqRel) + 1);
        }
    }

    /// Whether an author who began in `era` may write rows of `part`.
    pub(crate) fn admits(&self, part: &[u8], era: Era) -> bool {
        !self.any.load(Ordering::Acquire)
            || self.until.read().get(part).is_none_or(|until| era >= *until)
    }

    /// Whether no fence is in the way of `changes`.
    pub(crate) fn admit(&self, changes: &Changes) -> bool {
        if !self.any.load(Ordering::Acquire) {
            return true;
        }
        let until = self.until.read();
        let is_free = |part: &[u8]| until.get(part).is_none_or(|until| changes.era >= *until);
        let appended = changes.entries.iter().map(|entry| &entry.prefix[..]);
        let mut keys = changes.writes.keys().map(|key| &key[..]).chain(appended);
        keys.all(|key| part_of(key).is_none_or(is_free))
            && changes.claims.iter().all(|part| is_free(part))
    }
}

/// What stands between the table's name and the next pair of zero bytes.
fn part_of(key: &[u8]) -> Option<&[u8]> {
    let rest = key.get(key.iter().position(|byte| *byte == 0)? + 1..)?;
    rest.get(..rest.windows(2).position(|pair| pair == [0, 0])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_is_what_follows_the_table() {
        assert_eq!(part_of(b"t.t\x00123\0\0x\0\0"), Some(&b"123"[..]));
        assert_eq!(part_of(b"t.t\x00123\0\0"), Some(&b"123"[..]));
        assert_eq!(part_of(b"t.t\x00123"), None);
        assert_eq!(part_of(b"t.t"), None);
    }

    #[test]
    fn who_began_before_a_fence_was_lowered_stays_out() {
        let fences = Fences::default();
        let before = fences.era();
        assert!(fences.admits(b"1", before));
        fences.raise(b"1");
        assert!(!fences.admits(b"1", fences.era()) && fences.admits(b"1", Era::BEYOND));
        assert!(fences.admits(b"12", before), "neither longer names");
        fences.lower(b"1");
        assert!(!fences.admits(b"1", before) && fences.admits(b"1", fences.era()));
        fences.lower(b"2");
        assert!(fences.admits(b"2", before), "what was never up");
    }
}
