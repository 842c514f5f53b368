//! ListBackups: the backups of a table or of all, by pages, the oldest first.

use crate::{
    backup::{Backup, BackupArn, BackupType, backup_description::BackupSummary},
    error::{DynamoError, invalid, invalid_values},
    table::TableRef,
};
use service_kit::{key::Key, prelude::*};
use std::ops::ControlFlow;

/// The longest page, and the usual one.
const MAX_LISTED: u32 = 100;
/// The most backups looked at for one page.
const MAX_LOOKED_AT: usize = 10_000;

pub(crate) enum ListBackups {}

/// Which backups are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum BackupTypeFilter {
    /// Those that requests made.
    User,
    /// Those that deletions of tables made.
    System,
    /// Those of AWS Backup: there are none.
    AwsBackup,
    /// All.
    All,
}

/// What ListBackups takes.
#[derive(Debug, Shape)]
pub struct ListBackupsInput {
    /// The table.
    pub table_name: Option<TableRef>,
    /// How many at most.
    #[shape(range = 1..=100)]
    pub limit: Option<u32>,
    /// Not before this moment.
    pub time_range_lower_bound: Option<Timestamp>,
    /// Before this moment.
    pub time_range_upper_bound: Option<Timestamp>,
    /// The last one of the page before.
    pub exclusive_start_backup_arn: Option<BackupArn>,
    /// Which; those that requests made, unless this says otherwise.
    pub backup_type: Option<BackupTypeFilter>,
}

/// What ListBackups gives.
#[derive(Debug, Shape)]
pub struct ListBackupsOutput {
    /// The backups.
    pub backup_summaries: Option<Vec<BackupSummary>>,
    /// Where the next page starts, if there is one.
    pub last_evaluated_backup_arn: Option<String>,
}

impl Operation for ListBackups {
    const NAME: &'static str = "ListBackups";
    type Input = ListBackupsInput;
    type Output = ListBackupsOutput;
    type Error = DynamoError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("dynamodb:ListBackups").only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let (lower, upper) = (input.time_range_lower_bound, input.time_range_upper_bound);
        if lower.zip(upper).is_some_and(|(lower, upper)| lower > upper) {
            return Err(invalid_values(
                "Time range lower bound must be less than or equal to upper bound",
            ));
        }
        let table = input.table_name.as_ref().map(|table| table.resolve_own(cx.scope()));
        let (table, scope) = (table.transpose()?, cx.scope());
        let from = input.start(scope)?;
        let limit = input.limit.unwrap_or(MAX_LISTED) as usize;
        let (mut listed, mut next, mut looked_at) = (Vec::new(), None, 0);
        let mut last: Option<Backup> = None;
        cx.read(|tx| {
            tx.visit_between((), (&from, None), Order::Ascending, |backup: Backup| {
                let is_full = listed.len() == limit || looked_at == MAX_LOOKED_AT;
                looked_at += 1;
                let matches = input.matches(&backup, table);
                if is_full && (matches || looked_at > MAX_LOOKED_AT) {
                    next = last.as_ref().map(|last| last.arn(scope));
                    return ControlFlow::Break(());
                }
                if matches {
                    listed.push(BackupSummary::of(&backup, scope));
                }
                last = Some(backup);
                ControlFlow::Continue(())
            })
        })?;
        Ok(ListBackupsOutput { backup_summaries: Some(listed), last_evaluated_backup_arn: next })
    }
}

impl ListBackupsInput {
    /// The key that the page starts at.
    fn start(&self, at: &Scope) -> Result<Vec<u8>, DynamoError> {
        let Some(arn) = &self.exclusive_start_backup_arn else { return Ok(Vec::new()) };
        let (scope, table, id) = arn.resolve()?;
        if scope != *at {
            return Err(invalid(
                "Invalid Request: The supplied ExclusiveStartBackupArn does not match the region",
            ));
        }
        let mut key = (id, table).bytes();
        key.push(0);
        Ok(key)
    }

    fn matches(&self, backup: &Backup, table: Option<&str>) -> bool {
        let kind = match self.backup_type.unwrap_or(BackupTypeFilter::User) {
            BackupTypeFilter::User => backup.kind == BackupType::User,
            BackupTypeFilter::System => backup.kind == BackupType::System,
            BackupTypeFilter::AwsBackup => false,
            BackupTypeFilter::All => true,
        };
        kind && table.is_none_or(|table| backup.table.name == table)
            && self.time_range_lower_bound.is_none_or(|lower| backup.created >= lower)
            && self.time_range_upper_bound.is_none_or(|upper| backup.created < upper)
    }
}
