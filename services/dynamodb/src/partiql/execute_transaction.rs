//! ExecuteTransaction: up to 100 PartiQL statements that read, or that write, as one.

use crate::{
    capacity::{self, ConsumedCapacity, ReturnConsumedCapacity, Units},
    error::{DynamoError, invalid},
    item::guard::ReturnValuesOnConditionCheckFailure,
    partiql::{
        Action, Statement,
        execute_statement::{complete, permissions},
        parse,
        select::item_read,
        write::step,
    },
    table::{self, Table, TableRef},
    transaction::{
        self, MAX_BYTES, Step, TOO_LARGE, check_distinct, tell, token::is_repeated,
        transact_get_items::ItemResponse,
    },
    value::attribute::{AttributeValue, Attributes},
};
use service_kit::prelude::*;
use std::sync::Arc;

pub(crate) enum ExecuteTransaction {}

/// What ExecuteTransaction takes.
#[derive(Debug, Shape)]
pub struct ExecuteTransactionInput {
    /// The statements.
    #[shape(length = 1..=100)]
    pub transact_statements: Vec<ParameterizedStatement>,
    /// Marks a request, so that it is not done twice.
    #[shape(length = 1..=36)]
    pub client_request_token: Option<String>,
    /// Whether to tell the consumption.
    pub return_consumed_capacity: Option<ReturnConsumedCapacity>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ParameterizedStatement {
    /// The statement.
    #[shape(length = 1..=8192)]
    pub statement: String,
    /// What its `?`s stand for.
    #[shape(length = 1..)]
    pub parameters: Option<Vec<AttributeValue>>,
    /// Whether a refusal answers with the item.
    pub return_values_on_condition_check_failure: Option<ReturnValuesOnConditionCheckFailure>,
}

/// What ExecuteTransaction gives.
#[derive(Debug, Shape)]
pub struct ExecuteTransactionOutput {
    /// The items read, in the statements' order.
    pub responses: Option<Vec<ItemResponse>>,
    /// What was consumed, by table.
    pub consumed_capacity: Option<Vec<ConsumedCapacity>>,
}

impl ParameterizedStatement {
    fn understood(&self) -> Result<Statement, DynamoError> {
        parse(&self.statement, self.parameters.as_deref().unwrap_or_default())
    }
}

/// A statement, its table, and the context of the account and region that is in.
type Opened<'s> = (&'s Statement, (Context, Arc<Table>));

impl Operation for ExecuteTransaction {
    const NAME: &'static str = "ExecuteTransaction";
    const DATA_EVENT: bool = true;
    type Input = ExecuteTransactionInput;
    type Output = ExecuteTransactionOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let statements = input.transact_statements.iter().map(ParameterizedStatement::understood);
        permissions(statements, at, input.return_consumed_capacity)
            .into_iter()
            .map(|access| access.with("dynamodb:EnclosingOperation", Self::NAME))
            .collect()
    }

    fn conditions(
        input: &Self::Input,
        tx: &ReadTx<'_>,
        access: &mut [Access],
    ) -> Result<(), Fault> {
        let statements = input.transact_statements.iter().map(ParameterizedStatement::understood);
        complete(statements, tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let all = input.transact_statements.iter().enumerate();
        let statements: Vec<Statement> = all
            .map(|(index, given)| given.understood().and_then(allowed).map_err(|e| at(index, e)))
            .collect::<Result<_, _>>()?;
        let is_read = |statement: &Statement| matches!(statement.action, Action::Select(_));
        let reads = statements.iter().filter(|statement| is_read(statement)).count();
        if reads != 0 && reads != statements.len() {
            return Err(invalid(
                "ExecuteTransaction API does not support both read and write operations in the \
                 same request.",
            ));
        }
        let tables: Vec<&TableRef> = statements.iter().map(|statement| &statement.table).collect();
        let opened = table::open_all(cx, &tables).await?;
        let opened: Vec<Opened<'_>> = statements.iter().zip(opened).collect();
        if reads == 0 { write(cx, &input, opened).await } else { read(cx, &input, opened) }
    }
}

/// The fault of one statement, told as the request's.
fn at(index: usize, error: DynamoError) -> DynamoError {
    match error {
        DynamoError::Common(Fault::Validation(text)) => {
            invalid(format!("Validation failed in TransactStatements[{index}]: {text}"))
        }
        other => other,
    }
}

/// `statement`, if transactions have such.
fn allowed(statement: Statement) -> Result<Statement, DynamoError> {
    let returns = match &statement.action {
        Action::Update { returning, .. } | Action::Delete { returning, .. } => returning.is_some(),
        _ => false,
    };
    if returns {
        return Err(invalid("RETURNING clause is not supported in ExecuteTransaction."));
    }
    match (&statement.index, &statement.action) {
        (None, _) => Ok(statement),
        (Some(_), Action::Select(_)) => {
            Err(invalid("Reads on indices are not supported within transactions."))
        }
        (Some(_), _) => Err(invalid("Operations on indices are not supported in transactions")),
    }
}

