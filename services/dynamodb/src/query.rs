//! Query: the items of one partition, in the order of the sort key.

use crate::{
    admission,
    attribute::{AttributeName, AttributeValue, Attributes, ExpressionNames, ExpressionValues},
    authorization::{Touched, fault, on_table, table_of},
    capacity::{self, ConsumedCapacity, ReturnConsumedCapacity},
    error::{DynamoError, invalid, invalid_values},
    expression::{
        key_condition::{KeyTest, tests},
        tree::{Comparator, Condition},
    },
    index, insights,
    key::KeyAttribute,
    legacy::{ConditionalOperator, LegacyCondition},
    page::{Given, Legacy, Reading, Rows, Select},
    source::Source,
    table::{self, TableRef},
    throttle::{self, PartitionDigest},
};
use service_kit::{key::Encoded, prelude::*};

pub(crate) enum Query {}

/// What Query takes.
#[derive(Debug, Shape)]
pub struct QueryInput {
    /// The table.
    pub table_name: TableRef,
    /// Which attributes to answer with, in the form from before expressions.
    #[shape(length = 1..)]
    pub attributes_to_get: Option<Vec<AttributeName>>,
    /// Which items to read, in the form from before expressions.
    pub key_conditions: Option<BTreeMap<String, LegacyCondition>>,
    /// Which of the items read to answer with, in the form from before expressions.
    pub query_filter: Option<BTreeMap<String, LegacyCondition>>,
    /// How the conditions of `QueryFilter` are joined.
    pub conditional_operator: Option<ConditionalOperator>,
    /// The index to read instead.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub index_name: Option<String>,
    /// What to answer with.
    pub select: Option<Select>,
    /// How many items to read at most.
    #[shape(range = 1..)]
    pub limit: Option<u32>,
    /// Whether the answer must not be old. None ever is; only the price differs.
    pub consistent_read: Option<bool>,
    /// Whether the order rises.
    pub scan_index_forward: Option<bool>,
    /// The last key of the page before.
    pub exclusive_start_key: Option<Attributes>,
    /// Whether to tell the consumption.
    pub return_consumed_capacity: Option<ReturnConsumedCapacity>,
    /// Which part of the items to answer with.
    pub projection_expression: Option<String>,
    /// Which of the items read to answer with.
    pub filter_expression: Option<String>,
    /// Which items to read.
    pub key_condition_expression: Option<String>,
    /// Names by placeholder.
    pub expression_attribute_names: Option<ExpressionNames>,
    /// Values by placeholder.
    pub expression_attribute_values: Option<ExpressionValues>,
}

/// What Query gives.
#[derive(Debug, Shape)]
pub struct QueryOutput {
    /// The items, unless only their count was asked for.
    pub items: Option<Vec<Attributes>>,
    /// How many passed the filter.
    pub count: Option<i32>,
    /// How many were read.
    pub scanned_count: Option<i32>,
    /// Where the next page starts, if there may be one.
    pub last_evaluated_key: Option<Attributes>,
    /// What was consumed.
    pub consumed_capacity: Option<ConsumedCapacity>,
}

impl QueryInput {
    fn given(&self) -> Given<'_> {
        Given {
            select: self.select,
            index: self.index_name.as_deref(),
            projection: self.projection_expression.as_deref(),
            filter: self.filter_expression.as_deref(),
            key_condition: self.key_condition_expression.as_deref(),
            names: self.expression_attribute_names.as_ref(),
            values: self.expression_attribute_values.as_ref(),
            legacy: Legacy {
                attributes_to_get: self.attributes_to_get.as_deref(),
                filter_name: "QueryFilter",
                filter: self.query_filter.as_ref(),
                conditional_operator: self.conditional_operator,
                key_conditions: self.key_conditions.as_ref(),
            },
        }
    }
}

