//! What a SAML assertion says, once its provider's key and its own conditions are known good (IAM
//! User Guide, "Configure SAML assertions for the authentication response").

use crate::{error::StsError, federated::Vouched};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use federation::saml::{self, Assertion, Refused};
use policy::Arn;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use service_kit::{
    identity::{FederatedKey, SamlProvider, name_key},
    prelude::*,
};

/// How long after it was issued an assertion may be presented, and how far its provider's clock
/// may be ahead of ours.
const FRESH_SECS: i64 = 300;

/// The longest name of a subject: the session carries it.
const MAX_SUBJECT_CHARS: usize = 1_024;

/// The most tags, and the most names of transitive ones.
const MAX_TAGS: usize = 50;

/// What all attributes that AWS reads begin with.
const ATTRIBUTES: &str = "https://aws.amazon.com/SAML/Attributes/";

/// What AWS calls itself as an audience, and where assertions are presented.
const AUDIENCES: [&str; 2] = ["urn:amazon:webservices", SIGN_IN];
const SIGN_IN: &str = "https://signin.aws.amazon.com/saml";

/// What was said.
pub(crate) struct Said {
    /// Who it is.
    pub vouched: Vouched,
    /// What the session is called.
    pub session_name: String,
    /// How long it lasts if the request does not say.
    pub session_secs: Option<u32>,
    /// What kind of name the subject's is.
    pub subject_type: String,
    /// The entity that issued the assertion.
    pub issuer: String,
    /// Where the assertion was to be presented.
    pub audience: String,
    /// A hash of issuer, account and provider.
    pub name_qualifier: String,
}

fn invalid(message: impl Into<String>) -> StsError {
    StsError::InvalidIdentityTokenException(message.into())
}

/// Verifies the response `encoded` as one of the provider `provider_arn`'s, for the role
/// `role_arn`.
///
/// # Errors
/// In AWS's words, for every way in which an assertion can be wrong.
pub(crate) fn verify(
    cx: &Context,
    role_arn: &str,
    provider_arn: &str,
    encoded: &str,
) -> Result<Said, StsError> {
    let (provider, account) = provider(cx, provider_arn)?;
    if provider.valid_until <= cx.now() {
        return Err(invalid("The provider's metadata have expired."));
    }
    let compact: String = encoded.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
    let response = STANDARD.decode(compact).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let response = response.ok_or_else(|| invalid("Invalid base64 SAMLResponse"))?;
    let assertion =
        saml::verify(&response, &provider.entity_id, &provider.keys).map_err(refused)?;
    if assertion.subject.chars().count() > MAX_SUBJECT_CHARS {
        return Err(invalid("The subject's name is too long."));
    }
    check_times(cx, &assertion)?;
    let audience = audience(cx, &assertion)?;
    check_roles(&assertion, role_arn, provider_arn)?;
    let name = format!("{account}/{}", provider.name);
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, format!("{}{name}", assertion.issuer).as_bytes());
    let name_qualifier = STANDARD.encode(hash);
    let subject_type = subject_type(&assertion.subject_format);
    Ok(Said {
        session_name: session_name(&assertion)?,
        session_secs: session_secs(&assertion)?,
        vouched: Vouched {
            action: "sts:AssumeRoleWithSAML",
            provider: provider_arn.to_owned(),
            keys: condition_keys(&assertion, &audience, &name, &name_qualifier, &subject_type),
            tags: tags(&assertion)?,
            transitive: transitive(&assertion)?,
            source_identity: source_identity(&assertion)?,
            longest_secs: longest_secs(cx, &assertion),
            subject: assertion.subject,
        },
        subject_type,
        issuer: assertion.issuer,
        audience,
        name_qualifier,
    })
}

