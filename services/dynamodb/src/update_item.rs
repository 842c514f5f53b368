//! UpdateItem: change an item's attributes, or make the item.

use crate::{
    attribute::{Attributes, ExpressionNames, ExpressionValues},
    authorization::{Touched, fault, on_table, returning, table_of},
    capacity::{self, ConsumedCapacity, ReturnConsumedCapacity},
    codec,
    error::{DynamoError, invalid, invalid_values},
    expression::{
        Placeholders,
        projection::project,
        tree::{Path, Update},
    },
    guard::{Guard, ReturnItemCollectionMetrics, ReturnValue, ReturnValuesOnConditionCheckFailure},
    item::{self, Stored, UPDATE_TOO_LARGE},
    key::KeyAttributes,
    table::{self, TableRef},
};
use service_kit::prelude::*;

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
}

/// The item before, if there was one, and after.
struct Changed {
    old: Option<Stored>,
    new: Attributes,
    size: usize,
}

impl UpdateItemInput {
    fn read(&self) -> Result<(Update<'_>, Option<Guard<'_>>), DynamoError> {
        let update = self.update_expression.as_deref();
        let condition = self.condition_expression.as_deref();
        let given =
            [("UpdateExpression", update.is_some()), ("ConditionExpression", condition.is_some())];
        let placeholders = Placeholders::new(
            self.expression_attribute_names.as_ref(),
            self.expression_attribute_values.as_ref(),
            &given,
        )?;
        let update = update.map(|text| placeholders.update(text)).transpose()?.unwrap_or_default();
        let on_failure = self.return_values_on_condition_check_failure;
        let guard = Guard::read(&placeholders, condition, on_failure)?;
        placeholders.finish()?;
        Ok((update, guard))
    }
}

impl Operation for UpdateItem {
    const NAME: &'static str = "UpdateItem";
    const DATA_EVENT: bool = true;
    type Input = UpdateItemInput;
    type Output = UpdateItemOutput;
    type Error = DynamoError;

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
        let (cx, table) = table::open(cx, &input.table_name)?;
        let key = table.keys.of_key(&input.key)?;
        check_targets(&update, &table.keys)?;
        let changed = cx
            .write(|tx| {
                let old = item::guarded(&tx.reader(), &table, &key, guard.as_ref())?;
                let new = update.apply(old.as_ref().map_or(&input.key, |old| &old.item))?;
                let size = item::check(&new, UPDATE_TOO_LARGE)?;
                item::put(tx, &table, &key, codec::encode(&new, size));
                Ok::<_, DynamoError>(Changed { old, new, size })
            })
            .await?;
        let old_size = changed.old.as_ref().map_or(0, |old| old.size);
        let units = capacity::write_units(old_size, changed.size);
        capacity::count_write(&cx, &table, units);
        let targets: Vec<&Path> = update.targets().collect();
        let consumed = input.return_consumed_capacity;
        Ok(UpdateItemOutput {
            attributes: answer(input.return_values, changed, &targets),
            consumed_capacity: capacity::report(consumed, &input.table_name, units),
        })
    }
}

/// Key attributes are neither changed nor looked into.
fn check_targets(update: &Update<'_>, keys: &KeyAttributes) -> Result<(), DynamoError> {
    let Some(path) = update.targets().find(|path| keys.contains(path.head())) else {
        return Ok(());
    };
    let name = path.head();
    Err(match path.as_top() {
        Some(_) => invalid_values(format_args!(
            "Cannot update attribute {name}. This attribute is part of the key"
        )),
        None => invalid(format!(
            "Key attributes must be scalars; list random access '[]' and map lookup '.' are not \
             allowed: Key: {name}"
        )),
    })
}

fn answer(mode: Option<ReturnValue>, changed: Changed, targets: &[&Path]) -> Option<Attributes> {
    let old = changed.old.map(|old| old.item);
    match mode? {
        ReturnValue::None => None,
        ReturnValue::AllOld => old,
        ReturnValue::AllNew => Some(changed.new),
        ReturnValue::UpdatedOld => old.map(|old| project(&old, targets)),
        ReturnValue::UpdatedNew => Some(project(&changed.new, targets)),
    }
    .filter(|attributes| !attributes.is_empty())
}
