//! IAM Access Analyzer: what is wrong with policies, what they allow at all, and what they should.

mod check;
mod check_access_not_granted;
mod check_no_new_access;
mod check_no_public_access;
mod error;
mod generation;
mod get_generated_policy;
mod lint;
mod list_policy_generations;
mod start_policy_generation;
mod validate_policy;

use service_kit::{prelude::*, service::Speaks};

/// The service's table.
pub static SERVICE: Service = Service {
    signing_name: "access-analyzer",
    arn_name: "access-analyzer",
    speaks: &[Speaks::RestJson],
    operations: &[
        operation::<check_access_not_granted::CheckAccessNotGranted>(),
        operation::<check_no_new_access::CheckNoNewAccess>(),
        operation::<check_no_public_access::CheckNoPublicAccess>(),
        operation::<get_generated_policy::GetGeneratedPolicy>(),
        operation::<list_policy_generations::ListPolicyGenerations>(),
        operation::<start_policy_generation::StartPolicyGeneration>(),
        operation::<validate_policy::ValidatePolicy>(),
    ],
    ..Service::new("accessanalyzer", "access-analyzer.amazonaws.com")
};
