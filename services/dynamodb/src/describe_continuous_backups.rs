//! DescribeContinuousBackups: whether a table is backed up continuously. None is yet.

use crate::{error::DynamoError, table::TableRef};
use service_kit::prelude::*;

pub(crate) enum DescribeContinuousBackups {}

/// What DescribeContinuousBackups takes.
#[derive(Debug, Shape)]
pub struct DescribeContinuousBackupsInput {
    /// The table.
    pub table_name: TableRef,
}

/// What DescribeContinuousBackups gives.
#[derive(Debug, Shape)]
pub struct DescribeContinuousBackupsOutput {
    /// The state of backups.
    pub continuous_backups_description: Option<ContinuousBackupsDescription>,
}

/// The state of backups.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ContinuousBackupsDescription {
    /// Whether there are continuous backups.
    pub continuous_backups_status: ContinuousBackupsStatus,
    /// Whether the table can be restored to a point in time.
    pub point_in_time_recovery_description: Option<PointInTimeRecoveryDescription>,
}

/// Whether the table can be restored to a point in time.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct PointInTimeRecoveryDescription {
    /// Whether it can.
    pub point_in_time_recovery_status: Option<PointInTimeRecoveryStatus>,
}

/// Whether there are continuous backups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ContinuousBackupsStatus {
    /// There are none.
    Disabled,
}

/// Whether a table can be restored to a point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum PointInTimeRecoveryStatus {
    /// It cannot.
    Disabled,
}

impl Operation for DescribeContinuousBackups {
    const NAME: &'static str = "DescribeContinuousBackups";
    type Input = DescribeContinuousBackupsInput;
    type Output = DescribeContinuousBackupsOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("dynamodb:DescribeContinuousBackups", input.table_name.arn(at)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let (scope, name) = input.table_name.resolve(cx.scope())?;
        if cx.within(scope).read(|tx| tx.get::<crate::table::Table>(name))?.is_none() {
            return Err(DynamoError::TableNotFound(format!("Table not found: {name}")));
        }
        let recovery = PointInTimeRecoveryDescription {
            point_in_time_recovery_status: Some(PointInTimeRecoveryStatus::Disabled),
        };
        let description = ContinuousBackupsDescription {
            continuous_backups_status: ContinuousBackupsStatus::Disabled,
            point_in_time_recovery_description: Some(recovery),
        };
        Ok(DescribeContinuousBackupsOutput { continuous_backups_description: Some(description) })
    }
}
