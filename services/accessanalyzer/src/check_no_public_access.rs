//! CheckNoPublicAccess: whether a resource's policy surely does not open it to the public.

use crate::{
    check::{Reason, compile_as, reasons},
    error::AnalyzerError,
};
use policy::Kind;
use service_kit::prelude::*;

/// Looks for public access.
pub(crate) enum CheckNoPublicAccess {}

/// What CheckNoPublicAccess takes.
#[derive(Debug, Shape)]
#[shape(name = "CheckNoPublicAccessRequest", camel)]
pub struct CheckNoPublicAccessInput {
    /// The policy.
    #[shape(sensitive)]
    pub policy_document: String,
    /// Of what it is the policy.
    pub resource_type: OpenableType,
}

/// What CheckNoPublicAccess gives.
#[derive(Debug, Shape)]
#[shape(name = "CheckNoPublicAccessResponse", camel)]
pub struct CheckNoPublicAccessOutput {
    /// Whether it is sure.
    pub result: NotPublic,
    /// The same in words.
    pub message: String,
    /// The statements that may open it.
    pub reasons: Vec<Reason>,
}

/// A result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
#[shape(name = "CheckNoPublicAccessResult")]
pub enum NotPublic {
    /// It is not public.
    Pass,
    /// It may be.
    Fail,
}

impl Operation for CheckNoPublicAccess {
    const NAME: &'static str = "CheckNoPublicAccess";
    const HTTP: Option<Http> = Some(Http::new("POST", "/policy/check-no-public-access", 200));
    type Input = CheckNoPublicAccessInput;
    type Output = CheckNoPublicAccessOutput;
    type Error = AnalyzerError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::any("access-analyzer:CheckNoPublicAccess").only()
    }

    async fn run(_: &Context, input: Self::Input) -> Result<Self::Output, AnalyzerError> {
        let kind = match input.resource_type {
            OpenableType::AwsIamAssumeRolePolicyDocument => Kind::Trust,
            OpenableType::AwsKmsKey => Kind::Key,
            _ => Kind::Resource,
        };
        let policy = compile_as(&input.policy_document, &[kind])?;
        let reasons = reasons(&policy, &policy::public_access(&policy), "Public access granted");
        let (result, message) = match reasons.is_empty() {
            true => (NotPublic::Pass, "does not grant"),
            false => (NotPublic::Fail, "grants"),
        };
        let message =
            format!("The resource policy {message} public access for the given resource type.");
        Ok(CheckNoPublicAccessOutput { result, message, reasons })
    }
}

/// The types of resources whose policies are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Shape)]
#[shape(name = "AccessCheckResourceType")]
pub enum OpenableType {
    /// `AWS::DynamoDB::Table`.
    #[shape(name = "AWS::DynamoDB::Table")]
    AwsDynamoDbTable,
    /// `AWS::DynamoDB::Stream`.
    #[shape(name = "AWS::DynamoDB::Stream")]
    AwsDynamoDbStream,
    /// `AWS::EFS::FileSystem`.
    #[shape(name = "AWS::EFS::FileSystem")]
    AwsEfsFileSystem,
    /// `AWS::OpenSearchService::Domain`.
    #[shape(name = "AWS::OpenSearchService::Domain")]
    AwsOpenSearchServiceDomain,
    /// `AWS::Kinesis::Stream`.
    #[shape(name = "AWS::Kinesis::Stream")]
    AwsKinesisStream,
    /// `AWS::Kinesis::StreamConsumer`.
    #[shape(name = "AWS::Kinesis::StreamConsumer")]
    AwsKinesisStreamConsumer,
    /// `AWS::KMS::Key`.
    #[shape(name = "AWS::KMS::Key")]
    AwsKmsKey,
    /// `AWS::Lambda::Function`.
    #[shape(name = "AWS::Lambda::Function")]
    AwsLambdaFunction,
    /// `AWS::S3::Bucket`.
    #[shape(name = "AWS::S3::Bucket")]
    AwsS3Bucket,
    /// `AWS::S3::AccessPoint`.
    #[shape(name = "AWS::S3::AccessPoint")]
    AwsS3AccessPoint,
    /// `AWS::S3Express::DirectoryBucket`.
    #[shape(name = "AWS::S3Express::DirectoryBucket")]
    AwsS3ExpressDirectoryBucket,
    /// `AWS::S3::Glacier`.
    #[shape(name = "AWS::S3::Glacier")]
    AwsS3Glacier,
    /// `AWS::S3Outposts::Bucket`.
    #[shape(name = "AWS::S3Outposts::Bucket")]
    AwsS3OutpostsBucket,
    /// `AWS::S3Outposts::AccessPoint`.
    #[shape(name = "AWS::S3Outposts::AccessPoint")]
    AwsS3OutpostsAccessPoint,
    /// `AWS::SecretsManager::Secret`.
    #[shape(name = "AWS::SecretsManager::Secret")]
    AwsSecretsManagerSecret,
    /// `AWS::SNS::Topic`.
    #[shape(name = "AWS::SNS::Topic")]
    AwsSnsTopic,
    /// `AWS::SQS::Queue`.
    #[shape(name = "AWS::SQS::Queue")]
    AwsSqsQueue,
    /// `AWS::IAM::AssumeRolePolicyDocument`.
    #[shape(name = "AWS::IAM::AssumeRolePolicyDocument")]
    AwsIamAssumeRolePolicyDocument,
    /// `AWS::S3Tables::TableBucket`.
    #[shape(name = "AWS::S3Tables::TableBucket")]
    AwsS3TablesTableBucket,
    /// `AWS::ApiGateway::RestApi`.
    #[shape(name = "AWS::ApiGateway::RestApi")]
    AwsApiGatewayRestApi,
    /// `AWS::CodeArtifact::Domain`.
    #[shape(name = "AWS::CodeArtifact::Domain")]
    AwsCodeArtifactDomain,
    /// `AWS::Backup::BackupVault`.
    #[shape(name = "AWS::Backup::BackupVault")]
    AwsBackupBackupVault,
    /// `AWS::CloudTrail::Dashboard`.
    #[shape(name = "AWS::CloudTrail::Dashboard")]
    AwsCloudTrailDashboard,
    /// `AWS::CloudTrail::EventDataStore`.
    #[shape(name = "AWS::CloudTrail::EventDataStore")]
    AwsCloudTrailEventDataStore,
    /// `AWS::S3Tables::Table`.
    #[shape(name = "AWS::S3Tables::Table")]
    AwsS3TablesTable,
    /// `AWS::S3Express::AccessPoint`.
    #[shape(name = "AWS::S3Express::AccessPoint")]
    AwsS3ExpressAccessPoint,
}
