//! What UpdateTable can be asked to do with the replicas of a table.

use crate::table::table_class::TableClass;
use service_kit::prelude::*;

/// How consistent a global table is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub enum MultiRegionConsistency {
    /// In the end.
    Eventual,
    /// At once, in three regions.
    Strong,
}

/// One change of a global table's replicas.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ReplicationGroupUpdate {
    /// Make one.
    pub create: Option<CreateReplicationGroupMemberAction>,
    /// Change one.
    pub update: Option<UpdateReplicationGroupMemberAction>,
    /// Delete one.
    pub delete: Option<DeleteReplicationGroupMemberAction>,
}

/// Reads to reserve in one region.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ProvisionedThroughputOverride {
    /// Reads a second.
    #[shape(range = 1..)]
    pub read_capacity_units: Option<u64>,
}

/// The most reads to serve in one region.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct OnDemandThroughputOverride {
    /// Reads a second; -1 removes the limit.
    pub max_read_request_units: Option<i64>,
}

/// What an index is to have of its own in one region.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ReplicaGlobalSecondaryIndex {
    /// The index.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub index_name: String,
    /// Reads to reserve.
    pub provisioned_throughput_override: Option<ProvisionedThroughputOverride>,
    /// The most reads to serve when paid by request.
    pub on_demand_throughput_override: Option<OnDemandThroughputOverride>,
}

/// A replica to make.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct CreateReplicationGroupMemberAction {
    /// Where.
    pub region_name: String,
    /// The key that is to encrypt it.
    #[shape(name = "KMSMasterKeyId")]
    pub kms_master_key_id: Option<String>,
    /// Reads to reserve there.
    pub provisioned_throughput_override: Option<ProvisionedThroughputOverride>,
    /// The most reads to serve there when paid by request.
    pub on_demand_throughput_override: Option<OnDemandThroughputOverride>,
    /// What its indexes are to have of their own.
    #[shape(length = 1..)]
    pub global_secondary_indexes: Option<Vec<ReplicaGlobalSecondaryIndex>>,
    /// Its class.
    pub table_class_override: Option<TableClass>,
}

/// A replica to change.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct UpdateReplicationGroupMemberAction {
    /// Where.
    pub region_name: String,
    /// AWS refuses it: another key is a matter of the replica's own `SSESpecification`.
    #[shape(name = "KMSMasterKeyId")]
    pub kms_master_key_id: Option<String>,
    /// Reads to reserve there.
    pub provisioned_throughput_override: Option<ProvisionedThroughputOverride>,
    /// The most reads to serve there when paid by request.
    pub on_demand_throughput_override: Option<OnDemandThroughputOverride>,
    /// What its indexes are to have of their own; those not named stay as they are.
    #[shape(length = 1..)]
    pub global_secondary_indexes: Option<Vec<ReplicaGlobalSecondaryIndex>>,
    /// Its class.
    pub table_class_override: Option<TableClass>,
}

/// A replica to delete.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct DeleteReplicationGroupMemberAction {
    /// Where.
    pub region_name: String,
}

/// One change of a global table's witness.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct GlobalTableWitnessGroupUpdate {
    /// Add one.
    pub create: Option<CreateGlobalTableWitnessGroupMemberAction>,
    /// Remove one.
    pub delete: Option<DeleteGlobalTableWitnessGroupMemberAction>,
}

/// A witness to add.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct CreateGlobalTableWitnessGroupMemberAction {
    /// Where.
    pub region_name: String,
}

/// A witness to remove.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct DeleteGlobalTableWitnessGroupMemberAction {
    /// Where.
    pub region_name: String,
}

/// What a replica is to have of its own.
#[derive(Clone, Copy)]
pub(crate) struct Overrides<'a> {
    pub(crate) throughput: Option<&'a ProvisionedThroughputOverride>,
    pub(crate) on_demand: Option<&'a OnDemandThroughputOverride>,
    pub(crate) indexes: &'a [ReplicaGlobalSecondaryIndex],
    pub(crate) class: Option<TableClass>,
}

impl CreateReplicationGroupMemberAction {
    /// What the replica is to have of its own.
    pub(crate) fn overrides(&self) -> Overrides<'_> {
        Overrides {
            throughput: self.provisioned_throughput_override.as_ref(),
            on_demand: self.on_demand_throughput_override.as_ref(),
            indexes: self.global_secondary_indexes.as_deref().unwrap_or_default(),
            class: self.table_class_override,
        }
    }
}

impl UpdateReplicationGroupMemberAction {
    /// What the replica is to have of its own.
    pub(crate) fn overrides(&self) -> Overrides<'_> {
        Overrides {
            throughput: self.provisioned_throughput_override.as_ref(),
            on_demand: self.on_demand_throughput_override.as_ref(),
            indexes: self.global_secondary_indexes.as_deref().unwrap_or_default(),
            class: self.table_class_override,
        }
    }

    /// Whether nothing is asked.
    pub(crate) fn is_empty(&self) -> bool {
        let is_bare = |index: &ReplicaGlobalSecondaryIndex| {
            index.provisioned_throughput_override.is_none()
                && index.on_demand_throughput_override.is_none()
        };
        self.kms_master_key_id.is_none()
            && self.provisioned_throughput_override.is_none()
            && self.on_demand_throughput_override.is_none()
            && self.table_class_override.is_none()
            && self.global_secondary_indexes.iter().flatten().all(is_bare)
    }
}
