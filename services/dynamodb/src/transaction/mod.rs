//! Transactions: several writes of different items, all of them or none.

pub(crate) mod ongoing;
pub(crate) mod token;
pub(crate) mod transact_get_items;
pub(crate) mod transact_write_items;

use self::ongoing::Hold;
use crate::{
    capacity::{self, ConsumedCapacity, ReturnConsumedCapacity, Units},
    error::{DynamoError, invalid},
    expression::tree::Update,
    index::{
        self,
        collection::{self, ItemCollectionMetrics},
    },
    item::{self, Stored, UPDATE_TOO_LARGE, guard::Guard},
    table::{Table, TableRef},
    throttle::{
        self,
        admission::{self, Writing},
    },
    value::{attribute::Attributes, key::ItemKey},
};
use service_kit::prelude::*;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// The most bytes of all items of one transaction.
pub(crate) const MAX_BYTES: usize = 4 << 20;
/// What is said of more.
pub(crate) const TOO_LARGE: &str =
    "The aggregate size of the items in the transaction cannot exceed 4 MB";

/// Why one part of a transaction was refused, or that it was not.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct CancellationReason {
    /// The item that a condition was judged by, if asked for.
    pub item: Option<Attributes>,
    /// `None` for a part that could have been done.
    pub code: Option<String>,
    /// AWS's words.
    pub message: Option<String>,
}

impl CancellationReason {
    fn none() -> Self {
        Self { item: None, code: Some("None".into()), message: None }
    }

    /// The reason that is `error`.
    ///
    /// # Errors
    /// Itself when it concerns the whole transaction.
    fn of(error: DynamoError) -> Result<Self, DynamoError> {
        let (code, message, item) = match error {
            DynamoError::ConditionFailed => ("ConditionalCheckFailed", condition_failed(), None),
            DynamoError::ConditionFailedOn { message, item } => {
                ("ConditionalCheckFailed", message, Some(item))
            }
            DynamoError::Common(Fault::Validation(message)) => ("ValidationError", message, None),
            DynamoError::ItemCollectionSizeLimitExceeded => {
                ("ItemCollectionSizeLimitExceeded", "Collection size exceeded.".into(), None)
            }
            DynamoError::TransactionConflict => {
                ("TransactionConflict", "Transaction is ongoing for the item".into(), None)
            }
            DynamoError::ThroughputExceeded { message, .. } => {
                ("ProvisionedThroughputExceeded", message, None)
            }
            DynamoError::Throttled { message, .. }
            | DynamoError::RequestLimitExceeded { message, .. } => {
                ("ThrottlingError", message, None)
            }
            other => return Err(other),
        };
        Ok(Self { item, code: Some(code.into()), message: Some(message) })
    }
}

fn condition_failed() -> String {
    "The conditional request failed".into()
}

/// All of `parts`, or the cancellation that the refused ones cause.
///
/// # Errors
/// `TransactionCanceledException` with a reason for each part, in order; or what concerns the
/// whole transaction.
pub(crate) fn all_or_none<T>(
    parts: impl IntoIterator<Item = Result<T, DynamoError>>,
) -> Result<Vec<T>, DynamoError> {
    let (mut done, mut reasons, mut refused) = (Vec::new(), Vec::new(), false);
    for part in parts {
        match part {
            Ok(part) => {
                done.push(part);
                reasons.push(CancellationReason::none());
            }
            Err(error) => {
                refused = true;
                reasons.push(CancellationReason::of(error)?);
            }
        }
    }
    if !refused {
        return Ok(done);
    }
    Err(canceled(reasons))
}

/// All of `parts`, or the cancellation that the first refused one causes: those behind it are not
/// looked at.
///
/// # Errors
/// As [`all_or_none`].
pub(crate) fn all_or_first<T>(
    parts: impl ExactSizeIterator<Item = Result<T, DynamoError>>,
) -> Result<Vec<T>, DynamoError> {
    let count = parts.len();
    let mut done = Vec::with_capacity(count);
    for part in parts {
        match part {
            Ok(part) => done.push(part),
            Err(error) => {
                let mut reasons = vec![CancellationReason::none(); count];
                if let Some(reason) = reasons.get_mut(done.len()) {
                    *reason = CancellationReason::of(error)?;
                }
                return Err(canceled(reasons));
            }
        }
    }
    Ok(done)
}

/// The cancellation for these reasons.
pub(crate) fn canceled(reasons: Vec<CancellationReason>) -> DynamoError {
    let codes: Vec<&str> = reasons.iter().filter_map(|reason| reason.code.as_deref()).collect();
    let message = format!(
        "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
        codes.join(", ")
    );
    DynamoError::TransactionCanceled { message, cancellation_reasons: reasons }
}

