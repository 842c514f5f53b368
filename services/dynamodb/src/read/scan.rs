//! Scan: all items of a table, or of one of its segments.

use crate::{
    access::authorization::{Touched, fault, on_table},
    capacity::{self, ConsumedCapacity, ReturnConsumedCapacity},
    error::{DynamoError, invalid},
    item::answer::Answers,
    legacy::{ConditionalOperator, LegacyCondition},
    parameters::Parameters,
    read::{
        page::{Given, Legacy, Reading, Rows, Select},
        source::Source,
    },
    table::{self, TableRef},
    throttle::admission,
    value::{
        attribute::{AttributeName, Attributes, ExpressionNames, ExpressionValues},
        key::Whole,
    },
};
use service_kit::prelude::*;
use shape::{Mismatch, Value};

pub(crate) enum Scan {}

/// What Scan takes.
#[derive(Debug, Shape)]
pub struct ScanInput {
    /// The table.
    pub table_name: TableRef,
    /// Which attributes to answer with, in the form from before expressions.
    #[shape(length = 1..)]
    pub attributes_to_get: Option<Vec<AttributeName>>,
    /// Which of the items read to answer with, in the form from before expressions.
    pub scan_filter: Option<BTreeMap<String, LegacyCondition>>,
    /// How the conditions of `ScanFilter` are joined.
    pub conditional_operator: Option<ConditionalOperator>,
    /// The index to read instead.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub index_name: Option<String>,
    /// How many items to read at most.
    #[shape(range = 1..)]
    pub limit: Option<u32>,
    /// What to answer with.
    pub select: Option<Select>,
    /// The last key of the page before.
    pub exclusive_start_key: Option<Attributes>,
    /// Whether to tell the consumption.
    pub return_consumed_capacity: Option<ReturnConsumedCapacity>,
    /// Into how many segments the table is cut.
    #[shape(range = 1..=1_000_000)]
    pub total_segments: Option<u32>,
    /// Which of them to read.
    #[shape(range = 0..=999_999)]
    pub segment: Option<u32>,
    /// Which part of the items to answer with.
    pub projection_expression: Option<String>,
    /// Which of the items read to answer with.
    pub filter_expression: Option<String>,
    /// Names by placeholder.
    pub expression_attribute_names: Option<ExpressionNames>,
    /// Values by placeholder.
    pub expression_attribute_values: Option<ExpressionValues>,
    /// Whether the answer must not be old. None ever is; only the price differs.
    pub consistent_read: Option<bool>,
}

/// What Scan gives.
#[derive(Debug, Shape)]
pub struct ScanOutput {
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

impl ScanInput {
    fn given(&self) -> Given<'_> {
        Given {
            select: self.select,
            index: self.index_name.as_deref(),
            projection: self.projection_expression.as_deref(),
            filter: self.filter_expression.as_deref(),
            key_condition: None,
            names: self.expression_attribute_names.as_ref(),
            values: self.expression_attribute_values.as_ref(),
            legacy: Legacy {
                attributes_to_get: self.attributes_to_get.as_deref(),
                filter_name: "ScanFilter",
                filter: self.scan_filter.as_ref(),
                conditional_operator: self.conditional_operator,
                key_conditions: None,
            },
        }
    }
}

impl Operation for Scan {
    const NAME: &'static str = "Scan";
    const DATA_EVENT: bool = true;
    type Input = ScanInput;
    type Output = ScanOutput;
    type Error = DynamoError;