fn read(
    cx: &Context,
    input: &ExecuteTransactionInput,
    opened: Vec<Opened<'_>>,
) -> Result<ExecuteTransactionOutput, DynamoError> {
    let mut reads = Vec::with_capacity(opened.len());
    for (index, (statement, (cx, table))) in opened.iter().enumerate() {
        if let Action::Select(select) = &statement.action {
            let key = item_read(select, table, ExecuteTransaction::NAME);
            reads.push((statement, cx, table, select, key.map_err(|error| at(index, error))?));
        }
    }
    check_distinct(reads.iter().map(|(_, _, table, _, key)| (table.id.as_str(), key)))?;
    let items = reads.iter().map(|(_, cx, table, _, key)| (*cx, &***table, key));
    transaction::admit_reads(ExecuteTransaction::NAME, items)?;
    let found = cx.read(|tx| {
        let get = reads.iter().map(|(_, cx, table, _, key)| {
            crate::item::get(&tx.within(cx.scope().clone()), table, key)
        });
        get.collect::<Result<Vec<_>, Fault>>()
    })?;
    if found.iter().flatten().map(|found| found.size).sum::<usize>() > MAX_BYTES {
        return Err(invalid(TOO_LARGE));
    }
    let mut consumed: BTreeMap<&TableRef, Units> = BTreeMap::new();
    let mut responses = Vec::with_capacity(reads.len());
    for ((statement, cx, table, select, key), found) in reads.iter().zip(found) {
        let size = found.as_ref().map_or(0, |found| found.size);
        let units = Units::of(table, key, capacity::read_units(size, true)).doubled();
        capacity::count_read(cx, table, units.clone());
        consumed.entry(&statement.table).or_default().add(&units);
        let item: Option<Attributes> = found.map(|found| select.row(found.item));
        responses.push(ItemResponse { item });
    }
    let mode = input.return_consumed_capacity;
    let report = |(name, units)| capacity::report_transaction_read(mode, name, units);
    let consumed = consumed.iter().filter_map(|(name, units)| report((*name, units)));
    Ok(ExecuteTransactionOutput {
        responses: Some(responses),
        consumed_capacity: ReturnConsumedCapacity::wanted(mode).then(|| consumed.collect()),
    })
}

async fn write(
    cx: &Context,
    input: &ExecuteTransactionInput,
    opened: Vec<Opened<'_>>,
) -> Result<ExecuteTransactionOutput, DynamoError> {
    let mut steps: Vec<Step<'_>> = Vec::with_capacity(opened.len());
    let mut inserts = Vec::with_capacity(opened.len());
    let given = &input.transact_statements;
    for (index, ((statement, opened), given)) in opened.into_iter().zip(given).enumerate() {
        let on_failure = given.return_values_on_condition_check_failure;
        steps.push(step(statement, opened, on_failure).map_err(|error| at(index, error))?);
        inserts.push(matches!(statement.action, Action::Insert(_)));
    }
    check_distinct(steps.iter().map(|step| (step.table.id.as_str(), &step.key)))?;
    let digest = service_kit::blob_key(format!("{given:?}").as_bytes());
    let token = input.client_request_token.as_deref();
    let _hold = transaction::begin(cx, ExecuteTransaction::NAME, &steps, token)?;
    let now = cx.now();
    let done = cx
        .write(|tx| {
            if let Some(token) = &input.client_request_token
                && is_repeated(tx, token, &digest, now)?
            {
                return Ok(None);
            }
            transaction::run(tx, &steps, false).map(Some)
        })
        .await
        .map_err(|error| duplicates(error, &inserts))?;
    let mode = input.return_consumed_capacity;
    let consumed = match done {
        Some(done) => tell(&steps, done, mode).consumed,
        None => transaction::repeated(&steps, mode)?,
    };
    Ok(ExecuteTransactionOutput {
        responses: None,
        consumed_capacity: ReturnConsumedCapacity::wanted(mode).then_some(consumed),
    })
}

/// An insert is refused for one reason alone, which has a name of its own.
fn duplicates(error: DynamoError, inserts: &[bool]) -> DynamoError {
    let DynamoError::TransactionCanceled { mut cancellation_reasons, .. } = error else {
        return error;
    };
    for (reason, _) in cancellation_reasons.iter_mut().zip(inserts).filter(|(_, is)| **is) {
        if reason.code.as_deref() == Some("ConditionalCheckFailed") {
            reason.code = Some("DuplicateItem".into());
            reason.message = Some("Duplicate primary key exists in table".into());
        }
    }
    transaction::canceled(cancellation_reasons)
}
