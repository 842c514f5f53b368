//! DescribeTable: a table and what it holds.

use crate::{
    encryption,
    error::DynamoError,
    table::{
        Table, TableRef,
        description::{TableDescription, TableStatus},
        require_any,
        statistics::counted,
    },
};
use service_kit::prelude::*;

pub(crate) enum DescribeTable {}

/// What DescribeTable takes.
#[derive(Debug, Shape)]
pub struct DescribeTableInput {
    /// The table.
    #[shape(absent = "The parameter 'TableName' is required but was not present in the request")]
    pub table_name: TableRef,
}

/// What DescribeTable gives.
#[derive(Debug, Shape)]
pub struct DescribeTableOutput {
    /// The table.
    pub table: Option<TableDescription>,
}

impl Operation for DescribeTable {
    const NAME: &'static str = "DescribeTable";
    type Input = DescribeTableInput;
    type Output = DescribeTableOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("dynamodb:DescribeTable", input.table_name.arn(at)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let (scope, name) = input.table_name.resolve(cx.scope())?;
        let cx = cx.within(scope);
        let mut table = cx.read(|tx| require_any(tx, name))?;
        let counted = counted(&cx, &table).await?;
        let status = match encryption::check(&cx, &mut table).await? {
            true => status(&table),
            false => TableStatus::InaccessibleEncryptionCredentials,
        };
        let description = TableDescription::of(&table, cx.scope(), status, &counted);
        Ok(DescribeTableOutput { table: Some(description) })
    }
}

/// What a table whose key can be used is doing.
fn status(table: &Table) -> TableStatus {
    match table {
        _ if !table.is_ready() => TableStatus::Creating,
        _ if table.is_opening_stream() || table.replication.is_changing() => TableStatus::Updating,
        _ => TableStatus::Active,
    }
}
