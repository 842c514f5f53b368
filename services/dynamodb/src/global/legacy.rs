//! What the operations on global tables of version 2017.11.29 share.

use super::{
    description::ReplicaStatus,
    fill::{Copying, FillReplica},
    group::{Group, LegacyGlobalTable, Member, MemberState, Version},
    update_replicas::is_empty,
};
use crate::{
    error::{DynamoError, invalid_values},
    index::{Index, IndexKind},
    streams::stream::StreamViewType,
    table::Table,
};
use service_kit::prelude::*;

/// A region of a global table.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct Replica {
    /// The region.
    pub region_name: Option<String>,
}

/// What a global table is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum GlobalTableStatus {
    /// Being made, or given replicas.
    Creating,
    /// Ready.
    Active,
    /// Being changed.
    Updating,
}

/// A replica as its global table describes it.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ReplicaDescription {
    /// The region.
    pub region_name: Option<String>,
    /// What it is doing.
    pub replica_status: Option<ReplicaStatus>,
}

/// A global table as its operations describe it.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct GlobalTableDescription {
    /// Its replicas.
    pub replication_group: Option<Vec<ReplicaDescription>>,
    /// Its ARN.
    pub global_table_arn: Option<String>,
    /// When it was made.
    pub creation_date_time: Option<Timestamp>,
    /// What it is doing.
    pub global_table_status: Option<GlobalTableStatus>,
    /// Its name.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub global_table_name: Option<String>,
}

/// The ARN of the global table called `name`.
pub(crate) fn arn(name: &str, at: &Scope) -> String {
    at.global_arn("dynamodb", format_args!("global-table/{name}"))
}

/// What the caller needs to do `action` to a global table and its tables in `regions`.
pub(crate) fn access<'r>(
    action: &'static str,
    name: &str,
    regions: impl IntoIterator<Item = &'r str>,
    at: &Scope,
) -> Vec<Access> {
    let tables = regions.into_iter().map(|region| {
        let there = Scope::new(at.account.clone(), region);
        Access::on(action, there.arn("dynamodb", format_args!("table/{name}"))).anywhere()
    });
    std::iter::once(Access::on(action, arn(name, at)).anywhere()).chain(tables).collect()
}

/// A global table, as its account and its replicas know it.
pub(crate) struct Found {
    /// The account's record.
    pub(crate) record: LegacyGlobalTable,
    /// What its replicas know.
    pub(crate) group: Group,
    /// Their tables, in the order of its members.
    pub(crate) tables: Vec<(Scope, Table)>,
}

/// The global table called `name`.
///
/// # Errors
/// `GlobalTableNotFoundException` when there is none of this version.
pub(crate) fn find(tx: &ReadTx<'_>, name: &str) -> Result<Found, DynamoError> {
    let missing = || {
        DynamoError::GlobalTableNotFound(format!(
            "Global table not found: Global table with name: '{name}' does not exist."
        ))
    };
    let record: LegacyGlobalTable = tx.get(name)?.ok_or_else(missing)?;
    let mut tables = Vec::with_capacity(record.regions.len());
    for region in &record.regions {
        let at = Scope::new(tx.scope().account.clone(), region.as_str());
        if let Some(table) = tx.within(at.clone()).get::<Table>(name)? {
            tables.push((at, table));
        }
    }
    let group = tables.iter().find_map(|(_, table)| table.replication.group.clone());
    Ok(Found { record, group: group.ok_or_else(missing)?, tables })
}

impl Found {
    /// Describes it.
    pub(crate) fn describe(&self, at: &Scope) -> GlobalTableDescription {
        let replica = |member: &Member| {
            let table = self.tables.iter().find(|(_, table)| table.id == member.table_id);
            ReplicaDescription {
                region_name: Some(member.region.clone()),
                replica_status: table.map(|(_, table)| Group::status(member, table)),
            }
        };
        let joins = |member: &Member| member.state == MemberState::Joining;
        let status = match self.group.members.iter().any(joins) {
            true => GlobalTableStatus::Creating,
            false => GlobalTableStatus::Active,
        };
        GlobalTableDescription {
            replication_group: Some(self.group.members.iter().map(replica).collect()),
            global_table_arn: Some(arn(&self.record.name, at)),
            creation_date_time: Some(self.record.created),
            global_table_status: Some(status),
            global_table_name: Some(self.record.name.clone()),
        }
    }
}

