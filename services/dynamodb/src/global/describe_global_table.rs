//! DescribeGlobalTable: a global table of version 2017.11.29.

use super::legacy::{GlobalTableDescription, access, find};
use crate::error::DynamoError;
use service_kit::prelude::*;

pub(crate) enum DescribeGlobalTable {}

/// What DescribeGlobalTable takes.
#[derive(Debug, Shape)]
pub struct DescribeGlobalTableInput {
    /// Its name.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub global_table_name: String,
}

/// What DescribeGlobalTable gives.
#[derive(Debug, Shape)]
pub struct DescribeGlobalTableOutput {
    /// The global table.
    pub global_table_description: Option<GlobalTableDescription>,
}

impl Operation for DescribeGlobalTable {
    const NAME: &'static str = "DescribeGlobalTable";
    type Input = DescribeGlobalTableInput;
    type Output = DescribeGlobalTableOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access("dynamodb:DescribeGlobalTable", &input.global_table_name, [], at)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let found = cx.read(|tx| find(tx, &input.global_table_name))?;
        let description = Some(found.describe(cx.scope()));
        Ok(DescribeGlobalTableOutput { global_table_description: description })
    }
}
