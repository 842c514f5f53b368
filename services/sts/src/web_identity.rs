//! What an OpenID Connect token says, once its provider's key and its own claims are known good.

use crate::{error::StsError, federated::Vouched, issuer::KnownKeys};
use federation::jwt::{Refused, Token};
use serde_json::{Map, Value};
use service_kit::{
    identity::{FederatedKey, Issuer, OidcProvider},
    prelude::*,
};

/// How far an issuer's clock may be ahead of ours.
const SKEW_SECS: i64 = 300;

/// The most bytes of how the subject was authenticated.
const MAX_AMR_BYTES: usize = 1_024;

/// The claims that carry session tags and the source identity.
const TAGS: &str = "https://aws.amazon.com/tags";
const SOURCE_IDENTITY: &str = "https://aws.amazon.com/source_identity";

/// Verifies `text` against the providers of the account of `cx`; gives whom it vouches for, and
/// the audience.
///
/// # Errors
/// In AWS's words, for every way in which a token can be wrong.
pub(crate) async fn verify(cx: &Context, text: &str) -> Result<(Vouched, String), StsError> {
    let token = Token::parse(text).map_err(refused)?;
    let claims = Claims::read(&token)?;
    let provider = provider(cx, &claims.issuer)?;
    let audience = audience(&provider, &claims)?;
    check_times(cx, &claims)?;
    let known = cx.platform().live::<KnownKeys>();
    let keys = known.of(cx, &provider, &token.key_id).await?;
    keys.verify(&token).map_err(refused)?;
    let vouched = Vouched {
        action: "sts:AssumeRoleWithWebIdentity",
        provider: provider.arn(cx.account()),
        keys: condition_keys(&provider.issuer.name, &claims, &token, &audience),
        subject: claims.subject,
        tags: claims.tags,
        transitive: claims.transitive,
        source_identity: claims.source_identity,
        longest_secs: None,
    };
    Ok((vouched, audience))
}

fn invalid(message: impl Into<String>) -> StsError {
    StsError::InvalidIdentityTokenException(message.into())
}

fn refused(refused: Refused) -> StsError {
    invalid(match refused {
        Refused::Malformed => {
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an \
             Access Token)"
        }
        Refused::Algorithm => "The token is signed with an algorithm that is not supported.",
        Refused::NoKeyId => "The token does not say which key it is signed with.",
        Refused::UnknownKey => {
            "Couldn't retrieve verification key from your identity provider,  please reference \
             AssumeRoleWithWebIdentity documentation for requirements"
        }
        Refused::Signature => "The token's signature is not valid.",
    })
}

/// The claims that matter.
struct Claims {
    issuer: String,
    subject: String,
    audiences: Vec<String>,
    party: Option<String>,
    expires: i64,
    issued: i64,
    not_before: Option<i64>,
    tags: Vec<(String, String)>,
    transitive: Vec<String>,
    source_identity: Option<String>,
}

impl Claims {
    fn read(token: &Token<'_>) -> Result<Self, StsError> {
        let missing = |claim: &str| invalid(format!("Missing a required claim: {claim}"));
        let text = |claim| {
            let text = token.text(claim).filter(|text| !text.is_empty());
            text.map(str::to_owned).ok_or_else(|| missing(claim))
        };
        let optional = |claim| match token.claims.contains_key(claim) {
            true => text(claim).map(Some),
            false => Ok(None),
        };
        let seconds = |claim| token.seconds(claim).ok_or_else(|| missing(claim));
        let not_before = token.claims.contains_key("nbf").then(|| seconds("nbf")).transpose()?;
        let (tags, transitive) = match token.claims.get(TAGS) {
            Some(claim) => session_tags(claim).ok_or_else(|| {
                invalid("The session tags in the token are not of the form that is expected.")
            })?,
            None => Default::default(),
        };
        let audiences = token.texts("aud").filter(|all| !all.is_empty());
        let claims = Self {
            issuer: text("iss")?,
            subject: text("sub")?,
            audiences: audiences.ok_or_else(|| missing("aud"))?,
            party: optional("azp")?,
            expires: seconds("exp")?,
            issued: seconds("iat")?,
            not_before,
            tags,
            transitive,
            source_identity: optional(SOURCE_IDENTITY)?,
        };
        claims.check()
    }

