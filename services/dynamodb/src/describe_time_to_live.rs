//! DescribeTimeToLive: whether items of a table expire. None do yet.

use crate::{
    error::DynamoError,
    table::{TableRef, require},
};
use service_kit::prelude::*;

pub(crate) enum DescribeTimeToLive {}

/// What DescribeTimeToLive takes.
#[derive(Debug, Shape)]
pub struct DescribeTimeToLiveInput {
    /// The table.
    pub table_name: TableRef,
}

/// What DescribeTimeToLive gives.
#[derive(Debug, Shape)]
pub struct DescribeTimeToLiveOutput {
    /// The state of expiry.
    pub time_to_live_description: Option<TimeToLiveDescription>,
}

/// The state of expiry.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct TimeToLiveDescription {
    /// Whether items expire.
    pub time_to_live_status: Option<TimeToLiveStatus>,
}

/// Whether items expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum TimeToLiveStatus {
    /// They do not.
    Disabled,
}

impl Operation for DescribeTimeToLive {
    const NAME: &'static str = "DescribeTimeToLive";
    type Input = DescribeTimeToLiveInput;
    type Output = DescribeTimeToLiveOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("dynamodb:DescribeTimeToLive", input.table_name.arn(at)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let (scope, name) = input.table_name.resolve(cx.scope())?;
        cx.within(scope).read(|tx| require(tx, name))?;
        let status = Some(TimeToLiveStatus::Disabled);
        let description = TimeToLiveDescription { time_to_live_status: status };
        Ok(DescribeTimeToLiveOutput { time_to_live_description: Some(description) })
    }
}
