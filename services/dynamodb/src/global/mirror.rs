//! Settings that all replicas of a global table share: what changes in one changes in all.
//!
//! "Settings synchronized between replicas": how they are paid for and what they serve, their
//! global indexes, their class, and how their items expire. Reads that a replica reserves or is
//! limited to of its own stay.

use super::group::in_use;
use crate::{
    error::{DynamoError, invalid, invalid_values},
    expiry::{Expiry, expire::ExpireItems},
    index::{
        Index, IndexKind, IndexStatus,
        backfill::{DropIndex, FillIndex},
    },
    streams::specification::StreamSpecification,
    table::{Table, Throughput, on_demand::OnDemandMaximum},
};
use service_kit::prelude::*;

/// The table called `name` about to be changed: no other change of its replicas may be going on.
///
/// # Errors
/// `ResourceNotFoundException` when there is none; `ResourceInUseException` while a replica is
/// being made.
pub(crate) fn require(tx: &ReadTx<'_>, name: &str) -> Result<Table, DynamoError> {
    let table = crate::table::require(tx, name)?;
    if table.replication.is_changing() {
        return Err(in_use());
    }
    Ok(table)
}

/// Whether the items of `table` may expire.
///
/// # Errors
/// AWS's `ValidationException` for strongly consistent global tables.
pub(crate) fn check_expiry(table: &Table) -> Result<(), DynamoError> {
    match table.replication.current() {
        Some(group) if group.is_strong() => Err(invalid(
            "Time to Live is not supported for global tables with MultiRegionConsistency set to \
             STRONG",
        )),
        _ => Ok(()),
    }
}

/// Whether the stream of `table` may become as `wanted`.
///
/// # Errors
/// AWS's `ValidationException` for the end of a stream that replicas are kept equal by.
pub(crate) fn check_stream(table: &Table, wanted: &StreamSpecification) -> Result<(), DynamoError> {
    let group = table.replication.group.as_ref();
    if !wanted.stream_enabled && group.is_some_and(|group| !group.is_strong()) {
        return Err(invalid_values("Disabling Stream is not allowed for a Global Table replica."));
    }
    Ok(())
}

/// Changes the other replicas as `old` was changed to `new`.
///
/// # Errors
/// `LimitExceededException` for a class that changes too often.
pub(crate) fn mirror(
    tx: &mut Tx<'_>,
    old: &Table,
    new: &Table,
    cx: &Context,
) -> Result<(), DynamoError> {
    let Some(group) = new.replication.current() else { return Ok(()) };
    for (at, member) in group.others(&tx.scope().clone()) {
        let mut tx = tx.within(at);
        let there: Option<Table> = tx.get(&new.name)?;
        let Some(mut there) = there.filter(|there| there.id == member.table_id) else { continue };
        let before = there.clone();
        settings(&mut there, old, new, cx.now())?;
        indexes(&mut tx, &mut there, (old, new), cx)?;
        expiry(&mut tx, &mut there, (old, new), cx)?;
        if there != before {
            tx.put(&there)?;
        }
    }
    Ok(())
}

fn settings(
    there: &mut Table,
    old: &Table,
    new: &Table,
    now: Timestamp,
) -> Result<(), DynamoError> {
    if old.billing != new.billing {
        there.billing = new.billing;
        there.on_demand_since = new.on_demand_since.or(there.on_demand_since);
    }
    there.throughput = reserved(there.throughput, old.throughput, new.throughput, now);
    there.on_demand = limited(there.on_demand, old.on_demand, new.on_demand);
    if old.warm != new.warm {
        there.warm = new.warm;
    }
    if let Some(class) = new.class.class.filter(|_| old.class != new.class) {
        there.class.change(class, now)?;
    }
    Ok(())
}

/// What a replica with `there` reserves after a change elsewhere.
fn reserved(there: Throughput, old: Throughput, new: Throughput, now: Timestamp) -> Throughput {
    if (old.read, old.write) == (new.read, new.write) {
        return there;
    }
    // Zero is not reserved at all.
    let is_own = there.read != old.read && there.read != 0 && new.read != 0;
    let read = if is_own { there.read } else { new.read };
    there.changed_to(Throughput { read, write: new.write, ..Throughput::default() }, now)
}

/// The most that a replica with `there` serves after a change elsewhere.
fn limited(there: OnDemandMaximum, old: OnDemandMaximum, new: OnDemandMaximum) -> OnDemandMaximum {
    let is_own = there.read != old.read;
    OnDemandMaximum { read: if is_own { there.read } else { new.read }, write: new.write }
}

fn indexes(
    tx: &mut Tx<'_>,
    there: &mut Table,
    (old, new): (&Table, &Table),
    cx: &Context,
) -> Result<(), DynamoError> {
    for index in &new.indexes {
        let before = old.indexes.iter().find(|before| before.id == index.id);
        let (table, table_id) = (there.name.clone(), there.id.clone());
        match (before, there.index_mut(&index.name)) {
            (None, None) => {
                let id = cx.entropy().uuid();
                there.indexes.push(Index { id: id.clone(), ..index.clone() });
                tx.enqueue(&FillIndex { table, table_id, id, after: Vec::new() })?;
            }
            // One of this name is still being emptied there.
            (None, Some(_)) => return Err(in_use()),
            (Some(before), Some(mine)) => {
                follow(mine, before, index, cx.now());
                let goes = index.status() == IndexStatus::Deleting && before.is_kept();
                if let IndexKind::Global { status, .. } = &mut mine.kind
                    && goes
                    && *status != IndexStatus::Deleting
                {
                    *status = IndexStatus::Deleting;
                    let id = mine.id.clone();
                    tx.enqueue(&DropIndex { table, table_id, id })?;
                }
            }
            (Some(_), None) => {}
        }
    }
    Ok(())
}

/// Lets the index `mine` serve what another replica's serves since it was changed.
fn follow(mine: &mut Index, old: &Index, new: &Index, now: Timestamp) {
    let (
        IndexKind::Global { throughput, on_demand, warm, .. },
        IndexKind::Global { throughput: old, on_demand: old_most, warm: old_warm, .. },
        IndexKind::Global { throughput: new, on_demand: new_most, warm: new_warm, .. },
    ) = (&mut mine.kind, &old.kind, &new.kind)
    else {
        return;
    };
    *throughput = reserved(*throughput, *old, *new, now);
    *on_demand = limited(*on_demand, *old_most, *new_most);
    if old_warm != new_warm {
        *warm = *new_warm;
    }
}

fn expiry(
    tx: &mut Tx<'_>,
    there: &mut Table,
    (old, new): (&Table, &Table),
    cx: &Context,
) -> Result<(), Fault> {
    if old.expiry == new.expiry {
        return Ok(());
    }
    let (name, table_id) = (there.name.clone(), there.id.clone());
    if let Some(expiry) = there.expiry.take() {
        let (table, table_id) = (name.clone(), table_id.clone());
        tx.enqueue(&DropIndex { table, table_id, id: expiry.id })?;
    }
    if let Some(expiry) = &new.expiry {
        let id = cx.entropy().uuid();
        there.expiry = Some(Expiry { id: id.clone(), ..expiry.clone() });
        tx.enqueue(&ExpireItems { table: name.clone(), id: id.clone() })?;
        tx.enqueue(&FillIndex { table: name, table_id, id, after: Vec::new() })?;
    }
    Ok(())
}
