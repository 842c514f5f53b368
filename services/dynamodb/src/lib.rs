//! DynamoDB: tables of items, found by key, guarded and changed by expressions.

mod admission;
mod answer;
mod attribute;
mod authorization;
mod backfill;
mod backup;
mod backup_description;
mod batch;
mod batch_execute_statement;
mod batch_get_item;
mod batch_write_item;
mod capacity;
mod change;
mod codec;
mod collection;
mod collection_size;
mod continuous_backups;
mod contributor_insights;
mod copy;
mod create_backup;
mod create_table;
mod delete_backup;
mod delete_item;
mod delete_table;
mod describe_backup;
mod describe_endpoints;
mod describe_limits;
mod describe_table;
mod description;
mod encryption;
mod error;
mod execute_statement;
mod execute_transaction;
mod expire;
mod expiry;
mod export;
mod expression;
mod get_item;
mod global;
mod guard;
mod history;
mod hold;
mod import;
mod index;
mod index_description;
mod insights;
mod item;
mod key;
mod kinesis_destination;
mod legacy;
mod list_backups;
mod list_tables;
mod number;
mod on_demand;
mod ongoing;
mod page;
mod parameters;
mod partiql;
mod policy_actions;
mod policy_document;
mod purge;
mod put_item;
mod query;
mod quotas;
mod rekey;
mod reseal;
mod resource_policy;
mod restore;
mod restore_table_from_backup;
mod restore_table_to_point_in_time;
mod scaling;
mod scan;
mod source;
mod statistics;
mod streams;
mod table;
mod table_access;
mod table_class;
mod tags;
mod throttle;
mod time_to_live;
mod token;
mod transact_get_items;
mod transact_write_items;
mod transaction;
mod trim;
mod update_indexes;
mod update_item;
mod update_table;
mod vault;
mod warm;

pub use streams::STREAMS;

use service_kit::{job::job, operation::operation, service::Service, service::Speaks};

/// The service's table.
pub static SERVICE: Service = Service {
    traced_as: ("DynamoDB", "AWS::DynamoDB::Table"),
    speaks: &[Speaks::AwsJson10 { target: "DynamoDB_20120810" }],
    error_namespace: "com.amazonaws.dynamodb.v20120810",
    facts: Some(authorization::facts),
    jobs: &[
        job::<copy::CopyRows>(),
        job::<trim::DropHistory>(),
        job::<backfill::DropIndex>(),
        job::<backup::ExpireBackup>(),
        job::<expire::ExpireItems>(),
        job::<backfill::FillIndex>(),
        job::<global::fill::FillReplica>(),
        job::<purge::PurgeItems>(),
        job::<reseal::SealRows>(),
        job::<copy::SettleCopy>(),
        job::<scaling::ScaleTable>(),
        job::<statistics::CountItems>(),
        job::<streams::tend::TendStream>(),
        job::<token::ForgetTokens>(),
        job::<trim::TrimHistory>(),
    ],
    operations: &[
        operation::<batch_execute_statement::BatchExecuteStatement>(),
        operation::<batch_get_item::BatchGetItem>(),
        operation::<batch_write_item::BatchWriteItem>(),
        operation::<create_backup::CreateBackup>(),
        operation::<global::create_global_table::CreateGlobalTable>(),
        operation::<create_table::CreateTable>(),
        operation::<delete_backup::DeleteBackup>(),
        operation::<delete_item::DeleteItem>(),
        operation::<resource_policy::DeleteResourcePolicy>(),
        operation::<delete_table::DeleteTable>(),
        operation::<describe_backup::DescribeBackup>(),
        operation::<continuous_backups::DescribeContinuousBackups>(),
        operation::<contributor_insights::DescribeContributorInsights>(),
        operation::<describe_endpoints::DescribeEndpoints>(),
        operation::<export::DescribeExport>(),
        operation::<import::DescribeImport>(),
        operation::<kinesis_destination::DescribeKinesisStreamingDestination>(),
        operation::<global::describe_global_table::DescribeGlobalTable>(),
        operation::<global::describe_global_table_settings::DescribeGlobalTableSettings>(),
        operation::<describe_limits::DescribeLimits>(),
        operation::<describe_table::DescribeTable>(),
        operation::<scaling::DescribeTableReplicaAutoScaling>(),
        operation::<time_to_live::DescribeTimeToLive>(),
        operation::<kinesis_destination::DisableKinesisStreamingDestination>(),
        operation::<kinesis_destination::EnableKinesisStreamingDestination>(),
        operation::<execute_statement::ExecuteStatement>(),
        operation::<execute_transaction::ExecuteTransaction>(),
        operation::<export::ExportTableToPointInTime>(),
        operation::<get_item::GetItem>(),
        operation::<resource_policy::GetResourcePolicy>(),
        operation::<import::ImportTable>(),
        operation::<list_backups::ListBackups>(),
        operation::<contributor_insights::ListContributorInsights>(),
        operation::<export::ListExports>(),
        operation::<import::ListImports>(),
        operation::<global::list_global_tables::ListGlobalTables>(),
        operation::<list_tables::ListTables>(),
        operation::<tags::ListTagsOfResource>(),
        operation::<put_item::PutItem>(),
        operation::<resource_policy::PutResourcePolicy>(),
        operation::<query::Query>(),
        operation::<restore_table_from_backup::RestoreTableFromBackup>(),
        operation::<restore_table_to_point_in_time::RestoreTableToPointInTime>(),
        operation::<scan::Scan>(),
        operation::<tags::TagResource>(),
        operation::<transact_get_items::TransactGetItems>(),
        operation::<transact_write_items::TransactWriteItems>(),
        operation::<tags::UntagResource>(),
        operation::<continuous_backups::UpdateContinuousBackups>(),
        operation::<contributor_insights::UpdateContributorInsights>(),
        operation::<global::update_global_table::UpdateGlobalTable>(),
        operation::<global::update_global_table_settings::UpdateGlobalTableSettings>(),
        operation::<update_item::UpdateItem>(),
        operation::<kinesis_destination::UpdateKinesisStreamingDestination>(),
        operation::<update_table::UpdateTable>(),
        operation::<scaling::UpdateTableReplicaAutoScaling>(),
        operation::<time_to_live::UpdateTimeToLive>(),
    ],
    ..Service::new("dynamodb", "dynamodb.amazonaws.com")
};
