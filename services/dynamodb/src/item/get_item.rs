//! GetItem: one item by its key.

use crate::{
    access::authorization::{Touched, fault, on_table, table_of},
    capacity::{self, ConsumedCapacity, ReturnConsumedCapacity, Units},
    error::DynamoError,
    expression::{Placeholders, projection::project, tree::Path},
    item::{self, answer::Answer},
    legacy,
    parameters::Parameters,
    read::page::check_scalars,
    table::{self, TableRef},
    throttle::admission,
    value::{
        attribute::{AttributeName, Attributes, ExpressionNames},
        codec,
    },
};
use service_kit::prelude::*;
use shape::{Mismatch, Value};

pub(crate) enum GetItem {}

/// What GetItem takes.
#[derive(Debug, Shape)]
pub struct GetItemInput {
    /// The table.
    pub table_name: TableRef,
    /// The item's primary key.
    pub key: Attributes,
    /// Which attributes to answer with, in the form from before expressions.
    #[shape(length = 1..)]
    pub attributes_to_get: Option<Vec<AttributeName>>,
    /// Whether the answer must not be old. None ever is; only the price differs.
    pub consistent_read: Option<bool>,
    /// Whether to tell the consumption.
    pub return_consumed_capacity: Option<ReturnConsumedCapacity>,
    /// Which part of the item to answer with.
    pub projection_expression: Option<String>,
    /// Names by placeholder.
    pub expression_attribute_names: Option<ExpressionNames>,
}

/// What GetItem gives.
#[derive(Debug, Shape)]
pub struct GetItemOutput {
    /// The item; absent if there is none.
    pub item: Option<Answer>,
    /// What was consumed.
    pub consumed_capacity: Option<ConsumedCapacity>,
}

/// Reads a projection that is the only expression of what has it, or its older form.
///
/// # Errors
/// AWS's `ValidationException` for what is wrong with it.
pub(crate) fn read_projection(
    expression: Option<&str>,
    names: Option<&ExpressionNames>,
    attributes: Option<&[AttributeName]>,
) -> Result<Option<Vec<Path>>, DynamoError> {
    let placeholders = Placeholders::new(names, None);
    let paths = expression.map(|text| placeholders.projection(text)).transpose()?;
    placeholders.finish()?;
    match paths {
        Some(paths) => Ok(Some(paths)),
        None => attributes.map(legacy::attributes_to_get).transpose(),
    }
}

/// Whether the members of one read among several go together.
///
/// # Errors
/// AWS's `ValidationException`.
pub(crate) fn check_projection(
    expression: Option<&str>,
    names: Option<&ExpressionNames>,
    attributes: Option<&[AttributeName]>,
) -> Result<(), DynamoError> {
    let parameters = Parameters {
        legacy: vec![("AttributesToGet", attributes.is_some())],
        expressions: vec![("ProjectionExpression", expression.is_some())],
        names: names.is_some(),
        values: false,
    };
    Ok(parameters.check().map_err(Fault::from)?)
}

/// The part of `item` that `paths` choose; all of it without paths.
pub(crate) fn choose(item: Attributes, paths: Option<&[Path]>) -> Attributes {
    match paths {
        Some(paths) => project(&item, &paths.iter().collect::<Vec<_>>()),
        None => item,
    }
}

/// The `dynamodb:Select` of a read.
pub(crate) fn selecting(access: Access, projected: bool) -> Access {
    let select = if projected { "SPECIFIC_ATTRIBUTES" } else { "ALL_ATTRIBUTES" };
    access.with("dynamodb:Select", select)
}

impl GetItemInput {
    fn projection(&self) -> Result<Option<Vec<Path>>, DynamoError> {
        let names = self.expression_attribute_names.as_ref();
        let attributes = self.attributes_to_get.as_deref();
        read_projection(self.projection_expression.as_deref(), names, attributes)
    }
}

impl Operation for GetItem {
    const NAME: &'static str = "GetItem";
    const DATA_EVENT: bool = true;
    type Input = GetItemInput;
    type Output = GetItemOutput;
    type Error = DynamoError;

    fn check(input: &Value) -> Result<(), Mismatch> {
        let schema = Self::Input::schema();
        Parameters::of(schema, input, &["AttributesToGet"], &["ProjectionExpression"]).check()
    }

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let consumed = input.return_consumed_capacity;
        let access = on_table("dynamodb:GetItem", &input.table_name, at, consumed);
        let projected = input.projection_expression.is_some() || input.attributes_to_get.is_some();
        selecting(access, projected).only()
    }

    fn conditions(
        input: &Self::Input,
        tx: &ReadTx<'_>,
        access: &mut [Access],
    ) -> Result<(), Fault> {
        let mut touched = Touched::default();
        touched.item(&input.key, table_of(tx, &input.table_name)?.as_ref());
        touched.paths(input.projection().map_err(fault)?.iter().flatten());
        access.iter_mut().take(1).for_each(|access| touched.take().complete(access));
        Ok(())
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let paths = input.projection()?;
        let (cx, table) = table::open(cx, &input.table_name).await?;
        check_scalars(&table, paths.iter().flatten())?;
        let key = table.keys.of_key(&input.key)?;
        let keys = || table.keys.in_words(&key);
        admission::read_of(&cx, Self::NAME, (&table, None), key.partition(), keys)?;
        let row = cx.read(|tx| item::row(tx, &table, &key))?;
        item::name(&cx, &table, || row.is_some().then(|| key.clone()));
        let consistent = input.consistent_read.unwrap_or(false);
        let size = row.as_deref().map_or(Ok(0), codec::size)?;
        let units = Units::of(&table, &key, capacity::read_units(size, consistent));
        capacity::count_read(&cx, &table, units.clone());
        let consumed = input.return_consumed_capacity;
        let answer = |row: Bytes| match &paths {
            Some(paths) => Ok(Answer::Read(choose(table.decode(&row)?, Some(paths)))),
            None => Answer::whole(&table, &row),
        };
        Ok(GetItemOutput {
            item: row.map(answer).transpose()?,
            consumed_capacity: capacity::report(consumed, &input.table_name, units),
        })
    }
}
