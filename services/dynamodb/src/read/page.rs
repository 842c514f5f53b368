//! Pages of Query and Scan: what is read, filtered, chosen and counted.

use crate::{
    access::authorization::fault,
    capacity::{self, Units},
    error::{DynamoError, invalid, invalid_values},
    expression::{
        Placeholders,
        key_condition::{Tests, tests},
        projection::project,
        tree::{Condition, Path},
    },
    index::{Projected, not_scalar},
    item::{self, ITEMS, answer::Answers},
    legacy::{self, ConditionalOperator, LegacyCondition},
    read::source::Source,
    table::Table,
    throttle::PartitionDigest,
    value::{
        attribute::{AttributeName, Attributes, ExpressionNames, ExpressionValues},
        codec,
    },
};
use service_kit::{key::Key, prelude::*};
use std::ops::ControlFlow;

/// A page ends with the item that reaches this many bytes.
const MAX_PAGE_BYTES: usize = 1 << 20;

/// What a read answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum Select {
    /// What the projection chooses.
    SpecificAttributes,
    /// How many there are.
    Count,
    /// Whole items.
    AllAttributes,
    /// What an index holds of the items.
    AllProjectedAttributes,
}

/// The parameters that Query and Scan share, as given.
pub(crate) struct Given<'r> {
    pub(crate) select: Option<Select>,
    pub(crate) index: Option<&'r str>,
    pub(crate) projection: Option<&'r str>,
    pub(crate) filter: Option<&'r str>,
    /// Query's `KeyConditionExpression`.
    pub(crate) key_condition: Option<&'r str>,
    pub(crate) names: Option<&'r ExpressionNames>,
    pub(crate) values: Option<&'r ExpressionValues>,
    /// The parameters from before expressions.
    pub(crate) legacy: Legacy<'r>,
}

/// The parameters from before expressions that Query and Scan share.
pub(crate) struct Legacy<'r> {
    pub(crate) attributes_to_get: Option<&'r [AttributeName]>,
    /// The filter's name, `QueryFilter` or `ScanFilter`.
    pub(crate) filter_name: &'static str,
    pub(crate) filter: Option<&'r BTreeMap<String, LegacyCondition>>,
    pub(crate) conditional_operator: Option<ConditionalOperator>,
    /// Query's `KeyConditions`.
    pub(crate) key_conditions: Option<&'r BTreeMap<String, LegacyCondition>>,
}

/// What a page is made by.
#[derive(Debug, Default)]
pub(crate) struct Plan<'r> {
    pub(crate) key_condition: Option<Condition<'r>>,
    /// The key condition from before expressions.
    pub(crate) key_conditions: Option<&'r BTreeMap<String, LegacyCondition>>,
    pub(crate) filter: Option<Condition<'r>>,
    /// What messages call the filter, where it is not an expression.
    pub(crate) filter_name: Option<&'static str>,
    pub(crate) projection: Option<Vec<Path>>,
    pub(crate) count_only: bool,
}

