//! PutLogGroupDeletionProtection: whether a log group can be deleted.

use crate::{
    error::LogsError,
    group::{policy_resource, resolve},
    names::LogGroupIdentifier,
};
use service_kit::prelude::*;

/// Protects a log group from deletion, or takes that back.
pub(crate) enum PutLogGroupDeletionProtection {}

/// What PutLogGroupDeletionProtection takes.
#[derive(Debug, Shape)]
#[shape(name = "PutLogGroupDeletionProtectionRequest", camel)]
pub struct PutLogGroupDeletionProtectionInput {
    /// A name or ARN.
    pub log_group_identifier: LogGroupIdentifier,
    /// Whether it is protected.
    pub deletion_protection_enabled: bool,
}

impl Operation for PutLogGroupDeletionProtection {
    const NAME: &'static str = "PutLogGroupDeletionProtection";
    type Input = PutLogGroupDeletionProtectionInput;
    type Output = Empty;
    type Error = LogsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let resource = policy_resource(None, Some(&input.log_group_identifier), "", at);
        Access::on("logs:PutLogGroupDeletionProtection", resource).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Empty, LogsError> {
        cx.write(|tx| {
            let mut group = resolve(&tx.reader(), None, Some(&input.log_group_identifier))?;
            group.protected = input.deletion_protection_enabled;
            Ok::<_, LogsError>(tx.put(&group)?)
        })
        .await?;
        Ok(Empty)
    }
}
