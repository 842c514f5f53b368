//! The way of a write to the other replicas.

use crate::{
    capacity::{self, Units},
    encryption,
    error::{DynamoError, invalid},
    item::{
        self,
        change::{Cause, Change},
    },
    table::Table,
};
use service_kit::prelude::*;

/// Makes `change`, just made in `table`, in all its other replicas.
///
/// # Errors
/// `AccessDeniedException` while the key of a replica cannot be used: the replicas would differ.
pub(crate) fn replicate(
    change: &Change<'_>,
    tx: &mut Tx<'_>,
    table: &Table,
) -> Result<(), DynamoError> {
    // While some requests do not know all replicas yet, these may differ.
    let is_settled = table.replication.is_settled();
    for peer in &table.replication.peers {
        if !peer.table.is_unlocked() {
            return Err(DynamoError::Common(Fault::AccessDenied(format!(
                "KMS key access denied error: the key of the replica in {} cannot be used",
                peer.at.region
            ))));
        }
        let mut tx = tx.within(peer.at.clone());
        let found = match is_settled {
            true => None,
            false => item::get(&tx.reader(), &peer.table, change.key)?,
        };
        let old = if is_settled { change.old } else { found.as_ref() };
        // Elsewhere it is a write like others: only the region that an item expired in says so.
        let change = Change { old, cause: Cause::Request, ..*change };
        change.apply(&mut tx, &peer.table)?;
    }
    Ok(())
}

/// Makes the keys of the other replicas of `table` known, as DynamoDB itself may use them. One that
/// cannot be used only matters to writes, which then say so.
pub(crate) async fn unlock(cx: &Context, table: &Table) {
    for peer in table.replication.peers.iter().filter(|peer| peer.table.encryption.is_some()) {
        let cx = encryption::background(&cx.within(peer.at.clone()));
        encryption::unlock(&cx, &peer.table).await.ok();
    }
}

/// Counts what a write to `table` consumed in its other replicas, where it is written too.
pub(crate) fn count(cx: &Context, table: &Table, units: &Units) {
    for peer in &table.replication.peers {
        capacity::count_write(&cx.within(peer.at.clone()), &peer.table, units.clone());
    }
}

/// Transactions do not reach strongly consistent global tables.
///
/// # Errors
/// AWS's `ValidationException` for such a table.
pub(crate) fn check_transaction(table: &Table) -> Result<(), DynamoError> {
    match &table.replication.group {
        Some(group) if group.is_strong() => Err(invalid(
            "Transaction operations are not supported for global tables with \
             MultiRegionConsistency set to STRONG",
        )),
        _ => Ok(()),
    }
}
