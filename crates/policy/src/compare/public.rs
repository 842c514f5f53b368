//! Whether a statement opens a resource to the public.
//!
//! "Public" as S3 and Access Analyzer use the word: everybody is allowed, and no condition fixes
//! where requests come from ("Blocking public access to your Amazon S3 storage", "The meaning of
//! 'public'").
use crate::{NamedPrincipal, arn::is_account_id, condition::Condition, document::Statement};

/// Keys that tell where a request comes from in a way that strangers cannot choose.
const FIXED_KEYS: [&str; 16] = [
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:SourceOwner",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:userid",
    "kms:CallerAccount",
    "lambda:SourceFunctionArn",
    "s3:DataAccessPointAccount",
    "s3:DataAccessPointArn",
];
/// The widest ranges that still tell something.
const PREFIX_MIN: (u32, u32) = (8, 32);
/// The fewest characters before a wildcard that fix a value: a unique id of IAM is longer.
const FIXED_CHARS_MIN: usize = 16;

/// Whether everybody may match, or everybody of an identity provider.
pub(super) fn is_public(statement: &Statement) -> bool {
    let Some(principals) = &statement.principals else { return false };
    let open = |name: &NamedPrincipal| match name {
        NamedPrincipal::Everyone => !statement.conditions.iter().any(fixes),
        // Who signed up at the provider is anybody, unless a condition asks for more.
        NamedPrincipal::Federated(provider) => {
            !statement.conditions.iter().any(|it| fixes(it) || is_of_provider(it, provider))
        }
        _ => false,
    };
    match principals.not {
        true => !statement.conditions.iter().any(fixes),
        false => principals.named.iter().any(|(name, _)| open(name)),
    }
}

/// Whether a condition holds for few callers only.
fn fixes(condition: &Condition) -> bool {
    if !condition.requires_key() {
        return false;
    }
    if condition.key().eq_ignore_ascii_case("aws:SourceIp") {
        return condition.networks().is_some_and(|networks| {
            !networks.is_empty()
                && networks
                    .iter()
                    .all(|it| it.prefix() >= if it.is_ipv4() { PREFIX_MIN.0 } else { PREFIX_MIN.1 })
        });
    }
    names_few(condition)
}

/// Whether a condition of a Deny does not hold for few callers only: it asks that something which
/// strangers cannot choose be none of some fixed values.
pub(super) fn spares_few(condition: &Condition) -> bool {
    condition.excludes() && names_few(condition)
}

/// Whether a condition compares what strangers cannot choose with fixed values.
fn names_few(condition: &Condition) -> bool {
    let known = FIXED_KEYS.iter().any(|key| key.eq_ignore_ascii_case(condition.key()));
    let texts = condition.texts().filter(|_| known);
    texts.is_some_and(|texts| !texts.is_empty() && texts.iter().all(|text| is_fixed(text)))
}

/// Whether a condition's value stands for somebody in particular. `text` has no variables.
fn is_fixed(text: &str) -> bool {
    let Some(wild) = text.find(['*', '?']) else { return !text.is_empty() };
    // An ARN whose account is spelled out before any wildcard.
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let account = parts.get(4).is_some_and(|account| is_account_id(account));
    (parts.first() == Some(&"arn") && account) || wild >= FIXED_CHARS_MIN && !text.contains("arn:")
}

/// Whether a condition asks for something that the provider says of the caller.
fn is_of_provider(condition: &Condition, provider: &str) -> bool {
    let name = provider.rsplit_once("oidc-provider/").map_or(provider, |(_, name)| name);
    let saml = provider.contains(":saml-provider/");
    let key = condition.key();
    let own = |it: &str| it.eq_ignore_ascii_case("SAML:aud");
    let of_it = key.rsplit_once(':').is_some_and(|(before, _)| before.eq_ignore_ascii_case(name));
    condition.requires_key() && (of_it || (saml && own(key)))
}
