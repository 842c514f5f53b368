//! PutItem: store an item, in place of the one with its key.

use crate::{
    access::authorization::{Touched, fault, on_table, returning, table_of},
    capacity::{self, ConsumedCapacity, ReturnConsumedCapacity},
    error::DynamoError,
    index::{
        self,
        collection::{self, ItemCollectionMetrics},
    },
    item::{
        self, PUT_TOO_LARGE, Stored,
        guard::{
            Asked, Guard, ReturnItemCollectionMetrics, ReturnValue,
            ReturnValuesOnConditionCheckFailure, wants_old,
        },
    },
    legacy::{ConditionalOperator, ExpectedAttributeValue},
    table::{self, TableRef},
    throttle::admission::Writing,
    value::attribute::{ATTRIBUTE_NAME, Attributes, ExpressionNames, ExpressionValues},
};
use service_kit::prelude::*;
use shape::{Mismatch, Value};

pub(crate) enum PutItem {}

/// What PutItem takes.
#[derive(Debug, Shape)]
pub struct PutItemInput {
    /// The table.
    pub table_name: TableRef,
    /// The item.
    pub item: Attributes,
    /// Which state of the item to answer with.
    pub return_values: Option<ReturnValue>,
    /// Whether to tell the consumption.
    pub return_consumed_capacity: Option<ReturnConsumedCapacity>,
    /// Whether to tell of the item collection.
    pub return_item_collection_metrics: Option<ReturnItemCollectionMetrics>,
    /// What must hold, in the form from before expressions.
    #[shape(keys = ATTRIBUTE_NAME)]
    pub expected: Option<BTreeMap<String, ExpectedAttributeValue>>,
    /// How the conditions of `Expected` are joined.
    pub conditional_operator: Option<ConditionalOperator>,
    /// What must hold for the item that is there.
    pub condition_expression: Option<String>,
    /// Names by placeholder.
    pub expression_attribute_names: Option<ExpressionNames>,
    /// Values by placeholder.
    pub expression_attribute_values: Option<ExpressionValues>,
    /// Whether a refusal answers with the item.
    pub return_values_on_condition_check_failure: Option<ReturnValuesOnConditionCheckFailure>,
}

/// What PutItem gives.
#[derive(Debug, Shape)]
pub struct PutItemOutput {
    /// The item before.
    pub attributes: Option<Attributes>,
    /// What was consumed.
    pub consumed_capacity: Option<ConsumedCapacity>,
    /// The item collection written to.
    pub item_collection_metrics: Option<ItemCollectionMetrics>,
}

impl PutItemInput {
    fn guard(&self) -> Result<Option<Guard<'_>>, DynamoError> {
        Guard::asked(&Asked {
            condition: self.condition_expression.as_deref(),
            names: self.expression_attribute_names.as_ref(),
            values: self.expression_attribute_values.as_ref(),
            expected: self.expected.as_ref(),
            operator: self.conditional_operator,
            on_failure: self.return_values_on_condition_check_failure,
        })
    }
}

impl Operation for PutItem {
    const NAME: &'static str = "PutItem";
    const DATA_EVENT: bool = true;
    type Input = PutItemInput;
    type Output = PutItemOutput;
    type Error = DynamoError;

    fn check(input: &Value) -> Result<(), Mismatch> {
        Asked::check::<Self::Input>(input)
    }

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let consumed = input.return_consumed_capacity;
        let access = on_table("dynamodb:PutItem", &input.table_name, at, consumed);
        returning(access, input.return_values).only()
    }

    fn conditions(
        input: &Self::Input,
        tx: &ReadTx<'_>,
        access: &mut [Access],
    ) -> Result<(), Fault> {
        let mut touched = Touched::default();
        touched.item(&input.item, table_of(tx, &input.table_name)?.as_ref());
        if let Some(guard) = input.guard().map_err(fault)? {
            touched.condition(&guard.condition);
        }
        access.iter_mut().take(1).for_each(|access| touched.take().complete(access));
        Ok(())
    }

    async fn run(cx: &Context, mut input: Self::Input) -> Result<Self::Output, DynamoError> {
        let wants_old = wants_old(input.return_values)?;
        let size = item::check(&input.item, PUT_TOO_LARGE)?;
        let new = Stored { item: std::mem::take(&mut input.item), size };
        let guard = input.guard()?;
        let (cx, table) = table::open(cx, &input.table_name).await?;
        let key = table.keys.of_item(&new.item)?;
        index::check_put(&table, &new.item)?;
        let consumed = input.return_consumed_capacity;
        let wants_metrics =
            ReturnItemCollectionMetrics::wanted(input.return_item_collection_metrics);
        // A put that asks nothing of the old item does not read it: it costs one write.
        let reads = wants_old
            || guard.is_some()
            || ReturnConsumedCapacity::wanted(consumed)
            || table.needs_old();
        let writing = Writing { cx: &cx, operation: Self::NAME, table: &table, key: &key };
        writing.admit()?;
        let (old, units, metrics) = cx
            .write(|tx| {
                let old = match reads {
                    true => item::guarded(&tx.reader(), &table, &key, guard.as_ref())?,
                    false => None,
                };
                let units = item::replace(tx, &table, &key, old.as_ref(), Some(&new))?;
                writing.check(&units)?;
                let metrics = collection::metrics(tx, &table, &key, &new.item, wants_metrics)?;
                Ok::<_, DynamoError>((old, units, metrics))
            })
            .await
            .inspect_err(|error| writing.refused(error))?;
        capacity::count_write(&cx, &table, units.clone());
        Ok(PutItemOutput {
            attributes: old.filter(|_| wants_old).map(|old| old.item),
            consumed_capacity: capacity::report(consumed, &input.table_name, units),
            item_collection_metrics: metrics,
        })
    }
}
