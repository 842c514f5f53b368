//! AWS Security Token Service: who somebody is, and credentials that end.

mod assume_role;
mod assume_role_with_saml;
mod assume_role_with_web_identity;
mod assume_root;
mod credentials;
mod decode_authorization_message;
mod error;
mod federated;
mod get_access_key_info;
mod get_caller_identity;
mod get_federation_token;
mod get_session_token;
mod get_web_identity_token;
mod issuer;
mod limits;
mod mfa;
mod outbound;
mod saml_assertion;
mod tags;
mod web_identity;

use service_kit::{prelude::*, service::Speaks};

/// The service's table.
pub static SERVICE: Service = Service {
    speaks: &[Speaks::AwsQuery {
        version: "2011-06-15",
        namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    }],
    validation_code: "ValidationError",
    access_denied_code: "AccessDenied",
    misnamed: |access| {
        error::StsError::invalid(format!("{} is invalid", access.resource)).into_failure()
    },
    operations: &[
        operation::<assume_role::AssumeRole>(),
        operation::<assume_role_with_saml::AssumeRoleWithSAML>(),
        operation::<assume_role_with_web_identity::AssumeRoleWithWebIdentity>(),
        operation::<assume_root::AssumeRoot>(),
        operation::<decode_authorization_message::DecodeAuthorizationMessage>(),
        operation::<get_access_key_info::GetAccessKeyInfo>(),
        operation::<get_caller_identity::GetCallerIdentity>(),
        operation::<get_federation_token::GetFederationToken>(),
        operation::<get_session_token::GetSessionToken>(),
        operation::<get_web_identity_token::GetWebIdentityToken>(),
    ],
    front: Some(&outbound::IssuerFront),
    ..Service::new("sts", "sts.amazonaws.com")
};
