//! DescribeTableReplicaAutoScaling: what of a table scales, and how.

use super::{Scaling, settings::AutoScalingSettingsDescription};
use crate::{
    error::DynamoError,
    index::{Index, IndexStatus},
    table::{Table, TableRef, description::TableStatus, require_any},
    throttle::Direction,
};
use service_kit::prelude::*;

/// What of a table scales.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct TableAutoScalingDescription {
    /// The table.
    pub table_name: Option<String>,
    /// What it is doing.
    pub table_status: Option<TableStatus>,
    /// The table in each region.
    pub replicas: Option<Vec<ReplicaAutoScalingDescription>>,
}

/// What of a table scales in a region.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ReplicaAutoScalingDescription {
    /// The region.
    pub region_name: Option<String>,
    /// Its global indexes.
    pub global_secondary_indexes: Option<Vec<ReplicaGlobalSecondaryIndexAutoScalingDescription>>,
    /// Its reads.
    pub replica_provisioned_read_capacity_auto_scaling_settings:
        Option<AutoScalingSettingsDescription>,
    /// Its writes.
    pub replica_provisioned_write_capacity_auto_scaling_settings:
        Option<AutoScalingSettingsDescription>,
    /// What it is doing.
    pub replica_status: Option<TableStatus>,
}

/// What of a global index scales in a region.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ReplicaGlobalSecondaryIndexAutoScalingDescription {
    /// Its name.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub index_name: Option<String>,
    /// What it is doing.
    pub index_status: Option<IndexStatus>,
    /// Its reads.
    pub provisioned_read_capacity_auto_scaling_settings: Option<AutoScalingSettingsDescription>,
    /// Its writes.
    pub provisioned_write_capacity_auto_scaling_settings: Option<AutoScalingSettingsDescription>,
}

impl TableAutoScalingDescription {
    /// What scales of `table` and its other replicas, read with it.
    ///
    /// # Errors
    /// [`Fault`] when storage fails.
    pub(super) fn of(tx: &ReadTx<'_>, table: &Table) -> Result<Self, Fault> {
        let mut replicas = vec![ReplicaAutoScalingDescription::of(tx, table)?];
        for peer in &table.replication.peers {
            let there = tx.within(peer.at.clone());
            replicas.push(ReplicaAutoScalingDescription::of(&there, &peer.table)?);
        }
        replicas.sort_by(|one, other| one.region_name.cmp(&other.region_name));
        Ok(Self {
            table_name: Some(table.name.clone()),
            table_status: Some(TableStatus::Active),
            replicas: Some(replicas),
        })
    }
}

impl ReplicaAutoScalingDescription {
    /// What scales of `table`, which is in the scope of `tx`.
    fn of(tx: &ReadTx<'_>, table: &Table) -> Result<Self, Fault> {
        let scaling: Option<Scaling> = tx.get(&table.id)?;
        let scaling = scaling.unwrap_or_else(|| Scaling::new(&table.id));
        let settings = |index: Option<&str>, direction| {
            Some(AutoScalingSettingsDescription::of(scaling.target(index, direction)))
        };
        let index = |index: &Index| ReplicaGlobalSecondaryIndexAutoScalingDescription {
            index_name: Some(index.name.clone()),
            index_status: Some(index.status()),
            provisioned_read_capacity_auto_scaling_settings: settings(
                Some(&index.name),
                Direction::Read,
            ),
            provisioned_write_capacity_auto_scaling_settings: settings(
                Some(&index.name),
                Direction::Write,
            ),
        };
        let indexes = table.indexes.iter().filter(|index| !index.is_local()).map(index);
        Ok(Self {
            region_name: Some(tx.scope().region.to_string()),
            global_secondary_indexes: Some(indexes.collect()),
            replica_provisioned_read_capacity_auto_scaling_settings: settings(
                None,
                Direction::Read,
            ),
            replica_provisioned_write_capacity_auto_scaling_settings: settings(
                None,
                Direction::Write,
            ),
            replica_status: Some(TableStatus::Active),
        })
    }
}

/// The table called `name`, with its other replicas.
///
/// # Errors
/// AWS's `ResourceNotFoundException` when there is none.
pub(super) fn require(tx: &ReadTx<'_>, name: &str) -> Result<Table, DynamoError> {
    require_any(tx, name).map_err(|error| match error {
        DynamoError::ResourceNotFound(_) => missing(name),
        other => other,
    })
}

/// A table is known to these operations as a global one, if only of one region.
fn missing(name: &str) -> DynamoError {
    DynamoError::ResourceNotFound(format!("Global table with name: '{name}' does not exist."))
}

pub(crate) enum DescribeTableReplicaAutoScaling {}

/// What DescribeTableReplicaAutoScaling takes.
#[derive(Debug, Shape)]
pub struct DescribeTableReplicaAutoScalingInput {
    /// The table.
    pub table_name: TableRef,
}

/// What DescribeTableReplicaAutoScaling gives.
#[derive(Debug, Shape)]
pub struct DescribeTableReplicaAutoScalingOutput {
    /// What of the table scales.
    pub table_auto_scaling_description: Option<TableAutoScalingDescription>,
}

impl Operation for DescribeTableReplicaAutoScaling {
    const NAME: &'static str = "DescribeTableReplicaAutoScaling";
    type Input = DescribeTableReplicaAutoScalingInput;
    type Output = DescribeTableReplicaAutoScalingOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("dynamodb:DescribeTableReplicaAutoScaling", input.table_name.arn(at)).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let (scope, name) = input.table_name.resolve(cx.scope())?;
        let cx = cx.within(scope);
        let described = cx.read(|tx| {
            Ok::<_, DynamoError>(TableAutoScalingDescription::of(tx, &require(tx, name)?)?)
        })?;
        Ok(DescribeTableReplicaAutoScalingOutput {
            table_auto_scaling_description: Some(described),
        })
    }
}
