//! IAM Access Analyzer: what is wrong with policies, what they allow at all, and what they should.

mod analyzed_resources;
mod analyzer;
mod analyzers;
mod archive_rules;
mod check;
mod check_access_not_granted;
mod check_no_new_access;
mod check_no_public_access;
mod error;
mod external;
mod finding;
mod findings;
mod generation;
mod get_generated_policy;
mod lint;
mod list_policy_generations;
mod resources;
mod scan;
mod start_policy_generation;
mod tags;
mod validate_policy;

use service_kit::{prelude::*, service::Speaks};

/// The service's table.
pub static SERVICE: Service = Service {
    signing_name: "access-analyzer",
    arn_name: "access-analyzer",
    speaks: &[Speaks::RestJson],
    misnamed: analyzer::misnamed,
    operations: &[
        operation::<archive_rules::ApplyArchiveRule>(),
        operation::<check_access_not_granted::CheckAccessNotGranted>(),
        operation::<check_no_new_access::CheckNoNewAccess>(),
        operation::<check_no_public_access::CheckNoPublicAccess>(),
        operation::<analyzers::CreateAnalyzer>(),
        operation::<archive_rules::CreateArchiveRule>(),
        operation::<analyzers::DeleteAnalyzer>(),
        operation::<archive_rules::DeleteArchiveRule>(),
        operation::<analyzed_resources::GetAnalyzedResource>(),
        operation::<analyzers::GetAnalyzer>(),
        operation::<archive_rules::GetArchiveRule>(),
        operation::<findings::GetFinding>(),
        operation::<findings::GetFindingV2>(),
        operation::<get_generated_policy::GetGeneratedPolicy>(),
        operation::<analyzed_resources::ListAnalyzedResources>(),
        operation::<analyzers::ListAnalyzers>(),
        operation::<archive_rules::ListArchiveRules>(),
        operation::<findings::ListFindings>(),
        operation::<findings::ListFindingsV2>(),
        operation::<list_policy_generations::ListPolicyGenerations>(),
        operation::<tags::ListTagsForResource>(),
        operation::<start_policy_generation::StartPolicyGeneration>(),
        operation::<analyzed_resources::StartResourceScan>(),
        operation::<tags::TagResource>(),
        operation::<tags::UntagResource>(),
        operation::<archive_rules::UpdateArchiveRule>(),
        operation::<findings::UpdateFindings>(),
        operation::<validate_policy::ValidatePolicy>(),
    ],
    ..Service::new("accessanalyzer", "access-analyzer.amazonaws.com")
};
