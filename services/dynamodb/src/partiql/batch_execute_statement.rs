//! BatchExecuteStatement: up to 25 PartiQL statements, each on one item, each for itself.

use crate::{
    capacity::{self, ConsumedCapacity, ReturnConsumedCapacity, Units},
    error::{DynamoError, invalid},
    item::{self, guard::ReturnValuesOnConditionCheckFailure},
    partiql::{
        Action, Select, Statement,
        execute_statement::{complete, permissions, write},
        parse,
        select::item_read,
    },
    table::{self, Table, TableRef},
    throttle::admission,
    value::attribute::{AttributeValue, Attributes},
};
use service_kit::prelude::*;
use std::collections::BTreeSet;

pub(crate) enum BatchExecuteStatement {}

/// What BatchExecuteStatement takes.
#[derive(Debug, Shape)]
pub struct BatchExecuteStatementInput {
    /// The statements.
    #[shape(length = 1..=25)]
    pub statements: Vec<BatchStatementRequest>,
    /// Whether to tell the consumption.
    pub return_consumed_capacity: Option<ReturnConsumedCapacity>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct BatchStatementRequest {
    /// The statement.
    #[shape(length = 1..=8192)]
    pub statement: String,
    /// What its `?`s stand for.
    #[shape(length = 1..)]
    pub parameters: Option<Vec<AttributeValue>>,
    /// Whether the answer must not be old. None ever is; only the price differs.
    pub consistent_read: Option<bool>,
    /// Whether a refusal answers with the item.
    pub return_values_on_condition_check_failure: Option<ReturnValuesOnConditionCheckFailure>,
}

/// What BatchExecuteStatement gives.
#[derive(Debug, Shape)]
pub struct BatchExecuteStatementOutput {
    /// What each statement came to, in their order.
    pub responses: Option<Vec<BatchStatementResponse>>,
    /// What was consumed, by table.
    pub consumed_capacity: Option<Vec<ConsumedCapacity>>,
}

/// What one statement came to.
#[derive(Clone, Debug, Default, PartialEq, Shape)]
pub struct BatchStatementResponse {
    /// Why it failed.
    pub error: Option<BatchStatementError>,
    /// The table it named.
    pub table_name: Option<TableRef>,
    /// The item read, or what `RETURNING` asked for.
    pub item: Option<Attributes>,
}

/// Why a statement failed.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct BatchStatementError {
    /// The kind.
    pub code: Option<BatchStatementErrorCode>,
    /// AWS's words.
    pub message: Option<String>,
    /// The item that a condition was judged by.
    pub item: Option<Attributes>,
}

/// Kinds of failures of single statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
#[shape(name = "BatchStatementErrorCodeEnum")]
pub enum BatchStatementErrorCode {
    /// Its condition did not hold.
    #[shape(name = "ConditionalCheckFailed")]
    ConditionalCheckFailed,
    /// The item collection became too large.
    #[shape(name = "ItemCollectionSizeLimitExceeded")]
    ItemCollectionSizeLimitExceeded,
    /// Too many requests.
    #[shape(name = "RequestLimitExceeded")]
    RequestLimitExceeded,
    /// The statement is not right.
    #[shape(name = "ValidationError")]
    ValidationError,
    /// More than was reserved.
    #[shape(name = "ProvisionedThroughputExceeded")]
    ProvisionedThroughputExceeded,
    /// A transaction was at work on the item.
    #[shape(name = "TransactionConflict")]
    TransactionConflict,
    /// Too many requests at once.
    #[shape(name = "ThrottlingError")]
    ThrottlingError,
    /// A defect.
    #[shape(name = "InternalServerError")]
    InternalServerError,
    /// The table is not there.
    #[shape(name = "ResourceNotFound")]
    ResourceNotFound,
    /// Policies do not allow it.
    #[shape(name = "AccessDenied")]
    AccessDenied,
    /// There is an item with that key.
    #[shape(name = "DuplicateItem")]
    DuplicateItem,
}

impl BatchStatementRequest {
    fn understood(&self) -> Result<Statement, DynamoError> {
        parse(&self.statement, self.parameters.as_deref().unwrap_or_default())
    }
}

impl Operation for BatchExecuteStatement {
    const NAME: &'static str = "BatchExecuteStatement";
    const DATA_EVENT: bool = true;
    type Input = BatchExecuteStatementInput;
    type Output = BatchExecuteStatementOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let statements = input.statements.iter().map(BatchStatementRequest::understood);
        permissions(statements, at, input.return_consumed_capacity)
    }

    fn conditions(
        input: &Self::Input,
        tx: &ReadTx<'_>,
        access: &mut [Access],
    ) -> Result<(), Fault> {
        complete(input.statements.iter().map(BatchStatementRequest::understood), tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        check_purpose(&input.statements)?;
        let mut responses = Vec::with_capacity(input.statements.len());
        let mut consumed: BTreeMap<TableRef, Units> = BTreeMap::new();
        for request in &input.statements {
            let mut response = BatchStatementResponse::default();
            match one(cx, request, &mut response.table_name).await {
                Ok((table, item, units)) => {
                    response.item = item;
                    consumed.entry(table).or_default().add(&units);
                }
                Err(error) => response.error = Some(told(error)?),
            }
            responses.push(response);
        }
        let mode = input.return_consumed_capacity;
        let report = |(table, units)| capacity::report(mode, &table, units);
        Ok(BatchExecuteStatementOutput {
            responses: Some(responses),
            consumed_capacity: ReturnConsumedCapacity::wanted(mode)
                .then(|| consumed.into_iter().filter_map(report).collect()),
        })
    }
}

