//! UpdateGlobalTableSettings: what the replicas of a global table of version 2017.11.29 serve.

use super::{
    describe_global_table_settings::{ReplicaSettingsDescription, settings},
    legacy::{access, find},
};
use crate::{
    error::{DynamoError, invalid},
    index::IndexKind,
    table::{
        BillingMode, Table, Throughput,
        description::{ProvisionedThroughput, throughput_for},
        table_class::TableClass,
    },
};
use service_kit::prelude::*;

pub(crate) enum UpdateGlobalTableSettings {}

/// What UpdateGlobalTableSettings takes.
#[derive(Debug, Shape)]
pub struct UpdateGlobalTableSettingsInput {
    /// The global table.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub global_table_name: String,
    /// How all replicas are to be paid for.
    pub global_table_billing_mode: Option<BillingMode>,
    /// Writes to reserve in all.
    #[shape(range = 1..)]
    pub global_table_provisioned_write_capacity_units: Option<u64>,
    /// Writes to reserve for indexes in all.
    #[shape(length = 1..=20)]
    pub global_table_global_secondary_index_settings_update:
        Option<Vec<GlobalTableGlobalSecondaryIndexSettingsUpdate>>,
    /// What single replicas are to have.
    #[shape(length = 1..=50)]
    pub replica_settings_update: Option<Vec<ReplicaSettingsUpdate>>,
}

/// Writes to reserve for an index in all replicas.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct GlobalTableGlobalSecondaryIndexSettingsUpdate {
    /// The index.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub index_name: String,
    /// Writes.
    #[shape(range = 1..)]
    pub provisioned_write_capacity_units: Option<u64>,
}

/// What one replica is to have.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ReplicaSettingsUpdate {
    /// Its region.
    pub region_name: String,
    /// Reads to reserve.
    #[shape(range = 1..)]
    pub replica_provisioned_read_capacity_units: Option<u64>,
    /// Reads to reserve for its indexes.
    #[shape(length = 1..=20)]
    pub replica_global_secondary_index_settings_update:
        Option<Vec<ReplicaGlobalSecondaryIndexSettingsUpdate>>,
    /// Its class.
    pub replica_table_class: Option<TableClass>,
}

/// Reads to reserve for an index of one replica.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ReplicaGlobalSecondaryIndexSettingsUpdate {
    /// The index.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub index_name: String,
    /// Reads.
    #[shape(range = 1..)]
    pub provisioned_read_capacity_units: Option<u64>,
}

/// What UpdateGlobalTableSettings gives.
#[derive(Debug, Shape)]
pub struct UpdateGlobalTableSettingsOutput {
    /// The global table.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub global_table_name: Option<String>,
    /// The settings of each replica.
    pub replica_settings: Option<Vec<ReplicaSettingsDescription>>,
}

impl UpdateGlobalTableSettingsInput {
    fn replicas(&self) -> impl Iterator<Item = &ReplicaSettingsUpdate> {
        self.replica_settings_update.iter().flatten()
    }
}

impl Operation for UpdateGlobalTableSettings {
    const NAME: &'static str = "UpdateGlobalTableSettings";
    type Input = UpdateGlobalTableSettingsInput;
    type Output = UpdateGlobalTableSettingsOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let regions = input.replicas().map(|replica| replica.region_name.as_str());
        access("dynamodb:UpdateGlobalTableSettings", &input.global_table_name, regions, at)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let name = input.global_table_name.as_str();
        let found = cx
            .write(|tx| {
                let mut found = find(&tx.reader(), name)?;
                for replica in input.replicas() {
                    let region = replica.region_name.as_str();
                    if found.group.member(region).is_none() {
                        return Err(DynamoError::ReplicaNotFound(format!(
                            "Global table with name: '{name}' has no replica in region: '{region}'"
                        )));
                    }
                }
                for (at, table) in &mut found.tables {
                    let mut replicas = input.replicas();
                    let own = replicas.find(|replica| replica.region_name == *at.region);
                    change(table, &input, own, tx.now())?;
                    tx.within(at.clone()).put(table)?;
                }
                Ok(found)
            })
            .await?;
        Ok(UpdateGlobalTableSettingsOutput {
            replica_settings: Some(settings(&found)),
            global_table_name: Some(input.global_table_name),
        })
    }
}

/// Changes the settings of one replica; `own` are those it is to have alone.
fn change(
    table: &mut Table,
    input: &UpdateGlobalTableSettingsInput,
    own: Option<&ReplicaSettingsUpdate>,
    now: Timestamp,
) -> Result<(), DynamoError> {
    let billing = input.global_table_billing_mode.unwrap_or(table.billing);
    let read = own.and_then(|own| own.replica_provisioned_read_capacity_units);
    let write = input.global_table_provisioned_write_capacity_units;
    table.throughput = reserve(table.throughput, (billing, read, write), now)?;
    if billing == BillingMode::PayPerRequest && table.billing != billing {
        table.on_demand_since = Some(now);
    }
    table.billing = billing;
    if let Some(class) = own.and_then(|own| own.replica_table_class) {
        table.class.change(class, now)?;
    }
    let writes = input.global_table_global_secondary_index_settings_update.iter().flatten();
    let writes = writes.map(|index| (&index.index_name, index.provisioned_write_capacity_units));
    let reads = own.iter().flat_map(|own| &own.replica_global_secondary_index_settings_update);
    let reads =
        reads.flatten().map(|index| (&index.index_name, index.provisioned_read_capacity_units));
    let (writes, reads): (BTreeMap<_, _>, BTreeMap<_, _>) = (writes.collect(), reads.collect());
    let known = |name: &str| table.index(name).is_some_and(|index| !index.is_local());
    if let Some(name) = writes.keys().chain(reads.keys()).find(|name| !known(name)) {
        return Err(DynamoError::IndexNotFound(format!("Index not found: {name}")));
    }
    for index in &mut table.indexes {
        let read = reads.get(&index.name).copied().flatten();
        let write = writes.get(&index.name).copied().flatten();
        if let IndexKind::Global { throughput, .. } = &mut index.kind {
            *throughput = reserve(*throughput, (billing, read, write), now)?;
        }
    }
    Ok(())
}

/// What is reserved after a request for some reads and writes; what it leaves out stays.
fn reserve(
    old: Throughput,
    (billing, read, write): (BillingMode, Option<u64>, Option<u64>),
    now: Timestamp,
) -> Result<Throughput, DynamoError> {
    if billing == BillingMode::PayPerRequest {
        if read.or(write).is_some() {
            return Err(invalid(
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when \
                 BillingMode is PAY_PER_REQUEST",
            ));
        }
        return Ok(old.changed_to(Throughput::default(), now));
    }
    let (read, write) = (read.unwrap_or(old.read), write.unwrap_or(old.write));
    let given = ProvisionedThroughput { read_capacity_units: read, write_capacity_units: write };
    let new = throughput_for(billing, Some(given).filter(|_| read > 0 && write > 0).as_ref())?;
    Ok(old.changed_to(new, now))
}
