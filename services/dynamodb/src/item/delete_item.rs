//! DeleteItem: remove an item, if it is there.

use crate::{
    access::authorization::{Touched, fault, on_table, returning, table_of},
    capacity::{self, ConsumedCapacity, ReturnConsumedCapacity},
    error::DynamoError,
    index::collection::{self, ItemCollectionMetrics},
    item::{
        self,
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

pub(crate) enum DeleteItem {}

/// What DeleteItem takes.
#[derive(Debug, Shape)]
pub struct DeleteItemInput {
    /// The table.
    pub table_name: TableRef,
    /// The item's primary key.
    pub key: Attributes,
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
    /// What must hold for the item.
    pub condition_expression: Option<String>,
    /// Names by placeholder.
    pub expression_attribute_names: Option<ExpressionNames>,
    /// Values by placeholder.
    pub expression_attribute_values: Option<ExpressionValues>,
    /// Whether a refusal answers with the item.
    pub return_values_on_condition_check_failure: Option<ReturnValuesOnConditionCheckFailure>,
}

/// What DeleteItem gives.
#[derive(Debug, Shape)]
pub struct DeleteItemOutput {
    /// The item before.
    pub attributes: Option<Attributes>,
    /// What was consumed.
    pub consumed_capacity: Option<ConsumedCapacity>,
    /// The item collection written to.
    pub item_collection_metrics: Option<ItemCollectionMetrics>,
}

impl DeleteItemInput {
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

impl Operation for DeleteItem {
    const NAME: &'static str = "DeleteItem";
    const DATA_EVENT: bool = true;
    type Input = DeleteItemInput;
    type Output = DeleteItemOutput;
    type Error = DynamoError;

    fn check(input: &Value) -> Result<(), Mismatch> {
        Asked::check::<Self::Input>(input)
    }

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let consumed = input.return_consumed_capacity;
        let access = on_table("dynamodb:DeleteItem", &input.table_name, at, consumed);
        returning(access, input.return_values).only()
    }

    fn conditions(
        input: &Self::Input,
        tx: &ReadTx<'_>,
        access: &mut [Access],
    ) -> Result<(), Fault> {
        let mut touched = Touched::default();
        touched.item(&input.key, table_of(tx, &input.table_name)?.as_ref());
        if let Some(guard) = input.guard().map_err(fault)? {
            touched.condition(&guard.condition);
        }
        access.iter_mut().take(1).for_each(|access| touched.take().complete(access));
        Ok(())
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let wants_old = wants_old(input.return_values)?;
        let guard = input.guard()?;
        let (cx, table) = table::open(cx, &input.table_name).await?;
        let key = table.keys.of_key(&input.key)?;
        let consumed = input.return_consumed_capacity;
        let wants_metrics =
            ReturnItemCollectionMetrics::wanted(input.return_item_collection_metrics);
        // As with PutItem: what nobody asks for is not read.
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
                let units = item::replace(tx, &table, &key, old.as_ref(), None)?;
                writing.check(&units)?;
                let metrics = collection::metrics(tx, &table, &key, &input.key, wants_metrics)?;
                Ok::<_, DynamoError>((old, units, metrics))
            })
            .await
            .inspect_err(|error| writing.refused(error))?;
        capacity::count_write(&cx, &table, units.clone());
        Ok(DeleteItemOutput {
            attributes: old.filter(|_| wants_old).map(|old| old.item),
            consumed_capacity: capacity::report(consumed, &input.table_name, units),
            item_collection_metrics: metrics,
        })
    }
}
