//! How backups describe themselves.

use crate::{
    backup::{Backup, BackupStatus, BackupType},
    encryption::{Encryption, SSEDescription},
    expiry::time_to_live::{TimeToLiveDescription, TimeToLiveStatus},
    index::{
        Index, IndexKind,
        index_description::{self, Projection},
    },
    streams::specification::StreamSpecification,
    table::{
        BillingMode, Table, Throughput,
        description::{KeySchemaElement, ProvisionedThroughput, schema},
        on_demand::OnDemandThroughput,
    },
};
use service_kit::prelude::*;

/// A backup itself.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct BackupDetails {
    /// Its ARN.
    pub backup_arn: String,
    /// Its name.
    pub backup_name: String,
    /// Its size.
    pub backup_size_bytes: Option<u64>,
    /// What it is doing.
    pub backup_status: BackupStatus,
    /// Who made it.
    pub backup_type: BackupType,
    /// When it was asked for.
    pub backup_creation_date_time: Timestamp,
    /// When it goes by itself, if ever.
    pub backup_expiry_date_time: Option<Timestamp>,
}

/// What a backup keeps of its table.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct SourceTableDetails {
    /// The table's name.
    pub table_name: String,
    /// The table's id.
    pub table_id: String,
    /// The table's ARN.
    pub table_arn: Option<String>,
    /// Bytes of all items.
    pub table_size_bytes: Option<u64>,
    /// The primary key.
    pub key_schema: Vec<KeySchemaElement>,
    /// When the table was made.
    pub table_creation_date_time: Timestamp,
    /// Capacity reserved.
    pub provisioned_throughput: ProvisionedThroughput,
    /// The most that it served when paid by request, if that was limited.
    pub on_demand_throughput: Option<OnDemandThroughput>,
    /// How many items there were.
    pub item_count: Option<u64>,
    /// How it was paid for.
    pub billing_mode: Option<BillingMode>,
}

/// A local index that a backup keeps.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct LocalSecondaryIndexInfo {
    /// Its name.
    pub index_name: Option<String>,
    /// Its key.
    pub key_schema: Option<Vec<KeySchemaElement>>,
    /// What it holds.
    pub projection: Option<Projection>,
}

/// A global index that a backup keeps.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct GlobalSecondaryIndexInfo {
    /// Its name.
    pub index_name: Option<String>,
    /// Its key.
    pub key_schema: Option<Vec<KeySchemaElement>>,
    /// What it holds.
    pub projection: Option<Projection>,
    /// Capacity reserved.
    pub provisioned_throughput: Option<ProvisionedThroughput>,
    /// The most that it served when paid by request, if that was limited.
    pub on_demand_throughput: Option<OnDemandThroughput>,
}

/// What was set up for the table.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct SourceTableFeatureDetails {
    /// Its local indexes, if there were any.
    pub local_secondary_indexes: Option<Vec<LocalSecondaryIndexInfo>>,
    /// Its global indexes, if there were any.
    pub global_secondary_indexes: Option<Vec<GlobalSecondaryIndexInfo>>,
    /// What its stream's records held, if it had one.
    pub stream_description: Option<StreamSpecification>,
    /// How its items expired, if they did.
    pub time_to_live_description: Option<TimeToLiveDescription>,
    /// How it was encrypted, if under a key of KMS.
    #[shape(name = "SSEDescription")]
    pub sse_description: Option<SSEDescription>,
}

/// A backup and what it keeps.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct BackupDescription {
    /// The backup.
    pub backup_details: Option<BackupDetails>,
    /// Its table.
    pub source_table_details: Option<SourceTableDetails>,
    /// What was set up for the table.
    pub source_table_feature_details: Option<SourceTableFeatureDetails>,
}

/// A backup in a list.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct BackupSummary {
    /// Its table's name.
    pub table_name: Option<String>,
    /// Its table's id.
    pub table_id: Option<String>,
    /// Its table's ARN.
    pub table_arn: Option<String>,
    /// Its ARN.
    pub backup_arn: Option<String>,
    /// Its name.
    pub backup_name: Option<String>,
    /// When it was asked for.
    pub backup_creation_date_time: Option<Timestamp>,
    /// When it goes by itself, if ever.
    pub backup_expiry_date_time: Option<Timestamp>,
    /// What it is doing.
    pub backup_status: Option<BackupStatus>,
    /// Who made it.
    pub backup_type: Option<BackupType>,
    /// Its size.
    pub backup_size_bytes: Option<u64>,
}

