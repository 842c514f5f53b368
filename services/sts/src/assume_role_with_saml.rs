//! AssumeRoleWithSAML: credentials of a role, for the holder of a SAML 2.0 assertion.

use crate::{
    assume_role::AssumedRoleUser,
    credentials::Credentials,
    error::StsError,
    federated::{self, Wanted},
    limits::PolicyDescriptor,
    saml_assertion,
};
use service_kit::prelude::*;

/// Begins a session of a role whose trust policy lets the assertion's subject in. Needs no
/// signature: the assertion says who asks.
pub(crate) enum AssumeRoleWithSAML {}

/// What AssumeRoleWithSAML takes.
#[derive(Debug, Shape)]
#[shape(name = "AssumeRoleWithSAMLRequest")]
pub struct AssumeRoleWithSAMLInput {
    /// The role.
    #[shape(length = 20..=2048)]
    pub role_arn: String,
    /// The provider.
    #[shape(length = 20..=2048)]
    pub principal_arn: String,
    /// The provider's response, in base64.
    #[shape(name = "SAMLAssertion", length = 4..=100_000, sensitive)]
    pub saml_assertion: String,
    /// Managed policies that limit the session.
    #[shape(default)]
    pub policy_arns: Vec<PolicyDescriptor>,
    /// A document that limits the session.
    #[shape(length = 1..=2048, pattern = r"[\u0009\u000A\u000D\u0020-\u00FF]+")]
    pub policy: Option<String>,
    /// How long it lasts; an hour if nothing is said, and no longer than the assertion says.
    #[shape(range = 900..=43_200)]
    pub duration_seconds: Option<u32>,
}

/// What AssumeRoleWithSAML gives.
#[derive(Debug, Shape)]
#[shape(name = "AssumeRoleWithSAMLResponse")]
pub struct AssumeRoleWithSAMLOutput {
    /// The credentials.
    pub credentials: Credentials,
    /// Whose they are.
    pub assumed_role_user: AssumedRoleUser,
    /// The room taken in the token, in percent.
    pub packed_policy_size: Option<u32>,
    /// The name that the provider has for its user.
    pub subject: String,
    /// What kind of name that is: `persistent`, `transient`, or the format's URI.
    pub subject_type: String,
    /// The entity that issued the assertion.
    pub issuer: String,
    /// Where the assertion was to be presented.
    pub audience: String,
    /// A hash of issuer, account and provider, with which the subject is unique.
    pub name_qualifier: String,
    /// The person behind the session.
    #[shape(length = 2..=64, pattern = r"[\w+=,.@-]*")]
    pub source_identity: Option<String>,
}

impl Operation for AssumeRoleWithSAML {
    const NAME: &'static str = "AssumeRoleWithSAML";
    const OPEN: bool = true;
    type Input = AssumeRoleWithSAMLInput;
    type Output = AssumeRoleWithSAMLOutput;
    type Error = StsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        federated::open("sts:AssumeRoleWithSAML")
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, StsError> {
        let said = saml_assertion::verify(
            cx,
            &input.role_arn,
            &input.principal_arn,
            &input.saml_assertion,
        )?;
        let source_identity = said.vouched.source_identity.clone();
        let wanted = Wanted {
            role_arn: input.role_arn,
            session_name: said.session_name,
            policy: input.policy,
            policy_arns: input.policy_arns,
            duration_secs: input.duration_seconds.or(said.session_secs),
        };
        let subject = said.vouched.subject.clone();
        let begun = federated::assume(cx, said.vouched, wanted)?;
        Ok(AssumeRoleWithSAMLOutput {
            credentials: begun.credentials,
            assumed_role_user: begun.assumed_role_user,
            packed_policy_size: begun.packed_policy_size,
            subject,
            subject_type: said.subject_type,
            issuer: said.issuer,
            audience: said.audience,
            name_qualifier: said.name_qualifier,
            source_identity,
        })
    }
}
