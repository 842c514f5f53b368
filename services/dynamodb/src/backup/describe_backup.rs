//! DescribeBackup: a backup and what it keeps.

use crate::{
    backup::{BackupArn, backup_description::BackupDescription},
    error::DynamoError,
};
use service_kit::prelude::*;

pub(crate) enum DescribeBackup {}

/// What DescribeBackup takes.
#[derive(Debug, Shape)]
pub struct DescribeBackupInput {
    /// The backup.
    pub backup_arn: BackupArn,
}

/// What DescribeBackup gives.
#[derive(Debug, Shape)]
pub struct DescribeBackupOutput {
    /// The backup.
    pub backup_description: Option<BackupDescription>,
}

impl Operation for DescribeBackup {
    const NAME: &'static str = "DescribeBackup";
    type Input = DescribeBackupInput;
    type Output = DescribeBackupOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("dynamodb:DescribeBackup", &*input.backup_arn.0).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let backup = cx.read(|tx| input.backup_arn.find(tx))?;
        let description = BackupDescription::of(&backup, cx.scope());
        Ok(DescribeBackupOutput { backup_description: Some(description) })
    }
}