impl<'r> Given<'r> {
    /// Reads the expressions.
    ///
    /// # Errors
    /// AWS's `ValidationException` for what is wrong with them, or with `Select`.
    pub(crate) fn plan(&self, operation: &str) -> Result<Plan<'r>, DynamoError> {
        let Legacy { filter, conditional_operator, .. } = self.legacy;
        legacy::check_operator(conditional_operator, filter.map_or(0, BTreeMap::len))?;
        let placeholders = Placeholders::new(self.names, self.values);
        self.check_select(operation)?;
        let condition = |parameter, text: Option<&str>| {
            text.map(|text| placeholders.condition(parameter, text)).transpose()
        };
        let mut plan = Plan {
            key_condition: condition("KeyConditionExpression", self.key_condition)?,
            key_conditions: None,
            filter: condition("FilterExpression", self.filter)?,
            projection: self.projection.map(|text| placeholders.projection(text)).transpose()?,
            count_only: self.select == Some(Select::Count),
            filter_name: self.legacy.filter.map(|_| self.legacy.filter_name),
        };
        placeholders.finish()?;
        self.translate_legacy(&mut plan)?;
        Ok(plan)
    }

    /// Takes what legacy parameters say into `plan`.
    fn translate_legacy(&self, plan: &mut Plan<'r>) -> Result<(), DynamoError> {
        let Legacy { attributes_to_get, filter, conditional_operator, key_conditions, .. } =
            self.legacy;
        if let Some(names) = attributes_to_get {
            plan.projection = Some(legacy::attributes_to_get(names)?);
        }
        if filter.is_some() {
            plan.filter = legacy::filter(filter, conditional_operator)?;
        }
        if let Some(conditions) = key_conditions {
            plan.key_condition = Some(legacy::key_conditions(conditions)?);
            plan.key_conditions = Some(conditions);
        }
        Ok(())
    }

    /// The parameter that chooses attributes, if one does.
    fn projected_by(&self) -> Option<&'static str> {
        let attributes = self.legacy.attributes_to_get.map(|_| "AttributesToGet");
        attributes.or(self.projection.map(|_| "ProjectionExpression"))
    }

    fn check_select(&self, operation: &str) -> Result<(), DynamoError> {
        let projected_by = self.projected_by();
        match (self.select, projected_by) {
            (Some(Select::AllProjectedAttributes), _) if self.index.is_none() => {
                let verb = if operation == "Query" { "Querying" } else { "Scanning" };
                Err(invalid_values(format_args!(
                    "ALL_PROJECTED_ATTRIBUTES can be used only when {verb} using an IndexName"
                )))
            }
            (Some(Select::SpecificAttributes), None) => Err(invalid(
                "Must specify the AttributesToGet or ProjectionExpression when choosing to get \
                 SPECIFIC_ATTRIBUTES",
            )),
            (Some(Select::Count), Some(parameter)) => Err(invalid(format!(
                "Cannot specify the {parameter} when choosing to get only the Count"
            ))),
            (
                Some(select @ (Select::AllAttributes | Select::AllProjectedAttributes)),
                Some(parameter),
            ) => {
                let select = select.as_str();
                Err(invalid(format!(
                    "Cannot specify the {parameter} when choosing to get {select}"
                )))
            }
            _ => Ok(()),
        }
    }

    /// The `dynamodb:Select` that policies see.
    pub(crate) fn selected(&self) -> &'static str {
        match self.select {
            Some(select) => select.as_str(),
            None if self.projected_by().is_some() => Select::SpecificAttributes.as_str(),
            None if self.index.is_some() => Select::AllProjectedAttributes.as_str(),
            None => Select::AllAttributes.as_str(),
        }
    }
}

/// One page.
#[derive(Debug, Default)]
pub(crate) struct PageRead {
    /// What is answered with; empty when only the count was asked for.
    pub(crate) items: Answers,
    /// How many passed the filter.
    pub(crate) count: i32,
    /// How many were read.
    pub(crate) scanned: i32,
    /// Bytes read, as AWS counts them.
    pub(crate) bytes: usize,
    /// The key of the last item read, when the page ended before the range did.
    pub(crate) last: Option<Attributes>,
    /// Bytes of the items fetched from the table for entries of an index.
    fetched_bytes: usize,
    /// Read units for them.
    fetched_units: f64,
}

impl PageRead {
    /// What reading it from `source`, or from one `partition` of it, consumed.
    pub(crate) fn units(
        &self,
        source: Source<'_>,
        consistent: bool,
        partition: Option<PartitionDigest>,
    ) -> Units {
        let read = capacity::read_units(self.bytes, consistent);
        let mut units = match source.index {
            None => Units::from(read),
            Some(index) => {
                let mut units = Units::from(self.fetched_units);
                units.add_index(index, read);
                units
            }
        };
        if let Some(partition) = partition {
            units.place(source.index, partition, read + self.fetched_units);
        }
        units
    }
}

