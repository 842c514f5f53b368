//! RestoreTableFromBackup: a new table of what a backup holds.

use crate::{
    backup::{
        BackupArn, BackupStatus,
        hold::{self, holds},
        restore::{self, Overrides, Restore, check_free},
    },
    encryption::SSESpecification,
    error::DynamoError,
    index::index_description::{GlobalSecondaryIndex, LocalSecondaryIndex},
    table::{
        BillingMode, TableRef,
        description::{ProvisionedThroughput, TableDescription},
        on_demand::OnDemandThroughput,
    },
};
use service_kit::prelude::*;

pub(crate) enum RestoreTableFromBackup {}

/// What RestoreTableFromBackup takes.
#[derive(Debug, Shape)]
pub struct RestoreTableFromBackupInput {
    /// The new table's name.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub target_table_name: String,
    /// The backup.
    pub backup_arn: BackupArn,
    /// How the table is to be paid for.
    pub billing_mode_override: Option<BillingMode>,
    /// Which of its global indexes it is to have.
    pub global_secondary_index_override: Option<Vec<GlobalSecondaryIndex>>,
    /// Which of its local indexes it is to have.
    pub local_secondary_index_override: Option<Vec<LocalSecondaryIndex>>,
    /// Capacity to reserve.
    pub provisioned_throughput_override: Option<ProvisionedThroughput>,
    /// The most to serve when paid by request.
    pub on_demand_throughput_override: Option<OnDemandThroughput>,
    /// How it is to be encrypted.
    #[shape(name = "SSESpecificationOverride")]
    pub sse_specification_override: Option<SSESpecification>,
}

/// What RestoreTableFromBackup gives.
#[derive(Debug, Shape)]
pub struct RestoreTableFromBackupOutput {
    /// The table, as being made.
    pub table_description: Option<TableDescription>,
}

impl Operation for RestoreTableFromBackup {
    const NAME: &'static str = "RestoreTableFromBackup";
    type Input = RestoreTableFromBackupInput;
    type Output = RestoreTableFromBackupOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let source = input.backup_arn.0.clone();
        restore::access("dynamodb:RestoreTableFromBackup", source, &input.target_table_name, at)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let (name, arn) = (&input.target_table_name, &input.backup_arn);
        TableRef(name.clone()).resolve(cx.scope())?;
        let (scope, ..) = arn.resolve()?;
        if scope.account != cx.scope().account {
            let fault = Fault::AccessDenied("Access is denied".into());
            return Err(DynamoError::Common(fault));
        }
        let from = cx.within(scope);
        let backup = from.read(|tx| arn.find(tx))?;
        let overrides = Overrides {
            billing: input.billing_mode_override,
            global: input.global_secondary_index_override.as_deref(),
            local: input.local_secondary_index_override.as_deref(),
            throughput: input.provisioned_throughput_override.as_ref(),
            on_demand: input.on_demand_throughput_override.as_ref(),
            sse: input.sse_specification_override.as_ref(),
        };
        let of = TableRef(backup.table.name.clone()).arn(from.scope());
        let restore = Restore { backup: Some(arn.0.clone()), table: of, at: backup.created };
        let table = overrides.table(cx, (&backup.table, restore), name)?;
        let now = cx.now();
        let claim = |tx: &mut Tx<'_>, by: &str| {
            check_free(&tx.reader(), name)?;
            let mut tx = tx.within(from.scope().clone());
            let backup = arn.find(&tx.reader())?;
            let in_use = |text: &str| DynamoError::BackupInUse(format!("{text}: {}", arn.0));
            if backup.status == BackupStatus::Creating {
                return Err(in_use("Backup is being created"));
            }
            // As on AWS a backup serves one restore at a time.
            if !holds(&tx.reader(), &backup.rows)?.is_empty() {
                return Err(in_use("Backup is being used to restore another table"));
            }
            hold::hold(&mut tx, &backup.rows, by, now)?;
            Ok((backup.rows, None))
        };
        let sse = overrides.sse;
        let description = restore::begin((&from, &backup.table), (cx, table), sse, claim).await?;
        Ok(RestoreTableFromBackupOutput { table_description: Some(description) })
    }
}
