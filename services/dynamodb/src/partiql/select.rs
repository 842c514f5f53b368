//! `SELECT`: which rows are read, in which order, and what is answered of them.

use super::{
    Select, Understood, column,
    keys::{self, Reach, reach},
    token::Position,
};
use crate::{
    capacity::Units,
    error::{DynamoError, invalid, invalid_values},
    expression::{
        key_condition::tests,
        tree::{Condition, Path},
    },
    read::{
        page::{PageRead, Plan, Reading, Rows},
        query::Bounds,
        source::Source,
    },
    table::Table,
    throttle::PartitionDigest,
    value::{
        attribute::{AttributeValue, Attributes},
        key::{ItemKey, Whole},
    },
};
use service_kit::{key::Encoded, prelude::*};
use std::collections::BTreeSet;

/// A page ends behind the partition that reaches so many bytes.
const MAX_PAGE_BYTES: usize = 1 << 20;

/// How a page is read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// Whether the answer must not be old. None ever is; only the price differs.
    pub(crate) consistent: bool,
    /// How many items to read at most.
    pub(crate) limit: Option<u32>,
    /// Where the page before ended.
    pub(crate) after: Option<Position>,
}

/// What a page answers.
#[derive(Debug, Default)]
pub(crate) struct Selected {
    /// The items, as the projection makes them.
    pub(crate) items: Vec<Attributes>,
    /// Where the next page goes on, if there may be one.
    pub(crate) next: Option<Position>,
    /// What was consumed.
    pub(crate) units: Units,
}

/// A `SELECT` on a source, ready to be read.
pub(crate) struct Reads<'s> {
    select: &'s Select,
    source: Source<'s>,
    reach: Reach<'s>,
    rising: bool,
    plan: Plan<'s>,
    fetches: bool,
}

impl<'s> Reads<'s> {
    /// What `select` reads of `source`.
    ///
    /// # Errors
    /// AWS's `ValidationException` for what does not go with the keys.
    pub(crate) fn of(select: &'s Select, source: Source<'s>) -> Understood<Self> {
        let mut reach = reach(select.condition.as_ref(), source)?;
        let rising = order(select, source, &mut reach)?;
        if reach != Reach::Everything {
            check_projected(select, source)?;
        }
        let projection = select.projection.clone();
        let filter = select.condition.clone();
        let mut plan = Plan { filter, projection, ..Plan::default() };
        let fetches = plan.fetches(source, None)?;
        // Columns are named otherwise than a projection's attributes: they are made here.
        plan.projection = None;
        Ok(Self { select, source, reach, rising, plan, fetches })
    }

    /// Whether it chooses no partition.
    pub(crate) fn is_full_scan(&self) -> bool {
        self.reach == Reach::Everything
    }

