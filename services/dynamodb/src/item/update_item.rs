//! UpdateItem: change an item's attributes, or make the item.

use crate::{
    access::authorization::{Touched, fault, on_table, returning, table_of},
    capacity::{self, ConsumedCapacity, ReturnConsumedCapacity, Units},
    error::DynamoError,
    expression::{
        Placeholders,
        projection::project,
        tree::{Path, Update},
    },
    index::{
        self,
        collection::{self, ItemCollectionMetrics},
    },
    item::{
        self, Stored, UPDATE_TOO_LARGE,
        guard::{
            Guard, ReturnItemCollectionMetrics, ReturnValue, ReturnValuesOnConditionCheckFailure,
        },
    },
    legacy::{self, AttributeValueUpdate, ConditionalOperator, ExpectedAttributeValue},
    parameters::Parameters,
    table::{self, TableRef},
    throttle::admission::Writing,
    value::attribute::{ATTRIBUTE_NAME, Attributes, ExpressionNames, ExpressionValues},
};
use service_kit::prelude::*;
use shape::{Mismatch, Value};

pub(crate) enum UpdateItem {}

/// What UpdateItem takes.
#[derive(Debug, Shape)]
pub struct UpdateItemInput {
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
    /// The change, in the form from before expressions.
    #[shape(keys = ATTRIBUTE_NAME)]
    pub attribute_updates: Option<BTreeMap<String, AttributeValueUpdate>>,
    /// What must hold, in the form from before expressions.
    #[shape(keys = ATTRIBUTE_NAME)]
    pub expected: Option<BTreeMap<String, ExpectedAttributeValue>>,
    /// How the conditions of `Expected` are joined.
    pub conditional_operator: Option<ConditionalOperator>,
    /// The change.
    pub update_expression: Option<String>,
    /// What must hold for the item before.
    pub condition_expression: Option<String>,
    /// Names by placeholder.
    pub expression_attribute_names: Option<ExpressionNames>,
    /// Values by placeholder.
    pub expression_attribute_values: Option<ExpressionValues>,
    /// Whether a refusal answers with the item.
    pub return_values_on_condition_check_failure: Option<ReturnValuesOnConditionCheckFailure>,
}

/// What UpdateItem gives.
#[derive(Debug, Shape)]
pub struct UpdateItemOutput {
    /// The state asked for.
    pub attributes: Option<Attributes>,
    /// What was consumed.
    pub consumed_capacity: Option<ConsumedCapacity>,
    /// The item collection written to.
    pub item_collection_metrics: Option<ItemCollectionMetrics>,
}

/// The item before, if there was one, and after.
struct Changed {
    old: Option<Stored>,
    /// None when an item that was not there was not made either.
    new: Option<Stored>,
    units: Units,
    metrics: Option<ItemCollectionMetrics>,
}

impl UpdateItemInput {
    fn read(&self) -> Result<(Update<'_>, Option<Guard<'_>>), DynamoError> {
        let update = self.update_expression.as_deref();
        let condition = self.condition_expression.as_deref();
        let placeholders = Placeholders::new(
            self.expression_attribute_names.as_ref(),
            self.expression_attribute_values.as_ref(),
        );
        let update = update.map(|text| placeholders.update(text)).transpose()?;
        let on_failure = self.return_values_on_condition_check_failure;
        let guard = Guard::read(&placeholders, condition, on_failure)?;
        placeholders.finish()?;
        let guard = match guard {
            Some(guard) => Some(guard),
            None => {
                let expected = self.expected.as_ref();
                Guard::expecting(expected, self.conditional_operator, on_failure)?
            }
        };
        let legacy = self.attribute_updates.as_ref().map(legacy::updates).transpose()?;
        Ok((update.or(legacy).unwrap_or_default(), guard))
    }
}

