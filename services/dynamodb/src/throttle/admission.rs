//! What lets requests in: capacity that is left, no transaction on the same item, room in the item
//! collection. And what is counted of those that are refused.

use crate::{
    capacity::{self, Units},
    error::DynamoError,
    index::{Index, collection_size},
    insights, item,
    table::Table,
    throttle::{self, PartitionDigest},
    transaction::ongoing,
    value::key::ItemKey,
};
use service_kit::{metrics::Series, prelude::*};

/// Whether a request of `operation` may read `table` or its `index`, in `partition` if it reads
/// one alone.
///
/// # Errors
/// As [`throttle::admit_read`].
pub(crate) fn read(
    cx: &Context,
    operation: &str,
    table: &Table,
    index: Option<&Index>,
    partition: Option<PartitionDigest>,
) -> Result<(), DynamoError> {
    throttle::admit_read(cx, table, index, partition, 0.0)
        .inspect_err(|error| count_throttled(cx, operation, table, error))
}

/// As [`read`] of one partition, by a request whose keys rules may tell.
///
/// # Errors
/// As [`throttle::admit_read`].
pub(crate) fn read_of(
    cx: &Context,
    operation: &str,
    (table, index): (&Table, Option<&Index>),
    partition: PartitionDigest,
    keys: impl FnOnce() -> Vec<String>,
) -> Result<(), DynamoError> {
    read(cx, operation, table, index, Some(partition))
        .inspect_err(|_| insights::count_throttled(cx, table, index, keys))
}

/// Counts a request that `error` refuses, if it is throttled.
fn count_throttled(cx: &Context, operation: &str, table: &Table, error: &DynamoError) {
    if let Some(reasons) = throttle::reasons(error) {
        throttle::count_event(cx, table, reasons);
        throttle::count_request(cx, table, operation);
    }
}

/// One item that a request is about to write.
#[derive(Clone, Copy)]
pub(crate) struct Writing<'w> {
    /// The context of the table's account and region.
    pub(crate) cx: &'w Context,
    /// The operation.
    pub(crate) operation: &'static str,
    /// The table.
    pub(crate) table: &'w Table,
    /// The item's key.
    pub(crate) key: &'w ItemKey,
}

impl Writing<'_> {
    /// Whether it may begin.
    ///
    /// # Errors
    /// As [`Writing::admit_part`].
    pub(crate) fn admit(&self) -> Result<(), DynamoError> {
        self.admit_part(0.0).inspect_err(|error| {
            if throttle::reasons(error).is_some() {
                throttle::count_request(self.cx, self.table, self.operation);
            }
        })
    }

    /// As [`Writing::admit`] for part of a request that uses the units `ahead` before.
    ///
    /// # Errors
    /// As [`throttle::admit_write`]; `TransactionConflictException` while a transaction is at work
    /// on the item; [`Fault`] when storage fails.
    pub(crate) fn admit_part(&self, ahead: f64) -> Result<(), DynamoError> {
        self.admit_units(ahead)?;
        if ongoing::is_held(self.cx, self.table, self.key) {
            count(self.cx, self.table, "TransactionConflict");
            return Err(DynamoError::TransactionConflict);
        }
        Ok(())
    }

    /// As [`Writing::admit_part`], by capacity alone: for a transaction that holds the item.
    ///
    /// # Errors
    /// As [`throttle::admit_write`]; [`Fault`] when storage fails.
    pub(crate) fn admit_units(&self, ahead: f64) -> Result<(), DynamoError> {
        let Self { cx, table, key, .. } = self;
        collection_size::look(cx, table, key)?;
        throttle::admit_write(cx, table, key.partition(), ahead).inspect_err(|error| {
            throttle::count_event(cx, table, throttle::reasons(error).unwrap_or_default());
            insights::count_throttled(cx, table, None, || table.keys.in_words(key));
        })?;
        item::name(cx, table, || Some((*key).clone()));
        Ok(())
    }

    /// Whether it may be done, now that it is known to consume `units`.
    ///
    /// # Errors
    /// As [`check`].
    pub(crate) fn check(&self, units: &Units) -> Result<(), DynamoError> {
        check(self.cx, self.table, units)
    }

    /// Counts what `error`, which ended it after it began, consumed: "If a ConditionExpression
    /// evaluates to false, DynamoDB still consumes write capacity".
    pub(crate) fn refused(&self, error: &DynamoError) {
        count_throttled(self.cx, self.operation, self.table, error);
        if matches!(
            error,
            DynamoError::ConditionFailed
                | DynamoError::ConditionFailedOn { .. }
                | DynamoError::DuplicateItem
        ) {
            count(self.cx, self.table, "ConditionalCheckFailedRequests");
            let found = self.cx.read(|tx| item::get(tx, self.table, self.key)).ok().flatten();
            let units = capacity::write_units(found.map_or(0, |found| found.size), 0);
            let units = Units::of(self.table, self.key, units);
            capacity::count_write(self.cx, self.table, units);
        }
    }
}

/// Whether a write of `table` that consumes `units` may be done.
///
/// # Errors
/// As [`throttle::admit_entries`] and [`collection_size::check`].
pub(crate) fn check(cx: &Context, table: &Table, units: &Units) -> Result<(), DynamoError> {
    collection_size::check(cx, table, units.grown())?;
    throttle::admit_entries(cx, table, units)
}

/// Counts one more of `metric` for the table.
pub(crate) fn count(cx: &Context, table: &Table, metric: &'static str) {
    cx.count(Series::new("AWS/DynamoDB", metric, &[("TableName", &table.name)]), 1.0, "Count");
}
