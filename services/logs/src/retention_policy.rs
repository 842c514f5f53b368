//! PutRetentionPolicy, DeleteRetentionPolicy: for how many days a log group keeps its events.

use crate::{
    error::LogsError,
    expiry::ExpireEvents,
    group::{LogGroup, policy_arn},
    names::LogGroupName,
};
use service_kit::prelude::*;

/// The possible days ("PutRetentionPolicy").
const DAYS: [u32; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// Sets the retention.
pub(crate) enum PutRetentionPolicy {}

/// What PutRetentionPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "PutRetentionPolicyRequest", camel)]
pub struct PutRetentionPolicyInput {
    /// Which group.
    pub log_group_name: LogGroupName,
    /// For how long.
    pub retention_in_days: i32,
}

impl Operation for PutRetentionPolicy {
    const NAME: &'static str = "PutRetentionPolicy";
    type Input = PutRetentionPolicyInput;
    type Output = Empty;
    type Error = LogsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("logs:PutRetentionPolicy", policy_arn(at, &input.log_group_name)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, LogsError> {
        let days = u32::try_from(input.retention_in_days).ok().filter(|days| DAYS.contains(days));
        let days = days.ok_or_else(|| {
            let set = DAYS.map(|days| days.to_string()).join(", ");
            LogsError::invalid(format!(
                "1 validation error detected: Value '{}' at 'retentionInDays' failed to satisfy \
                 constraint: Member must satisfy enum value set: [{set}]",
                input.retention_in_days
            ))
        })?;
        set(cx, &input.log_group_name, Some(days)).await
    }
}

/// Keeps events for ever again.
pub(crate) enum DeleteRetentionPolicy {}

/// What DeleteRetentionPolicy takes.
#[derive(Debug, Shape)]
#[shape(name = "DeleteRetentionPolicyRequest", camel)]
pub struct DeleteRetentionPolicyInput {
    /// Which group.
    pub log_group_name: LogGroupName,
}

impl Operation for DeleteRetentionPolicy {
    const NAME: &'static str = "DeleteRetentionPolicy";
    type Input = DeleteRetentionPolicyInput;
    type Output = Empty;
    type Error = LogsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("logs:DeleteRetentionPolicy", policy_arn(at, &input.log_group_name)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, LogsError> {
        set(cx, &input.log_group_name, None).await
    }
}

async fn set(cx: &Context, name: &str, days: Option<u32>) -> Result<Empty, LogsError> {
    cx.write(|tx| {
        let mut group = LogGroup::named(&tx.reader(), name)?;
        group.retention_days = days;
        group.retention_version += 1;
        tx.put(&group)?;
        if days.is_some() {
            let version = group.retention_version;
            tx.enqueue(&ExpireEvents { group: group.name, version })?;
        }
        Ok::<_, LogsError>(())
    })
    .await?;
    Ok(Empty)
}
