//! Query: the items of one partition, in the order of the sort key.

use crate::{
    access::authorization::{Touched, fault, on_table, table_of},
    capacity::{self, ConsumedCapacity, ReturnConsumedCapacity},
    error::{DynamoError, invalid, invalid_values},
    expression::{
        key_condition::{KeyTest, Tests},
        tree::Comparator,
    },
    index, insights,
    item::answer::Answers,
    legacy::{ConditionalOperator, LegacyCondition},
    parameters::Parameters,
    read::{
        page::{Given, Legacy, Reading, Rows, Select},
        source::Source,
    },
    table::{self, TableRef},
    throttle::{self, PartitionDigest, admission},
    value::{
        attribute::{AttributeName, AttributeValue, Attributes, ExpressionNames, ExpressionValues},
        key::KeyAttribute,
    },
};
use service_kit::{key::Encoded, prelude::*};
use shape::{Mismatch, Value};

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
    #[shape(range = 1.., terse)]
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
    pub items: Option<Answers>,
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

    fn check(input: &Value) -> Result<(), Mismatch> {
        let legacy = ["AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"];
        let expressions = ["ProjectionExpression", "FilterExpression", "KeyConditionExpression"];
        let mut given = Parameters::of(Self::Input::schema(), input, &legacy, &expressions);
        if !given.expressions.contains(&("KeyConditionExpression", true)) {
            // They go with expressions of other purposes.
            given.legacy.retain(|(name, _)| *name != "KeyConditions");
        }
        given.check()
    }

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
        if let (Some(tests), Some(table)) = (plan.key_tests().map_err(fault)?, &table) {
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
        let tests = plan.key_tests()?.ok_or_else(|| {
            invalid(
                "Either the KeyConditions or KeyConditionExpression parameter must be specified \
                 in the request.",
            )
        })?;
        if tests.len() > 2 && input.index_name.is_none() {
            return Err(invalid("Conditions can be of length 1 or 2 only"));
        }
        let (cx, table) = table::open(cx, &input.table_name).await?;
        let source = Source::open(&table, input.index_name.as_deref(), input.consistent_read)?;
        let start = input.exclusive_start_key.as_ref();
        let mut bounds = Bounds::of(tests, source, start)?;
        let partition = bounds.partition;
        let rising = input.scan_index_forward.unwrap_or(true);
        if let Some(start) = start {
            bounds.continue_after(start, source, rising)?;
        }
        let fetches = plan.fetches(source, input.select)?;
        plan.check_paths(source, true)?;
        let leading = || source.in_words(&bounds.leading);
        admission::read_of(&cx, Self::NAME, (&table, source.index), partition, leading)?;
        let leading = insights::are_told(source.insights()).then(leading);
        let order = if rising { Order::Ascending } else { Order::Descending };
        let Bounds { prefix, from, to, exact, .. } = bounds;
        let rows = Rows { prefix: Encoded(&prefix), from, to, order };
        let consistent = input.consistent_read.unwrap_or(false);
        let reading = Reading { cx: &cx, source, fetches, consistent, limit: input.limit };
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
            last_evaluated_key: page.last.filter(|_| !exact),
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
    /// Whether there is one item at most, behind which no page goes on.
    exact: bool,
    /// The values of its key.
    leading: Vec<Vec<u8>>,
    /// Whether the condition says anything of sort keys.
    sorted: bool,
}

impl Bounds {
    /// What `tests` choose of `source`, from which a page that goes on behind `start` is read.
    ///
    /// # Errors
    /// AWS's `ValidationException` for tests that choose no part of a partition, or for a key that
    /// is none of this source.
    pub(crate) fn of(
        mut tests: Tests<'_>,
        source: Source<'_>,
        start: Option<&Attributes>,
    ) -> Result<Self, DynamoError> {
        let (hash, range) = (source.hash(), source.range());
        start.map(|start| source.check_start_hash(start)).transpose()?;
        let mut take = |name: &str| {
            let place = tests.iter().position(|(known, _)| *known == name)?;
            Some(tests.swap_remove(place).1)
        };
        let hash: Vec<_> = hash.into_iter().map(|one| (one, take(&one.name))).collect();
        check_hash(&hash)?;
        start.map(|start| source.check_start_rest(start)).transpose()?;
        let range: Vec<_> = range.into_iter().map(|one| (one, take(&one.name))).collect();
        if !tests.is_empty() {
            return Err(match range.as_slice() {
                [(range, None)] if tests.len() == 1 => missed(&range.name),
                _ => invalid("Query key condition not supported"),
            });
        }
        check_range(&range)?;
        let mut partition = Vec::with_capacity(hash.len());
        for (attribute, test) in hash {
            partition.push(equal_bytes(attribute, test)?);
        }
        let (leading, prefix) = (partition.clone(), source.partition(&partition));
        let partition = throttle::partition(&index::partition(&partition));
        let exact = source.index.is_none() && range.iter().all(|(_, test)| is_equal(test.as_ref()));
        if exact && start.is_some() && !range.is_empty() {
            let text = "The query can return at most one row and cannot be restarted";
            return Err(invalid(text));
        }
        let (from, to) = (Vec::new(), None);
        let mut bounds = Self { prefix, from, to, partition, leading, exact, sorted: false };
        for (attribute, test) in range {
            let Some(test) = test else { break };
            bounds.narrow(attribute, &test, source)?;
        }
        Ok(bounds)
    }