    fn check(self) -> Result<Self, StsError> {
        if !(6..=255).contains(&self.subject.chars().count()) {
            return Err(invalid("The token's subject must have 6 to 255 characters."));
        }
        let is_name = |text: &str| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
            (2..=64).contains(&text.len()) && text.bytes().all(plain)
        };
        if self.source_identity.as_deref().is_some_and(|text| !is_name(text)) {
            return Err(invalid("The source identity in the token is not valid."));
        }
        Ok(self)
    }
}

/// Tags and the names of transitive ones: each tag is a list of one value (IAM User Guide, "Pass
/// session tags in AWS STS").
type SessionTagClaims = (Vec<(String, String)>, Vec<String>);

fn session_tags(claim: &Value) -> Option<SessionTagClaims> {
    const MAX: usize = 50;
    let claim = claim.as_object()?;
    let none = Map::new();
    let pairs = match claim.get("principal_tags") {
        Some(tags) => tags.as_object()?,
        None => &none,
    };
    let value = |value: &Value| match value {
        Value::String(one) => Some(one.clone()),
        Value::Array(list) => match list.as_slice() {
            [one] => one.as_str().map(str::to_owned),
            _ => None,
        },
        _ => None,
    };
    let fits = |key: &str, value: &str| {
        (1..=128).contains(&key.chars().count()) && value.chars().count() <= 256
    };
    let tag = |(key, it): (&String, &Value)| {
        let value = value(it)?;
        fits(key, &value).then(|| (key.clone(), value))
    };
    let tags: Vec<_> = pairs.iter().map(tag).collect::<Option<_>>()?;
    let transitive: Vec<String> = match claim.get("transitive_tag_keys") {
        Some(keys) => keys
            .as_array()?
            .iter()
            .map(|it| Some(it.as_str()?.to_owned()))
            .collect::<Option<_>>()?,
        None => Vec::new(),
    };
    (tags.len() <= MAX && transitive.len() <= MAX).then_some((tags, transitive))
}

/// The account's provider that issues as `issuer`.
fn provider(cx: &Context, issuer: &str) -> Result<OidcProvider, StsError> {
    let unknown =
        || invalid(format!("No OpenIDConnect provider found in your account for {issuer}"));
    let named = Issuer::parse(issuer).ok_or_else(unknown)?;
    let found = cx.read(|tx| tx.get::<OidcProvider>(named.name.as_str()))?;
    found.filter(|provider| provider.issuer == named).ok_or_else(unknown)
}

/// The one audience that the provider takes. Where the token says which party it was issued to,
/// that one counts.
fn audience(provider: &OidcProvider, claims: &Claims) -> Result<String, StsError> {
    let known = |audience: &&String| provider.client_ids.contains(audience);
    let found = match &claims.party {
        Some(party) => Some(party).filter(known),
        None => claims.audiences.iter().find(known),
    };
    found.cloned().ok_or_else(|| invalid("Incorrect token audience"))
}

fn check_times(cx: &Context, claims: &Claims) -> Result<(), StsError> {
    let now = cx.now().as_secs();
    if now >= claims.expires {
        return Err(StsError::ExpiredTokenException(format!(
            "Token expired: current date/time {now} must be before the expiration date/time {}",
            claims.expires
        )));
    }
    let begins = claims.not_before.unwrap_or(i64::MIN).max(claims.issued);
    if begins > now.saturating_add(SKEW_SECS) {
        return Err(invalid(format!(
            "Token is not yet valid: current date/time {now} must be after {begins}"
        )));
    }
    Ok(())
}

/// The keys that trust policies ask about the token by: its issuer's name and the claim's (IAM
/// User Guide, "Available keys for AWS OIDC federation").
fn condition_keys(
    issuer: &str,
    claims: &Claims,
    token: &Token<'_>,
    audience: &str,
) -> Vec<FederatedKey> {
    let one = |claim: &str, value: &str| FederatedKey {
        name: format!("{issuer}:{claim}"),
        values: vec![value.to_owned()],
        many: false,
    };
    let mut keys = vec![one("aud", audience), one("sub", &claims.subject)];
    if claims.party.is_some()
        && let Some(audience) = claims.audiences.first()
    {
        keys.push(one("oaud", audience));
    }
    // The session carries them, so that there must be an end.
    let few = |values: &Vec<String>| values.iter().map(String::len).sum::<usize>() <= MAX_AMR_BYTES;
    if let Some(values) = token.texts("amr").filter(few) {
        keys.push(FederatedKey { name: format!("{issuer}:amr"), values, many: true });
    }
    keys
}