fn provider(cx: &Context, arn: &str) -> Result<(SamlProvider, String), StsError> {
    let unknown = || invalid("Specified provider doesn't exist");
    let parsed = Arn::parse(arn).filter(|arn| arn.service == "iam").ok_or_else(unknown)?;
    let ("saml-provider", name) = parsed.type_and_id() else { return Err(unknown()) };
    let account = parsed.account.to_owned();
    let owner = cx.within(Scope::new(account.as_str(), cx.region()));
    let found = owner.read(|tx| tx.get::<SamlProvider>(name_key(name)))?;
    let found = found.filter(|provider| provider.arn(&account) == arn).ok_or_else(unknown)?;
    Ok((found, account))
}

fn refused(refused: Refused) -> StsError {
    match refused {
        Refused::Malformed(what) => invalid(format!("Invalid SAML response: {what}")),
        Refused::Encrypted => {
            Fault::unsupported("encrypted SAML assertions: nothing here holds a key of theirs")
                .into()
        }
        Refused::Issuer => invalid("Issuer not present in specified provider"),
        Refused::Unsuccessful => StsError::IDPRejectedClaimException(
            "The identity provider did not sign its user in.".into(),
        ),
        Refused::Signature => invalid("Response signature invalid"),
    }
}

fn check_times(cx: &Context, assertion: &Assertion) -> Result<(), StsError> {
    let now = cx.now().as_secs();
    let late = now >= assertion.issued.saturating_add(FRESH_SECS)
        || assertion.not_on_or_after.is_some_and(|end| now >= end)
        || assertion.session_ends.is_some_and(|end| now >= end);
    if late {
        return Err(StsError::ExpiredTokenException(
            "Token must be redeemed within 5 minutes of issuance".into(),
        ));
    }
    let begins = assertion.not_before.unwrap_or(i64::MIN).max(assertion.issued);
    if begins > now.saturating_add(FRESH_SECS) {
        return Err(invalid("The assertion is not valid yet."));
    }
    Ok(())
}

/// Where the assertion was to be presented, which must be AWS's sign-in; for nobody else may it
/// have been issued.
fn audience(cx: &Context, assertion: &Assertion) -> Result<String, StsError> {
    let now = cx.now().as_secs();
    let sign_in = |url: &str| {
        let host = url.strip_prefix("https://").and_then(|url| url.strip_suffix("/saml"));
        let region = host.and_then(|host| host.strip_suffix(".signin.aws.amazon.com"));
        url == SIGN_IN || region.is_some_and(|region| !region.contains(['/', '.', '?', '#', '@']))
    };
    let mut good = assertion
        .recipients
        .iter()
        .filter(|(url, end)| sign_in(url) && end.is_none_or(|end| now < end));
    let recipient = good.next().ok_or_else(|| invalid("Invalid recipient in the assertion"))?;
    let ours = |audience: &String| AUDIENCES.contains(&audience.as_str()) || sign_in(audience);
    if !assertion.audiences.iter().any(ours) {
        return Err(invalid("The assertion's audience is not AWS"));
    }
    Ok(recipient.0.clone())
}

fn values(assertion: &Assertion, name: &str) -> Vec<String> {
    let name = format!("{ATTRIBUTES}{name}");
    assertion.attribute(&name).map(str::to_owned).collect()
}

/// The assertion lists the roles that its subject may have, each with the provider.
fn check_roles(assertion: &Assertion, role: &str, provider: &str) -> Result<(), StsError> {
    let listed = values(assertion, "Role").iter().any(|pair| {
        let mut parts: Vec<&str> = pair.split(',').map(str::trim).collect();
        parts.sort_unstable();
        let mut wanted = [role, provider];
        wanted.sort_unstable();
        parts == wanted
    });
    if listed {
        return Ok(());
    }
    Err(StsError::denied("Not authorized to perform sts:AssumeRoleWithSAML"))
}