    /// The values of the partition key that it reads.
    pub(crate) fn leading(&self) -> impl Iterator<Item = &'s AttributeValue> {
        let partitions = match &self.reach {
            Reach::Everything => &[],
            Reach::Partitions(partitions) => partitions.as_slice(),
        };
        partitions.iter().map(|(_, value)| *value)
    }

    /// Reads a page.
    ///
    /// # Errors
    /// AWS's `ValidationException` for a position that is none, or [`Fault`] when storage fails.
    pub(crate) fn page(
        &self,
        cx: &Context,
        tx: &ReadTx<'_>,
        options: &Options,
    ) -> Understood<Selected> {
        let page = match &self.reach {
            Reach::Everything => self.scan(cx, tx, options),
            Reach::Partitions(partitions) => {
                let conditions: Vec<&Condition<'_>> =
                    partitions.iter().map(|(condition, _)| condition).collect();
                self.query((cx, tx), options, &conditions)
            }
        }?;
        let items = page.items.into_iter().map(|item| self.select.row(item)).collect();
        Ok(Selected { items, ..page })
    }

    fn scan(&self, cx: &Context, tx: &ReadTx<'_>, options: &Options) -> Understood<Selected> {
        let after = options.after.as_ref().and_then(|after| after.key.as_ref());
        let from = match after {
            Some(key) => [self.source.position(key)?.as_slice(), &[0]].concat(),
            None => Vec::new(),
        };
        let prefix = Whole(self.source.id());
        let rows = Rows { prefix, from, to: None, order: Order::Ascending };
        let page = self.plan.read(tx, self.reading(cx, options, 0), rows)?;
        let mut selected = Selected::default();
        selected.add(page, self.source, options, (0, None))?;
        Ok(selected)
    }

    fn query(
        &self,
        (cx, tx): (&Context, &ReadTx<'_>),
        options: &Options,
        partitions: &[&Condition<'_>],
    ) -> Understood<Selected> {
        let (first, mut key) = match &options.after {
            Some(after) => (after.partition, after.key.as_ref()),
            None => (0, None),
        };
        let order = if self.rising { Order::Ascending } else { Order::Descending };
        let (mut selected, mut bytes, mut scanned) = (Selected::default(), 0, 0);
        for (index, condition) in partitions.iter().enumerate().skip(first) {
            let mut bounds = Bounds::of(tests(condition)?, self.source, None)?;
            if let Some(key) = key.take() {
                bounds.continue_after(key, self.source, self.rising)?;
            }
            let Bounds { prefix, from, to, partition, .. } = bounds;
            let rows = Rows { prefix: Encoded(&prefix), from, to, order };
            let page = self.plan.read(tx, self.reading(cx, options, scanned), rows)?;
            scanned += page.scanned.unsigned_abs();
            bytes += page.bytes;
            selected.add(page, self.source, options, (index, Some(partition)))?;
            if selected.next.is_none() && bytes >= MAX_PAGE_BYTES && index + 1 < partitions.len() {
                selected.next = Some(Position { partition: index + 1, key: None });
            }
            if selected.next.is_some() {
                break;
            }
        }
        Ok(selected)
    }

    fn reading<'t>(&'t self, cx: &'t Context, options: &Options, scanned: u32) -> Reading<'t> {
        Reading {
            cx,
            source: self.source,
            fetches: self.fetches,
            consistent: options.consistent,
            limit: options.limit.map(|limit| limit.saturating_sub(scanned)),
        }
    }
}

impl Select {
    /// What is answered of `item`.
    pub(crate) fn row(&self, item: Attributes) -> Attributes {
        let Some(paths) = &self.projection else { return item };
        let found = |path: &Path| Some((column(path), path.find(&item)?.clone()));
        paths.iter().filter_map(found).collect()
    }
}

/// The key of the one item that `select` reads within `operation`.
///
/// # Errors
/// AWS's `ValidationException` for a `SELECT` that says less or more than the key.
pub(crate) fn item_read(select: &Select, table: &Table, operation: &str) -> Understood<ItemKey> {
    match keys::single(select.condition.as_ref(), &table.keys) {
        Ok((key, rest)) if rest.is_empty() => table.keys.of_key(&key),
        _ => Err(invalid(format!(
            "Select statements within {operation} must specify the primary key in the where \
             clause."
        ))),
    }
}

/// What a `SELECT` reads that names `index` of `table`.
///
/// # Errors
/// AWS's `ValidationException` for indexes that cannot be read so.
pub(crate) fn source<'t>(
    table: &'t Table,
    index: Option<&str>,
    consistent: bool,
) -> Understood<Source<'t>> {
    if let Some(name) = index {
        let Some(index) = table.index(name).filter(|index| index.is_kept()) else {
            return Err(invalid("The table does not have the specified index"));
        };
        if consistent && !index.is_local() {
            let text = "Strongly consistent read is not supported on Global Secondary Indexes";
            return Err(invalid(text));
        }
    }
    Source::open(table, index, Some(consistent))
}

impl Selected {
    /// Adds a page of the partition that is at this place among those read.
    fn add(
        &mut self,
        page: PageRead,
        source: Source<'_>,
        options: &Options,
        (place, partition): (usize, Option<PartitionDigest>),
    ) -> Result<(), Fault> {
        self.units.add(&page.units(source, options.consistent, partition));
        self.items.extend(page.items.open()?);
        self.next = page.last.map(|key| Position { partition: place, key: Some(key) });
        Ok(())
    }
}

/// A query looks at nothing that the index it reads does not hold.
fn check_projected(select: &Select, source: Source<'_>) -> Understood<()> {
    let Some(index) = source.index else { return Ok(()) };
    let mut lacking = BTreeSet::new();
    if let Some(condition) = &select.condition {
        condition.paths(&mut |path| {
            if !index.projects(path.head(), &source.table.keys) {
                lacking.insert(path.head());
            }
        });
    }
    if lacking.is_empty() {
        return Ok(());
    }
    let (name, lacking) = (&index.name, Vec::from_iter(lacking).join(", "));
    Err(invalid_values(format_args!(
        "Secondary index {name} does not project one or more filter attributes: [{lacking}]"
    )))
}

/// Puts partitions into the order asked for; gives whether sort keys rise.
fn order(select: &Select, source: Source<'_>, reach: &mut Reach<'_>) -> Understood<bool> {
    if select.order.is_empty() {
        return Ok(true);
    }
    if select.condition.is_none() {
        let text = "Must have WHERE clause in the statement when using ORDER BY clause.";
        return Err(invalid(text));
    }
    let Reach::Partitions(partitions) = reach else {
        return Err(invalid(
            "Must have at least one non-optional hash key condition in WHERE clause when using \
             ORDER BY clause.",
        ));
    };
    let (mut rising, mut by_hash) = (true, false);
    for (name, rises) in &select.order {
        if source.hash().iter().any(|attribute| attribute.name == *name) {
            by_hash = true;
            if !rises {
                partitions.reverse();
            }
        } else if source.range().iter().any(|attribute| attribute.name == *name) {
            rising = *rises;
        } else {
            return Err(not_a_key(name));
        }
    }
    if partitions.len() > 1 && !by_hash {
        return Err(invalid(
            "Must have hash key in ORDER BY clause when more than one hash key condition \
             specified in WHERE clause.",
        ));
    }
    Ok(rising)
}

fn not_a_key(name: &str) -> DynamoError {
    invalid(format!("Variable reference {name} in ORDER BY clause must be part of the primary key"))
}
