//! Capacity units: what a request consumes, what it reports, what is counted.

use crate::table::{Table, TableRef};
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
    /// The table's own part.
    pub table: Option<Capacity>,
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

/// What a request is told of its consumption.
pub(crate) fn report(
    mode: Option<ReturnConsumedCapacity>,
    table: &TableRef,
    units: f64,
) -> Option<ConsumedCapacity> {
    ReturnConsumedCapacity::wanted(mode).then(|| ConsumedCapacity {
        table_name: Some(table.clone()),
        capacity_units: Some(units),
        table: (mode == Some(ReturnConsumedCapacity::Indexes))
            .then_some(Capacity { capacity_units: Some(units) }),
    })
}

/// Counts consumed read units in CloudWatch.
pub(crate) fn count_read(cx: &Context, table: &Table, units: f64) {
    count(cx, table, "ConsumedReadCapacityUnits", units);
}

/// Counts consumed write units in CloudWatch.
pub(crate) fn count_write(cx: &Context, table: &Table, units: f64) {
    count(cx, table, "ConsumedWriteCapacityUnits", units);
}

fn count(cx: &Context, table: &Table, metric: &str, units: f64) {
    let series = Series::new("AWS/DynamoDB", metric, &[("TableName", &table.name)]);
    cx.count(series, units, "Count");
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