impl Operation for Query {
    const NAME: &'static str = "Query";
    const DATA_EVENT: bool = true;
    type Input = QueryInput;
    type Output = QueryOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let consumed = input.return_consumed_capacity;
        let mut access = on_table("dynamodb:Query", &input.table_name, at, consumed);
        if let Some(index) = &input.index_name {
            access.resource = format!("{}/index/{index}", access.resource);
        }
        access.with("dynamodb:Select", input.given().selected()).only()
    }

    fn conditions(
        input: &Self::Input,
        tx: &ReadTx<'_>,
        access: &mut [Access],
    ) -> Result<(), Fault> {
        let table = table_of(tx, &input.table_name)?;
        let plan = input.given().plan(Query::NAME).map_err(fault)?;
        let mut touched = Touched::default();
        for condition in plan.key_condition.iter().chain(&plan.filter) {
            touched.condition(condition);
        }
        touched.paths(plan.projection.iter().flatten());
        if let (Some(condition), Some(table)) = (&plan.key_condition, &table) {
            let tests = tests(condition).map_err(fault)?;
            // AWS's key is that of what is read: of an index its own.
            let index = input.index_name.as_deref().and_then(|name| table.index(name));
            let hash = index.and_then(|index| index.keys.hash.first()).unwrap_or(&table.keys.hash);
            let hash = tests.iter().find(|(name, _)| *name == hash.name);
            hash.iter()
                .flat_map(|(_, test)| test.values())
                .for_each(|value| touched.leading(value));
        }
        access.iter_mut().take(1).for_each(|access| touched.take().complete(access));
        Ok(())
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let plan = input.given().plan(Query::NAME)?;
        let condition = plan.key_condition.as_ref().ok_or_else(|| {
            invalid(
                "Either the KeyConditions or KeyConditionExpression parameter must be specified \
                 in the request.",
            )
        })?;
        let (cx, table) = table::open(cx, &input.table_name).await?;
        let source = Source::open(&table, input.index_name.as_deref(), input.consistent_read)?;
        let fetches = plan.fetches(source, input.select)?;
        let mut bounds = Bounds::of(condition, source)?;
        plan.check_filter(source, true)?;
        let partition = bounds.partition;
        let leading = || source.in_words(&bounds.leading);
        admission::read_of(&cx, Self::NAME, (&table, source.index), partition, leading)?;
        let leading = insights::are_told(source.insights()).then(leading);
        let rising = input.scan_index_forward.unwrap_or(true);
        if let Some(start) = &input.exclusive_start_key {
            bounds.continue_after(start, source, rising)?;
        }
        let order = if rising { Order::Ascending } else { Order::Descending };
        let Bounds { prefix, from, to, .. } = bounds;
        let rows = Rows { prefix: Encoded(&prefix), from, to, order };
        let consistent = input.consistent_read.unwrap_or(false);
        let reading = Reading { source, fetches, consistent, limit: input.limit };
        let page = cx.read(|tx| plan.read(tx, reading, rows))?;
        let mut units = page.units(source, consistent, Some(partition));
        if let Some(leading) = leading {
            units.used(source.index, leading, units.total());
        }
        capacity::count_read(&cx, &table, units.clone());
        let consumed = input.return_consumed_capacity;
        Ok(QueryOutput {
            items: (!plan.count_only).then_some(page.items),
            count: Some(page.count),
            scanned_count: Some(page.scanned),
            last_evaluated_key: page.last,
            consumed_capacity: capacity::report(consumed, &input.table_name, units),
        })
    }
}

/// The part of a source that a key condition chooses.
pub(crate) struct Bounds {
    /// What the partition's rows start with.
    pub(crate) prefix: Vec<u8>,
    /// The first row inside, behind the prefix.
    pub(crate) from: Vec<u8>,
    /// The first row beyond; none for the partition's end.
    pub(crate) to: Option<Vec<u8>>,
    /// The partition.
    pub(crate) partition: PartitionDigest,
    /// The values of its key.
    leading: Vec<Vec<u8>>,
    /// Whether the condition says anything of sort keys.
    sorted: bool,
}

impl Bounds {
    /// What `condition` chooses of `source`.
    ///
    /// # Errors
    /// AWS's `ValidationException` for conditions that choose no part of a partition.
    pub(crate) fn of(condition: &Condition<'_>, source: Source<'_>) -> Result<Self, DynamoError> {
        let mut tests = tests(condition)?;
        let (hash, range) = (source.hash(), source.range());
        if tests.len() > 2 && hash.len() + range.len() <= 2 {
            return Err(invalid("Conditions can be of length 1 or 2 only"));
        }
        let mut take = |name: &str| {
            let place = tests.iter().position(|(known, _)| *known == name)?;
            Some(tests.swap_remove(place).1)
        };
        let missed =
            |name: &str| invalid(format!("Query condition missed key schema element: {name}"));
        let mut partition = Vec::with_capacity(hash.len());
        for attribute in hash {
            let test = take(&attribute.name).ok_or_else(|| missed(&attribute.name))?;
            let KeyTest::Compare(Comparator::Equal, value) = test else {
                return Err(invalid("Query key condition not supported"));
            };
            partition.push(key_bytes(attribute, value)?.to_vec());
        }
        let (leading, prefix) = (partition.clone(), source.partition(&partition));
        let partition = throttle::partition(&index::partition(&partition));
        let from = Vec::new();
        let mut bounds = Self { prefix, from, to: None, partition, leading, sorted: false };
        // Of several sort keys the first ones are equal to something, the last one anything.
        let mut open = true;
        for attribute in &range {
            let Some(test) = open.then(|| take(&attribute.name)).flatten() else {
                open = false;
                continue;
            };
            open = bounds.narrow(attribute, &test, source)?;
        }
        if !tests.is_empty() {
            return Err(match range.as_slice() {
                [range] if tests.len() == 1 => missed(&range.name),
                _ => invalid("Query key condition not supported"),
            });
        }
        Ok(bounds)
    }

