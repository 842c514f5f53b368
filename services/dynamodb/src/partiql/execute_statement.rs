//! ExecuteStatement: one PartiQL statement.

use crate::{
    access::authorization::table_of,
    capacity::{self, ConsumedCapacity, ReturnConsumedCapacity},
    error::{DynamoError, invalid},
    item::guard::ReturnValuesOnConditionCheckFailure,
    partiql::{
        Action, Select, Statement, access, parse,
        select::{Options, Reads, Selected, source},
        token::{self, Position},
        write::{Write, Written},
    },
    table::{self, Table},
    throttle::admission::{self, Writing},
    value::attribute::{AttributeValue, Attributes},
};
use service_kit::prelude::*;
use std::sync::Arc;

pub(crate) enum ExecuteStatement {}

/// What ExecuteStatement takes.
#[derive(Debug, Shape)]
pub struct ExecuteStatementInput {
    /// The statement.
    #[shape(length = 1..=8192)]
    pub statement: String,
    /// What its `?`s stand for.
    #[shape(length = 1..)]
    pub parameters: Option<Vec<AttributeValue>>,
    /// Whether the answer must not be old. None ever is; only the price differs.
    pub consistent_read: Option<bool>,
    /// Where the page before ended.
    #[shape(length = 1..=32_768)]
    pub next_token: Option<String>,
    /// Whether to tell the consumption.
    pub return_consumed_capacity: Option<ReturnConsumedCapacity>,
    /// How many items to read at most.
    #[shape(range = 1..)]
    pub limit: Option<u32>,
    /// Whether a refusal answers with the item.
    pub return_values_on_condition_check_failure: Option<ReturnValuesOnConditionCheckFailure>,
}

/// What ExecuteStatement gives.
#[derive(Debug, Shape)]
pub struct ExecuteStatementOutput {
    /// The items read, or what `RETURNING` asked for.
    pub items: Option<Vec<Attributes>>,
    /// What to ask for the next page with, if there may be one.
    pub next_token: Option<String>,
    /// What was consumed.
    pub consumed_capacity: Option<ConsumedCapacity>,
    /// The last item read, if more may come.
    pub last_evaluated_key: Option<Attributes>,
}

impl ExecuteStatementInput {
    fn parameters(&self) -> &[AttributeValue] {
        self.parameters.as_deref().unwrap_or_default()
    }

    fn understood(&self) -> Result<Statement, DynamoError> {
        parse(&self.statement, self.parameters())
    }
}

/// The permissions of `statements`, in their order. What does not parse is refused when it runs,
/// before it reads anything.
pub(crate) fn permissions(
    statements: impl IntoIterator<Item = Result<Statement, DynamoError>>,
    at: &Scope,
    consumed: Option<ReturnConsumedCapacity>,
) -> Vec<Access> {
    let one = |statement: Statement| access::permission(&statement, at, consumed);
    let all: Vec<Access> = statements.into_iter().flatten().map(one).collect();
    if all.is_empty() {
        let reason = "a statement that does not parse names no table and is refused";
        return Access::signed_only("dynamodb:PartiQLSelect", reason);
    }
    all
}

/// Completes the permissions that [`permissions`] gave for `statements`.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) fn complete(
    statements: impl IntoIterator<Item = Result<Statement, DynamoError>>,
    tx: &ReadTx<'_>,
    access: &mut [Access],
) -> Result<(), Fault> {
    for (statement, access) in statements.into_iter().flatten().zip(access) {
        let table = table_of(tx, &statement.table)?;
        access::complete(&statement, table.as_ref(), access);
    }
    Ok(())
}

impl Operation for ExecuteStatement {
    const NAME: &'static str = "ExecuteStatement";
    const DATA_EVENT: bool = true;
    type Input = ExecuteStatementInput;
    type Output = ExecuteStatementOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        permissions([input.understood()], at, input.return_consumed_capacity)
    }

    fn conditions(
        input: &Self::Input,
        tx: &ReadTx<'_>,
        access: &mut [Access],
    ) -> Result<(), Fault> {
        complete([input.understood()], tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let statement = input.understood()?;
        let (cx, table) = table::open(cx, &statement.table).await?;
        let (items, next, units) = match &statement.action {
            Action::Exists(_) => {
                let text = "EXISTS can only be used in ExecuteTransaction write requests.";
                return Err(invalid(text));
            }
            Action::Select(select) => {
                let token = input.next_token.as_deref();
                let after = token
                    .map(|token| token::decode(&input.statement, input.parameters(), token))
                    .transpose()?;
                let consistent = input.consistent_read.unwrap_or(false);
                let options = Options { consistent, limit: input.limit, after };
                let index = statement.index.as_deref();
                let Selected { items, next, units } =
                    select_page(&cx, &table, (index, select), &options)?;
                (items, next, units)
            }
            _ => {
                let on_failure = input.return_values_on_condition_check_failure;
                let Written { item, units } =
                    write(&cx, Self::NAME, &table, &statement, on_failure).await?;
                (item.into_iter().collect(), None, units)
            }
        };
        let next_token =
            next.as_ref().map(|next| token::encode(&input.statement, input.parameters(), next));
        let consumed = input.return_consumed_capacity;
        Ok(ExecuteStatementOutput {
            items: Some(items),
            next_token,
            consumed_capacity: capacity::report(consumed, &statement.table, units),
            last_evaluated_key: next.and_then(|Position { key, .. }| key),
        })
    }
}

/// Reads a page of a `SELECT` on an index of `table`, or on itself.
///
/// # Errors
/// AWS's `ValidationException`, or [`Fault`] when storage fails.
pub(crate) fn select_page(
    cx: &Context,
    table: &Table,
    (index, select): (Option<&str>, &Select),
    options: &Options,
) -> Result<Selected, DynamoError> {
    let source = source(table, index, options.consistent)?;
    let reads = Reads::of(select, source)?;
    admission::read(cx, ExecuteStatement::NAME, table, source.index, None)?;
    let page = cx.read(|tx| reads.page(cx, tx, options))?;
    capacity::count_read(cx, table, page.units.clone());
    Ok(page)
}

/// Does what a statement writes.
///
/// # Errors
/// As [`Write::of`], [`Writing::admit`] and [`Write::apply`].
pub(crate) async fn write(
    cx: &Context,
    operation: &'static str,
    table: &Arc<Table>,
    statement: &Statement,
    on_failure: Option<ReturnValuesOnConditionCheckFailure>,
) -> Result<Written, DynamoError> {
    if statement.index.is_some() {
        return Err(invalid("This operation is not supported on an index"));
    }
    let Some(write) = Write::of(&statement.action, table, on_failure)? else {
        return Ok(Written::default());
    };
    let writing = Writing { cx, operation, table, key: write.key() };
    writing.admit()?;
    let written = cx.write(|tx| write.apply(tx, &writing)).await;
    let written = written.inspect_err(|error| writing.refused(error))?;
    capacity::count_write(cx, table, written.units.clone());
    Ok(written)
}
