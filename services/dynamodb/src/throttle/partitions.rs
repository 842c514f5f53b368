//! How busy partitions are: a sketch whose size does not grow with the number of keys.
//!
//! A partition has a slot in each of several rows, which it shares with others. Each slot knows at
//! least what each of its partitions used; the least that a partition's slots know is close to the
//! truth, and only for the busiest does it matter.

use service_kit::prelude::*;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Rows of slots. A quiet partition is mistaken for a busy one if each of its slots is shared with
/// one.
const ROWS: usize = 2;
/// Slots of a row.
const SLOTS: usize = 512;

/// A partition as the sketch knows it: the digest of its key.
pub(crate) type PartitionDigest = u64;

/// The partition with this key.
pub(crate) fn partition(key: &[u8]) -> PartitionDigest {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// Units used lately; what a second brings is gone after a second.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    used: f64,
    at: Timestamp,
}

impl Slot {
    fn used(self, per_second: f64, now: Timestamp) -> f64 {
        (self.used - now.since(self.at).as_secs_f64() * per_second).max(0.0)
    }
}

/// The partitions of one table or index.
#[derive(Debug)]
pub(crate) struct Partitions(Box<[Slot]>);

impl Default for Partitions {
    fn default() -> Self {
        Self(vec![Slot::default(); ROWS * SLOTS].into())
    }
}

impl Partitions {
    fn slots(partition: PartitionDigest) -> [usize; ROWS] {
        std::array::from_fn(|row| {
            let digits = partition.rotate_right(32 * row as u32) as usize % SLOTS;
            row * SLOTS + digits
        })
    }

    /// What a partition that may use `per_second` has used of the second that ends `now`.
    pub(crate) fn used(&self, partition: PartitionDigest, per_second: f64, now: Timestamp) -> f64 {
        let slots = Self::slots(partition).into_iter().filter_map(|slot| self.0.get(slot));
        slots.map(|slot| slot.used(per_second, now)).fold(f64::INFINITY, f64::min)
    }

    /// Counts that it used `units` more.
    pub(crate) fn add(
        &mut self,
        partition: PartitionDigest,
        per_second: f64,
        now: Timestamp,
        units: f64,
    ) {
        let used = self.used(partition, per_second, now) + units;
        for slot in Self::slots(partition) {
            if let Some(slot) = self.0.get_mut(slot) {
                // Not more than the partition itself is known to have used.
                *slot = Slot { used: slot.used(per_second, now).max(used), at: now };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: f64 = 1_000.0;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_busy_partition_is_told_from_many_quiet_ones() {
        let (mut partitions, busy) = (Partitions::default(), partition(b"busy"));
        for key in 0_u32..2_000 {
            partitions.add(partition(&key.to_be_bytes()), LIMIT, at(0), 1.0);
            partitions.add(busy, LIMIT, at(0), 1.0);
        }
        let used = partitions.used(busy, LIMIT, at(0));
        assert!((2_000.0..2_050.0).contains(&used), "{used}");
        let is_busy =
            |key: &u32| partitions.used(partition(&key.to_be_bytes()), LIMIT, at(0)) >= LIMIT;
        let mistaken = (0_u32..2_000).filter(is_busy).count();
        assert!(mistaken <= 1, "{mistaken}");
    }

    #[test]
    fn what_was_used_is_gone_after_a_while() {
        let (mut partitions, key) = (Partitions::default(), partition(b"key"));
        partitions.add(key, LIMIT, at(0), 1_500.0);
        assert_eq!(partitions.used(key, LIMIT, at(500)), 1_000.0);
        assert_eq!(partitions.used(key, LIMIT, at(2_000)), 0.0);
        assert_eq!(partitions.used(key, LIMIT, at(-60_000)), 1_500.0, "a clock that went back");
        partitions.add(key, LIMIT, at(-60_000), 0.0);
        assert_eq!(partitions.used(key, LIMIT, at(-59_000)), 500.0);
    }
}
