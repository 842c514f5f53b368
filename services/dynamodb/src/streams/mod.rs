//! DynamoDB Streams: what changed in a table, in order, for a day.

pub(crate) mod change_log;
mod describe_stream;
mod error;
mod get_records;
mod get_shard_iterator;
mod iterator;
pub(crate) mod kinesis_destination;
mod list_streams;
mod position;
pub(crate) mod record;
pub(crate) mod specification;
pub(crate) mod stream;
pub(crate) mod tend;

use service_kit::{operation::operation, service::Service, service::Speaks};

/// The service's table. Its requests are signed as DynamoDB's, and its actions and ARNs are
/// DynamoDB's.
pub static STREAMS: Service = Service {
    signing_name: "dynamodb",
    arn_name: "dynamodb",
    shares_names: true,
    traced_as: ("DynamoDBStreams", "AWS::DynamoDB::Stream"),
    speaks: &[Speaks::AwsJson10 { target: "DynamoDBStreams_20120810" }],
    error_namespace: "com.amazonaws.dynamodb.v20120810",
    misnamed: crate::table::misnamed,
    operations: &[
        operation::<describe_stream::DescribeStream>(),
        operation::<get_records::GetRecords>(),
        operation::<get_shard_iterator::GetShardIterator>(),
        operation::<list_streams::ListStreams>(),
    ],
    ..Service::new("dynamodbstreams", "dynamodb.amazonaws.com")
};
