//! The index of recent writes that commits are validated against.
use crate::reads::Reads;
use bytes::Bytes;
use std::{
    collections::{BTreeMap, VecDeque},
    ops::Bound,
};

/// The most entries kept; transactions older than what had to be dropped must run again.
const MAX_ENTRIES: usize = 1 << 18;

/// Why a transaction may not commit; `key` is one that changed, for contention to queue on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Clash {
    pub(crate) key: Bytes,
}

/// The last commit of each key written after the horizon.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    newest: BTreeMap<Bytes, u64>,
    log: VecDeque<(u64, Bytes)>,
    horizon: u64,
}

impl Recent {
    /// Notes that commit `sequence` wrote `key`.
    pub(crate) fn record(&mut self, sequence: u64, key: Bytes) {
        self.newest.insert(key.clone(), sequence);
        self.log.push_back((sequence, key));
    }

    /// Whether anything in `reads` was written after commit `since`.
    pub(crate) fn check(&self, since: u64, reads: &Reads) -> Result<(), Clash> {
        if since < self.horizon {
            return Err(Clash { key: Bytes::new() });
        }
        if self.newest.is_empty() {
            return Ok(());
        }
        let points = reads.points.iter().filter_map(|key| self.newest.get_key_value(&**key));
        let ranges = reads.ranges.iter().flat_map(|range| {
            let end = range.end().map_or(Bound::Unbounded, Bound::Excluded);
            self.newest.range::<[u8], _>((Bound::Included(range.start()), end))
        });
        match points.chain(ranges).find(|(_, sequence)| **sequence > since) {
            Some((key, _)) => Err(Clash { key: key.clone() }),
            None => Ok(()),
        }
    }

    /// Forgets writes that no live transaction can be in conflict with: those up to `oldest`.
    pub(crate) fn prune(&mut self, oldest: u64) {
        self.horizon = self.horizon.max(oldest);
        while let Some((sequence, key)) = self.log.front() {
            if *sequence > self.horizon {
                if self.log.len() <= MAX_ENTRIES {
                    break;
                }
                self.horizon = *sequence;
            }
            if self.newest.get(key) == Some(sequence) {
                self.newest.remove(key);
            }
            self.log.pop_front();
        }
        if self.log.is_empty() && self.log.capacity() > 4096 {
            self.log = VecDeque::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Order, Range};

    fn point(key: &[u8]) -> Reads {
        let mut reads = Reads::default();
        reads.point(key);
        reads
    }

    #[test]
    fn reads_clash_only_with_later_writes() {
        let mut recent = Recent::default();
        recent.record(5, Bytes::from_static(b"k"));
        assert!(recent.check(4, &point(b"k")).is_err());
        assert!(recent.check(5, &point(b"k")).is_ok());
        assert!(recent.check(4, &point(b"other")).is_ok());
    }

    #[test]
    fn ranges_clash_only_as_far_as_they_were_read() {
        let mut recent = Recent::default();
        recent.record(1, Bytes::from_static(b"m"));
        let upto = |last: Option<&[u8]>, order| {
            let mut reads = Reads::default();
            reads.range(Range::new("a", "z"), order, last);
            recent.check(0, &reads).is_err()
        };
        assert!(upto(None, Order::Ascending));
        assert!(upto(Some(b"m"), Order::Ascending));
        assert!(!upto(Some(b"l"), Order::Ascending));
        assert!(upto(Some(b"m"), Order::Descending));
        assert!(!upto(Some(b"n"), Order::Descending));
    }

    #[test]
    fn transactions_older_than_the_horizon_clash() {
        let mut recent = Recent::default();
        recent.record(1, Bytes::from_static(b"a"));
        recent.record(2, Bytes::from_static(b"a"));
        recent.prune(1);
        assert!(recent.check(0, &point(b"unrelated")).is_err());
        assert!(recent.check(1, &point(b"a")).is_err());
        recent.prune(2);
        assert!(recent.newest.is_empty() && recent.log.is_empty());
    }

    #[test]
    fn the_index_is_bounded() {
        let mut recent = Recent::default();
        for sequence in 1..=(MAX_ENTRIES as u64 + 10) {
            recent.record(sequence, Bytes::from(sequence.to_be_bytes().to_vec()));
        }
        recent.prune(0);
        assert_eq!(recent.log.len(), MAX_ENTRIES);
        assert_eq!(recent.horizon, 10);
    }
}
