//! Policy documents: what is accepted, how their length counts, and how they are sent.

use crate::error::IamError;
use policy::{Arn, Kind, NamedPrincipal, Policy};
use service_kit::{
    identity::{bind_principals, show_principals},
    prelude::*,
};

/// The most characters of a managed policy (IAM User Guide, "IAM and AWS STS quotas").
const MAX_MANAGED_CHARS: usize = 6_144;

/// The most characters of a trust policy; AWS raises it to 4,096 on request.
const MAX_TRUST_CHARS: usize = 2_048;

/// A document's length as quotas count it: without white space.
pub(crate) fn chars(document: &str) -> usize {
    document.chars().filter(|letter| !letter.is_whitespace()).count()
}

/// Checks an inline policy.
pub(crate) fn check_inline(document: &str) -> Result<(), IamError> {
    parse(document).map(|_| ())
}

/// Checks a managed policy.
pub(crate) fn check_managed(document: &str) -> Result<(), IamError> {
    let malformed =
        |error: policy::MalformedPolicy| IamError::MalformedPolicyDocumentException(error.message);
    parse(document)?.require_current_version().map_err(malformed)?;
    if chars(document) > MAX_MANAGED_CHARS {
        return Err(IamError::quota("PolicySize", MAX_MANAGED_CHARS));
    }
    Ok(())
}

fn parse(document: &str) -> Result<Policy, IamError> {
    Policy::parse(document, Kind::Identity)
        .map_err(|error| IamError::MalformedPolicyDocumentException(error.message))
}

/// The form of a trust policy to store, once it is known to be good.
pub(crate) fn bind_trust(tx: &ReadTx<'_>, document: &str) -> Result<String, IamError> {
    if serde_json::from_str::<serde::de::IgnoredAny>(document).is_err() {
        let message = "This policy contains invalid Json".into();
        return Err(IamError::MalformedPolicyDocumentException(message));
    }
    if chars(document) > MAX_TRUST_CHARS {
        return Err(IamError::quota("ACLSizePerRole", MAX_TRUST_CHARS));
    }
    let bound = bind_principals(tx, document, Kind::Trust)?;
    check_federated(&bound)?;
    Ok(bound)
}

/// Identity providers are named by their ARN in IAM, or as a host.
fn check_federated(trust: &str) -> Result<(), IamError> {
    let malformed = IamError::MalformedPolicyDocumentException;
    let policy = Policy::parse(trust, Kind::Trust).map_err(|error| malformed(error.message))?;
    let is_host = |name: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
        name.contains('.') && name.bytes().all(plain)
    };
    let is_provider = |name: &str| {
        let arn = Arn::parse(name).filter(|arn| arn.service == "iam" && arn.region.is_empty());
        arn.is_some_and(|arn| {
            let (kind, name) = arn.type_and_id();
            matches!(kind, "oidc-provider" | "saml-provider") && !name.is_empty()
        })
    };
    for principal in policy.principals() {
        if let NamedPrincipal::Federated(name) = principal
            && !is_host(name)
            && !is_provider(name)
        {
            return Err(malformed(
                "Federated principals must be valid domain names or SAML metadata ARNs".into(),
            ));
        }
    }
    Ok(())
}

/// A stored trust policy as it is sent.
pub(crate) fn show_trust(tx: &ReadTx<'_>, stored: &str) -> Result<String, Fault> {
    Ok(encode(&show_principals(tx, stored, Kind::Trust)?))
}

/// Percent-encodes a document as IAM does in answers: all but the unreserved characters of
/// RFC 3986.
pub(crate) fn encode(document: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(document.len() * 2);
    for byte in document.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
            encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &str =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

    #[test]
    fn documents_are_sent_percent_encoded() {
        assert_eq!(encode("{\"a\": \"é~\"}\n"), "%7B%22a%22%3A%20%22%C3%A9~%22%7D%0A");
    }

    #[test]
    fn white_space_does_not_count() {
        assert_eq!(chars("{ \"a\":\n\t1 }"), 7);
        let padded = ALL.replace(',', &format!(",{}", " ".repeat(MAX_MANAGED_CHARS)));
        assert!(check_managed(&padded).is_ok());
        let long = ALL.replace("\"*\"}}", &format!("\"arn:aws:s3:::{}\"}}}}", "x".repeat(6_200)));
        assert!(matches!(check_managed(&long), Err(IamError::LimitExceededException(_))));
    }

    #[test]
    fn managed_policies_say_their_version() {
        let old = ALL.replace("\"Version\":\"2012-10-17\",", "");
        assert!(check_inline(&old).is_ok());
        assert!(check_managed(&old).is_err());
    }
}
