//! DynamoDB: tables of items, found by key, guarded and changed by expressions.

mod access;
mod backup;
mod capacity;
mod encryption;
mod error;
mod expiry;
mod expression;
mod global;
mod index;
mod insights;
mod item;
mod legacy;
mod parameters;
mod partiql;
mod read;
mod scaling;
mod streams;
mod table;
mod throttle;
mod transaction;
mod value;

pub use streams::STREAMS;

use service_kit::{job::job, operation::operation, service::Service, service::Speaks};

/// The service's table.
pub static SERVICE: Service = Service {
    traced_as: ("DynamoDB", "AWS::DynamoDB::Table"),
    speaks: &[Speaks::AwsJson10 { target: "DynamoDB_20120810" }],
    error_namespace: "com.amazonaws.dynamodb.v20120810",
    facts: Some(access::authorization::facts),
    misnamed: table::misnamed,
    jobs: &[
        job::<backup::copy::CopyRows>(),
        job::<backup::trim::DropHistory>(),
        job::<index::backfill::DropIndex>(),
        job::<backup::ExpireBackup>(),
        job::<expiry::expire::ExpireItems>(),
        job::<index::backfill::FillIndex>(),
        job::<global::fill::FillReplica>(),
        job::<table::purge::PurgeItems>(),
        job::<encryption::reseal::SealRows>(),
        job::<backup::copy::SettleCopy>(),
        job::<scaling::ScaleTable>(),
        job::<table::statistics::CountItems>(),
        job::<streams::tend::TendStream>(),
        job::<transaction::token::ForgetTokens>(),
        job::<backup::trim::TrimHistory>(),
    ],
    operations: &[
        operation::<partiql::batch_execute_statement::BatchExecuteStatement>(),
        operation::<item::batch_get_item::BatchGetItem>(),
        operation::<item::batch_write_item::BatchWriteItem>(),
        operation::<backup::create_backup::CreateBackup>(),
        operation::<global::create_global_table::CreateGlobalTable>(),
        operation::<table::create_table::CreateTable>(),
        operation::<backup::delete_backup::DeleteBackup>(),
        operation::<item::delete_item::DeleteItem>(),
        operation::<access::resource_policy::DeleteResourcePolicy>(),
        operation::<table::delete_table::DeleteTable>(),
        operation::<backup::describe_backup::DescribeBackup>(),
        operation::<backup::continuous_backups::DescribeContinuousBackups>(),
        operation::<insights::contributor_insights::DescribeContributorInsights>(),
        operation::<table::describe_endpoints::DescribeEndpoints>(),
        operation::<backup::export::DescribeExport>(),
        operation::<backup::import::DescribeImport>(),
        operation::<streams::kinesis_destination::DescribeKinesisStreamingDestination>(),
        operation::<global::describe_global_table::DescribeGlobalTable>(),
        operation::<global::describe_global_table_settings::DescribeGlobalTableSettings>(),
        operation::<table::describe_limits::DescribeLimits>(),
        operation::<table::describe_table::DescribeTable>(),
        operation::<scaling::DescribeTableReplicaAutoScaling>(),
        operation::<expiry::time_to_live::DescribeTimeToLive>(),
        operation::<streams::kinesis_destination::DisableKinesisStreamingDestination>(),
        operation::<streams::kinesis_destination::EnableKinesisStreamingDestination>(),
        operation::<partiql::execute_statement::ExecuteStatement>(),
        operation::<partiql::execute_transaction::ExecuteTransaction>(),
        operation::<backup::export::ExportTableToPointInTime>(),
        operation::<item::get_item::GetItem>(),
        operation::<access::resource_policy::GetResourcePolicy>(),
        operation::<backup::import::ImportTable>(),
        operation::<backup::list_backups::ListBackups>(),
        operation::<insights::contributor_insights::ListContributorInsights>(),
        operation::<backup::export::ListExports>(),
        operation::<backup::import::ListImports>(),
        operation::<global::list_global_tables::ListGlobalTables>(),
        operation::<table::list_tables::ListTables>(),
        operation::<table::tags::ListTagsOfResource>(),
        operation::<item::put_item::PutItem>(),
        operation::<access::resource_policy::PutResourcePolicy>(),
        operation::<read::query::Query>(),
        operation::<backup::restore_table_from_backup::RestoreTableFromBackup>(),
        operation::<backup::restore_table_to_point_in_time::RestoreTableToPointInTime>(),
        operation::<read::scan::Scan>(),
        operation::<table::tags::TagResource>(),
        operation::<transaction::transact_get_items::TransactGetItems>(),
        operation::<transaction::transact_write_items::TransactWriteItems>(),
        operation::<table::tags::UntagResource>(),
        operation::<backup::continuous_backups::UpdateContinuousBackups>(),
        operation::<insights::contributor_insights::UpdateContributorInsights>(),
        operation::<global::update_global_table::UpdateGlobalTable>(),
        operation::<global::update_global_table_settings::UpdateGlobalTableSettings>(),
        operation::<item::update_item::UpdateItem>(),
        operation::<streams::kinesis_destination::UpdateKinesisStreamingDestination>(),
        operation::<table::update_table::UpdateTable>(),
        operation::<scaling::UpdateTableReplicaAutoScaling>(),
        operation::<expiry::time_to_live::UpdateTimeToLive>(),
    ],
    ..Service::new("dynamodb", "dynamodb.amazonaws.com")
};
