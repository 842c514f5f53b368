//! SQS: queues that keep each message until somebody says that it is dealt with.

mod attributes;
mod batch;
mod change_message_visibility;
mod change_message_visibility_batch;
mod claims;
mod create_queue;
mod data_keys;
mod delete_message;
mod delete_message_batch;
mod delete_queue;
mod error;
mod facts;
mod fifo;
mod get_queue_attributes;
mod get_queue_url;
mod list_dead_letter_source_queues;
mod list_queues;
mod message;
mod message_attribute;
mod permission;
mod protection;
mod purge_queue;
mod queue;
mod queue_ref;
mod receipt;
mod receive_message;
mod redrive;
mod send;
mod send_message;
mod send_message_batch;
mod set_queue_attributes;
mod sweep;
mod tags;
mod take;

use service_kit::{
    job::job,
    operation::operation,
    service::{Service, Speaks},
};

/// The SQS service.
pub static SERVICE: Service = Service {
    traced_as: ("SQS", "AWS::SQS::Queue"),
    anonymous: true,
    speaks: &[
        Speaks::AwsJson10 { target: "AmazonSQS" },
        Speaks::AwsQuery {
            version: "2012-11-05",
            namespace: "http://queue.amazonaws.com/doc/2012-11-05/",
        },
    ],
    validation_code: "InvalidParameterValueException",
    error_namespace: "com.amazonaws.sqs",
    query_compatible: true,
    operations: &[
        operation::<permission::AddPermission>(),
        operation::<change_message_visibility::ChangeMessageVisibility>(),
        operation::<change_message_visibility_batch::ChangeMessageVisibilityBatch>(),
        operation::<create_queue::CreateQueue>(),
        operation::<delete_message::DeleteMessage>(),
        operation::<delete_message_batch::DeleteMessageBatch>(),
        operation::<delete_queue::DeleteQueue>(),
        operation::<get_queue_attributes::GetQueueAttributes>(),
        operation::<get_queue_url::GetQueueUrl>(),
        operation::<list_dead_letter_source_queues::ListDeadLetterSourceQueues>(),
        operation::<tags::ListQueueTags>(),
        operation::<list_queues::ListQueues>(),
        operation::<purge_queue::PurgeQueue>(),
        operation::<receive_message::ReceiveMessage>(),
        operation::<permission::RemovePermission>(),
        operation::<send_message::SendMessage>(),
        operation::<send_message_batch::SendMessageBatch>(),
        operation::<set_queue_attributes::SetQueueAttributes>(),
        operation::<tags::TagQueue>(),
        operation::<tags::UntagQueue>(),
    ],
    facts: Some(facts::facts),
    jobs: &[job::<sweep::Sweep>(), job::<sweep::Expire>()],
    ..Service::new("sqs", "sqs.amazonaws.com")
};