/// The one value of an attribute; none where there is none.
fn one(assertion: &Assertion, name: &str) -> Result<Option<String>, StsError> {
    let mut values = values(assertion, name);
    match values.len() {
        0 | 1 => Ok(values.pop()),
        _ => Err(invalid(format!("{name} has several values in AuthnResponse"))),
    }
}

fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    (2..=64).contains(&text.len()) && text.bytes().all(plain)
}

fn session_name(assertion: &Assertion) -> Result<String, StsError> {
    let name = one(assertion, "RoleSessionName")?;
    let name = name.ok_or_else(|| invalid("RoleSessionName is required in AuthnResponse"))?;
    match is_name(&name) {
        true => Ok(name),
        false => {
            Err(invalid("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"))
        }
    }
}

fn source_identity(assertion: &Assertion) -> Result<Option<String>, StsError> {
    match one(assertion, "SourceIdentity")? {
        Some(name) if !is_name(&name) => {
            Err(invalid("SourceIdentity in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"))
        }
        name => Ok(name),
    }
}

fn session_secs(assertion: &Assertion) -> Result<Option<u32>, StsError> {
    let Some(text) = one(assertion, "SessionDuration")? else { return Ok(None) };
    let seconds = text.parse().ok().filter(|seconds| (900..=43_200).contains(seconds));
    let message = "SessionDuration in AuthnResponse must be from 900 to 43200";
    seconds.map(Some).ok_or_else(|| invalid(message))
}

/// How long the session at the provider still lasts: one of a role ends with it (STS API
/// Reference, "AssumeRoleWithSAML").
fn longest_secs(cx: &Context, assertion: &Assertion) -> Option<u32> {
    let left = assertion.session_ends?.saturating_sub(cx.now().as_secs());
    Some(u32::try_from(left.max(0)).unwrap_or(u32::MAX))
}

fn tags(assertion: &Assertion) -> Result<Vec<(String, String)>, StsError> {
    let mut tags = Vec::new();
    for (name, values) in &assertion.attributes {
        let tag = name.strip_prefix(ATTRIBUTES).and_then(|it| it.strip_prefix("PrincipalTag:"));
        let Some(key) = tag else { continue };
        let [value] = values.as_slice() else {
            return Err(invalid("A PrincipalTag in AuthnResponse has not one value"));
        };
        let fits = (1..=128).contains(&key.chars().count()) && value.chars().count() <= 256;
        if !fits || tags.len() >= MAX_TAGS {
            return Err(invalid("The PrincipalTags in AuthnResponse are too long or too many"));
        }
        tags.push((key.to_owned(), value.clone()));
    }
    Ok(tags)
}

fn transitive(assertion: &Assertion) -> Result<Vec<String>, StsError> {
    let names = values(assertion, "TransitiveTagKeys");
    match names.len() <= MAX_TAGS {
        true => Ok(names),
        false => Err(invalid("The TransitiveTagKeys in AuthnResponse are too many")),
    }
}

fn subject_type(format: &str) -> String {
    let known = ["persistent", "transient"].into_iter().find(|kind| {
        format.strip_prefix("urn:oasis:names:tc:SAML:2.0:nameid-format:") == Some(kind)
    });
    // Other formats are called by their name, which no provider spells out at length.
    known.unwrap_or(format).chars().take(MAX_SUBJECT_CHARS).collect()
}

/// The keys that trust policies ask about the assertion by (IAM User Guide, "Available keys for
/// SAML-based AWS STS federation").
fn condition_keys(
    assertion: &Assertion,
    audience: &str,
    name: &str,
    qualifier: &str,
    subject_type: &str,
) -> Vec<FederatedKey> {
    let one = |key: &str, value: &str| FederatedKey {
        name: format!("saml:{key}"),
        values: vec![value.to_owned()],
        many: false,
    };
    vec![
        one("aud", audience),
        one("doc", name),
        one("iss", &assertion.issuer),
        one("namequalifier", qualifier),
        one("sub", &assertion.subject),
        one("sub_type", subject_type),
    ]
}
