//! DescribeLimits: how much capacity may be reserved.

use crate::error::DynamoError;
use service_kit::prelude::*;

/// The most reads, and the most writes, that all tables together may be given in a second.
pub(crate) const MAX_ACCOUNT_UNITS: u64 = 80_000;
/// The most reads, and the most writes, that one table may be given in a second.
pub(crate) const MAX_TABLE_UNITS: u64 = 40_000;

pub(crate) enum DescribeLimits {}

/// What DescribeLimits gives: AWS's own quotas of a new account, which [`crate::table::quotas`]
/// holds tables to.
#[derive(Debug, Shape)]
pub struct DescribeLimitsOutput {
    /// Reads a second, all tables together.
    pub account_max_read_capacity_units: Option<u64>,
    /// Writes a second, all tables together.
    pub account_max_write_capacity_units: Option<u64>,
    /// Reads a second, one table.
    pub table_max_read_capacity_units: Option<u64>,
    /// Writes a second, one table.
    pub table_max_write_capacity_units: Option<u64>,
}

impl Operation for DescribeLimits {
    const NAME: &'static str = "DescribeLimits";
    type Input = Empty;
    type Output = DescribeLimitsOutput;
    type Error = DynamoError;

    fn access(_: &Empty, _: &Scope) -> Vec<Access> {
        Access::any("dynamodb:DescribeLimits").only()
    }

    async fn run(_: &Context, _: Empty) -> Result<Self::Output, DynamoError> {
        Ok(DescribeLimitsOutput {
            account_max_read_capacity_units: Some(MAX_ACCOUNT_UNITS),
            account_max_write_capacity_units: Some(MAX_ACCOUNT_UNITS),
            table_max_read_capacity_units: Some(MAX_TABLE_UNITS),
            table_max_write_capacity_units: Some(MAX_TABLE_UNITS),
        })
    }
}
