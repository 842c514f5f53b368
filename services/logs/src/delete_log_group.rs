//! DeleteLogGroup: a log group and all its events, for good.

use crate::{
    error::LogsError,
    group::{LogGroup, policy_arn},
    names::LogGroupName,
    purge::PurgeGroup,
};
use service_kit::prelude::*;

/// Deletes a log group.
pub(crate) enum DeleteLogGroup {}

/// What DeleteLogGroup takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteLogGroupRequest", camel)]
pub struct DeleteLogGroupInput {
    /// Which.
    pub log_group_name: LogGroupName,
}

impl Operation for DeleteLogGroup {
    const NAME: &'static str = "DeleteLogGroup";
    type Input = DeleteLogGroupInput;
    type Output = Empty;
    type Error = LogsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("logs:DeleteLogGroup", policy_arn(at, &input.log_group_name)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, LogsError> {
        cx.write(|tx| {
            let group = LogGroup::named(&tx.reader(), &input.log_group_name)?;
            if group.protected {
                return Err(LogsError::ValidationException(format!(
                    "The log group {} has deletion protection enabled. Disable it before deleting \
                     the log group.",
                    group.name
                )));
            }
            tx.delete::<LogGroup>(&group.name);
            Ok(tx.enqueue(&PurgeGroup { group: group.id })?)
        })
        .await?;
        Ok(Empty)
    }
}
