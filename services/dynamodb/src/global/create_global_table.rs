//! CreateGlobalTable: empty tables of one name become replicas of each other, by the rules of
//! version 2017.11.29.

use super::legacy::{
    GlobalTableDescription, Replica, access, candidate, check_alike, find, group, join, joining,
};
use crate::error::{DynamoError, invalid_values};
use service_kit::prelude::*;
use std::collections::BTreeSet;

pub(crate) enum CreateGlobalTable {}

/// What CreateGlobalTable takes.
#[derive(Debug, Shape)]
pub struct CreateGlobalTableInput {
    /// The name of the tables and of the global table.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub global_table_name: String,
    /// The regions of the tables.
    pub replication_group: Vec<Replica>,
}

/// What CreateGlobalTable gives.
#[derive(Debug, Shape)]
pub struct CreateGlobalTableOutput {
    /// The global table.
    pub global_table_description: Option<GlobalTableDescription>,
}

impl CreateGlobalTableInput {
    fn regions(&self) -> impl Iterator<Item = &str> {
        self.replication_group.iter().filter_map(|replica| replica.region_name.as_deref())
    }
}

impl Operation for CreateGlobalTable {
    const NAME: &'static str = "CreateGlobalTable";
    type Input = CreateGlobalTableInput;
    type Output = CreateGlobalTableOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access("dynamodb:CreateGlobalTable", &input.global_table_name, input.regions(), at)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let name = input.global_table_name.as_str();
        let regions: BTreeSet<&str> = input.regions().collect();
        if regions.is_empty() || regions.len() != input.replication_group.len() {
            return Err(invalid_values("ReplicationGroup must name each region once"));
        }
        let id = cx.entropy().uuid();
        cx.write(|tx| {
            if find(&tx.reader(), name).is_ok() {
                return Err(DynamoError::GlobalTableAlreadyExists(format!(
                    "Global table with name: '{name}' already exists"
                )));
            }
            let mut tables = Vec::with_capacity(regions.len());
            for region in input.regions() {
                let (at, table) = candidate(&tx.reader(), name, region)?;
                if let Some((_, first)) = tables.first() {
                    check_alike(first, &table, region)?;
                }
                tables.push((at, table));
            }
            let members = tables.iter().map(|(at, table)| joining(at, table)).collect();
            let joined: Vec<String> = input.regions().map(str::to_owned).collect();
            join(tx, name, &group(id.clone(), members), &joined)?;
            Ok(())
        })
        .await?;
        let description = cx.read(|tx| find(tx, name))?.describe(cx.scope());
        Ok(CreateGlobalTableOutput { global_table_description: Some(description) })
    }
}