    /// Takes in what is asked of the next sort key.
    fn narrow(
        &mut self,
        attribute: &KeyAttribute,
        test: &KeyTest<'_>,
        source: Source<'_>,
    ) -> Result<(), DynamoError> {
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
        Ok(())
    }
}

/// A key attribute and what is asked of it.
type Asked<'s, 'v> = (&'s KeyAttribute, Option<KeyTest<'v>>);

fn missed(name: &str) -> DynamoError {
    invalid(format!("Query condition missed key schema element: {name}"))
}

fn unordered() -> DynamoError {
    invalid("Attempted conditional constraint is not an indexable operation")
}

fn is_equal(test: Option<&KeyTest<'_>>) -> bool {
    matches!(test, Some(KeyTest::Compare(Comparator::Equal, _)))
}

/// All attributes of a partition key are equal to something.
fn check_hash(hash: &[Asked<'_, '_>]) -> Result<(), DynamoError> {
    if let [(attribute, test)] = hash {
        return if test.is_some() { Ok(()) } else { Err(missed(&attribute.name)) };
    }
    let lacking = hash.iter().filter(|(_, test)| !is_equal(test.as_ref()));
    let lacking: Vec<&str> = lacking.map(|(attribute, _)| attribute.name.as_str()).collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let lacking = lacking.join(", ");
    Err(invalid(format!(
        "HASH key attributes {lacking} must have equality conditions specified in the query"
    )))
}

/// Of several sort keys the first ones are equal to something, the last one anything.
fn check_range(range: &[Asked<'_, '_>]) -> Result<(), DynamoError> {
    if range.iter().any(|(_, test)| test == &Some(KeyTest::Unordered)) {
        return Err(unordered());
    }
    let Some(last) = range.iter().rposition(|(_, test)| test.is_some()) else { return Ok(()) };
    let lacking = range[..last].iter().filter(|(_, test)| !is_equal(test.as_ref()));
    let lacking: Vec<&str> = lacking.map(|(attribute, _)| attribute.name.as_str()).collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let (lacking, last) = (lacking.join(", "), &range[last].0.name);
    Err(invalid(format!(
        "RANGE key attributes {lacking} must have equality conditions specified in the query \
         because a condition is present on key attribute {last}"
    )))
}

/// The bytes of the value that a partition key's attribute is equal to.
fn equal_bytes(
    attribute: &KeyAttribute,
    test: Option<KeyTest<'_>>,
) -> Result<Vec<u8>, DynamoError> {
    let Some(test) = test else { return Err(missed(&attribute.name)) };
    if test == KeyTest::Unordered {
        return Err(unordered());
    }
    for value in test.values() {
        let bytes = attribute.bytes(value).ok_or_else(wrong_type)?;
        not_empty(bytes, &attribute.name, value)?;
    }
    match test {
        KeyTest::Compare(Comparator::Equal, value) => {
            Ok(attribute.bytes(value).unwrap_or_default().to_vec())
        }
        _ => Err(invalid("Query key condition not supported")),
    }
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
        KeyTest::Unordered => (Vec::new(), None),
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
        let (prefix, rest) = source.locate(start)?;
        let inside = rest >= self.from && self.to.as_ref().is_none_or(|to| rest < *to);
        if self.sorted && !inside {
            return Err(invalid(
                "The provided starting key does not match the range key predicate",
            ));
        }
        if prefix != self.prefix {
            return Err(invalid(
                "The provided starting key is outside query boundaries based on provided \
                 conditions",
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
