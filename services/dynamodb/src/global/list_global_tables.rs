//! ListGlobalTables: the global tables of version 2017.11.29, by pages.

use super::{group::LegacyGlobalTable, legacy::Replica};
use crate::error::DynamoError;
use service_kit::prelude::*;

/// The usual page.
const USUAL: u32 = 100;

pub(crate) enum ListGlobalTables {}

/// What ListGlobalTables takes.
#[derive(Debug, Shape)]
pub struct ListGlobalTablesInput {
    /// The last name of the page before.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub exclusive_start_global_table_name: Option<String>,
    /// How many at most.
    #[shape(range = 1..)]
    pub limit: Option<u32>,
    /// A region that all have a replica in.
    pub region_name: Option<String>,
}

/// A global table in a list.
#[derive(Debug, PartialEq, Shape)]
pub struct GlobalTable {
    /// Its name.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub global_table_name: Option<String>,
    /// Its regions.
    pub replication_group: Option<Vec<Replica>>,
}

/// What ListGlobalTables gives.
#[derive(Debug, Shape)]
pub struct ListGlobalTablesOutput {
    /// The global tables, sorted by name.
    pub global_tables: Option<Vec<GlobalTable>>,
    /// Where the next page starts, if there is one.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub last_evaluated_global_table_name: Option<String>,
}

impl From<LegacyGlobalTable> for GlobalTable {
    fn from(table: LegacyGlobalTable) -> Self {
        let replica = |region| Replica { region_name: Some(region) };
        Self {
            global_table_name: Some(table.name),
            replication_group: Some(table.regions.into_iter().map(replica).collect()),
        }
    }
}

impl Operation for ListGlobalTables {
    const NAME: &'static str = "ListGlobalTables";
    type Input = ListGlobalTablesInput;
    type Output = ListGlobalTablesOutput;
    type Error = DynamoError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("dynamodb:ListGlobalTables").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let limit = input.limit.unwrap_or(USUAL) as usize;
        let after = input.exclusive_start_global_table_name.as_deref();
        let is_there = |table: &LegacyGlobalTable| {
            let region = input.region_name.as_ref();
            region.is_none_or(|region| table.regions.contains(region))
        };
        let all = cx.read(|tx| tx.list::<LegacyGlobalTable>(()))?.into_iter();
        let rest = all.filter(|table| after.is_none_or(|after| table.name.as_str() > after));
        let mut page: Vec<LegacyGlobalTable> = rest.filter(is_there).take(limit + 1).collect();
        let more = page.len() > limit;
        page.truncate(limit);
        let last = page.last().filter(|_| more).map(|table| table.name.clone());
        Ok(ListGlobalTablesOutput {
            global_tables: Some(page.into_iter().map(GlobalTable::from).collect()),
            last_evaluated_global_table_name: last,
        })
    }
}
