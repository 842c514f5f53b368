//! GetWebIdentityToken: the caller's identity as a token that others verify.

use crate::{
    error::StsError,
    outbound::{Signer, now_and},
    tags::{SessionTags, Tag, pairs},
};
use policy::Principal;
use serde_json::{Map, Value, json};
use service_kit::{identity::OutboundIssuer, prelude::*};

/// How long a token lasts when nothing is said, in seconds.
const DEFAULT_SECS: u32 = 300;

/// The longest token.
const MAX_TOKEN_BYTES: usize = 16 << 10;

/// Issues a signed token about the caller, if the account has outbound web identity federation.
/// Tokens are signed with ES384; RS256, which AWS has too, needs a key that ring does not make.
pub(crate) enum GetWebIdentityToken {}

/// What GetWebIdentityToken takes.
#[derive(Debug, Shape)]
#[shape(name = "GetWebIdentityTokenRequest")]
pub struct GetWebIdentityTokenInput {
    /// For whom the token is.
    #[shape(length = 1..=10)]
    pub audience: Vec<AudienceText>,
    /// How long it lasts.
    #[shape(range = 60..=3600)]
    pub duration_seconds: Option<u32>,
    /// How it is signed: `ES384`.
    #[shape(length = 5..=5)]
    pub signing_algorithm: String,
    /// What it says besides.
    #[shape(default, length = 0..=50)]
    pub tags: Vec<Tag>,
}

/// Somebody for whom a token is.
#[derive(Clone, Debug, Shape)]
#[shape(name = "webIdentityTokenAudienceStringType", length = 1..=1000)]
pub struct AudienceText(pub String);

/// What GetWebIdentityToken gives.
#[derive(Debug, Shape)]
#[shape(name = "GetWebIdentityTokenResponse")]
pub struct GetWebIdentityTokenOutput {
    /// The token.
    #[shape(sensitive)]
    pub web_identity_token: String,
    /// When it ends.
    pub expiration: Timestamp,
}

impl Operation for GetWebIdentityToken {
    const NAME: &'static str = "GetWebIdentityToken";
    type Input = GetWebIdentityTokenInput;
    type Output = GetWebIdentityTokenOutput;
    type Error = StsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        let seconds = input.duration_seconds.unwrap_or(DEFAULT_SECS).to_string();
        let access = Access::any("sts:GetWebIdentityToken")
            .with_many("sts:IdentityTokenAudience", input.audience.iter().map(|it| it.0.as_str()))
            .with("sts:DurationSeconds", seconds)
            .with("sts:SigningAlgorithm", input.signing_algorithm.as_str());
        access.and_tagging(Access::any("sts:TagGetWebIdentityToken"), pairs(&input.tags))
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, StsError> {
        let issuer = cx.read(|tx| tx.get::<OutboundIssuer>("outbound"))?;
        let issuer = issuer.filter(|issuer| issuer.enabled).ok_or_else(|| {
            StsError::OutboundWebIdentityFederationDisabledException(
                "Outbound Web Identity Federation is disabled for this account.".into(),
            )
        })?;
        if input.signing_algorithm == "RS256" {
            let what = "the signing algorithm RS256 for web identity tokens (ES384 is there)";
            return Err(Fault::unsupported(what).into());
        }
        if input.signing_algorithm != "ES384" {
            return Err(StsError::invalid("The signing algorithm must be one of RS256 and ES384."));
        }
        let (issued, expires) = now_and(cx, input.duration_seconds.unwrap_or(DEFAULT_SECS));
        if cx.caller().session.as_ref().is_some_and(|session| session.expires < expires) {
            return Err(StsError::SessionDurationEscalationException(
                "The requested token duration would extend the session beyond its original \
                 expiration time."
                    .into(),
            ));
        }
        let tags = SessionTags::check(input.tags, Vec::new(), None)?.asked;
        let subject = subject(&cx.caller().principal)?;
        let audiences: Vec<&str> = input.audience.iter().map(|it| it.0.as_str()).collect();
        let audience = match audiences.as_slice() {
            [one] => json!(one),
            many => json!(many),
        };
        let claims = json!({
            "iss": issuer.url(cx.platform().settings().port, cx.account()),
            "aud": audience,
            "sub": subject,
            "iat": issued.as_secs(),
            "exp": expires.as_secs(),
            "jti": cx.entropy().uuid(),
            "https://sts.amazonaws.com/": about(cx, tags),
        });
        let web_identity_token = Signer::open(cx, &issuer)?.sign(&claims)?;
        if web_identity_token.len() > MAX_TOKEN_BYTES {
            return Err(StsError::JWTPayloadSizeExceededException(
                "The requested token payload size exceeds the maximum allowed size.".into(),
            ));
        }
        Ok(GetWebIdentityTokenOutput { web_identity_token, expiration: expires })
    }
}

/// The user or role that the token is about.
fn subject(principal: &Principal) -> Result<String, StsError> {
    match principal {
        Principal::User { .. } | Principal::Role { .. } => principal.principal_arn(),
        _ => None,
    }
    .ok_or_else(|| StsError::denied("Only IAM users and roles can request web identity tokens."))
}

/// What AWS knows of the caller (IAM User Guide, "Understanding token claims").
fn about(cx: &Context, tags: Vec<(String, String)>) -> Value {
    let caller = cx.caller();
    let map = |tags: &[(String, String)]| {
        let pairs = tags.iter().map(|(key, value)| (key.clone(), json!(value)));
        pairs.collect::<Map<_, _>>()
    };
    let mut about = json!({"aws_account": cx.account(), "source_region": cx.region()});
    if !caller.tags.is_empty() {
        about["principal_tags"] = map(&caller.tags).into();
    }
    if let Some(session) = &caller.session {
        if let Some(function) = &session.source_arn {
            about["lambda_source_function_arn"] = json!(function);
        }
        if let Some(federation) = &session.federation {
            about["federated_provider"] = json!(federation.provider);
        }
        if let Some(identity) = &session.source_identity {
            about["source_identity"] = json!(identity);
        }
    }
    if !tags.is_empty() {
        about["request_tags"] = map(&tags).into();
    }
    about
}
