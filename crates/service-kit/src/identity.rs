//! Who there is and what they may do: the records behind every credential and every decision.
//!
//! The records live here and not in a service because the gateway judges each request by them; the
//! IAM and STS services are operations over them.

mod admin;
mod assume;
mod directory;
mod ids;
mod lockout;
mod managed;
mod mfa;
mod providers;
mod records;
mod session;
pub mod totp;
mod trusted;
mod uses;

pub use admin::{ADMINISTRATOR, keep_administrator};
pub use assume::{RoleSession, assume_role};
pub use directory::{Credential, CredentialFault, Directory, IdentityPolicies};
pub use ids::{access_key_account, access_key_id, secret_access_key, unique_id};
pub use lockout::may_still;
pub use managed::{AwsManaged, aws_managed, aws_managed_policies};
pub use mfa::{MfaAssignment, MfaDevice, MfaFault, MfaProof};
pub use providers::{Issuer, OidcProvider, OutboundIssuer, SamlProvider};
pub use records::{
    AccessKey, AccountAlias, Group, InlinePolicies, ManagedPolicy, PolicyVersion, Role, Tag, User,
    name_key,
};
pub use session::{FederatedKey, Federation, PrincipalClaim, Session};
pub use trusted::{
    PrincipalId, Unstorable, bind_principals, role_by_arn, show_principals, user_by_arn,
};
pub use uses::{LastUse, Uses};