impl UpdateItemInput {
    fn reworded(&self, error: DynamoError) -> DynamoError {
        if self.attribute_updates.is_some() { legacy::reworded(error) } else { error }
    }
}

impl Operation for UpdateItem {
    const NAME: &'static str = "UpdateItem";
    const DATA_EVENT: bool = true;
    type Input = UpdateItemInput;
    type Output = UpdateItemOutput;
    type Error = DynamoError;

    fn check(input: &Value) -> Result<(), Mismatch> {
        let legacy = ["AttributeUpdates", "Expected", "ConditionalOperator"];
        let expressions = ["UpdateExpression", "ConditionExpression"];
        Parameters::of(Self::Input::schema(), input, &legacy, &expressions).check()
    }

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let consumed = input.return_consumed_capacity;
        let access = on_table("dynamodb:UpdateItem", &input.table_name, at, consumed);
        returning(access, input.return_values).only()
    }

    fn conditions(
        input: &Self::Input,
        tx: &ReadTx<'_>,
        access: &mut [Access],
    ) -> Result<(), Fault> {
        let mut touched = Touched::default();
        touched.item(&input.key, table_of(tx, &input.table_name)?.as_ref());
        let (update, guard) = input.read().map_err(fault)?;
        update.paths(&mut |path| touched.paths([path]));
        if let Some(guard) = guard {
            touched.condition(&guard.condition);
        }
        access.iter_mut().take(1).for_each(|access| touched.take().complete(access));
        Ok(())
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let (update, guard) = input.read()?;
        let (cx, table) = table::open(cx, &input.table_name).await?;
        let key = table.keys.of_key(&input.key)?;
        index::check_targets(&table, &update)?;
        let wants_metrics =
            ReturnItemCollectionMetrics::wanted(input.return_item_collection_metrics);
        let writing = Writing { cx: &cx, operation: Self::NAME, table: &table, key: &key };
        writing.admit()?;
        let changed = cx
            .write(|tx| {
                let old = item::guarded(&tx.reader(), &table, &key, guard.as_ref())?;
                // What is taken away from an item that is not there makes none.
                if old.is_none() && update.only_takes() {
                    let units = Units::of(&table, &key, capacity::write_units(0, 0));
                    return Ok(Changed { old, new: None, units, metrics: None });
                }
                let before = old.as_ref().map_or(&input.key, |old| &old.item);
                let new = update.apply(before).map_err(|error| input.reworded(error))?;
                let size = item::check(&new, UPDATE_TOO_LARGE)?;
                index::check_update(&table, &new)?;
                let new = Stored { item: new, size };
                let units = item::replace(tx, &table, &key, old.as_ref(), Some(&new))?;
                writing.check(&units)?;
                let metrics = collection::metrics(tx, &table, &key, &new.item, wants_metrics)?;
                Ok::<_, DynamoError>(Changed { old, new: Some(new), units, metrics })
            })
            .await
            .inspect_err(|error| writing.refused(error))?;
        capacity::count_write(&cx, &table, changed.units.clone());
        let targets: Vec<&Path> = update.targets().collect();
        let consumed = input.return_consumed_capacity;
        Ok(UpdateItemOutput {
            consumed_capacity: capacity::report(consumed, &input.table_name, changed.units.clone()),
            item_collection_metrics: changed.metrics.clone(),
            attributes: answer(input.return_values, changed, &targets),
        })
    }
}

fn answer(mode: Option<ReturnValue>, changed: Changed, targets: &[&Path]) -> Option<Attributes> {
    let old = changed.old.map(|old| old.item);
    match mode? {
        ReturnValue::None => None,
        ReturnValue::AllOld => old,
        ReturnValue::AllNew => changed.new.map(|new| new.item),
        ReturnValue::UpdatedOld => old.map(|old| project(&old, targets)),
        ReturnValue::UpdatedNew => changed.new.map(|new| project(&new.item, targets)),
    }
    .filter(|attributes| !attributes.is_empty())
}
