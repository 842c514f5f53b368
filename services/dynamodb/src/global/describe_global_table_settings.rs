//! DescribeGlobalTableSettings: what the replicas of a global table of version 2017.11.29 serve.

use super::{
    description::ReplicaStatus,
    group::Group,
    legacy::{Found, access, find},
};
use crate::{
    error::DynamoError,
    index::{Index, IndexKind, IndexStatus},
    table::{
        Table,
        description::{BillingModeSummary, summary},
        table_class::TableClassSummary,
    },
};
use service_kit::prelude::*;

pub(crate) enum DescribeGlobalTableSettings {}

/// What DescribeGlobalTableSettings takes.
#[derive(Debug, Shape)]
pub struct DescribeGlobalTableSettingsInput {
    /// The global table.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub global_table_name: String,
}

/// What DescribeGlobalTableSettings gives.
#[derive(Debug, Shape)]
pub struct DescribeGlobalTableSettingsOutput {
    /// The global table.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub global_table_name: Option<String>,
    /// The settings of each replica.
    pub replica_settings: Option<Vec<ReplicaSettingsDescription>>,
}

/// The settings of one replica.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ReplicaSettingsDescription {
    /// Its region.
    pub region_name: String,
    /// What it is doing.
    pub replica_status: Option<ReplicaStatus>,
    /// How it is paid for.
    pub replica_billing_mode_summary: Option<BillingModeSummary>,
    /// Reads reserved.
    pub replica_provisioned_read_capacity_units: Option<u64>,
    /// Writes reserved.
    pub replica_provisioned_write_capacity_units: Option<u64>,
    /// The settings of its global indexes.
    pub replica_global_secondary_index_settings:
        Option<Vec<ReplicaGlobalSecondaryIndexSettingsDescription>>,
    /// Its class, if it was ever given one.
    pub replica_table_class_summary: Option<TableClassSummary>,
}

/// The settings of one index of a replica.
#[derive(Clone, Debug, PartialEq, Shape)]
pub struct ReplicaGlobalSecondaryIndexSettingsDescription {
    /// The index.
    #[shape(length = 3..=255, pattern = "[a-zA-Z0-9_.-]+")]
    pub index_name: String,
    /// What it is doing.
    pub index_status: Option<IndexStatus>,
    /// Reads reserved.
    #[shape(range = 1..)]
    pub provisioned_read_capacity_units: Option<u64>,
    /// Writes reserved.
    #[shape(range = 1..)]
    pub provisioned_write_capacity_units: Option<u64>,
}

impl Operation for DescribeGlobalTableSettings {
    const NAME: &'static str = "DescribeGlobalTableSettings";
    type Input = DescribeGlobalTableSettingsInput;
    type Output = DescribeGlobalTableSettingsOutput;
    type Error = DynamoError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        access("dynamodb:DescribeGlobalTableSettings", &input.global_table_name, [], at)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, DynamoError> {
        let found = cx.read(|tx| find(tx, &input.global_table_name))?;
        Ok(DescribeGlobalTableSettingsOutput {
            replica_settings: Some(settings(&found)),
            global_table_name: Some(input.global_table_name),
        })
    }
}

/// The settings of all replicas.
pub(crate) fn settings(found: &Found) -> Vec<ReplicaSettingsDescription> {
    let of = |(at, table): &(Scope, Table)| {
        let status = found.group.member(&at.region).map(|member| Group::status(member, table));
        let indexes: Vec<_> = table.indexes.iter().filter_map(of_index).collect();
        ReplicaSettingsDescription {
            region_name: at.region.to_string(),
            replica_status: status,
            replica_billing_mode_summary: summary(table, false),
            replica_provisioned_read_capacity_units: Some(table.throughput.read),
            replica_provisioned_write_capacity_units: Some(table.throughput.write),
            replica_global_secondary_index_settings: Some(indexes).filter(|all| !all.is_empty()),
            replica_table_class_summary: table.class.summary(),
        }
    };
    found.tables.iter().map(of).collect()
}

fn of_index(index: &Index) -> Option<ReplicaGlobalSecondaryIndexSettingsDescription> {
    let IndexKind::Global { throughput, status, .. } = &index.kind else { return None };
    let reserved = |units: u64| Some(units).filter(|units| *units > 0);
    Some(ReplicaGlobalSecondaryIndexSettingsDescription {
        index_name: index.name.clone(),
        index_status: Some(*status),
        provisioned_read_capacity_units: reserved(throughput.read),
        provisioned_write_capacity_units: reserved(throughput.write),
    })
}