impl BackupDetails {
    /// `backup`, which stands in `at`.
    pub(crate) fn of(backup: &Backup, at: &Scope) -> Self {
        Self {
            backup_arn: backup.arn(at),
            backup_name: backup.name.clone(),
            backup_size_bytes: Some(backup.counted.bytes),
            backup_status: backup.status,
            backup_type: backup.kind,
            backup_creation_date_time: backup.created,
            backup_expiry_date_time: backup.expires,
        }
    }
}

impl BackupDescription {
    /// As [`BackupDetails::of`].
    pub(crate) fn of(backup: &Backup, at: &Scope) -> Self {
        let table = &backup.table;
        let source = SourceTableDetails {
            table_name: table.name.clone(),
            table_id: table.id.clone(),
            table_arn: Some(table_arn(table, at)),
            table_size_bytes: Some(backup.counted.bytes),
            key_schema: schema(&table.keys),
            table_creation_date_time: table.created,
            provisioned_throughput: reserved(&table.throughput),
            on_demand_throughput: OnDemandThroughput::of(table.on_demand),
            item_count: Some(backup.counted.items),
            billing_mode: Some(table.billing),
        };
        Self {
            backup_details: Some(BackupDetails::of(backup, at)),
            source_table_details: Some(source),
            source_table_feature_details: Some(SourceTableFeatureDetails::of(table)),
        }
    }
}

impl BackupSummary {
    /// As [`BackupDetails::of`].
    pub(crate) fn of(backup: &Backup, at: &Scope) -> Self {
        Self {
            table_name: Some(backup.table.name.clone()),
            table_id: Some(backup.table.id.clone()),
            table_arn: Some(table_arn(&backup.table, at)),
            backup_arn: Some(backup.arn(at)),
            backup_name: Some(backup.name.clone()),
            backup_creation_date_time: Some(backup.created),
            backup_expiry_date_time: backup.expires,
            backup_status: Some(backup.status),
            backup_type: Some(backup.kind),
            backup_size_bytes: Some(backup.counted.bytes),
        }
    }
}

impl SourceTableFeatureDetails {
    fn of(table: &Table) -> Self {
        let kept = table.indexes.iter().filter(|index| index.is_kept());
        let local: Vec<_> = kept.clone().filter_map(LocalSecondaryIndexInfo::of).collect();
        let global: Vec<_> = kept.filter_map(GlobalSecondaryIndexInfo::of).collect();
        let expiry = table.expiry.as_ref().map(|expiry| TimeToLiveDescription {
            time_to_live_status: Some(TimeToLiveStatus::Enabled),
            attribute_name: Some(expiry.attribute.clone()),
        });
        Self {
            local_secondary_indexes: Some(local).filter(|all| !all.is_empty()),
            global_secondary_indexes: Some(global).filter(|all| !all.is_empty()),
            stream_description: StreamSpecification::of(table.stream.as_ref()),
            time_to_live_description: expiry,
            sse_description: table.encryption.as_ref().and_then(Encryption::description),
        }
    }
}

impl LocalSecondaryIndexInfo {
    fn of(index: &Index) -> Option<Self> {
        index.is_local().then(|| Self {
            index_name: Some(index.name.clone()),
            key_schema: Some(index_description::schema(&index.keys)),
            projection: Some((&index.projection).into()),
        })
    }
}

impl GlobalSecondaryIndexInfo {
    fn of(index: &Index) -> Option<Self> {
        let IndexKind::Global { throughput, on_demand, .. } = &index.kind else { return None };
        Some(Self {
            index_name: Some(index.name.clone()),
            key_schema: Some(index_description::schema(&index.keys)),
            projection: Some((&index.projection).into()),
            provisioned_throughput: Some(reserved(throughput)),
            on_demand_throughput: OnDemandThroughput::of(*on_demand),
        })
    }
}

/// The ARN of a backup's table.
fn table_arn(table: &Table, at: &Scope) -> String {
    at.arn("dynamodb", format_args!("table/{}", table.name))
}

fn reserved(throughput: &Throughput) -> ProvisionedThroughput {
    ProvisionedThroughput {
        read_capacity_units: throughput.read,
        write_capacity_units: throughput.write,
    }
}
