//! How tables describe the global tables they are replicas of.

use super::{
    actions::{MultiRegionConsistency, OnDemandThroughputOverride, ProvisionedThroughputOverride},
    group::{Group, Member, MemberState, Peer, Version},
};
use crate::{
    encryption::Encryption,
    index::{Index, IndexKind, IndexStatus},
    table::{
        Table, Throughput,
        description::TableStatus,
        on_demand::OnDemandMaximum,
        table_class::TableClassSummary,
        warm::{GlobalSecondaryIndexWarmThroughputDescription, TableWarmThroughputDescription},
    },
};
use service_kit::prelude::*;

/// What a replica is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum ReplicaStatus {
    /// Being made.
    Creating,
    /// Being changed.
    Updating,
    /// Being deleted.
    Deleting,
    /// Ready.
    Active,
    /// Encrypted under a key that cannot be used.
    InaccessibleEncryptionCredentials,
}

/// What a witness is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum WitnessStatus {
    /// Being added.
    Creating,
    /// Being removed.
    Deleting,
    /// Ready.
    Active,
}

/// Whether replicas share their settings. Those of one account do, overrides aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
pub enum GlobalTableSettingsReplicationMode {
    /// They do, but for some.
    EnabledWithOverrides,
}

/// Another replica. What it has in common with the table is left out.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ReplicaDescription {
    /// Where.
    pub region_name: Option<String>,
    /// What it is doing.
    pub replica_status: Option<ReplicaStatus>,
    /// The ARN of the key that encrypts it.
    #[shape(name = "KMSMasterKeyId")]
    pub kms_master_key_id: Option<String>,
    /// Reads reserved there.
    pub provisioned_throughput_override: Option<ProvisionedThroughputOverride>,
    /// The most reads served there.
    pub on_demand_throughput_override: Option<OnDemandThroughputOverride>,
    /// What it can serve at once.
    pub warm_throughput: Option<TableWarmThroughputDescription>,
    /// Its global indexes.
    pub global_secondary_indexes: Option<Vec<ReplicaGlobalSecondaryIndexDescription>>,
    /// Since when its key cannot be used.
    pub replica_inaccessible_date_time: Option<Timestamp>,
    /// Its class, if it was ever given one.
    pub replica_table_class_summary: Option<TableClassSummary>,
    /// Whether it shares its settings.
    pub global_table_settings_replication_mode: Option<GlobalTableSettingsReplicationMode>,
}

/// A global index of another replica.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ReplicaGlobalSecondaryIndexDescription {
    /// Its name.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub index_name: Option<String>,
    /// Reads reserved there.
    pub provisioned_throughput_override: Option<ProvisionedThroughputOverride>,
    /// The most reads served there.
    pub on_demand_throughput_override: Option<OnDemandThroughputOverride>,
    /// What it can serve at once.
    pub warm_throughput: Option<GlobalSecondaryIndexWarmThroughputDescription>,
}

/// A witness.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct GlobalTableWitnessDescription {
    /// Where.
    pub region_name: Option<String>,
    /// What it is doing.
    pub witness_status: Option<WitnessStatus>,
}

/// The part of a table's description that tells of the global table it is a replica of.
#[derive(Default)]
pub(crate) struct GlobalTableSummary {
    pub(crate) version: Option<String>,
    pub(crate) replicas: Option<Vec<ReplicaDescription>>,
    pub(crate) witnesses: Option<Vec<GlobalTableWitnessDescription>>,
    pub(crate) mode: Option<GlobalTableSettingsReplicationMode>,
    pub(crate) consistency: Option<MultiRegionConsistency>,
}

