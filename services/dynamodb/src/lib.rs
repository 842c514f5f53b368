//! DynamoDB: tables of items, found by key, guarded and changed by expressions.

mod attribute;
mod authorization;
mod backfill;
mod batch_execute_statement;
mod batch_get_item;
mod batch_write_item;
mod capacity;
mod change;
mod codec;
mod collection;
mod create_table;
mod delete_item;
mod delete_table;
mod describe_continuous_backups;
mod describe_endpoints;
mod describe_limits;
mod describe_table;
mod description;
mod error;
mod execute_statement;
mod execute_transaction;
mod expire;
mod expiry;
mod expression;
mod get_item;
mod guard;
mod index;
mod index_description;
mod item;
mod key;
mod legacy;
mod list_tables;
mod number;
mod page;
mod parameters;
mod partiql;
mod purge;
mod put_item;
mod query;
mod scan;
mod source;
mod statistics;
mod table;
mod tags;
mod time_to_live;
mod token;
mod transact_get_items;
mod transact_write_items;
mod transaction;
mod update_indexes;
mod update_item;
mod update_table;

use service_kit::{job::job, operation::operation, service::Service, service::Speaks};

/// The service's table.
pub static SERVICE: Service = Service {
    traced_as: ("DynamoDB", "AWS::DynamoDB::Table"),
    speaks: &[Speaks::AwsJson10 { target: "DynamoDB_20120810" }],
    error_namespace: "com.amazonaws.dynamodb.v20120810",
    facts: Some(authorization::facts),
    jobs: &[
        job::<backfill::DropIndex>(),
        job::<expire::ExpireItems>(),
        job::<backfill::FillIndex>(),
        job::<purge::PurgeItems>(),
        job::<statistics::CountItems>(),
        job::<token::ForgetTokens>(),
    ],
    operations: &[
        operation::<batch_execute_statement::BatchExecuteStatement>(),
        operation::<batch_get_item::BatchGetItem>(),
        operation::<batch_write_item::BatchWriteItem>(),
        operation::<create_table::CreateTable>(),
        operation::<delete_item::DeleteItem>(),
        operation::<delete_table::DeleteTable>(),
        operation::<describe_continuous_backups::DescribeContinuousBackups>(),
        operation::<describe_endpoints::DescribeEndpoints>(),
        operation::<describe_limits::DescribeLimits>(),
        operation::<describe_table::DescribeTable>(),
        operation::<time_to_live::DescribeTimeToLive>(),
        operation::<execute_statement::ExecuteStatement>(),
        operation::<execute_transaction::ExecuteTransaction>(),
        operation::<get_item::GetItem>(),
        operation::<list_tables::ListTables>(),
        operation::<tags::ListTagsOfResource>(),
        operation::<put_item::PutItem>(),
        operation::<query::Query>(),
        operation::<scan::Scan>(),
        operation::<tags::TagResource>(),
        operation::<transact_get_items::TransactGetItems>(),
        operation::<transact_write_items::TransactWriteItems>(),
        operation::<tags::UntagResource>(),
        operation::<update_item::UpdateItem>(),
        operation::<update_table::UpdateTable>(),
        operation::<time_to_live::UpdateTimeToLive>(),
    ],
    ..Service::new("dynamodb", "dynamodb.amazonaws.com")
};