/// The table called `name` in `region`, which is to join a global table.
///
/// # Errors
/// `TableNotFoundException` when there is none; AWS's `ValidationException` when it is a replica
/// already, has no stream
/// of both images, or holds items.
pub(crate) fn candidate(
    tx: &ReadTx<'_>,
    name: &str,
    region: &str,
) -> Result<(Scope, Table), DynamoError> {
    let at = Scope::new(tx.scope().account.clone(), region);
    let there = tx.within(at.clone());
    let Some(table) = there.get::<Table>(name)? else {
        return Err(DynamoError::TableNotFound(format!(
            "Table not found: {name} in region {region}"
        )));
    };
    if let Some(group) = &table.replication.group {
        return Err(invalid_values(format_args!(
            "Table {name} in region {region} is a replica of a global table of version {}",
            group.version.name()
        )));
    }
    let view = table.stream.as_ref().filter(|stream| stream.is_on()).map(|stream| stream.view);
    if view != Some(StreamViewType::NewAndOldImages) {
        return Err(invalid_values(format_args!(
            "Table {name} in region {region} must have a stream of NEW_AND_OLD_IMAGES"
        )));
    }
    check_empty(&there, &table, region)?;
    Ok((at, table))
}

/// No replica holds items while another is added.
///
/// # Errors
/// AWS's `ValidationException` for one that does.
pub(crate) fn check_empty(tx: &ReadTx<'_>, table: &Table, region: &str) -> Result<(), DynamoError> {
    if is_empty(tx, table)? {
        return Ok(());
    }
    Err(invalid_values(format_args!("Table {} in region {region} is not empty", table.name)))
}

/// All replicas have the same keys and indexes, and serve as many writes: "CreateGlobalTable".
///
/// # Errors
/// AWS's `ValidationException` that says what differs.
pub(crate) fn check_alike(first: &Table, other: &Table, region: &str) -> Result<(), DynamoError> {
    let globals = |table: &Table| {
        let global = |index: &Index| match &index.kind {
            IndexKind::Global { throughput, .. } => {
                Some((index.name.clone(), index.keys.clone(), throughput.write))
            }
            IndexKind::Local => None,
        };
        sorted(table.indexes.iter().filter_map(global).collect())
    };
    let locals = |table: &Table| {
        let locals = table.indexes.iter().filter(|index| index.is_local());
        sorted(locals.map(|index| (index.name.clone(), index.keys.clone(), 0)).collect())
    };
    let what = if first.keys != other.keys {
        "key schema"
    } else if globals(first) != globals(other) {
        "global secondary indexes"
    } else if locals(first) != locals(other) {
        "local secondary indexes"
    } else if (first.billing, first.throughput.write) != (other.billing, other.throughput.write) {
        "write capacity"
    } else {
        return Ok(());
    };
    Err(invalid_values(format_args!(
        "Table {} in region {region} does not have the same {what} as the other replicas",
        other.name
    )))
}

/// An index as replicas compare it: its name, key, and writes reserved.
type Compared = (String, crate::index::IndexKeys, u64);

fn sorted(mut all: Vec<Compared>) -> Vec<Compared> {
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

/// A replica that is a table of its own so far.
pub(crate) fn joining(at: &Scope, table: &Table) -> Member {
    Member {
        region: at.region.to_string(),
        table_id: table.id.clone(),
        state: MemberState::Joining,
        source: None,
    }
}

/// Lets all know that `joined` regions are part of `group`. What requests wrote that did not know
/// it yet is brought to all by a job: to the first replica what it lacks, then from it to all.
///
/// # Errors
/// [`Fault`] when storage fails.
pub(crate) fn join(
    tx: &mut Tx<'_>,
    name: &str,
    group: &Group,
    joined: &[String],
) -> Result<(), Fault> {
    group.publish(tx, name)?;
    group.record(tx, name)?;
    let Some(first) = group.members.first().map(|first| first.region.clone()) else {
        return Ok(());
    };
    let others = || joined.iter().filter(|region| **region != first);
    let there = others().map(|region| Copying { from: region.clone(), to: first.clone() });
    let back = group.members.iter().skip(1);
    let back = back.map(|other| Copying { from: first.clone(), to: other.region.clone() });
    let copies = there.chain(back).collect();
    let job =
        FillReplica { table: name.to_owned(), group: group.id.clone(), copies, after: Vec::new() };
    tx.within(Scope::new(tx.scope().account.clone(), first.as_str())).enqueue(&job)
}

/// A new global table of this version.
pub(crate) fn group(id: String, members: Vec<Member>) -> Group {
    Group {
        id,
        version: Version::Legacy,
        consistency: super::actions::MultiRegionConsistency::Eventual,
        witness: None,
        members,
    }
}
