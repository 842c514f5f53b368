//! All services of the cloud, in alphabetical order.

use service_kit::service::Service;

/// The list.
pub fn all() -> Vec<&'static Service> {
    vec![
        &accessanalyzer::SERVICE,
        &apigateway::SERVICE,
        &apigateway::EXECUTE_API,
        &cloudtrail::SERVICE,
        &cloudwatch::SERVICE,
        &dynamodb::SERVICE,
        &dynamodb::STREAMS,
        &iam::SERVICE,
        &kms::SERVICE,
        &lambda::SERVICE,
        &logs::SERVICE,
        &organizations::SERVICE,
        &sns::SERVICE,
        &sqs::SERVICE,
        &sts::SERVICE,
        &xray::SERVICE,
    ]
}
