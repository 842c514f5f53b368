//! SNS: topics that hand each message to all who subscribed.

mod confirm_subscription;
mod content;
mod create_topic;
mod data_keys;
mod delete_topic;
mod delivery;
mod envelope;
mod error;
mod facts;
mod fan_out;
mod filter;
mod list_subscriptions;
mod list_topics;
mod message_attribute;
mod permission;
mod publish;
mod publish_batch;
mod subscribe;
mod subscription;
mod subscription_attributes;
mod tags;
mod topic;
mod topic_attributes;
mod unsubscribe;

use service_kit::{
    job::job,
    operation::operation,
    service::{Service, Speaks},
};

/// The SNS service.
pub static SERVICE: Service = Service {
    traced_as: ("SNS", "AWS::SNS::Topic"),
    anonymous: true,
    speaks: &[Speaks::AwsQuery {
        version: "2010-03-31",
        namespace: "http://sns.amazonaws.com/doc/2010-03-31/",
    }],
    validation_code: "InvalidParameter",
    access_denied_code: "AuthorizationError",
    operations: &[
        operation::<permission::AddPermission>(),
        operation::<confirm_subscription::ConfirmSubscription>(),
        operation::<create_topic::CreateTopic>(),
        operation::<delete_topic::DeleteTopic>(),
        operation::<subscription_attributes::GetSubscriptionAttributes>(),
        operation::<topic_attributes::GetTopicAttributes>(),
        operation::<list_subscriptions::ListSubscriptions>(),
        operation::<list_subscriptions::ListSubscriptionsByTopic>(),
        operation::<tags::ListTagsForResource>(),
        operation::<list_topics::ListTopics>(),
        operation::<publish::Publish>(),
        operation::<publish_batch::PublishBatch>(),
        operation::<permission::RemovePermission>(),
        operation::<subscription_attributes::SetSubscriptionAttributes>(),
        operation::<topic_attributes::SetTopicAttributes>(),
        operation::<subscribe::Subscribe>(),
        operation::<tags::TagResource>(),
        operation::<unsubscribe::Unsubscribe>(),
        operation::<tags::UntagResource>(),
    ],
    facts: Some(facts::facts),
    misnamed: topic::misnamed,
    jobs: &[
        job::<delivery::Deliver>(),
        job::<delivery::RequestConfirmation>(),
        job::<fan_out::FanOut>(),
        job::<delete_topic::DropSubscriptions>(),
    ],
    ..Service::new("sns", "sns.amazonaws.com")
};
