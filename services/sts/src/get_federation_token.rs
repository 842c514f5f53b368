//! GetFederationToken: credentials for somebody whom a user vouches for.

use crate::{
    credentials::{Credentials, begin, duration_secs, long_lived},
    error::StsError,
    limits::{PolicyDescriptor, SessionPolicies},
    tags::{SessionTags, Tag, pairs},
};
use service_kit::{identity::PrincipalClaim, prelude::*};

/// Gives a federated session: what both the user and the session policies allow.
pub(crate) enum GetFederationToken {}

/// What GetFederationToken takes.
#[derive(Debug, Shape)]
#[shape(name = "GetFederationTokenRequest")]
pub struct GetFederationTokenInput {
    /// The name of the federated user.
    #[shape(length = 2..=32, pattern = r"[\w+=,.@-]*")]
    pub name: String,
    /// What the session may do at most; without any policy, nothing but what resources grant.
    #[shape(length = 1..=2048, pattern = r"[\u0009\u000A\u000D\u0020-\u00FF]+")]
    pub policy: Option<String>,
    /// Managed policies to the same end.
    #[shape(default)]
    pub policy_arns: Vec<PolicyDescriptor>,
    /// How long it lasts.
    #[shape(range = 900..=129_600)]
    pub duration_seconds: Option<u32>,
    /// Session tags.
    #[shape(default, length = 0..=50)]
    pub tags: Vec<Tag>,
}

/// What GetFederationToken gives.
#[derive(Debug, Shape)]
#[shape(name = "GetFederationTokenResponse")]
pub struct GetFederationTokenOutput {
    /// The credentials.
    pub credentials: Credentials,
    /// Whose they are.
    pub federated_user: FederatedUser,
    /// The room taken in the token, in percent.
    pub packed_policy_size: Option<u32>,
}

/// A federated user.
#[derive(Debug, Shape)]
pub struct FederatedUser {
    /// `account:name`.
    #[shape(length = 2..=193, pattern = r"[\w+=,.@\:-]*")]
    pub federated_user_id: String,
    /// The ARN of the session.
    #[shape(length = 20..=2048)]
    pub arn: String,
}

impl Operation for GetFederationToken {
    const NAME: &'static str = "GetFederationToken";
    type Input = GetFederationTokenInput;
    type Output = GetFederationTokenOutput;
    type Error = StsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let arn = at.global_arn("sts", format_args!("federated-user/{}", input.name));
        let of = |action| Access::on(action, arn.as_str()).anywhere().with_tags(pairs(&input.tags));
        let mut access = vec![of("sts:GetFederationToken")];
        if !input.tags.is_empty() {
            access.push(of("sts:TagSession"));
        }
        access
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, StsError> {
        let (asker, account) = long_lived(cx, Self::NAME)?;
        let limits = SessionPolicies::check(cx, &account, input.policy, input.policy_arns)?;
        let tags = SessionTags::check(input.tags, Vec::new(), None)?;
        let packed_policy_size = limits.packed_percent(&tags.asked)?;
        let duration = duration_secs(&asker, input.duration_seconds);
        let user = matches!(asker, PrincipalClaim::User { .. }).then(|| Box::new(asker));
        let name = input.name;
        let principal =
            PrincipalClaim::Federated { account: account.clone(), name: name.clone(), user };
        let mut session = begin(cx, &account, principal, duration);
        session.tags = tags.over(&cx.caller().tags);
        session.policies = Some(limits.document.into_iter().collect());
        session.policy_arns = limits.arns;
        Ok(GetFederationTokenOutput {
            credentials: Credentials::of(cx, session)?,
            federated_user: FederatedUser {
                federated_user_id: format!("{account}:{name}"),
                arn: format!("arn:aws:sts::{account}:federated-user/{name}"),
            },
            packed_policy_size,
        })
    }
}