impl GlobalTableSummary {
    /// What `table`, read with its peers, tells.
    pub(crate) fn of(table: &Table) -> Self {
        let Some(group) = &table.replication.group else { return Self::default() };
        let version = Some(group.version.name().to_owned());
        if group.version == Version::Legacy {
            return Self { version, ..Self::default() };
        }
        let replicas = table.replication.peers.iter().filter_map(|peer| {
            let member = group.member(&peer.at.region)?;
            Some(ReplicaDescription::of(table, peer, member))
        });
        let is_changing = table.replication.is_changing();
        let status = if is_changing { WitnessStatus::Creating } else { WitnessStatus::Active };
        let witness = |region: &String| {
            let region_name = Some(region.clone());
            vec![GlobalTableWitnessDescription { region_name, witness_status: Some(status) }]
        };
        Self {
            version,
            replicas: Some(replicas.collect()),
            witnesses: group.witness.as_ref().map(witness),
            mode: Some(GlobalTableSettingsReplicationMode::EnabledWithOverrides),
            consistency: group.is_strong().then_some(group.consistency),
        }
    }
}

impl Version {
    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Legacy => "2017.11.29",
            Self::Current => "2019.11.21",
        }
    }
}

impl Group {
    /// What the replica is doing.
    pub(crate) fn status(member: &Member, table: &Table) -> ReplicaStatus {
        let inaccessible = table.encryption.as_ref().and_then(|one| one.inaccessible_since);
        match (member.state, inaccessible) {
            (MemberState::Creating | MemberState::Joining, _) => ReplicaStatus::Creating,
            (MemberState::Active, Some(_)) => ReplicaStatus::InaccessibleEncryptionCredentials,
            (MemberState::Active, None) => ReplicaStatus::Active,
        }
    }
}

impl ReplicaDescription {
    /// The replica `peer`, as seen from `table`.
    fn of(table: &Table, peer: &Peer, member: &Member) -> Self {
        let there = &peer.table;
        let encryption = there.encryption.as_ref();
        let indexes: Vec<_> = there
            .indexes
            .iter()
            .filter_map(|index| ReplicaGlobalSecondaryIndexDescription::of(table, index))
            .collect();
        let warm = there.warm.with(&there.throughput).of_table(TableStatus::Active);
        Self {
            region_name: Some(peer.at.region.to_string()),
            replica_status: Some(Group::status(member, there)),
            kms_master_key_id: encryption.and_then(Encryption::key).map(str::to_owned),
            provisioned_throughput_override: reads(table.throughput, there.throughput),
            on_demand_throughput_override: most_reads(table.on_demand, there.on_demand),
            warm_throughput: Some(warm),
            global_secondary_indexes: Some(indexes).filter(|all| !all.is_empty()),
            replica_inaccessible_date_time: encryption.and_then(|one| one.inaccessible_since),
            replica_table_class_summary: there.class.summary(),
            global_table_settings_replication_mode: Some(
                GlobalTableSettingsReplicationMode::EnabledWithOverrides,
            ),
        }
    }
}

impl ReplicaGlobalSecondaryIndexDescription {
    /// The index of another replica of `table`; none for a local one.
    fn of(table: &Table, index: &Index) -> Option<Self> {
        let IndexKind::Global { throughput, on_demand, warm, .. } = &index.kind else {
            return None;
        };
        let here = table.index(&index.name).map(|here| &here.kind);
        let (reserved, most) = match here {
            Some(IndexKind::Global { throughput, on_demand, .. }) => (*throughput, *on_demand),
            _ => (*throughput, *on_demand),
        };
        Some(Self {
            index_name: Some(index.name.clone()),
            provisioned_throughput_override: reads(reserved, *throughput),
            on_demand_throughput_override: most_reads(most, *on_demand),
            warm_throughput: Some(warm.with(throughput).of_index(IndexStatus::Active)),
        })
    }
}

/// The reads that are reserved there and not here.
fn reads(here: Throughput, there: Throughput) -> Option<ProvisionedThroughputOverride> {
    let read_capacity_units = Some(there.read);
    (here.read != there.read).then_some(ProvisionedThroughputOverride { read_capacity_units })
}

/// The limit of reads that holds there and not here.
fn most_reads(here: OnDemandMaximum, there: OnDemandMaximum) -> Option<OnDemandThroughputOverride> {
    let max_read_request_units = there.read.and_then(|units| i64::try_from(units).ok());
    (here.read != there.read && max_read_request_units.is_some())
        .then_some(OnDemandThroughputOverride { max_read_request_units })
}
