//! AWS Identity and Access Management: who there is in an account, and what they may do.

mod account;
mod advisor;
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
mod instance_profile;
mod last_use;
mod login_profile;
mod managed;
mod mfa;
mod names;
mod oidc_provider;
mod organization;
mod outbound_federation;
mod paging;
mod policy;
mod provider;
mod role;
mod saml_provider;
mod server_certificate;
mod service_credential;
mod service_linked_role;
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
        operation::<oidc_provider::client_ids::AddClientIDToOpenIDConnectProvider>(),
        operation::<instance_profile::instance_profile_roles::AddRoleToInstanceProfile>(),
        operation::<group::group_members::AddUserToGroup>(),
        operation::<group::group_attachments::AttachGroupPolicy>(),
        operation::<role::role_attachments::AttachRolePolicy>(),
        operation::<user::user_attachments::AttachUserPolicy>(),
        operation::<login_profile::change_password::ChangePassword>(),
        operation::<user::access_keys::CreateAccessKey>(),
        operation::<account::account_aliases::CreateAccountAlias>(),
        operation::<group::create_group::CreateGroup>(),
        operation::<instance_profile::create_instance_profile::CreateInstanceProfile>(),
        operation::<login_profile::profiles::CreateLoginProfile>(),
        operation::<oidc_provider::create_open_id_connect_provider::CreateOpenIDConnectProvider>(),
        operation::<policy::create_policy::CreatePolicy>(),
        operation::<policy::policy_versions::CreatePolicyVersion>(),
        operation::<role::create_role::CreateRole>(),
        operation::<saml_provider::create_saml_provider::CreateSAMLProvider>(),
        operation::<service_linked_role::create_service_linked_role::CreateServiceLinkedRole>(),
        operation::<service_credential::service_credentials::CreateServiceSpecificCredential>(),
        operation::<user::create_user::CreateUser>(),
        operation::<mfa::virtual_devices::CreateVirtualMfaDevice>(),
        operation::<mfa::assigned_devices::DeactivateMfaDevice>(),
        operation::<user::access_keys::DeleteAccessKey>(),
        operation::<account::account_aliases::DeleteAccountAlias>(),
        operation::<login_profile::account_password_policy::DeleteAccountPasswordPolicy>(),
        operation::<group::delete_group::DeleteGroup>(),
        operation::<group::group_policies::DeleteGroupPolicy>(),
        operation::<instance_profile::delete_instance_profile::DeleteInstanceProfile>(),
        operation::<login_profile::profiles::DeleteLoginProfile>(),
        operation::<oidc_provider::delete_open_id_connect_provider::DeleteOpenIDConnectProvider>(),
        operation::<policy::delete_policy::DeletePolicy>(),
        operation::<policy::policy_versions::DeletePolicyVersion>(),
        operation::<role::delete_role::DeleteRole>(),
        operation::<role::role_boundary::DeleteRolePermissionsBoundary>(),
        operation::<role::role_policies::DeleteRolePolicy>(),
        operation::<saml_provider::delete_saml_provider::DeleteSAMLProvider>(),
        operation::<ssh_key::ssh_public_keys::DeleteSshPublicKey>(),
        operation::<server_certificate::get_server_certificate::DeleteServerCertificate>(),
        operation::<service_linked_role::deletion::DeleteServiceLinkedRole>(),
        operation::<service_credential::service_credentials::DeleteServiceSpecificCredential>(),
        operation::<signing_certificate::signing_certificates::DeleteSigningCertificate>(),
        operation::<user::delete_user::DeleteUser>(),
        operation::<user::user_boundary::DeleteUserPermissionsBoundary>(),
        operation::<user::user_policies::DeleteUserPolicy>(),
        operation::<mfa::virtual_devices::DeleteVirtualMfaDevice>(),
        operation::<group::group_attachments::DetachGroupPolicy>(),
        operation::<role::role_attachments::DetachRolePolicy>(),
        operation::<user::user_attachments::DetachUserPolicy>(),
        operation::<organization::root_features::DisableOrganizationsRootCredentialsManagement>(),
        operation::<organization::root_features::DisableOrganizationsRootSessions>(),
        operation::<outbound_federation::DisableOutboundWebIdentityFederation>(),
        operation::<mfa::device_codes::EnableMfaDevice>(),
        operation::<organization::root_features::EnableOrganizationsRootCredentialsManagement>(),
        operation::<organization::root_features::EnableOrganizationsRootSessions>(),
        operation::<outbound_federation::EnableOutboundWebIdentityFederation>(),
        operation::<credential_report::credential_reports::GenerateCredentialReport>(),
        operation::<advisor::generate::GenerateServiceLastAccessedDetails>(),
        operation::<last_use::get_access_key_last_used::GetAccessKeyLastUsed>(),
        operation::<account::get_account_authorization_details::GetAccountAuthorizationDetails>(),
        operation::<login_profile::account_password_policy::GetAccountPasswordPolicy>(),
        operation::<account::get_account_summary::GetAccountSummary>(),
        operation::<simulation::context_keys::GetContextKeysForCustomPolicy>(),
        operation::<simulation::context_keys::GetContextKeysForPrincipalPolicy>(),
        operation::<credential_report::credential_reports::GetCredentialReport>(),
        operation::<group::get_group::GetGroup>(),
        operation::<group::group_policies::GetGroupPolicy>(),
        operation::<instance_profile::get_instance_profile::GetInstanceProfile>(),
        operation::<login_profile::profiles::GetLoginProfile>(),
        operation::<mfa::assigned_devices::GetMfaDevice>(),
        operation::<oidc_provider::get_open_id_connect_provider::GetOpenIDConnectProvider>(),
        operation::<outbound_federation::GetOutboundWebIdentityFederationInfo>(),
        operation::<policy::get_policy::GetPolicy>(),
        operation::<policy::policy_versions::GetPolicyVersion>(),
        operation::<role::get_role::GetRole>(),
        operation::<role::role_policies::GetRolePolicy>(),
        operation::<saml_provider::get_saml_provider::GetSAMLProvider>(),
        operation::<ssh_key::ssh_public_keys::GetSshPublicKey>(),
        operation::<server_certificate::get_server_certificate::GetServerCertificate>(),
        operation::<advisor::get_report::GetServiceLastAccessedDetails>(),
        operation::<advisor::get_report::GetServiceLastAccessedDetailsWithEntities>(),
        operation::<service_linked_role::deletion::GetServiceLinkedRoleDeletionStatus>(),
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
        operation::<instance_profile::instance_profile_tags::ListInstanceProfileTags>(),
        operation::<instance_profile::list_instance_profiles::ListInstanceProfiles>(),
        operation::<instance_profile::list_instance_profiles::ListInstanceProfilesForRole>(),
        operation::<mfa::mfa_tags::ListMfaDeviceTags>(),
        operation::<mfa::assigned_devices::ListMfaDevices>(),
        operation::<oidc_provider::oidc_provider_tags::ListOpenIDConnectProviderTags>(),
        operation::<oidc_provider::list_open_id_connect_providers::ListOpenIDConnectProviders>(),
        operation::<organization::root_features::ListOrganizationsFeatures>(),
        operation::<policy::list_policies::ListPolicies>(),
        operation::<advisor::granting::ListPoliciesGrantingServiceAccess>(),
        operation::<policy::policy_tags::ListPolicyTags>(),
        operation::<policy::policy_versions::ListPolicyVersions>(),
        operation::<role::role_policies::ListRolePolicies>(),
        operation::<role::role_tags::ListRoleTags>(),
        operation::<role::list_roles::ListRoles>(),
        operation::<saml_provider::saml_provider_tags::ListSAMLProviderTags>(),
        operation::<saml_provider::list_saml_providers::ListSAMLProviders>(),
        operation::<ssh_key::ssh_public_keys::ListSshPublicKeys>(),
        operation::<server_certificate::certificate_tags::ListServerCertificateTags>(),
        operation::<server_certificate::list_server_certificates::ListServerCertificates>(),
        operation::<service_credential::service_credentials::ListServiceSpecificCredentials>(),
        operation::<signing_certificate::signing_certificates::ListSigningCertificates>(),
        operation::<user::user_policies::ListUserPolicies>(),
        operation::<user::user_tags::ListUserTags>(),
        operation::<user::list_users::ListUsers>(),
        operation::<mfa::virtual_devices::ListVirtualMfaDevices>(),
        operation::<group::group_policies::PutGroupPolicy>(),
        operation::<role::role_boundary::PutRolePermissionsBoundary>(),
        operation::<role::role_policies::PutRolePolicy>(),
        operation::<user::user_boundary::PutUserPermissionsBoundary>(),
        operation::<user::user_policies::PutUserPolicy>(),
        operation::<oidc_provider::client_ids::RemoveClientIDFromOpenIDConnectProvider>(),
        operation::<instance_profile::instance_profile_roles::RemoveRoleFromInstanceProfile>(),
        operation::<group::group_members::RemoveUserFromGroup>(),
        operation::<service_credential::service_credentials::ResetServiceSpecificCredential>(),
        operation::<mfa::device_codes::ResyncMfaDevice>(),
        operation::<policy::policy_versions::SetDefaultPolicyVersion>(),
        operation::<account::token_preferences::SetSecurityTokenServicePreferences>(),
        operation::<simulation::simulate_custom_policy::SimulateCustomPolicy>(),
        operation::<simulation::simulate_principal_policy::SimulatePrincipalPolicy>(),
        operation::<instance_profile::instance_profile_tags::TagInstanceProfile>(),
        operation::<mfa::mfa_tags::TagMfaDevice>(),
        operation::<oidc_provider::oidc_provider_tags::TagOpenIDConnectProvider>(),
        operation::<policy::policy_tags::TagPolicy>(),
        operation::<role::role_tags::TagRole>(),
        operation::<saml_provider::saml_provider_tags::TagSAMLProvider>(),
        operation::<server_certificate::certificate_tags::TagServerCertificate>(),
        operation::<user::user_tags::TagUser>(),
        operation::<instance_profile::instance_profile_tags::UntagInstanceProfile>(),
        operation::<mfa::mfa_tags::UntagMfaDevice>(),
        operation::<oidc_provider::oidc_provider_tags::UntagOpenIDConnectProvider>(),
        operation::<policy::policy_tags::UntagPolicy>(),
        operation::<role::role_tags::UntagRole>(),
        operation::<saml_provider::saml_provider_tags::UntagSAMLProvider>(),
        operation::<server_certificate::certificate_tags::UntagServerCertificate>(),
        operation::<user::user_tags::UntagUser>(),
        operation::<user::access_keys::UpdateAccessKey>(),
        operation::<login_profile::account_password_policy::UpdateAccountPasswordPolicy>(),
        operation::<role::update_assume_role_policy::UpdateAssumeRolePolicy>(),
        operation::<group::update_group::UpdateGroup>(),
        operation::<login_profile::profiles::UpdateLoginProfile>(),
        operation::<oidc_provider::update_thumbprints::UpdateOpenIDConnectProviderThumbprint>(),
        operation::<role::update_role::UpdateRole>(),
        operation::<role::update_role::UpdateRoleDescription>(),
        operation::<saml_provider::update_saml_provider::UpdateSAMLProvider>(),
        operation::<ssh_key::ssh_public_keys::UpdateSshPublicKey>(),
        operation::<server_certificate::update_server_certificate::UpdateServerCertificate>(),
        operation::<service_credential::service_credentials::UpdateServiceSpecificCredential>(),
        operation::<signing_certificate::signing_certificates::UpdateSigningCertificate>(),
        operation::<user::update_user::UpdateUser>(),
        operation::<ssh_key::ssh_public_keys::UploadSshPublicKey>(),
        operation::<server_certificate::upload_server_certificate::UploadServerCertificate>(),
        operation::<signing_certificate::signing_certificates::UploadSigningCertificate>(),
    ],
    facts: Some(facts::facts),
    misnamed: |access| error::IamError::invalid_arn(&access.resource).into_failure(),
    jobs: &[job::<credential_report::credential_reports::MakeReport>()],
    ..Service::new("iam", "iam.amazonaws.com")
};
