//! Throttling: reads and writes are let in as long as capacity is left, and charged when done.
//!
//! What is left is known in memory alone. A table or index that was not used yet, or that the
//! process does not know because it is new, has all the unused capacity that is ever kept.

pub(crate) mod admission;
mod bucket;
mod limits;
mod partitions;
mod reason;

pub use self::reason::ThrottlingReason;
pub(crate) use self::{
    limits::Direction,
    partitions::{PartitionDigest, partition},
    reason::{count_event, count_request, reasons},
};

use self::{
    bucket::Bucket,
    limits::{Limit, limit},
    partitions::Partitions,
    reason::{Reached, Why},
};
use crate::{
    capacity::Units,
    error::DynamoError,
    index::Index,
    table::{BillingMode, Table},
};
use foldhash::HashMap;
use parking_lot::Mutex;
use service_kit::{
    metrics::{Series, minute},
    prelude::*,
};

/// The most tables and indexes whose use is known. Those beyond start anew.
const MAX_METERS: usize = 4_096;

/// What is left of everything that has limits.
#[derive(Default)]
struct Meters(Mutex<HashMap<Metered, Meter>>);

impl Live for Meters {
    fn forget(&self, _: &str) {
        // They are by unique ids of tables: those of a table to come are others.
    }
}

/// The reads, or the writes, of the table or index with this id.
type Metered = ([u8; 16], Direction);

/// What is left of one.
struct Meter {
    limit: Limit,
    bucket: Bucket,
    partitions: Option<Partitions>,
    /// The minute for which the reserved capacity is in CloudWatch.
    told: Timestamp,
}

/// A table or one of its global indexes, and what is done with it.
#[derive(Clone, Copy)]
struct Used<'t> {
    table: &'t Table,
    index: Option<&'t Index>,
    direction: Direction,
}

impl<'t> Used<'t> {
    fn limit(self, cx: &Context) -> Option<Limit> {
        limit(cx.platform().settings().throttling, self.table, self.index, self.direction)
    }

    fn id(self) -> Metered {
        let id = self.index.map_or_else(|| self.table.id_bytes(), Index::id_bytes);
        (id, self.direction)
    }

    fn reached(self, why: Why) -> Reached<'t> {
        let Self { table, index, direction } = self;
        Reached { table, index, direction, why }
    }

    /// Whether anything is left beyond the units `ahead`, of it and of its partition.
    fn admit(
        self,
        cx: &Context,
        partition: Option<PartitionDigest>,
        ahead: f64,
    ) -> Result<(), DynamoError> {
        let Some(limit) = self.limit(cx) else { return Ok(()) };
        let now = cx.now();
        let meters = cx.platform().live::<Meters>();
        let meters = meters.0.lock();
        let meter = meters.get(&self.id());
        let left = meter.map_or(limit.rate.most(), |meter| meter.bucket.left(limit.rate, now));
        if left <= ahead {
            return Err(self.reached(limit.why).error(cx.scope()));
        }
        let busy = meter.and_then(|meter| meter.partitions.as_ref()).zip(partition);
        if let (Some((partitions, partition)), Some(most)) = (busy, limit.partition)
            && partitions.used(partition, most, now) >= most
        {
            return Err(self.reached(Why::KeyRange).error(cx.scope()));
        }
        Ok(())
    }

    fn charge<'u>(
        self,
        cx: &Context,
        units: f64,
        partitions: impl Iterator<Item = &'u (PartitionDigest, f64)>,
    ) {
        let Some(limit) = self.limit(cx) else { return };
        let now = cx.now();
        let meters = cx.platform().live::<Meters>();
        let mut meters = meters.0.lock();
        if meters.len() >= MAX_METERS && !meters.contains_key(&self.id()) {
            make_room(&mut meters, now);
        }
        let meter = meters.entry(self.id()).or_insert_with(|| Meter::new(limit, now));
        meter.limit = limit;
        meter.bucket.take(limit.rate, now, units);
        if let Some(most) = limit.partition {
            let known = meter.partitions.get_or_insert_default();
            partitions.for_each(|(partition, units)| known.add(*partition, most, now, *units));
        }
        let is_told = std::mem::replace(&mut meter.told, minute(now)) == minute(now);
        drop(meters);
        if !is_told && self.table.billing == BillingMode::Provisioned {
            self.tell(cx, limit);
        }
    }

    /// Counts what is reserved in CloudWatch, once for each minute in which it is used.
    fn tell(self, cx: &Context, limit: Limit) {
        let mut names = vec![("TableName", self.table.name.as_str())];
        names.extend(self.index.map(|index| ("GlobalSecondaryIndexName", index.name.as_str())));
        let metric = format!("Provisioned{}CapacityUnits", self.direction.as_str());
        cx.count(Series::new("AWS/DynamoDB", metric, &names), limit.rate.per_second, "Count");
    }
}

