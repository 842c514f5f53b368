//! CreateBackup: a backup of a table as it is at the moment of the request.

use crate::{
    backup::{
        Backup,
        backup_description::BackupDetails,
        continuous_backups::require,
        copy::{self, Copy, Made, Phase, SettleCopy, Source, Undo},
        history, hold,
    },
    error::DynamoError,
    table::{TableRef, statistics::counted},
};
use service_kit::prelude::*;

/// When to look after a request that should have begun its backup itself.
const UNATTENDED: Duration = Duration::from_secs(5);

pub(crate) enum CreateBackup {}

/// What CreateBackup takes.
#[derive(Debug, Shape)]
pub struct CreateBackupInput {
    /// The table.
    pub table_name: TableRef,
    /// The backup's name; several may have one.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub backup_name: String,
}

/// What CreateBackup gives.
#[derive(Debug, Shape)]
pub struct CreateBackupOutput {
    /// The backup, as being made.
    pub backup_details: Option<BackupDetails>,
}

impl Operation for CreateBackup {
    const NAME: &'static str = "CreateBackup";
    type Input = CreateBackupInput;
    type Output = CreateBackupOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("dynamodb:CreateBackup", input.table_name.arn(at)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let (scope, name) = input.table_name.resolve(cx.scope())?;
        let cx = cx.within(scope);
        let table = cx.read(|tx| require(tx, name))?;
        let counted = counted(&cx, &table).await?.of(&table.id);
        let (rows, history) = (cx.entropy().uuid(), cx.entropy().uuid());
        let (number, now) = (u32::from_be_bytes(cx.entropy().bytes()), cx.now());
        let backup = cx
            .write(|tx| {
                let mut table = require(&tx.reader(), name)?;
                let history = history::start(tx, &mut table, &history)?.id.clone();
                tx.put(&table)?;
                hold::hold(tx, &table.id, &rows, now)?;
                hold::hold(tx, &history, &rows, now)?;
                let backup = Backup::new(table, input.backup_name.clone(), now, number);
                let backup = Backup { rows: rows.clone(), counted, ..backup };
                tx.put(&backup)?;
                tx.put(&copy_of(&cx, &backup, history))?;
                // Until then the request itself sees to it.
                tx.enqueue_at(now + UNATTENDED, &SettleCopy { to: rows.clone() })?;
                Ok::<_, DynamoError>(backup)
            })
            .await?;
        // What is acknowledged after this answer shall not be in the backup.
        history::wait_for(|| copy::settle(&cx, &rows)).await?;
        Ok(CreateBackupOutput { backup_details: Some(BackupDetails::of(&backup, cx.scope())) })
    }
}

/// The copy that makes `backup`, whose table keeps `history`.
fn copy_of(cx: &Context, backup: &Backup, history: String) -> Copy {
    let Backup { id, table, rows, .. } = backup;
    let from = Source {
        account: cx.account().to_owned(),
        region: cx.region().to_owned(),
        rows: table.id.clone(),
        undo: Some(Undo { history, to: None }),
        key: None,
    };
    let made = Made::Backup { id: id.clone(), table: table.name.clone() };
    Copy { to: rows.clone(), made, from, phase: Phase::Settle }
}
