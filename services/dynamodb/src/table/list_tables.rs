//! ListTables: the names of all tables, by pages.

use crate::{error::DynamoError, table::Table};
use service_kit::{key::Key, page, prelude::*};

/// The longest page, and the usual one.
const MAX_NAMES: u32 = 100;

pub(crate) enum ListTables {}

/// What ListTables takes.
#[derive(Debug, Shape)]
pub struct ListTablesInput {
    /// The last name of the page before.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub exclusive_start_table_name: Option<String>,
    /// How many names at most.
    #[shape(range = 1..=100)]
    pub limit: Option<u32>,
}

/// What ListTables gives.
#[derive(Debug, Shape)]
pub struct ListTablesOutput {
    /// The names, sorted.
    pub table_names: Option<Vec<String>>,
    /// Where the next page starts, if there is one.
    pub last_evaluated_table_name: Option<String>,
}

impl Operation for ListTables {
    const NAME: &'static str = "ListTables";
    type Input = ListTablesInput;
    type Output = ListTablesOutput;
    type Error = DynamoError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("dynamodb:ListTables").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let start = input.exclusive_start_table_name.map(|name| page::encode(&name.bytes()));
        let limit = input.limit.unwrap_or(MAX_NAMES) as usize;
        let page: Page<Table> = cx.read(|tx| tx.page((), start.as_deref(), limit))?;
        let names: Vec<String> = page.items.into_iter().map(|table| table.name).collect();
        let last = page.next.and_then(|_| names.last().cloned());
        Ok(ListTablesOutput { table_names: Some(names), last_evaluated_table_name: last })
    }
}