impl Meter {
    fn new(limit: Limit, now: Timestamp) -> Self {
        let bucket = Bucket::full(limit.rate, now);
        Self { limit, bucket, partitions: None, told: Timestamp::default() }
    }
}

/// Forgets what would be the same if it were not known, or else everything.
fn make_room(meters: &mut HashMap<Metered, Meter>, now: Timestamp) {
    meters.retain(|_, meter| !meter.bucket.is_full(meter.limit.rate, now));
    if meters.len() >= MAX_METERS {
        meters.clear();
    }
}

/// Whether `table`, or its `index`, may be read, in `partition` if it is known, by a request that
/// uses the units `ahead` before.
///
/// # Errors
/// `ProvisionedThroughputExceededException`, or as tables paid by request have it.
pub(crate) fn admit_read(
    cx: &Context,
    table: &Table,
    index: Option<&Index>,
    partition: Option<PartitionDigest>,
    ahead: f64,
) -> Result<(), DynamoError> {
    let index = index.filter(|index| !index.is_local());
    Used { table, index, direction: Direction::Read }.admit(cx, partition, ahead)
}

/// As [`admit_read`] for a write of the table.
///
/// # Errors
/// As [`admit_read`].
pub(crate) fn admit_write(
    cx: &Context,
    table: &Table,
    partition: PartitionDigest,
    ahead: f64,
) -> Result<(), DynamoError> {
    Used { table, index: None, direction: Direction::Write }.admit(cx, Some(partition), ahead)
}

/// Whether the global indexes of `table` can take a write that consumes `units`: a table is written
/// to as fast as the slowest of them.
///
/// # Errors
/// As [`admit_read`].
pub(crate) fn admit_entries(cx: &Context, table: &Table, units: &Units) -> Result<(), DynamoError> {
    for index in table.indexes.iter().filter(|index| units.of_global(&index.name) > 0.0) {
        let used = Used { table, index: Some(index), direction: Direction::Write };
        used.admit(cx, None, 0.0)?;
        for (partition, _) in units.partitions(Some(&index.name)) {
            used.admit(cx, Some(*partition), 0.0)?;
        }
    }
    Ok(())
}

/// Charges `table` and its global indexes with what was used of them.
pub(crate) fn charge(cx: &Context, table: &Table, direction: Direction, units: &Units) {
    let own = units.of_table();
    if own > 0.0 {
        let used = Used { table, index: None, direction };
        used.charge(cx, own, units.partitions(None));
    }
    for index in table.indexes.iter() {
        let units_of_index = units.of_global(&index.name);
        if units_of_index > 0.0 {
            let used = Used { table, index: Some(index), direction };
            used.charge(cx, units_of_index, units.partitions(Some(&index.name)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many meters as may be, of which the first `used` are not full.
    fn meters(used: usize, now: Timestamp) -> HashMap<Metered, Meter> {
        let rate = bucket::Rate { per_second: 1.0, kept_seconds: 300.0 };
        let limit = Limit { rate, why: Why::Provisioned, partition: None };
        let meter = |place: usize| {
            let mut meter = Meter::new(limit, now);
            let units = if place < used { 1.0 } else { 0.0 };
            meter.bucket.take(rate, now, units);
            (((place as u128).to_be_bytes(), Direction::Read), meter)
        };
        (0..MAX_METERS).map(meter).collect()
    }

    #[test]
    fn what_is_known_stays_bounded() {
        let now = Timestamp::from_secs(1_000);
        let mut some = meters(10, now);
        make_room(&mut some, now);
        assert_eq!(some.len(), 10, "those that are full need not be known");
        let mut all = meters(MAX_METERS, now);
        make_room(&mut all, now);
        assert!(all.is_empty());
        let mut late = meters(MAX_METERS, now);
        make_room(&mut late, now + Duration::from_secs(1));
        assert!(late.is_empty(), "a second later all are full again");
    }
}
