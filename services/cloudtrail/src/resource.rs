//! The resources of an event, by type and name as event history shows them.

/// Types by the service and the first part of the resource in an ARN.
const TYPES: &[(&str, &str, &str)] = &[
    ("apigateway", "", "AWS::ApiGateway::RestApi"),
    ("dynamodb", "table", "AWS::DynamoDB::Table"),
    ("events", "rule", "AWS::Events::Rule"),
    ("iam", "group", "AWS::IAM::Group"),
    ("iam", "instance-profile", "AWS::IAM::InstanceProfile"),
    ("iam", "policy", "AWS::IAM::Policy"),
    ("iam", "role", "AWS::IAM::Role"),
    ("iam", "user", "AWS::IAM::User"),
    ("kms", "alias", "AWS::KMS::Alias"),
    ("kms", "key", "AWS::KMS::Key"),
    ("lambda", "event-source-mapping", "AWS::Lambda::EventSourceMapping"),
    ("lambda", "function", "AWS::Lambda::Function"),
    ("lambda", "layer", "AWS::Lambda::LayerVersion"),
    ("logs", "log-group", "AWS::Logs::LogGroup"),
    ("s3", "", "AWS::S3::Bucket"),
    ("secretsmanager", "secret", "AWS::SecretsManager::Secret"),
    ("sns", "", "AWS::SNS::Topic"),
    ("sqs", "", "AWS::SQS::Queue"),
    ("states", "stateMachine", "AWS::StepFunctions::StateMachine"),
];

/// The type and short name of the resource with this ARN; none if its kind is unknown.
pub(crate) fn type_and_name(arn: &str) -> Option<(&'static str, &str)> {
    let mut parts = arn.splitn(6, ':');
    let (service, resource) = (parts.nth(2)?, parts.nth(2)?);
    let (kind, rest) = match resource.split_once([':', '/']) {
        Some((kind, rest)) => (kind, rest),
        None => ("", resource),
    };
    TYPES.iter().find_map(|(of, prefix, name)| {
        if *of != service {
            return None;
        }
        if prefix.is_empty() {
            return Some((*name, resource));
        }
        (*prefix == kind).then(|| (*name, short(service, kind, rest, arn)))
    })
}

fn short<'a>(service: &str, kind: &str, rest: &'a str, arn: &'a str) -> &'a str {
    match (service, kind) {
        ("kms", "key") => arn,
        ("iam", _) => rest.rsplit('/').next().unwrap_or(rest),
        ("dynamodb", _) => rest.split('/').next().unwrap_or(rest),
        ("lambda" | "logs", _) => rest.split(':').next().unwrap_or(rest),
        _ => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_become_types_and_names() {
        for (arn, expected) in [
            ("arn:aws:sqs:us-east-1:1:q", Some(("AWS::SQS::Queue", "q"))),
            ("arn:aws:iam::1:role/path/r", Some(("AWS::IAM::Role", "r"))),
            ("arn:aws:dynamodb:e:1:table/t/index/i", Some(("AWS::DynamoDB::Table", "t"))),
            ("arn:aws:logs:e:1:log-group:/a/b:log-stream:", Some(("AWS::Logs::LogGroup", "/a/b"))),
            ("arn:aws:lambda:e:1:function:f:live", Some(("AWS::Lambda::Function", "f"))),
            ("arn:aws:kms:e:1:key/k", Some(("AWS::KMS::Key", "arn:aws:kms:e:1:key/k"))),
            ("arn:aws:xyz:e:1:q", None),
            ("junk", None),
        ] {
            assert_eq!(type_and_name(arn), expected, "{arn}");
        }
    }
}