/// What one part of a transaction does to its item.
#[derive(Debug)]
pub(crate) enum Action<'r> {
    /// Nothing.
    Check,
    /// Puts another in its place.
    Put(Stored),
    /// Changes it.
    Update(Update<'r>),
    /// Removes it.
    Delete,
}

/// One part of a transaction.
pub(crate) struct Step<'r> {
    /// The context of the table's account and region.
    pub(crate) cx: Context,
    /// The table as the request names it.
    pub(crate) name: TableRef,
    /// The table.
    pub(crate) table: Arc<Table>,
    /// The item's key.
    pub(crate) key: ItemKey,
    /// Has the key's attributes.
    pub(crate) named: Attributes,
    /// What must hold.
    pub(crate) guard: Option<Guard<'r>>,
    /// What is done.
    pub(crate) action: Action<'r>,
}

/// What one part did.
pub(crate) struct Done {
    units: Units,
    bytes: usize,
    metrics: Option<ItemCollectionMetrics>,
}

impl Step<'_> {
    /// Whether the table's keys and indexes allow it.
    ///
    /// # Errors
    /// AWS's `ValidationException`.
    pub(crate) fn check(&self) -> Result<(), DynamoError> {
        match &self.action {
            Action::Put(new) => index::check_put(&self.table, &new.item),
            Action::Update(update) => index::check_targets(&self.table, update),
            Action::Check | Action::Delete => Ok(()),
        }
    }

    fn run(&self, tx: &mut Tx<'_>, wants_metrics: bool) -> Result<Done, DynamoError> {
        let Self { table, key, .. } = self;
        let mut tx = tx.within(self.cx.scope().clone());
        let old = item::get(&tx.reader(), table, key)?;
        if let Some(guard) = &self.guard {
            guard.check(old.as_ref().map(|old| &old.item))?;
        }
        let old = old.as_ref();
        let size = |item: Option<&Stored>| item.map_or(0, |item| item.size);
        let updated;
        let new = match &self.action {
            Action::Check => {
                let units = capacity::write_units(size(old), 0);
                let units = Units::of(table, key, units);
                return Ok(Done { units, bytes: size(old), metrics: None });
            }
            Action::Delete => None,
            Action::Put(new) => Some(new),
            // What is taken away from an item that is not there makes none.
            Action::Update(update) if old.is_none() && update.only_takes() => None,
            Action::Update(update) => {
                let item = update.apply(old.map_or(&self.named, |old| &old.item))?;
                let size = item::check(&item, UPDATE_TOO_LARGE)?;
                index::check_update(table, &item)?;
                updated = Stored { item, size };
                Some(&updated)
            }
        };
        let units = item::replace(&mut tx, table, key, old, new)?;
        admission::check(&self.cx, table, &units)?;
        let metrics = collection::metrics(&mut tx, table, key, &self.named, wants_metrics)?;
        Ok(Done { units, bytes: size(old).max(size(new)), metrics })
    }
}

/// No part may be about the item of another.
///
/// # Errors
/// AWS's `ValidationException`.
pub(crate) fn check_distinct<'s>(
    items: impl IntoIterator<Item = (&'s str, &'s ItemKey)>,
) -> Result<(), DynamoError> {
    let mut seen = HashSet::new();
    if items.into_iter().all(|item| seen.insert(item)) {
        return Ok(());
    }
    Err(invalid("Transaction request cannot include multiple operations on one item"))
}

