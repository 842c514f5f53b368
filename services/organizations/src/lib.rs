//! AWS Organizations: accounts that belong together, and the policies that bound them.

mod accounts;
mod all_features;
mod answer;
mod attachments;
mod authority;
mod close_account;
mod create_account;
mod delegated_administrators;
mod error;
mod handshake;
mod handshakes;
mod ids;
mod invite;
mod leave;
mod limits;
mod move_account;
mod organization;
mod paging;
mod policies;
mod policy;
mod resource;
mod resource_policy;
mod roots;
mod service_access;
mod shapes;
mod tags;
mod targets;
mod tree;
mod units;

use service_kit::{owner::shared_table, prelude::*, service::Speaks};

/// The service's table.
pub static SERVICE: Service = Service {
    speaks: &[Speaks::AwsJson11 { target: "AWSOrganizationsV20161128" }],
    global: true,
    validation_code: "InvalidInputException",
    operations: &[
        operation::<answer::AcceptHandshake>(),
        operation::<attachments::AttachPolicy>(),
        operation::<answer::CancelHandshake>(),
        operation::<close_account::CloseAccount>(),
        operation::<create_account::CreateAccount>(),
        operation::<organization::CreateOrganization>(),
        operation::<units::CreateOrganizationalUnit>(),
        operation::<policies::CreatePolicy>(),
        operation::<answer::DeclineHandshake>(),
        operation::<organization::DeleteOrganization>(),
        operation::<units::DeleteOrganizationalUnit>(),
        operation::<policies::DeletePolicy>(),
        operation::<resource_policy::DeleteResourcePolicy>(),
        operation::<delegated_administrators::DeregisterDelegatedAdministrator>(),
        operation::<accounts::DescribeAccount>(),
        operation::<create_account::DescribeCreateAccountStatus>(),
        operation::<handshakes::DescribeHandshake>(),
        operation::<organization::DescribeOrganization>(),
        operation::<units::DescribeOrganizationalUnit>(),
        operation::<policies::DescribePolicy>(),
        operation::<resource_policy::DescribeResourcePolicy>(),
        operation::<attachments::DetachPolicy>(),
        operation::<service_access::DisableAWSServiceAccess>(),
        operation::<roots::DisablePolicyType>(),
        operation::<service_access::EnableAWSServiceAccess>(),
        operation::<all_features::EnableAllFeatures>(),
        operation::<roots::EnablePolicyType>(),
        operation::<invite::InviteAccountToOrganization>(),
        operation::<leave::LeaveOrganization>(),
        operation::<service_access::ListAWSServiceAccessForOrganization>(),
        operation::<accounts::ListAccounts>(),
        operation::<accounts::ListAccountsForParent>(),
        operation::<tree::ListChildren>(),
        operation::<create_account::ListCreateAccountStatus>(),
        operation::<delegated_administrators::ListDelegatedAdministrators>(),
        operation::<delegated_administrators::ListDelegatedServicesForAccount>(),
        operation::<handshakes::ListHandshakesForAccount>(),
        operation::<handshakes::ListHandshakesForOrganization>(),
        operation::<units::ListOrganizationalUnitsForParent>(),
        operation::<tree::ListParents>(),
        operation::<policies::ListPolicies>(),
        operation::<attachments::ListPoliciesForTarget>(),
        operation::<roots::ListRoots>(),
        operation::<tags::ListTagsForResource>(),
        operation::<attachments::ListTargetsForPolicy>(),
        operation::<move_account::MoveAccount>(),
        operation::<resource_policy::PutResourcePolicy>(),
        operation::<delegated_administrators::RegisterDelegatedAdministrator>(),
        operation::<leave::RemoveAccountFromOrganization>(),
        operation::<tags::TagResource>(),
        operation::<tags::UntagResource>(),
        operation::<units::UpdateOrganizationalUnit>(),
        operation::<policies::UpdatePolicy>(),
    ],
    max_body_bytes: 1 << 20,
    facts: Some(authority::facts),
    shared: &[
        shared_table::<create_account::Creation>(),
        shared_table::<handshake::HandshakeRecord>(),
    ],
    ..Service::new("organizations", "organizations.amazonaws.com")
};
