//! TransactGetItems: up to 100 items by their keys, as they were at one moment.

use crate::{
    access::authorization::{Touched, fault, on_table, table_of},
    capacity::{self, ConsumedCapacity, ReturnConsumedCapacity, Units},
    error::{DynamoError, invalid},
    expression::tree::Path,
    item::{
        self,
        get_item::{check_projection, choose, read_projection, selecting},
    },
    table::{self, Table, TableRef},
    transaction::{self, MAX_BYTES, TOO_LARGE, all_or_none, check_distinct},
    value::{
        attribute::{Attributes, ExpressionNames},
        key::ItemKey,
    },
};
use service_kit::prelude::*;
use std::sync::Arc;

pub(crate) enum TransactGetItems {}

/// What TransactGetItems takes.
#[derive(Debug, Shape)]
pub struct TransactGetItemsInput {
    /// What to read.
    #[shape(length = 1..=100)]
    pub transact_items: Vec<TransactGetItem>,
    /// Whether to tell the consumption.
    pub return_consumed_capacity: Option<ReturnConsumedCapacity>,
}

/// One read.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct TransactGetItem {
    /// The read.
    pub get: Get,
}

/// One read.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct Get {
    /// The item's primary key.
    pub key: Attributes,
    /// The table.
    pub table_name: TableRef,
    /// Which part of the item to answer with.
    pub projection_expression: Option<String>,
    /// Names by placeholder.
    pub expression_attribute_names: Option<ExpressionNames>,
}

/// What TransactGetItems gives.
#[derive(Debug, Shape)]
pub struct TransactGetItemsOutput {
    /// What was consumed, by table.
    pub consumed_capacity: Option<Vec<ConsumedCapacity>>,
    /// The items, in the order asked for.
    pub responses: Option<Vec<ItemResponse>>,
}

/// What was found.
#[derive(Debug, Shape)]
pub struct ItemResponse {
    /// The item; absent if there is none.
    pub item: Option<Attributes>,
}

impl Get {
    fn projection(&self) -> Result<Option<Vec<Path>>, DynamoError> {
        let names = self.expression_attribute_names.as_ref();
        check_projection(self.projection_expression.as_deref(), names, None)?;
        read_projection(self.projection_expression.as_deref(), names, None)
    }
}

/// One read, understood.
struct Step<'r> {
    cx: Context,
    name: &'r TableRef,
    table: Arc<Table>,
    key: ItemKey,
    paths: Option<Vec<Path>>,
}

impl Operation for TransactGetItems {
    const NAME: &'static str = "TransactGetItems";
    const DATA_EVENT: bool = true;
    type Input = TransactGetItemsInput;
    type Output = TransactGetItemsOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let consumed = input.return_consumed_capacity;
        let one = |TransactGetItem { get }: &TransactGetItem| {
            let access = on_table("dynamodb:GetItem", &get.table_name, at, consumed)
                .with("dynamodb:EnclosingOperation", Self::NAME);
            selecting(access, get.projection_expression.is_some())
        };
        input.transact_items.iter().map(one).collect()
    }

    fn conditions(
        input: &Self::Input,
        tx: &ReadTx<'_>,
        access: &mut [Access],
    ) -> Result<(), Fault> {
        for (TransactGetItem { get }, access) in input.transact_items.iter().zip(access) {
            let mut touched = Touched::default();
            touched.item(&get.key, table_of(tx, &get.table_name)?.as_ref());
            touched.paths(get.projection().map_err(fault)?.iter().flatten());
            touched.complete(access);
        }
        Ok(())
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let mode = input.return_consumed_capacity;
        let steps = understand(cx, &input.transact_items).await?;
        check_distinct(steps.iter().map(|step| (step.table.id.as_str(), &step.key)))?;
        let items = steps.iter().map(|step| (&step.cx, &*step.table, &step.key));
        transaction::admit_reads(Self::NAME, items)?;
        let found = cx.read(|tx| {
            let get = |step: &Step<'_>| {
                item::get(&tx.within(step.cx.scope().clone()), &step.table, &step.key)
            };
            steps.iter().map(get).collect::<Result<Vec<_>, Fault>>()
        })?;
        if found.iter().flatten().map(|found| found.size).sum::<usize>() > MAX_BYTES {
            return Err(invalid(TOO_LARGE));
        }
        let mut consumed: BTreeMap<&TableRef, Units> = BTreeMap::new();
        let mut responses = Vec::with_capacity(steps.len());
        for (step, found) in steps.iter().zip(found) {
            let size = found.as_ref().map_or(0, |found| found.size);
            item::name(&step.cx, &step.table, || found.is_some().then(|| step.key.clone()));
            let units = capacity::read_units(size, true);
            let units = Units::of(&step.table, &step.key, units).doubled();
            capacity::count_read(&step.cx, &step.table, units.clone());
            consumed.entry(step.name).or_default().add(&units);
            let item = found.map(|found| choose(found.item, step.paths.as_deref()));
            responses.push(ItemResponse { item });
        }
        let report = |(name, units)| capacity::report_transaction_read(mode, name, units);
        let consumed = consumed.iter().filter_map(|(name, units)| report((*name, units)));
        Ok(TransactGetItemsOutput {
            consumed_capacity: ReturnConsumedCapacity::wanted(mode).then(|| consumed.collect()),
            responses: Some(responses),
        })
    }
}

async fn understand<'r>(
    cx: &Context,
    items: &'r [TransactGetItem],
) -> Result<Vec<Step<'r>>, DynamoError> {
    let projections =
        items.iter().map(|item| item.get.projection()).collect::<Result<Vec<_>, _>>()?;
    let tables: Vec<&TableRef> = items.iter().map(|item| &item.get.table_name).collect();
    let opened = table::open_all(cx, &tables).await?;
    let parts = items.iter().zip(projections).zip(opened);
    all_or_none(parts.map(|((TransactGetItem { get }, paths), (cx, table))| {
        let key = table.keys.of_key(&get.key)?;
        Ok(Step { cx, name: &get.table_name, table, key, paths })
    }))
}