    /// Takes in what is asked of the next sort key; gives whether one more may follow.
    fn narrow(
        &mut self,
        attribute: &KeyAttribute,
        test: &KeyTest<'_>,
        source: Source<'_>,
    ) -> Result<bool, DynamoError> {
        for value in test.values() {
            let bytes = attribute.bytes(value).ok_or_else(wrong_type)?;
            if !matches!(test, KeyTest::BeginsWith(_)) {
                not_empty(bytes, &attribute.name, value)?;
            }
        }
        // Rows sort as values do, so the bounds of values are those of rows.
        let equal = std::mem::take(&mut self.from);
        let (from, to) = range_of(test, |value| attribute.bytes(value).unwrap_or_default());
        let row = |value: &[u8]| [equal.as_slice(), &source.sortable(value)].concat();
        self.sorted = true;
        self.from = if from.is_empty() { equal.clone() } else { row(&from) };
        self.to = match to {
            Some(to) => Some(row(&to)),
            None => successor(&equal),
        };
        let is_equal = matches!(test, KeyTest::Compare(Comparator::Equal, _));
        Ok(is_equal && source.index.is_some())
    }
}

fn key_bytes<'v>(
    attribute: &KeyAttribute,
    value: &'v AttributeValue,
) -> Result<&'v [u8], DynamoError> {
    let bytes = attribute.bytes(value).ok_or_else(wrong_type)?;
    not_empty(bytes, &attribute.name, value)?;
    Ok(bytes)
}

fn wrong_type() -> DynamoError {
    invalid_values("Condition parameter type does not match schema type")
}

fn not_empty(bytes: &[u8], name: &str, value: &AttributeValue) -> Result<(), DynamoError> {
    if !bytes.is_empty() {
        return Ok(());
    }
    let what = if matches!(value, AttributeValue::S(_)) { "string" } else { "binary" };
    Err(invalid(format!(
        "One or more parameter values are not valid. The AttributeValue for a key attribute \
         cannot contain an empty {what} value. Key: {name}"
    )))
}

/// The first sort key inside and the first one beyond.
fn range_of<'v>(
    test: &KeyTest<'v>,
    bytes: impl Fn(&'v AttributeValue) -> &'v [u8],
) -> (Vec<u8>, Option<Vec<u8>>) {
    let at = |value| bytes(value).to_vec();
    let behind = |value| [bytes(value), &[0]].concat();
    match *test {
        KeyTest::Between(low, high) => (at(low), Some(behind(high))),
        KeyTest::BeginsWith(start) => (at(start), successor(bytes(start))),
        KeyTest::Compare(comparator, value) => match comparator {
            Comparator::Less => (Vec::new(), Some(at(value))),
            Comparator::LessOrEqual => (Vec::new(), Some(behind(value))),
            Comparator::Greater => (behind(value), None),
            Comparator::GreaterOrEqual => (at(value), None),
            // Key conditions have no `<>`.
            Comparator::Equal | Comparator::NotEqual => (at(value), Some(behind(value))),
        },
    }
}

/// The first key behind all that start with `prefix`; none if there is no such key.
fn successor(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|&byte| byte != 0xff)?;
    let mut next = prefix.get(..=last)?.to_vec();
    *next.last_mut()? += 1;
    Some(next)
}

impl Bounds {
    /// Leaves out all up to the key `start`.
    pub(crate) fn continue_after(
        &mut self,
        start: &Attributes,
        source: Source<'_>,
        rising: bool,
    ) -> Result<(), DynamoError> {
        let (prefix, rest) =
            source.locate(start).map_err(|_| invalid("The provided starting key is invalid"))?;
        if prefix != self.prefix {
            return Err(invalid(
                "The provided starting key is outside query boundaries based on provided \
                 conditions",
            ));
        }
        let inside = rest >= self.from && self.to.as_ref().is_none_or(|to| rest < *to);
        if self.sorted && !inside {
            return Err(invalid(
                "The provided starting key does not match the range key predicate",
            ));
        }
        if rising {
            self.from = [rest.as_slice(), &[0]].concat();
        } else {
            self.to = Some(rest);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests_of_bounds {
    use super::*;

    #[test]
    fn the_successor_is_the_first_key_that_does_not_start_so() {
        assert_eq!(successor(b"ab"), Some(b"ac".to_vec()));
        assert_eq!(successor(b"a\xff"), Some(b"b".to_vec()));
        assert_eq!(successor(b"\xff"), None);
        assert_eq!(successor(b""), None);
    }
}
