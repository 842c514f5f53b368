//! DeleteTable: a table and all its items, which go in the background.

use crate::{
    access::table_access::{StreamPolicy, TableAccess},
    backup::{
        Backup, BackupType, ExpireBackup, KEPT,
        copy::{Copy, Made, Phase, SettleCopy, Source, Undo},
        history::{self, History},
        hold,
        trim::DropHistory,
    },
    error::{DynamoError, invalid},
    global::removal,
    insights::drop_all_rules,
    streams::stream,
    table::{
        Table, TableRef,
        description::{TableDescription, TableStatus},
        purge::PurgeItems,
        require_any,
        statistics::{Counted, Counts, counted},
    },
};
use service_kit::prelude::*;

/// Writes that found the table in the cache a moment ago are over by then, so that what they wrote
/// is removed too.
const PURGE_DELAY: Duration = Duration::from_secs(5);

pub(crate) enum DeleteTable {}

/// What DeleteTable takes.
#[derive(Debug, Shape)]
pub struct DeleteTableInput {
    /// The table.
    #[shape(absent = "The parameter 'TableName' is required but was not present in the request")]
    pub table_name: TableRef,
}

/// What DeleteTable gives.
#[derive(Debug, Shape)]
pub struct DeleteTableOutput {
    /// The table, as if still being deleted.
    pub table_description: Option<TableDescription>,
}

impl Operation for DeleteTable {
    const NAME: &'static str = "DeleteTable";
    type Input = DeleteTableInput;
    type Output = DeleteTableOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("dynamodb:DeleteTable", input.table_name.arn(at)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let (scope, name) = input.table_name.resolve(cx.scope())?;
        let cx = cx.within(scope);
        let table = cx.read(|tx| require_any(tx, name))?;
        let counted = match &table.history {
            // Only the backup that is left of it tells how much it held.
            Some(history) if history.recovery.is_some() => {
                counted(&cx, &table).await?.of(&table.id)
            }
            _ => Counted::default(),
        };
        let table = cx
            .write(|tx| {
                let table = require_any(&tx.reader(), name)?;
                removal::check_ready(&table)?;
                if table.deletion_protection {
                    return Err(invalid(
                        "Resource cannot be deleted as it is currently protected against \
                         deletion. Disable deletion protection first.",
                    ));
                }
                removal::check_alone(&table, cx.region(), cx.now())?;
                remove(tx, &table, counted)?;
                removal::leave(tx, &table)?;
                Ok(table)
            })
            .await?;
        if let Some(encryption) = &table.encryption {
            encryption.retire(&cx, name).await;
        }
        let status = TableStatus::Deleting;
        let description = TableDescription::of(&table, cx.scope(), status, &Counts::default());
        // Of a table that goes AWS tells less.
        let description = TableDescription {
            attribute_definitions: None,
            key_schema: None,
            creation_date_time: None,
            local_secondary_indexes: None,
            global_secondary_indexes: None,
            ..description
        };
        Ok(DeleteTableOutput { table_description: Some(description) })
    }
}

/// Removes `table`, which is in the scope of `tx` and holds what was `counted`, and leaves its rows
/// to jobs.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) fn remove(tx: &mut Tx<'_>, table: &Table, counted: Counted) -> Result<(), Fault> {
    let (name, due) = (&table.name, tx.now() + PURGE_DELAY);
    tx.delete::<Table>(name);
    tx.delete::<TableAccess>(name);
    drop_all_rules(tx, table)?;
    for policy in tx.reader().list::<StreamPolicy>(name)? {
        tx.delete::<StreamPolicy>((name, &*policy.label));
    }
    let mut table = table.clone();
    stream::close(tx, &mut table, true)?;
    let indexes = table.indexes.iter().map(|index| &index.id);
    let expiry = table.expiry.iter().map(|expiry| &expiry.id);
    for id in indexes.chain(expiry) {
        tx.enqueue_at(due, &PurgeItems { table_id: id.clone() })?;
    }
    match &table.history {
        Some(History { recovery: Some(_), .. }) => back_up(tx, &table, counted)?,
        _ => tx.enqueue_at(due, &PurgeItems { table_id: table.id.clone() })?,
    }
    if let Some(history) = &table.history {
        let (table, table_id) = (table.name.clone(), table.id.clone());
        tx.enqueue_at(due, &DropHistory { table, table_id, history: history.id.clone() })?;
    }
    Ok(())
}

/// Makes the rows of `table`, which is being deleted, a backup: its items as they are at this
/// moment.
fn back_up(tx: &mut Tx<'_>, table: &Table, counted: Counted) -> Result<(), Fault> {
    let Some(History { id: history, .. }) = &table.history else { return Ok(()) };
    let (rows, now) = (table.id.clone(), tx.now());
    let new = |number| {
        let name = format!("{}$DeletedTableBackup", table.name);
        Backup::new(table.clone(), name, now, number)
    };
    let mut backup = new(0);
    // Whoever makes and deletes a table in one millisecond gets two.
    for number in 1.. {
        if tx.get::<Backup>((&backup.id, &table.name))?.is_none() {
            break;
        }
        backup = new(number);
    }
    let expires = now + KEPT;
    backup.kind = BackupType::System;
    backup.expires = Some(expires);
    backup.rows.clone_from(&rows);
    backup.counted = counted;
    tx.put(&backup)?;
    let expiring = ExpireBackup { id: backup.id.clone(), table: table.name.clone() };
    tx.enqueue_at(expires, &expiring)?;
    hold::hold(tx, history, &rows, now)?;
    history::mark(tx, history, &rows);
    let from = Source {
        account: tx.scope().account.to_string(),
        region: tx.scope().region.to_string(),
        rows: rows.clone(),
        undo: Some(Undo { history: history.clone(), to: None }),
        key: None,
    };
    let made = Made::Backup { id: backup.id, table: table.name.clone() };
    tx.put(&Copy { to: rows.clone(), made, from, phase: Phase::Settle })?;
    tx.enqueue(&SettleCopy { to: rows })
}