/// A batch reads or writes ("Running batch operations with PartiQL for DynamoDB"). A statement that
/// does not parse fails by itself.
fn check_purpose(statements: &[BatchStatementRequest]) -> Result<(), DynamoError> {
    let reads = statements.iter().filter_map(|request| {
        let action = request.understood().ok()?.action;
        Some(matches!(action, Action::Select(_) | Action::Exists(_)))
    });
    let kinds: BTreeSet<bool> = reads.collect();
    if kinds.len() < 2 {
        return Ok(());
    }
    Err(invalid("The statements of a BatchExecuteStatement must either all read or all write."))
}

/// Does one statement; gives its table, its answer and what it consumed.
async fn one(
    cx: &Context,
    request: &BatchStatementRequest,
    named: &mut Option<TableRef>,
) -> Result<(TableRef, Option<Attributes>, Units), DynamoError> {
    let statement = request.understood()?;
    let (cx, table) = table::open(cx, &statement.table).await?;
    *named = Some(statement.table.clone());
    let (item, units) = match &statement.action {
        Action::Exists(_) => {
            let text = "EXISTS can only be used in ExecuteTransaction write requests.";
            return Err(invalid(text));
        }
        Action::Select(select) => {
            let consistent = request.consistent_read.unwrap_or(false);
            read(&cx, &table, (statement.index.as_deref(), select), consistent)?
        }
        _ => {
            let operation = BatchExecuteStatement::NAME;
            let on_failure = request.return_values_on_condition_check_failure;
            let written = write(&cx, operation, &table, &statement, on_failure).await?;
            (written.item, written.units)
        }
    };
    Ok((statement.table, item, units))
}

fn read(
    cx: &Context,
    table: &Table,
    (index, select): (Option<&str>, &Select),
    consistent: bool,
) -> Result<(Option<Attributes>, Units), DynamoError> {
    let none = Select { condition: None, ..select.clone() };
    // An index has no primary key that could be named.
    let select = if index.is_some() { &none } else { select };
    let key = item_read(select, table, BatchExecuteStatement::NAME)?;
    let partition = key.partition();
    admission::read(cx, BatchExecuteStatement::NAME, table, None, Some(partition))?;
    let found = cx.read(|tx| item::get(tx, table, &key))?;
    let size = found.as_ref().map_or(0, |found| found.size);
    let units = Units::of(table, &key, capacity::read_units(size, consistent));
    capacity::count_read(cx, table, units.clone());
    Ok((found.map(|found| select.row(found.item)), units))
}

/// A failure as its statement is told of it; one of the instance itself ends the whole batch.
fn told(error: DynamoError) -> Result<BatchStatementError, DynamoError> {
    use BatchStatementErrorCode as Code;
    let (code, message, item) = match error {
        DynamoError::ConditionFailedOn { message, item } => {
            (Code::ConditionalCheckFailed, message, Some(item))
        }
        DynamoError::ConditionFailed => {
            (Code::ConditionalCheckFailed, "The conditional request failed".into(), None)
        }
        DynamoError::DuplicateItem => {
            (Code::DuplicateItem, "Duplicate primary key exists in table".into(), None)
        }
        DynamoError::TransactionConflict => {
            (Code::TransactionConflict, "Transaction is ongoing for the item".into(), None)
        }
        DynamoError::ItemCollectionSizeLimitExceeded => {
            (Code::ItemCollectionSizeLimitExceeded, "Collection size exceeded.".into(), None)
        }
        DynamoError::ThroughputExceeded { message, .. } => {
            (Code::ProvisionedThroughputExceeded, message, None)
        }
        DynamoError::Throttled { message, .. } => (Code::ThrottlingError, message, None),
        DynamoError::RequestLimitExceeded { message, .. } => {
            (Code::RequestLimitExceeded, message, None)
        }
        DynamoError::ResourceNotFound(message) => (Code::ResourceNotFound, message, None),
        DynamoError::Common(Fault::Validation(message)) => (Code::ValidationError, message, None),
        DynamoError::Common(Fault::Throttled) => {
            (Code::ThrottlingError, "Rate exceeded".into(), None)
        }
        other => return Err(other),
    };
    Ok(BatchStatementError { code: Some(code), message: Some(message), item })
}