/// How a page is read.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'t> {
    /// For which request.
    pub(crate) cx: &'t Context,
    /// From where.
    pub(crate) source: Source<'t>,
    /// Whether an index's entries do not hold all that is asked for: [`Plan::fetches`].
    pub(crate) fetches: bool,
    /// Whether the answer must not be old.
    pub(crate) consistent: bool,
    /// The most items.
    pub(crate) limit: Option<u32>,
}

impl Reading<'_> {
    /// Names an item that is answered with, for the journal.
    fn name(&self, item: impl FnOnce() -> Option<Attributes>) {
        let table = self.source.table;
        let key = |item: Attributes| table.keys.of_key(&table.keys.extract(&item)).ok();
        item::name(self.cx, table, || item().and_then(key));
    }
}

/// The rows a page is read from.
pub(crate) struct Rows<K> {
    /// What they start with.
    pub(crate) prefix: K,
    /// From here, included.
    pub(crate) from: Vec<u8>,
    /// To here, excluded; none for the end of the prefix.
    pub(crate) to: Option<Vec<u8>>,
    /// In which order.
    pub(crate) order: Order,
}

impl Plan<'_> {
    /// What the key condition asks of each attribute; none without one.
    ///
    /// # Errors
    /// As [`tests`].
    pub(crate) fn key_tests(&self) -> Result<Option<Tests<'_>>, DynamoError> {
        match (self.key_conditions, &self.key_condition) {
            (Some(given), _) => Ok(Some(legacy::key_tests(given))),
            (None, condition) => condition.as_ref().map(tests).transpose(),
        }
    }

    /// Reads a page from `rows`.
    ///
    /// # Errors
    /// [`Fault::Internal`] when storage fails or a row does not read.
    pub(crate) fn read(
        &self,
        tx: &ReadTx<'_>,
        reading: Reading<'_>,
        rows: Rows<impl Key>,
    ) -> Result<PageRead, Fault> {
        let mut page = PageRead::default();
        let mut damaged = None;
        let Rows { prefix, from, to, order } = rows;
        tx.visit_bytes(ITEMS, prefix, (&from, to.as_deref()), order, |_, row| {
            match self.row(tx, &mut page, reading, row) {
                Ok(flow) => flow,
                Err(fault) => {
                    damaged = Some(fault);
                    ControlFlow::Break(())
                }
            }
        })?;
        damaged.map_or(Ok(page), Err)
    }

    fn row(
        &self,
        tx: &ReadTx<'_>,
        page: &mut PageRead,
        reading: Reading<'_>,
        row: &Bytes,
    ) -> Result<ControlFlow<()>, Fault> {
        let limit = reading.limit.map_or(i32::MAX, |limit| limit.try_into().unwrap_or(i32::MAX));
        page.bytes += codec::size(row)?;
        page.scanned += 1;
        let is_last = page.scanned >= limit || page.bytes + page.fetched_bytes >= MAX_PAGE_BYTES;
        let looks_inside = reading.fetches || self.filter.is_some() || self.projection.is_some();
        let item =
            (is_last || looks_inside).then(|| reading.source.table.decode(row)).transpose()?;
        page.last = item.as_ref().filter(|_| is_last).map(|item| reading.source.key_of(item));
        match item.filter(|_| looks_inside) {
            Some(item) => self.take(tx, page, reading, item)?,
            None => {
                page.count += 1;
                if !self.count_only {
                    page.items.push_whole(reading.source.table, row)?;
                    reading.name(|| reading.source.table.decode(row).ok());
                }
            }
        }
        Ok(if is_last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    /// Takes `item`, or what is chosen of it, if it passes the filter.
    fn take(
        &self,
        tx: &ReadTx<'_>,
        page: &mut PageRead,
        reading: Reading<'_>,
        mut item: Attributes,
    ) -> Result<(), Fault> {
        if reading.fetches {
            item = page.fetch(tx, reading, item)?;
        }
        if self.filter.as_ref().is_some_and(|filter| !filter.holds(&item)) {
            return Ok(());
        }
        page.count += 1;
        if self.count_only {
            return Ok(());
        }
        reading.name(|| Some(item.clone()));
        page.items.push(match &self.projection {
            Some(paths) => project(&item, &paths.iter().collect::<Vec<_>>()),
            None => item,
        })
    }

    /// Whether the entries of a local index lack something that is asked for, so that it comes
    /// from the table. Global indexes have only what they hold.
    ///
    /// # Errors
    /// AWS's `ValidationException` for what a global index does not hold.
    pub(crate) fn fetches(
        &self,
        source: Source<'_>,
        select: Option<Select>,
    ) -> Result<bool, DynamoError> {
        let Some(index) = source.index else { return Ok(false) };
        if index.projection == Projected::All {
            return Ok(false);
        }
        let lacks = |path: &Path| !index.projects(path.head(), &source.table.keys);
        let lacking: Vec<&str> =
            self.projection.iter().flatten().filter(|path| lacks(path)).map(Path::head).collect();
        let all = select == Some(Select::AllAttributes);
        if index.is_local() {
            let mut filter_lacks = false;
            if let Some(filter) = &self.filter {
                filter.paths(&mut |path| filter_lacks |= lacks(path));
            }
            return Ok(all || filter_lacks || !lacking.is_empty());
        }
        let name = &index.name;
        if all {
            return Err(invalid_values(format_args!(
                "Select type ALL_ATTRIBUTES is not supported for global secondary index {name} \
                 because its projection type is not ALL"
            )));
        }
        if !lacking.is_empty() {
            let lacking = lacking.join(", ");
            return Err(invalid_values(format_args!(
                "Global secondary index {name} does not project [{lacking}]"
            )));
        }
        Ok(false)
    }

    /// Filters look at nothing that the key already decides, and neither they nor projections look
    /// into key attributes.
    ///
    /// # Errors
    /// AWS's `ValidationException`.
    pub(crate) fn check_paths(&self, source: Source<'_>, query: bool) -> Result<(), DynamoError> {
        let mut wrong = None;
        let mut check = |path: &Path| {
            let name = path.head();
            if wrong.is_some() || !query || !source.is_key(name) {
                return;
            }
            let filter = self.filter_name.unwrap_or("Filter Expression");
            wrong = Some(invalid(format!(
                "{filter} can only contain non-primary key attributes: Primary key attribute: \
                 {name}"
            )));
        };
        let mut paths: Vec<&Path> = self.projection.iter().flatten().collect();
        if let Some(filter) = &self.filter {
            filter.paths(&mut check);
            filter.paths(&mut |path| paths.push(path));
        }
        wrong.map_or(Ok(()), Err)?;
        check_scalars(source.table, paths)
    }
}

/// No path looks into a key attribute of `table` or its indexes.
///
/// # Errors
/// AWS's `ValidationException`.
pub(crate) fn check_scalars<'p>(
    table: &Table,
    paths: impl IntoIterator<Item = &'p Path>,
) -> Result<(), DynamoError> {
    for path in paths.into_iter().filter(|path| path.as_top().is_none()) {
        let name = path.head();
        if table.keys.contains(name) {
            return Err(not_scalar("Key", name));
        }
        if table.indexes.iter().any(|index| index.is_kept() && index.keys.contains(name)) {
            return Err(not_scalar("IndexKey", name));
        }
    }
    Ok(())
}

impl PageRead {
    /// The whole item that an entry of an index is of.
    fn fetch(
        &mut self,
        tx: &ReadTx<'_>,
        reading: Reading<'_>,
        entry: Attributes,
    ) -> Result<Attributes, Fault> {
        let table = reading.source.table;
        let key = table.keys.of_key(&table.keys.extract(&entry)).map_err(fault)?;
        let Some(found) = item::get(tx, table, &key)? else { return Ok(entry) };
        self.fetched_bytes += found.size;
        self.fetched_units += capacity::read_units(found.size, reading.consistent);
        Ok(found.item)
    }
}
