//! Service-linked roles: made for a service, which alone may change them.

pub(crate) mod create_service_linked_role;
pub(crate) mod deletion;

use service_kit::identity::aws_managed;

/// What every policy of such roles' ARN begins with.
const POLICIES: &str = "arn:aws:iam::aws:policy/aws-service-role/";

/// A service that has a role of its own in accounts.
struct Linked {
    /// Whom the role trusts, and what its path ends with.
    service: &'static str,
    /// The end of the role's name, after `AWSServiceRoleFor`.
    name: &'static str,
    /// The policy attached to it.
    policy: &'static str,
    /// Whether an account may have several, told apart by a suffix.
    suffix: bool,
}

const fn linked(service: &'static str, name: &'static str, policy: &'static str) -> Linked {
    Linked { service, name, policy, suffix: false }
}

/// The services, from the pages "Using service-linked roles" of their user guides: those of the
/// services that Heist has, and those that accounts are commonly set up with.
static LINKED: &[Linked] = &[
    linked("access-analyzer.amazonaws.com", "AccessAnalyzer", "AccessAnalyzerServiceRolePolicy"),
    linked(
        "apidestinations.events.amazonaws.com",
        "AmazonEventBridgeApiDestinations",
        "AmazonEventBridgeApiDestinationsServiceRolePolicy",
    ),
    Linked {
        suffix: true,
        ..linked("autoscaling.amazonaws.com", "AutoScaling", "AutoScalingServiceRolePolicy")
    },
    linked(
        "cks.kms.amazonaws.com",
        "KeyManagementServiceCustomKeyStores",
        "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy",
    ),
    linked("cloudtrail.amazonaws.com", "CloudTrail", "CloudTrailServiceRolePolicy"),
    linked("config.amazonaws.com", "Config", "AWSConfigServiceRolePolicy"),
    linked("context.cloudtrail.amazonaws.com", "CloudTrailEventContext", "CloudTrailEventContext"),
    linked(
        "contributorinsights.dynamodb.amazonaws.com",
        "DynamoDBCloudWatchContributorInsights",
        "DynamoDBCloudWatchContributorInsightsServiceRolePolicy",
    ),
    linked("delivery.logs.amazonaws.com", "LogDelivery", "AWSServiceRoleForLogDeliveryPolicy"),
    linked(
        "dynamodb.application-autoscaling.amazonaws.com",
        "ApplicationAutoScaling_DynamoDBTable",
        "AWSApplicationAutoscalingDynamoDBTablePolicy",
    ),
    linked("ecs.amazonaws.com", "ECS", "AmazonECSServiceRolePolicy"),
    linked("eks.amazonaws.com", "AmazonEKS", "AmazonEKSServiceRolePolicy"),
    linked("elasticache.amazonaws.com", "ElastiCache", "ElastiCacheServiceRolePolicy"),
    linked(
        "elasticloadbalancing.amazonaws.com",
        "ElasticLoadBalancing",
        "AWSElasticLoadBalancingServiceRolePolicy",
    ),
    linked(
        "es.amazonaws.com",
        "AmazonElasticsearchService",
        "AmazonElasticsearchServiceRolePolicy",
    ),
    linked("events.amazonaws.com", "CloudWatchEvents", "CloudWatchEventsServiceRolePolicy"),
    linked(
        "kinesisreplication.dynamodb.amazonaws.com",
        "DynamoDBKinesisDataStreamsReplication",
        "DynamoDBKinesisReplicationServiceRolePolicy",
    ),
    linked(
        "lambda.application-autoscaling.amazonaws.com",
        "ApplicationAutoScaling_LambdaConcurrency",
        "AWSApplicationAutoscalingLambdaConcurrencyPolicy",
    ),
    linked(
        "mrk.kms.amazonaws.com",
        "KeyManagementServiceMultiRegionKeys",
        "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy",
    ),
    linked(
        "opensearchservice.amazonaws.com",
        "AmazonOpenSearchService",
        "AmazonOpenSearchServiceRolePolicy",
    ),
    linked("ops.apigateway.amazonaws.com", "APIGateway", "APIGatewayServiceRolePolicy"),
    linked("organizations.amazonaws.com", "Organizations", "AWSOrganizationsServiceTrustPolicy"),
    linked("rds.amazonaws.com", "RDS", "AmazonRDSServiceRolePolicy"),
    linked(
        "replication.dynamodb.amazonaws.com",
        "DynamoDBReplication",
        "DynamoDBReplicationServiceRolePolicy",
    ),
    linked("replicator.lambda.amazonaws.com", "LambdaReplicator", "AWSLambdaReplicator"),
    linked("spot.amazonaws.com", "EC2Spot", "AWSEC2SpotServiceRolePolicy"),
    linked("sso.amazonaws.com", "SSO", "AWSSSOServiceRolePolicy"),
    linked("trustedadvisor.amazonaws.com", "TrustedAdvisor", "AWSTrustedAdvisorServiceRolePolicy"),
];

impl Linked {
    fn of(service: &str) -> Option<&'static Self> {
        LINKED.iter().find(|linked| linked.service == service)
    }

    /// The ARN of its policy, if that is one of AWS's.
    fn policy_arn(&self) -> Option<&'static str> {
        let arn = format!("{POLICIES}{}", self.policy);
        aws_managed(&arn).map(|policy| policy.arn.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_has_its_policy() {
        for linked in LINKED {
            assert!(linked.policy_arn().is_some(), "{}", linked.service);
        }
    }
}
