//! AWS Identity and Access Management: who there is in an account, and what they may do.

mod account;
mod certificate;
mod credential;
mod credential_report;
mod der;
mod document;
mod entity;
mod error;
mod facts;
mod group;
mod inline;
mod last_use;
mod login_profile;
mod managed;
mod mfa;
mod names;
mod organization;
mod paging;
mod policy;
mod role;
mod server_certificate;
mod service_credential;
mod shapes;
mod signing_certificate;
mod simulation;
mod ssh_key;
mod tags;
mod user;

use service_kit::{job::job, prelude::*, service::Speaks};

/// The service's table.
pub static SERVICE: Service = Service {
    speaks: &[Speaks::AwsQuery {
        version: "2010-05-08",
        namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    }],
    global: true,
    validation_code: "ValidationError",
    access_denied_code: "AccessDenied",
    operations: &[
        operation::<group::group_members::AddUserToGroup>(),
        operation::<group::group_attachments::AttachGroupPolicy>(),
        operation::<role::role_attachments::AttachRolePolicy>(),
        operation::<user::user_attachments::AttachUserPolicy>(),
        operation::<login_profile::change_password::ChangePassword>(),
        operation::<user::access_keys::CreateAccessKey>(),
        operation::<account::account_aliases::CreateAccountAlias>(),
        operation::<group::create_group::CreateGroup>(),
        operation::<login_profile::profiles::CreateLoginProfile>(),
        operation::<policy::create_policy::CreatePolicy>(),
        operation::<policy::policy_versions::CreatePolicyVersion>(),
        operation::<role::create_role::CreateRole>(),
        operation::<service_credential::service_credentials::CreateServiceSpecificCredential>(),
        operation::<user::create_user::CreateUser>(),
        operation::<mfa::virtual_devices::CreateVirtualMfaDevice>(),
        operation::<mfa::assigned_devices::DeactivateMfaDevice>(),
        operation::<user::access_keys::DeleteAccessKey>(),
        operation::<account::account_aliases::DeleteAccountAlias>(),
        operation::<login_profile::account_password_policy::DeleteAccountPasswordPolicy>(),
        operation::<group::delete_group::DeleteGroup>(),
        operation::<group::group_policies::DeleteGroupPolicy>(),
        operation::<login_profile::profiles::DeleteLoginProfile>(),
        operation::<policy::delete_policy::DeletePolicy>(),
        operation::<policy::policy_versions::DeletePolicyVersion>(),
        operation::<role::delete_role::DeleteRole>(),
        operation::<role::role_boundary::DeleteRolePermissionsBoundary>(),
        operation::<role::role_policies::DeleteRolePolicy>(),
        operation::<server_certificate::get_server_certificate::DeleteServerCertificate>(),
        operation::<service_credential::service_credentials::DeleteServiceSpecificCredential>(),
        operation::<signing_certificate::signing_certificates::DeleteSigningCertificate>(),
        operation::<ssh_key::ssh_public_keys::DeleteSshPublicKey>(),
        operation::<user::delete_user::DeleteUser>(),
        operation::<user::user_boundary::DeleteUserPermissionsBoundary>(),
        operation::<user::user_policies::DeleteUserPolicy>(),
        operation::<mfa::virtual_devices::DeleteVirtualMfaDevice>(),
        operation::<group::group_attachments::DetachGroupPolicy>(),
        operation::<role::role_attachments::DetachRolePolicy>(),
        operation::<user::user_attachments::DetachUserPolicy>(),
        operation::<organization::root_features::DisableOrganizationsRootCredentialsManagement>(),
        operation::<organization::root_features::DisableOrganizationsRootSessions>(),
        operation::<mfa::device_codes::EnableMfaDevice>(),
        operation::<organization::root_features::EnableOrganizationsRootCredentialsManagement>(),
        operation::<organization::root_features::EnableOrganizationsRootSessions>(),
        operation::<credential_report::credential_reports::GenerateCredentialReport>(),
        operation::<last_use::get_access_key_last_used::GetAccessKeyLastUsed>(),
        operation::<account::get_account_authorization_details::GetAccountAuthorizationDetails>(),
        operation::<login_profile::account_password_policy::GetAccountPasswordPolicy>(),
        operation::<account::get_account_summary::GetAccountSummary>(),
        operation::<simulation::context_keys::GetContextKeysForCustomPolicy>(),
        operation::<simulation::context_keys::GetContextKeysForPrincipalPolicy>(),
        operation::<credential_report::credential_reports::GetCredentialReport>(),
        operation::<group::get_group::GetGroup>(),
        operation::<group::group_policies::GetGroupPolicy>(),
        operation::<login_profile::profiles::GetLoginProfile>(),
        operation::<mfa::assigned_devices::GetMfaDevice>(),
        operation::<policy::get_policy::GetPolicy>(),
        operation::<policy::policy_versions::GetPolicyVersion>(),
        operation::<role::get_role::GetRole>(),
        operation::<role::role_policies::GetRolePolicy>(),
        operation::<server_certificate::get_server_certificate::GetServerCertificate>(),
        operation::<ssh_key::ssh_public_keys::GetSshPublicKey>(),
        operation::<user::get_user::GetUser>(),
        operation::<user::user_policies::GetUserPolicy>(),
        operation::<user::access_keys::ListAccessKeys>(),
        operation::<account::account_aliases::ListAccountAliases>(),
        operation::<group::group_attachments::ListAttachedGroupPolicies>(),
        operation::<role::role_attachments::ListAttachedRolePolicies>(),
        operation::<user::user_attachments::ListAttachedUserPolicies>(),
        operation::<policy::list_entities_for_policy::ListEntitiesForPolicy>(),
        operation::<group::group_policies::ListGroupPolicies>(),
        operation::<group::list_groups::ListGroups>(),
        operation::<user::list_groups_for_user::ListGroupsForUser>(),
        operation::<role::list_instance_profiles_for_role::ListInstanceProfilesForRole>(),
        operation::<mfa::mfa_tags::ListMfaDeviceTags>(),
        operation::<mfa::assigned_devices::ListMfaDevices>(),
        operation::<organization::root_features::ListOrganizationsFeatures>(),
        operation::<policy::list_policies::ListPolicies>(),
        operation::<policy::policy_tags::ListPolicyTags>(),
        operation::<policy::policy_versions::ListPolicyVersions>(),
        operation::<role::role_policies::ListRolePolicies>(),
        operation::<role::role_tags::ListRoleTags>(),
        operation::<role::list_roles::ListRoles>(),
        operation::<server_certificate::certificate_tags::ListServerCertificateTags>(),
        operation::<server_certificate::list_server_certificates::ListServerCertificates>(),
        operation::<service_credential::service_credentials::ListServiceSpecificCredentials>(),
        operation::<signing_certificate::signing_certificates::ListSigningCertificates>(),
        operation::<ssh_key::ssh_public_keys::ListSshPublicKeys>(),
        operation::<user::user_policies::ListUserPolicies>(),
        operation::<user::user_tags::ListUserTags>(),
        operation::<user::list_users::ListUsers>(),
        operation::<mfa::virtual_devices::ListVirtualMfaDevices>(),
        operation::<group::group_policies::PutGroupPolicy>(),
        operation::<role::role_boundary::PutRolePermissionsBoundary>(),
        operation::<role::role_policies::PutRolePolicy>(),
        operation::<user::user_boundary::PutUserPermissionsBoundary>(),
        operation::<user::user_policies::PutUserPolicy>(),
        operation::<group::group_members::RemoveUserFromGroup>(),
        operation::<service_credential::service_credentials::ResetServiceSpecificCredential>(),
        operation::<mfa::device_codes::ResyncMfaDevice>(),
        operation::<policy::policy_versions::SetDefaultPolicyVersion>(),
        operation::<account::token_preferences::SetSecurityTokenServicePreferences>(),
        operation::<simulation::simulate_custom_policy::SimulateCustomPolicy>(),
        operation::<simulation::simulate_principal_policy::SimulatePrincipalPolicy>(),
        operation::<mfa::mfa_tags::TagMfaDevice>(),
        operation::<policy::policy_tags::TagPolicy>(),
        operation::<role::role_tags::TagRole>(),
        operation::<server_certificate::certificate_tags::TagServerCertificate>(),
        operation::<user::user_tags::TagUser>(),
        operation::<mfa::mfa_tags::UntagMfaDevice>(),
        operation::<policy::policy_tags::UntagPolicy>(),
        operation::<role::role_tags::UntagRole>(),
        operation::<server_certificate::certificate_tags::UntagServerCertificate>(),
        operation::<user::user_tags::UntagUser>(),
        operation::<user::access_keys::UpdateAccessKey>(),
        operation::<login_profile::account_password_policy::UpdateAccountPasswordPolicy>(),
        operation::<role::update_assume_role_policy::UpdateAssumeRolePolicy>(),
        operation::<group::update_group::UpdateGroup>(),
        operation::<login_profile::profiles::UpdateLoginProfile>(),
        operation::<role::update_role::UpdateRole>(),
        operation::<role::update_role::UpdateRoleDescription>(),
        operation::<server_certificate::update_server_certificate::UpdateServerCertificate>(),
        operation::<service_credential::service_credentials::UpdateServiceSpecificCredential>(),
        operation::<signing_certificate::signing_certificates::UpdateSigningCertificate>(),
        operation::<ssh_key::ssh_public_keys::UpdateSshPublicKey>(),
        operation::<user::update_user::UpdateUser>(),
        operation::<server_certificate::upload_server_certificate::UploadServerCertificate>(),
        operation::<signing_certificate::signing_certificates::UploadSigningCertificate>(),
        operation::<ssh_key::ssh_public_keys::UploadSshPublicKey>(),
    ],
    facts: Some(facts::facts),
    jobs: &[job::<credential_report::credential_reports::MakeReport>()],
    ..Service::new("iam", "iam.amazonaws.com")
};
