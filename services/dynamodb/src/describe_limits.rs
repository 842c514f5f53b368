//! DescribeLimits: how much capacity may be reserved.

use crate::{description::ProvisionedThroughput, error::DynamoError};
use service_kit::prelude::*;

/// The most reads, and the most writes, that one table may be given in a second.
pub(crate) const MAX_TABLE_UNITS: u64 = 40_000;

/// No table, and none of its indexes, may reserve more.
///
/// # Errors
/// AWS's `LimitExceededException`.
pub(crate) fn check_reserved(
    given: &ProvisionedThroughput,
    index: Option<&str>,
    region: &str,
) -> Result<(), DynamoError> {
    let (of, kind) = match index {
        Some(name) => (format!(" for index {name}"), "index"),
        None => (String::new(), "table"),
    };
    for (units, name) in
        [(given.read_capacity_units, "Read"), (given.write_capacity_units, "Write")]
    {
        if units > MAX_TABLE_UNITS {
            return Err(DynamoError::LimitExceeded(format!(
                "The requested {name}CapacityUnits{of}, {units}, is above the per {kind} maximum \
                 for the account in {region}. Per {kind} maximum: {MAX_TABLE_UNITS}. Refer to the \
                 Amazon DynamoDB Developer Guide for current limits and how to request higher \
                 limits."
            )));
        }
    }
    Ok(())
}

pub(crate) enum DescribeLimits {}

/// What DescribeLimits gives: AWS's own quotas of a new account.
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
            account_max_read_capacity_units: Some(80_000),
            account_max_write_capacity_units: Some(80_000),
            table_max_read_capacity_units: Some(MAX_TABLE_UNITS),
            table_max_write_capacity_units: Some(MAX_TABLE_UNITS),
        })
    }
}
