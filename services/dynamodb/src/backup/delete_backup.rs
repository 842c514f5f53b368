//! DeleteBackup: a backup and all that it holds, which goes in the background.

use crate::{
    backup::{
        Backup, BackupArn, BackupStatus, BackupType, backup_description::BackupDescription,
        hold::holds,
    },
    error::{DynamoError, invalid},
};
use service_kit::prelude::*;

pub(crate) enum DeleteBackup {}

/// What DeleteBackup takes.
#[derive(Debug, Shape)]
pub struct DeleteBackupInput {
    /// The backup.
    pub backup_arn: BackupArn,
}

/// What DeleteBackup gives.
#[derive(Debug, Shape)]
pub struct DeleteBackupOutput {
    /// The backup as it was.
    pub backup_description: Option<BackupDescription>,
}

impl Operation for DeleteBackup {
    const NAME: &'static str = "DeleteBackup";
    type Input = DeleteBackupInput;
    type Output = DeleteBackupOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("dynamodb:DeleteBackup", &*input.backup_arn.0).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let arn = &input.backup_arn.0;
        let backup = cx
            .write(|tx| {
                let backup = input.backup_arn.find(&tx.reader())?;
                if let (BackupType::System, Some(expires)) = (backup.kind, backup.expires) {
                    return Err(invalid(format!(
                        "Invalid Request: User is not allowed to delete the system backup with \
                         arn {arn}. It will automatically expire on {expires}"
                    )));
                }
                if backup.status == BackupStatus::Creating {
                    return Err(DynamoError::BackupInUse(format!(
                        "Backup is being created: {arn}"
                    )));
                }
                if !holds(&tx.reader(), &backup.rows)?.is_empty() {
                    return Err(DynamoError::BackupInUse(format!(
                        "Backup is being used to restore table: {arn}"
                    )));
                }
                backup.remove(tx)?;
                Ok(backup)
            })
            .await?;
        let backup = Backup { status: BackupStatus::Deleted, ..backup };
        let description = BackupDescription::of(&backup, cx.scope());
        Ok(DeleteBackupOutput { backup_description: Some(description) })
    }
}