/// Begins a transaction of `operation` that does `steps`, for as long as what is given is kept.
///
/// # Errors
/// `TransactionCanceledException` when others are at work on an item, or when capacity lacks;
/// `TransactionInProgressException` when the same is at work by its client request `token`.
pub(crate) fn begin(
    cx: &Context,
    operation: &'static str,
    steps: &[Step<'_>],
    token: Option<&str>,
) -> Result<Hold, DynamoError> {
    let items = steps.iter().map(|step| (&*step.table, &step.key));
    let hold = match ongoing::hold(cx, token, items)? {
        Ok(hold) => hold,
        Err(conflicts) => {
            let part = |(step, conflict): (&Step<'_>, bool)| {
                if !conflict {
                    return Ok(());
                }
                admission::count(&step.cx, &step.table, "TransactionConflict");
                Err(DynamoError::TransactionConflict)
            };
            all_or_none(steps.iter().zip(conflicts).map(part))?;
            return Err(DynamoError::TransactionConflict);
        }
    };
    let mut ahead: HashMap<&str, f64> = HashMap::new();
    let admitted = steps.iter().map(|step| {
        let Step { cx, table, key, .. } = step;
        let ahead = ahead.entry(&table.id).or_default();
        Writing { cx, operation, table, key }.admit_units(*ahead)?;
        let size = if let Action::Put(new) = &step.action { new.size } else { 0 };
        *ahead += 2.0 * capacity::write_units(0, size);
        Ok(())
    });
    let refused = |error: &DynamoError| count_throttled(operation, steps, error);
    all_or_none(admitted).inspect_err(refused)?;
    Ok(hold)
}

/// Counts a transaction that is canceled for lack of capacity.
fn count_throttled(operation: &str, steps: &[Step<'_>], error: &DynamoError) {
    let DynamoError::TransactionCanceled { cancellation_reasons, .. } = error else { return };
    let lacks = |reason: &CancellationReason| {
        matches!(reason.code.as_deref(), Some("ProvisionedThroughputExceeded" | "ThrottlingError"))
    };
    let refused = steps.iter().zip(cancellation_reasons).find(|(_, reason)| lacks(reason));
    if let Some((step, _)) = refused {
        throttle::count_request(&step.cx, &step.table, operation);
    }
}

/// Whether a transaction of `operation` may read these items.
///
/// # Errors
/// `TransactionCanceledException` when others are at work on an item, or when capacity lacks.
pub(crate) fn admit_reads<'r>(
    operation: &'static str,
    reads: impl Iterator<Item = (&'r Context, &'r Table, &'r ItemKey)>,
) -> Result<(), DynamoError> {
    let mut ahead: HashMap<&str, f64> = HashMap::new();
    let admitted = reads.map(|(cx, table, key)| {
        if ongoing::is_held(cx, table, key) {
            admission::count(cx, table, "TransactionConflict");
            return Err(DynamoError::TransactionConflict);
        }
        let ahead = ahead.entry(&table.id).or_default();
        let partition = Some(key.partition());
        throttle::admit_read(cx, table, None, partition, *ahead).inspect_err(|error| {
            let reasons = throttle::reasons(error).unwrap_or_default();
            throttle::count_event(cx, table, reasons);
            throttle::count_request(cx, table, operation);
        })?;
        *ahead += 2.0 * capacity::read_units(0, true);
        Ok(())
    });
    all_or_none(admitted)?;
    Ok(())
}

/// Does all `steps` in `tx`, or none.
///
/// # Errors
/// As [`all_or_none`]; AWS's `ValidationException` for too many bytes.
pub(crate) fn run(
    tx: &mut Tx<'_>,
    steps: &[Step<'_>],
    wants_metrics: bool,
) -> Result<Vec<Done>, DynamoError> {
    let done = all_or_none(steps.iter().map(|step| step.run(tx, wants_metrics)))?;
    if done.iter().map(|done| done.bytes).sum::<usize>() > MAX_BYTES {
        return Err(invalid(TOO_LARGE));
    }
    Ok(done)
}

/// What a transaction that wrote tells of its tables.
pub(crate) struct Told {
    /// What was consumed.
    pub(crate) consumed: Vec<ConsumedCapacity>,
    /// The item collections written to, by table.
    pub(crate) collections: BTreeMap<String, Vec<ItemCollectionMetrics>>,
}

/// Counts what was `done` and says what the request wants to know of it.
pub(crate) fn tell(
    steps: &[Step<'_>],
    done: Vec<Done>,
    mode: Option<ReturnConsumedCapacity>,
) -> Told {
    let mut units: BTreeMap<&TableRef, Units> = BTreeMap::new();
    let mut collections: BTreeMap<String, Vec<ItemCollectionMetrics>> = BTreeMap::new();
    for (step, done) in steps.iter().zip(done) {
        let consumed = done.units.doubled();
        units.entry(&step.name).or_default().add(&consumed);
        capacity::count_write(&step.cx, &step.table, consumed);
        if let Some(metrics) = done.metrics {
            let known = collections.entry(step.name.0.clone()).or_default();
            if !known.contains(&metrics) {
                known.push(metrics);
            }
        }
    }
    let report =
        |(name, units): (&TableRef, &Units)| capacity::report_transaction_write(mode, name, units);
    Told {
        consumed: units.iter().filter_map(|(name, units)| report((name, units))).collect(),
        collections,
    }
}

/// A transaction sent again costs what reading its items does: "TransactWriteItems".
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) fn repeated(
    steps: &[Step<'_>],
    mode: Option<ReturnConsumedCapacity>,
) -> Result<Vec<ConsumedCapacity>, DynamoError> {
    let mut units: BTreeMap<&TableRef, Units> = BTreeMap::new();
    for step in steps {
        let found = step.cx.read(|tx| item::get(tx, &step.table, &step.key))?;
        let size = found.map_or(0, |found| found.size);
        let read = capacity::read_units(size, true);
        let read = Units::of(&step.table, &step.key, read).doubled();
        capacity::count_read(&step.cx, &step.table, read.clone());
        units.entry(&step.name).or_default().add(&read);
    }
    let report = |(name, units)| capacity::report_transaction_read(mode, name, units);
    Ok(units.iter().filter_map(|(name, units)| report((*name, units))).collect())
}
