//! UpdateContinuousBackups and DescribeContinuousBackups: whether, and how far back, a table can be
//! restored to any second.

use crate::{
    backup::{
        history::{self, Recovery},
        trim,
    },
    error::{DynamoError, invalid},
    table::{Table, TableRef},
};
use service_kit::prelude::*;

/// How far back a table can be restored, in days, unless a request says otherwise.
const USUAL_DAYS: u32 = 35;

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
    /// How far back, in days.
    #[shape(range = 1..=35)]
    pub recovery_period_in_days: Option<u32>,
    /// The first second that can be restored.
    pub earliest_restorable_date_time: Option<Timestamp>,
    /// The last second that can be restored.
    pub latest_restorable_date_time: Option<Timestamp>,
}

/// Whether there are continuous backups. As on AWS all tables could have them at any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ContinuousBackupsStatus {
    /// There may be.
    Enabled,
}

/// Whether a table can be restored to a point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum PointInTimeRecoveryStatus {
    /// It can.
    Enabled,
    /// It cannot.
    Disabled,
}

impl ContinuousBackupsDescription {
    fn of(table: &Table, now: Timestamp) -> Self {
        let recovery = table.history.as_ref().and_then(|history| history.recovery.as_ref());
        let status = match recovery {
            Some(_) => PointInTimeRecoveryStatus::Enabled,
            None => PointInTimeRecoveryStatus::Disabled,
        };
        Self {
            continuous_backups_status: ContinuousBackupsStatus::Enabled,
            point_in_time_recovery_description: Some(PointInTimeRecoveryDescription {
                point_in_time_recovery_status: Some(status),
                recovery_period_in_days: recovery.map(|recovery| recovery.days),
                earliest_restorable_date_time: recovery.and_then(|known| known.earliest(now)),
                latest_restorable_date_time: recovery.and_then(|known| known.latest(now)),
            }),
        }
    }
}

/// The table called `name`, for an operation on backups.
///
/// # Errors
/// `TableNotFoundException` when there is none, or only one that is being restored.
pub(crate) fn require(tx: &ReadTx<'_>, name: &str) -> Result<Table, DynamoError> {
    let table: Option<Table> = tx.get(name)?;
    table
        .filter(Table::is_ready)
        .ok_or_else(|| DynamoError::TableNotFound(format!("Table not found: {name}")))
}

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
        let table = cx.within(scope).read(|tx| require(tx, name))?;
        let description = ContinuousBackupsDescription::of(&table, cx.now());
        Ok(DescribeContinuousBackupsOutput { continuous_backups_description: Some(description) })
    }
}

pub(crate) enum UpdateContinuousBackups {}

/// What is to be.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct PointInTimeRecoverySpecification {
    /// Whether the table is to be restorable to a point in time.
    pub point_in_time_recovery_enabled: bool,
    /// How far back, in days.
    #[shape(range = 1..=35)]
    pub recovery_period_in_days: Option<u32>,
}

/// What UpdateContinuousBackups takes.
#[derive(Debug, Shape)]
pub struct UpdateContinuousBackupsInput {
    /// The table.
    pub table_name: TableRef,
    /// What is to be.
    pub point_in_time_recovery_specification: PointInTimeRecoverySpecification,
}

/// What UpdateContinuousBackups gives.
#[derive(Debug, Shape)]
pub struct UpdateContinuousBackupsOutput {
    /// The state of backups.
    pub continuous_backups_description: Option<ContinuousBackupsDescription>,
}

impl Operation for UpdateContinuousBackups {
    const NAME: &'static str = "UpdateContinuousBackups";
    type Input = UpdateContinuousBackupsInput;
    type Output = UpdateContinuousBackupsOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("dynamodb:UpdateContinuousBackups", input.table_name.arn(at)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let (scope, name) = input.table_name.resolve(cx.scope())?;
        let cx = cx.within(scope);
        let wanted = &input.point_in_time_recovery_specification;
        let table = match (wanted.point_in_time_recovery_enabled, wanted.recovery_period_in_days) {
            (true, days) => enable(&cx, name, days).await?,
            (false, None) => disable(&cx, name).await?,
            (false, Some(_)) => {
                return Err(invalid(
                    "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling \
                     point-in-time recovery.",
                ));
            }
        };
        let description = ContinuousBackupsDescription::of(&table, cx.now());
        Ok(UpdateContinuousBackupsOutput { continuous_backups_description: Some(description) })
    }
}

/// Lets the table called `name` be restored as far back as `days`, from now on.
async fn enable(cx: &Context, name: &str, days: Option<u32>) -> Result<Table, DynamoError> {
    let (id, now) = (cx.entropy().uuid(), cx.now());
    let (table, history) = cx
        .write(|tx| {
            let mut table = require(&tx.reader(), name)?;
            let history = history::start(tx, &mut table, &id)?;
            let since = history.recovery.as_ref().map(|known| (known.days, known.earliest(now)));
            history.recovery = Some(match (since, days) {
                // What was given up by a shorter period does not come back by a longer one.
                (Some((known, since)), days) => Recovery { days: days.unwrap_or(known), since },
                (None, days) => Recovery { days: days.unwrap_or(USUAL_DAYS), since: None },
            });
            let history = history.id.clone();
            tx.put(&table)?;
            Ok::<_, DynamoError>((table.id, history))
        })
        .await?;
    let kept = || std::future::ready(history::is_kept(cx, name, &table, &history));
    let is_kept = history::wait_for(kept).await?;
    let now = cx.now();
    cx.write(|tx| {
        let mut table = require(&tx.reader(), name)?;
        if is_kept && table.history.as_ref().is_some_and(|known| known.id == history) {
            trim::complete(&mut table, now);
            tx.put(&table)?;
        }
        Ok(table)
    })
    .await
}

async fn disable(cx: &Context, name: &str) -> Result<Table, DynamoError> {
    cx.write(|tx| {
        let mut table = require(&tx.reader(), name)?;
        if let Some(history) = &mut table.history {
            history.recovery = None;
            history::end_unneeded(tx, &mut table)?;
            tx.put(&table)?;
        }
        Ok(table)
    })
    .await
}
