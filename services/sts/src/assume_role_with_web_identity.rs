//! AssumeRoleWithWebIdentity: credentials of a role, for the holder of an OpenID Connect token.

use crate::{
    assume_role::AssumedRoleUser,
    credentials::Credentials,
    error::StsError,
    federated::{self, Wanted},
    limits::PolicyDescriptor,
    web_identity,
};
use service_kit::prelude::*;

/// Begins a session of a role whose trust policy lets the token's subject in. Needs no signature:
/// the token says who asks. Tokens of the two providers that are no OpenID Connect ones, which
/// `ProviderId` names, are not taken.
pub(crate) enum AssumeRoleWithWebIdentity {}

/// What AssumeRoleWithWebIdentity takes.
#[derive(Debug, Shape)]
#[shape(name = "AssumeRoleWithWebIdentityRequest")]
pub struct AssumeRoleWithWebIdentityInput {
    /// The role.
    #[shape(length = 20..=2048)]
    pub role_arn: String,
    /// What the session is called, in its ARN and in audit records.
    #[shape(length = 2..=64, pattern = r"[\w+=,.@-]*")]
    pub role_session_name: String,
    /// The token.
    #[shape(length = 4..=20_000, sensitive)]
    pub web_identity_token: String,
    /// Managed policies that limit the session.
    #[shape(default)]
    pub policy_arns: Vec<PolicyDescriptor>,
    /// A document that limits the session.
    #[shape(length = 1..=2048, pattern = r"[\u0009\u000A\u000D\u0020-\u00FF]+")]
    pub policy: Option<String>,
    /// How long it lasts; an hour if nothing is said.
    #[shape(range = 900..=43_200)]
    pub duration_seconds: Option<u32>,
}

/// What AssumeRoleWithWebIdentity gives.
#[derive(Debug, Shape)]
#[shape(name = "AssumeRoleWithWebIdentityResponse")]
pub struct AssumeRoleWithWebIdentityOutput {
    /// The credentials.
    pub credentials: Credentials,
    /// The token's `sub`.
    #[shape(length = 6..=255)]
    pub subject_from_web_identity_token: String,
    /// Whose the credentials are.
    pub assumed_role_user: AssumedRoleUser,
    /// The room taken in the token, in percent.
    pub packed_policy_size: Option<u32>,
    /// The provider's ARN.
    pub provider: String,
    /// The audience that the provider knows the token's user by.
    pub audience: String,
    /// The person behind the session.
    #[shape(length = 2..=64, pattern = r"[\w+=,.@-]*")]
    pub source_identity: Option<String>,
}

impl Operation for AssumeRoleWithWebIdentity {
    const NAME: &'static str = "AssumeRoleWithWebIdentity";
    const OPEN: bool = true;
    type Input = AssumeRoleWithWebIdentityInput;
    type Output = AssumeRoleWithWebIdentityOutput;
    type Error = StsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        federated::open("sts:AssumeRoleWithWebIdentity")
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, StsError> {
        let home = cx.within(federated::home(cx, &input.role_arn)?);
        let (vouched, audience) = web_identity::verify(&home, &input.web_identity_token).await?;
        let subject_from_web_identity_token = vouched.subject.clone();
        let (provider, source_identity) =
            (vouched.provider.clone(), vouched.source_identity.clone());
        let wanted = Wanted {
            role_arn: input.role_arn,
            session_name: input.role_session_name,
            policy: input.policy,
            policy_arns: input.policy_arns,
            duration_secs: input.duration_seconds,
        };
        let begun = federated::assume(cx, vouched, wanted)?;
        Ok(AssumeRoleWithWebIdentityOutput {
            credentials: begun.credentials,
            subject_from_web_identity_token,
            assumed_role_user: begun.assumed_role_user,
            packed_policy_size: begun.packed_policy_size,
            provider,
            audience,
            source_identity,
        })
    }
}
