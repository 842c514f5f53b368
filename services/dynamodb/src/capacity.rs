//! Capacity units: what a request consumes, what it reports, what is counted.

use crate::{
    global::replicate,
    index::{Index, collection_size},
    insights::{self, Used},
    table::{Table, TableRef},
    throttle::{self, Direction, PartitionDigest},
    value::key::ItemKey,
};
use service_kit::{metrics::Series, prelude::*};

/// How much of the consumption a request wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ReturnConsumedCapacity {
    /// For the table and each index.
    Indexes,
    /// The sum.
    Total,
    /// Nothing.
    None,
}

impl ReturnConsumedCapacity {
    /// Whether anything is to be told.
    pub(crate) fn wanted(mode: Option<Self>) -> bool {
        matches!(mode, Some(Self::Indexes | Self::Total))
    }
}

/// Units consumed by one table or index.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct Capacity {
    /// Read units, told of transactions alone.
    pub read_capacity_units: Option<f64>,
    /// Write units, told of transactions alone.
    pub write_capacity_units: Option<f64>,
    /// Read or write units.
    pub capacity_units: Option<f64>,
}

/// Units consumed by a request on one table.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ConsumedCapacity {
    /// The table, as the request named it.
    pub table_name: Option<TableRef>,
    /// The sum of everything consumed.
    pub capacity_units: Option<f64>,
    /// Read units, told of transactions alone.
    pub read_capacity_units: Option<f64>,
    /// Write units, told of transactions alone.
    pub write_capacity_units: Option<f64>,
    /// The table's own part.
    pub table: Option<Capacity>,
    /// What its local indexes consumed, by name.
    pub local_secondary_indexes: Option<BTreeMap<String, Capacity>>,
    /// What its global indexes consumed, by name.
    pub global_secondary_indexes: Option<BTreeMap<String, Capacity>>,
}

/// Units consumed by a table and its indexes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Units {
    /// The table's own.
    table: f64,
    local: BTreeMap<String, f64>,
    global: BTreeMap<String, f64>,
    /// Of which partitions of the table, or of the global index with this name.
    partitions: Vec<(Option<String>, (PartitionDigest, f64))>,
    /// By how many bytes which item collections grew.
    grown: Vec<(PartitionDigest, i64)>,
    /// By which keys, where rules tell the most used ones.
    used: Vec<Used>,
}

impl From<f64> for Units {
    fn from(table: f64) -> Self {
        Self { table, ..Self::default() }
    }
}

impl Units {
    /// Units of the item of `table` at `key`.
    pub(crate) fn of(table: &Table, key: &ItemKey, units: f64) -> Self {
        let partitions = vec![(None, (key.partition(), units))];
        let mut all = Self { table: units, partitions, ..Self::default() };
        if insights::are_told(table.insights) {
            all.used(None, table.keys.in_words(key), units);
        }
        all
    }

    /// Says by which keys of a global index, or else of the table, `units` were consumed.
    pub(crate) fn used(&mut self, index: Option<&Index>, keys: Vec<String>, units: f64) {
        let index = index.map(|index| index.name.clone());
        self.used.push(Used { index, keys, units });
    }

    /// Counts what `index` consumed.
    pub(crate) fn add_index(&mut self, index: &Index, units: f64) {
        let all = if index.is_local() { &mut self.local } else { &mut self.global };
        *all.entry(index.name.clone()).or_default() += units;
    }

    /// Says of which partition of a global index, or else of the table, `units` are.
    pub(crate) fn place(&mut self, index: Option<&Index>, partition: PartitionDigest, units: f64) {
        let index = index.filter(|index| !index.is_local()).map(|index| index.name.clone());
        self.partitions.push((index, (partition, units)));
    }

    /// Says by how many bytes an item collection grew.
    pub(crate) fn grow(&mut self, collection: PartitionDigest, bytes: i64) {
        self.grown.push((collection, bytes));
    }

    /// By how many bytes which item collections grew.
    pub(crate) fn grown(&self) -> &[(PartitionDigest, i64)] {
        &self.grown
    }

    /// The units of each partition known, of the table or a global index.
    pub(crate) fn partitions(
        &self,
        index: Option<&str>,
    ) -> impl Iterator<Item = &(PartitionDigest, f64)> {
        let known = self.partitions.iter().filter(move |(name, _)| name.as_deref() == index);
        known.map(|(_, used)| used)
    }

    /// What the table consumed, with its local indexes, which share its capacity.
    pub(crate) fn of_table(&self) -> f64 {
        self.table + self.local.values().sum::<f64>()
    }

    /// What the global index with this name consumed.
    pub(crate) fn of_global(&self, index: &str) -> f64 {
        self.global.get(index).copied().unwrap_or_default()
    }

