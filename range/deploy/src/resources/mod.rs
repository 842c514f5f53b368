//! The resource types: each file is one.

mod apigateway_deployment;
mod apigateway_method;
mod apigateway_request_validator;
mod apigateway_resource;
mod apigateway_rest_api;
mod apigateway_stage;
mod cloudwatch_alarm;
mod dynamodb_table;
mod iam;
mod iam_access_key;
mod iam_group;
mod iam_managed_policy;
mod iam_policy;
mod iam_role;
mod iam_user;
mod iam_user_to_group_addition;
mod kms_alias;
mod kms_key;
mod lambda_alias;
mod lambda_function;
mod lambda_permission;
mod lambda_url;
mod lambda_version;
mod logs_log_group;
mod sns_subscription;
mod sns_topic;
mod sns_topic_policy;
mod sqs_queue;
mod sqs_queue_policy;

use crate::kind::{Kind, kind};

/// All resource types, in the order of their names.
pub(crate) static ALL: &[Kind] = &[
    kind::<apigateway_deployment::Deployment>(),
    kind::<apigateway_method::Method>(),
    kind::<apigateway_request_validator::RequestValidator>(),
    kind::<apigateway_resource::Resource>(),
    kind::<apigateway_rest_api::RestApi>(),
    kind::<apigateway_stage::Stage>(),
    kind::<cloudwatch_alarm::Alarm>(),
    kind::<dynamodb_table::Table>(),
    kind::<iam_access_key::AccessKey>(),
    kind::<iam_group::Group>(),
    kind::<iam_managed_policy::ManagedPolicy>(),
    kind::<iam_policy::Policy>(),
    kind::<iam_role::Role>(),
    kind::<iam_user::User>(),
    kind::<iam_user_to_group_addition::UserToGroupAddition>(),
    kind::<kms_alias::Alias>(),
    kind::<kms_key::Key>(),
    kind::<lambda_alias::Alias>(),
    kind::<lambda_function::Function>(),
    kind::<lambda_permission::Permission>(),
    kind::<lambda_url::Url>(),
    kind::<lambda_version::Version>(),
    kind::<logs_log_group::LogGroup>(),
    kind::<sns_subscription::Subscription>(),
    kind::<sns_topic::Topic>(),
    kind::<sns_topic_policy::TopicPolicy>(),
    kind::<sqs_queue::Queue>(),
    kind::<sqs_queue_policy::QueuePolicy>(),
];

/// The resource type `name`.
pub(crate) fn find(name: &str) -> Option<&'static Kind> {
    ALL.iter().find(|kind| kind.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_in_order_and_unique() {
        assert!(ALL.is_sorted_by(|a, b| a.name < b.name));
        for kind in ALL {
            let names: BTreeSet<_> = kind.properties.iter().map(|known| known.name).collect();
            assert_eq!(names.len(), kind.properties.len(), "{}", kind.name);
        }
    }
}