    fn check(input: &Value) -> Result<(), Mismatch> {
        let legacy = ["AttributesToGet", "ScanFilter", "ConditionalOperator"];
        let expressions = ["ProjectionExpression", "FilterExpression"];
        Parameters::of(Self::Input::schema(), input, &legacy, &expressions).check()
    }

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let consumed = input.return_consumed_capacity;
        let mut access = on_table("dynamodb:Scan", &input.table_name, at, consumed);
        if let Some(index) = &input.index_name {
            access.resource = format!("{}/index/{index}", access.resource);
        }
        access.with("dynamodb:Select", input.given().selected()).only()
    }

    fn conditions(input: &Self::Input, _: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        let plan = input.given().plan(Scan::NAME).map_err(fault)?;
        let mut touched = Touched::default();
        plan.filter.iter().for_each(|filter| touched.condition(filter));
        touched.paths(plan.projection.iter().flatten());
        access.iter_mut().take(1).for_each(|access| touched.take().complete(access));
        Ok(())
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let (mut from, to) = segment(input.segment, input.total_segments)?;
        let plan = input.given().plan(Scan::NAME)?;
        let (cx, table) = table::open(cx, &input.table_name).await?;
        let source = Source::open(&table, input.index_name.as_deref(), input.consistent_read)?;
        if let Some(start) = &input.exclusive_start_key {
            from = continue_after(start, source, &input, (&from, to.as_deref()))?;
        }
        let fetches = plan.fetches(source, input.select)?;
        plan.check_paths(source, false)?;
        admission::read(&cx, Self::NAME, &table, source.index, None)?;
        let rows = Rows { prefix: Whole(source.id()), from, to, order: Order::Ascending };
        let consistent = input.consistent_read.unwrap_or(false);
        let reading = Reading { cx: &cx, source, fetches, consistent, limit: input.limit };
        let page = cx.read(|tx| plan.read(tx, reading, rows))?;
        let units = page.units(source, consistent, None);
        capacity::count_read(&cx, &table, units.clone());
        let consumed = input.return_consumed_capacity;
        Ok(ScanOutput {
            items: (!plan.count_only).then_some(page.items),
            count: Some(page.count),
            scanned_count: Some(page.scanned),
            last_evaluated_key: page.last,
            consumed_capacity: capacity::report(consumed, &input.table_name, units),
        })
    }
}

/// Where to go on behind the key `start`, which must lie in the segment asked for.
fn continue_after(
    start: &Attributes,
    source: Source<'_>,
    input: &ScanInput,
    (from, to): (&[u8], Option<&[u8]>),
) -> Result<Vec<u8>, DynamoError> {
    if source.index.is_some() {
        source.check_start_hash(start)?;
        source.check_start_rest(start)?;
    }
    let mut position = source.position(start).map_err(|error| match error {
        DynamoError::Common(Fault::Validation(text)) => {
            invalid(format!("The provided starting key is invalid: {text}"))
        }
        other => other,
    })?;
    if position.as_slice() < from || to.is_some_and(|to| position.as_slice() >= to) {
        let (segment, total) = (input.segment.unwrap_or(0), input.total_segments.unwrap_or(1));
        return Err(invalid(format!(
            "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use \
             ExclusiveStartKey with correct Segment. TotalSegments: {total} Segment: {segment}"
        )));
    }
    position.push(0);
    Ok(position)
}

/// The rows of a segment: an equal share of the 32 bits that partitions spread over.
fn segment(
    segment: Option<u32>,
    total: Option<u32>,
) -> Result<(Vec<u8>, Option<Vec<u8>>), DynamoError> {
    let (segment, total) = match (segment, total) {
        (None, None) => return Ok((Vec::new(), None)),
        (Some(_), None) => {
            return Err(invalid(
                "The TotalSegments parameter is required but was not present in the request when \
                 Segment parameter is present",
            ));
        }
        (None, Some(_)) => {
            return Err(invalid(
                "The Segment parameter is required but was not present in the request when \
                 parameter TotalSegments is present",
            ));
        }
        (Some(segment), Some(total)) if segment >= total => {
            return Err(invalid(format!(
                "The Segment parameter is zero-based and must be less than parameter \
                 TotalSegments: Segment: {segment} is not less than TotalSegments: {total}"
            )));
        }
        (Some(segment), Some(total)) => (u64::from(segment), u64::from(total)),
    };
    let edge = |segment: u64| ((segment << 32) / total).try_into().ok().map(u32::to_be_bytes);
    let from = edge(segment).unwrap_or_default().to_vec();
    Ok((from, edge(segment + 1).map(Vec::from)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_meet_and_cover_everything() {
        for total in [1, 3, 7, 1_000_000] {
            let edges = |index| segment(Some(index), Some(total)).unwrap();
            assert_eq!(edges(0).0, [0; 4]);
            assert_eq!(edges(total - 1).1, None);
            for index in 1..total.min(100) {
                assert_eq!(edges(index - 1).1, Some(edges(index).0));
            }
        }
    }
}
