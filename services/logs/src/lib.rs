//! Amazon CloudWatch Logs: groups of streams of events, and the search through them.

mod create_log_group;
mod create_log_stream;
mod delete_log_group;
mod delete_log_stream;
mod describe_log_groups;
mod describe_log_streams;
mod error;
mod event;
mod expiry;
mod filter;
mod filter_log_events;
mod get_log_events;
mod group;
mod log_group_tags;
mod names;
mod position;
mod purge;
mod put_log_events;
mod put_log_group_deletion_protection;
mod resource_tags;
mod retention_policy;
mod search;
mod stream;

use service_kit::{job::job, prelude::*, service::Speaks};

/// The service's table.
pub static SERVICE: Service = Service {
    speaks: &[Speaks::AwsJson11 { target: "Logs_20140328" }],
    traced_as: ("CloudWatch Logs", "AWS::Logs"),
    validation_code: "InvalidParameterException",
    operations: &[
        operation::<create_log_group::CreateLogGroup>(),
        operation::<create_log_stream::CreateLogStream>(),
        operation::<delete_log_group::DeleteLogGroup>(),
        operation::<delete_log_stream::DeleteLogStream>(),
        operation::<retention_policy::DeleteRetentionPolicy>(),
        operation::<describe_log_groups::DescribeLogGroups>(),
        operation::<describe_log_streams::DescribeLogStreams>(),
        operation::<filter_log_events::FilterLogEvents>(),
        operation::<get_log_events::GetLogEvents>(),
        operation::<resource_tags::ListTagsForResource>(),
        operation::<log_group_tags::ListTagsLogGroup>(),
        operation::<put_log_events::PutLogEvents>(),
        operation::<put_log_group_deletion_protection::PutLogGroupDeletionProtection>(),
        operation::<retention_policy::PutRetentionPolicy>(),
        operation::<log_group_tags::TagLogGroup>(),
        operation::<resource_tags::TagResource>(),
        operation::<log_group_tags::UntagLogGroup>(),
        operation::<resource_tags::UntagResource>(),
    ],
    facts: Some(group::facts),
    jobs: &[job::<expiry::ExpireEvents>(), job::<purge::PurgeGroup>(), job::<purge::PurgeStream>()],
    ..Service::new("logs", "logs.amazonaws.com")
};
