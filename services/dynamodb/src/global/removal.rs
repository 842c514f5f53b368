//! The end of a replica.

use super::group::{Group, in_use};
use crate::{
    error::{DynamoError, invalid},
    table::{Table, delete_table, statistics::Counted},
};
use service_kit::prelude::*;

/// How long the source of a new replica has to stay.
const SOURCE: Duration = Duration::from_secs(24 * 3600);

/// Whether the replica of `group` in `region` may go, if it goes alone.
///
/// # Errors
/// AWS's `ValidationException` for one that others were copied from not long ago.
pub(crate) fn check_source(group: &Group, region: &str, now: Timestamp) -> Result<(), DynamoError> {
    let is_recent =
        |source: &super::group::Source| source.region == region && now.since(source.at) < SOURCE;
    if group.members.iter().filter_map(|member| member.source.as_ref()).any(is_recent) {
        return Err(invalid(
            "Replica cannot be deleted because it has acted as a source region for new replica(s) \
             being added to the table in the last 24 hours.",
        ));
    }
    Ok(())
}

/// Whether `table` is far enough to be deleted.
///
/// # Errors
/// `ResourceInUseException` while it is being made or restored.
pub(crate) fn check_ready(table: &Table) -> Result<(), DynamoError> {
    if table.is_ready() {
        return Ok(());
    }
    Err(DynamoError::ResourceInUse(match &table.restore {
        Some(_) => format!(
            "Attempt to change a resource which is still in use: Table is being created: {}",
            table.name
        ),
        None => format!(
            "Attempt to change a resource which is still in use: Table: {} is being used.",
            table.name
        ),
    }))
}

/// What DeleteTable asks before it deletes `table`, which may be a replica in `region`.
///
/// # Errors
/// AWS's `ValidationException` for a replica that may not go alone, `ResourceInUseException` while
/// replicas are being made.
pub(crate) fn check_alone(table: &Table, region: &str, now: Timestamp) -> Result<(), DynamoError> {
    let Some(group) = &table.replication.group else { return Ok(()) };
    if group.is_strong() {
        return Err(only_one());
    }
    check_source(group, region, now)?;
    if table.replication.is_changing() {
        return Err(in_use());
    }
    Ok(())
}

/// What is said of a replica that a strongly consistent global table would be left without.
pub(crate) fn only_one() -> DynamoError {
    invalid(
        "Deletion of only one table replica is not supported for global tables with \
         MultiRegionConsistency set to STRONG.",
    )
}

/// Takes `table` out of the global table it is a replica of, if it is.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) fn leave(tx: &mut Tx<'_>, table: &Table) -> Result<(), Fault> {
    let Some(mut group) = table.replication.group.clone() else { return Ok(()) };
    let region = tx.scope().region.to_string();
    group.leave(tx, &table.name, &region)
}

/// Deletes the replica of `table` in `region`, which holds what was `counted`; gives the deleted
/// table.
///
/// # Errors
/// AWS's `ValidationException` for a table protected from deletion.
pub(crate) fn delete(
    tx: &mut Tx<'_>,
    table: &Table,
    (region, counted): (&str, Counted),
) -> Result<Option<Table>, DynamoError> {
    let Some(peer) = table.replication.peer(region) else { return Ok(None) };
    if peer.table.deletion_protection {
        return Err(invalid(format!(
            "Cannot delete table {} in region {region} because it has deletion protection \
             enabled. Disable deletion protection first.",
            table.name
        )));
    }
    delete_table::remove(&mut tx.within(peer.at.clone()), &peer.table, counted)?;
    Ok(Some((*peer.table).clone()))
}