    /// Counts what another request, or part of one, consumed.
    pub(crate) fn add(&mut self, other: &Self) {
        self.table += other.table;
        self.partitions.extend_from_slice(&other.partitions);
        self.grown.extend_from_slice(&other.grown);
        self.used.extend_from_slice(&other.used);
        for (all, others) in [(&mut self.local, &other.local), (&mut self.global, &other.global)] {
            for (name, units) in others {
                *all.entry(name.clone()).or_default() += units;
            }
        }
    }

    /// The same work in a transaction, which costs twice as much.
    pub(crate) fn doubled(mut self) -> Self {
        let same = Self { grown: Vec::new(), ..self.clone() };
        self.add(&same);
        self
    }

    /// The sum of all.
    pub(crate) fn total(&self) -> f64 {
        self.of_table() + self.global.values().sum::<f64>()
    }
}

/// Read units for `bytes` read at once: one for each 4 KB begun, half of it when the read may be
/// old. Every request pays for at least one.
pub(crate) fn read_units(bytes: usize, consistent: bool) -> f64 {
    let units = bytes.div_ceil(4096).max(1) as f64;
    if consistent { units } else { units / 2.0 }
}

/// Write units for an item that had and has these sizes: one for each KB begun of the larger.
pub(crate) fn write_units(old: usize, new: usize) -> f64 {
    old.max(new).div_ceil(1024).max(1) as f64
}

/// Whether capacity was consumed by a transaction, whose parts are told apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Plainly,
    AsReads,
    AsWrites,
}

impl Told {
    fn capacity(self, units: f64) -> Capacity {
        Capacity {
            read_capacity_units: (self == Self::AsReads).then_some(units),
            write_capacity_units: (self == Self::AsWrites).then_some(units),
            capacity_units: Some(units),
        }
    }

    fn report(
        self,
        mode: Option<ReturnConsumedCapacity>,
        table: &TableRef,
        units: &Units,
    ) -> Option<ConsumedCapacity> {
        let each = mode == Some(ReturnConsumedCapacity::Indexes);
        let indexes = |all: &BTreeMap<String, f64>| {
            let one = |(name, units): (&String, &f64)| (name.clone(), self.capacity(*units));
            (each && !all.is_empty()).then(|| all.iter().map(one).collect())
        };
        let sum = self.capacity(units.total());
        ReturnConsumedCapacity::wanted(mode).then(|| ConsumedCapacity {
            table_name: Some(table.clone()),
            capacity_units: sum.capacity_units,
            read_capacity_units: sum.read_capacity_units,
            write_capacity_units: sum.write_capacity_units,
            table: each.then(|| self.capacity(units.table)),
            local_secondary_indexes: indexes(&units.local),
            global_secondary_indexes: indexes(&units.global),
        })
    }
}

/// What a request is told of its consumption.
pub(crate) fn report(
    mode: Option<ReturnConsumedCapacity>,
    table: &TableRef,
    units: impl Into<Units>,
) -> Option<ConsumedCapacity> {
    Told::Plainly.report(mode, table, &units.into())
}

/// As [`report`] for a transaction that reads.
pub(crate) fn report_transaction_read(
    mode: Option<ReturnConsumedCapacity>,
    table: &TableRef,
    units: &Units,
) -> Option<ConsumedCapacity> {
    Told::AsReads.report(mode, table, units)
}

/// As [`report`] for a transaction that writes.
pub(crate) fn report_transaction_write(
    mode: Option<ReturnConsumedCapacity>,
    table: &TableRef,
    units: &Units,
) -> Option<ConsumedCapacity> {
    Told::AsWrites.report(mode, table, units)
}

/// Counts consumed read units in CloudWatch, and takes them from what the table has left.
pub(crate) fn count_read(cx: &Context, table: &Table, units: impl Into<Units>) {
    count(cx, table, Direction::Read, &units.into());
}

/// As [`count_read`] for write units.
pub(crate) fn count_write(cx: &Context, table: &Table, units: impl Into<Units>) {
    let units = units.into();
    collection_size::follow(cx, table, units.grown());
    count(cx, table, Direction::Write, &units);
    replicate::count(cx, table, &units);
}

fn count(cx: &Context, table: &Table, direction: Direction, units: &Units) {
    throttle::charge(cx, table, direction, units);
    let metric = direction.of("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits");
    insights::count(cx, table, &units.used);
    let own = units.of_table();
    if own > 0.0 {
        let series = Series::new("AWS/DynamoDB", metric, &[("TableName", &table.name)]);
        cx.count(series, own, "Count");
    }
    for (index, units) in &units.global {
        let names = [("TableName", table.name.as_str()), ("GlobalSecondaryIndexName", index)];
        cx.count(Series::new("AWS/DynamoDB", metric, &names), *units, "Count");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begun_units_count_whole() {
        assert_eq!([0, 1, 4096, 4097].map(|size| read_units(size, true)), [1.0, 1.0, 1.0, 2.0]);
        assert_eq!([0, 4096, 4097].map(|size| read_units(size, false)), [0.5, 0.5, 1.0]);
        assert_eq!(write_units(0, 1024), 1.0);
        assert_eq!(write_units(3000, 1), 3.0);
    }
}
