//! What limits a session: policies given with the request, and the room they take in the token.

use crate::error::StsError;
use policy::{Arn, Kind, Policy};
use service_kit::{
    identity::{ManagedPolicy, aws_managed, name_key},
    prelude::*,
};

/// The most managed policies one session takes.
const MAX_POLICY_ARNS: usize = 10;

/// The most characters of an inline session policy.
const MAX_POLICY_CHARS: usize = 2_048;

/// The characters that fill a token. AWS measures its own packed form, which is not public; this
/// counts two characters as one packed byte of 2,048.
const MAX_PACKED_CHARS: usize = 4_096;

/// A managed policy that limits a session.
#[derive(Clone, Debug, Shape)]
#[shape(name = "PolicyDescriptorType")]
pub struct PolicyDescriptor {
    /// The policy's ARN.
    #[shape(name = "arn", length = 20..=2048)]
    pub arn: Option<String>,
}

/// The session policies of one request.
pub(crate) struct SessionPolicies {
    /// The inline document.
    pub document: Option<String>,
    /// ARNs of managed policies.
    pub arns: Vec<String>,
}

impl SessionPolicies {
    /// Checks what a request gives; managed policies must be those of `account` or AWS's.
    pub(crate) fn check(
        cx: &Context,
        account: &str,
        document: Option<String>,
        described: Vec<PolicyDescriptor>,
    ) -> Result<Self, StsError> {
        let arns: Vec<String> = described.into_iter().filter_map(|it| it.arn).collect();
        if let Some(document) = &document {
            Policy::parse(document, Kind::Session)
                .map_err(|error| StsError::MalformedPolicyDocumentException(error.message))?;
        }
        if arns.len() > MAX_POLICY_ARNS {
            return Err(StsError::invalid(format!(
                "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: \
                 Member must have length less than or equal to {MAX_POLICY_ARNS}"
            )));
        }
        for arn in &arns {
            if !exists(cx, account, arn)? {
                return Err(StsError::invalid(format!("{arn} is invalid")));
            }
        }
        Ok(Self { document, arns })
    }

    /// How much of the token's room these policies and `tags` take, in percent; none when there
    /// is nothing to pack.
    pub(crate) fn packed_percent(
        &self,
        tags: &[(String, String)],
    ) -> Result<Option<u32>, StsError> {
        let document = self.document.as_deref().map_or(0, |text| text.chars().count());
        let arns: usize = self.arns.iter().map(String::len).sum();
        let tags: usize = tags.iter().map(|(key, value)| key.len() + value.len()).sum();
        let packed = percent(document + arns + tags, MAX_PACKED_CHARS);
        let worst = packed.max(if document > MAX_POLICY_CHARS {
            percent(document, MAX_POLICY_CHARS)
        } else {
            0
        });
        if worst > 100 {
            return Err(StsError::PackedPolicyTooLargeException(format!(
                "Packed policy consumes {worst}% of allotted space, please use smaller policy."
            )));
        }
        Ok((packed > 0).then_some(packed))
    }
}

fn percent(part: usize, whole: usize) -> u32 {
    u32::try_from((part * 100).div_ceil(whole)).unwrap_or(u32::MAX)
}

fn exists(cx: &Context, account: &str, arn: &str) -> Result<bool, Fault> {
    if aws_managed(arn).is_some() {
        return Ok(true);
    }
    let owner = Arn::parse(arn).map(|arn| arn.account);
    let Some((_, name)) = arn.rsplit_once('/').filter(|_| owner == Some(account)) else {
        return Ok(false);
    };
    let scope = Scope::new(account, cx.region());
    let found = cx.within(scope).read(|tx| tx.get::<ManagedPolicy>(name_key(name)))?;
    Ok(found.is_some_and(|policy| policy.arn(account) == arn))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policies(document: usize) -> SessionPolicies {
        SessionPolicies { document: Some("x".repeat(document)), arns: Vec::new() }
    }

    #[test]
    fn nothing_packs_to_nothing() {
        let none = SessionPolicies { document: None, arns: Vec::new() };
        assert_eq!(none.packed_percent(&[]).unwrap(), None);
    }

    #[test]
    fn a_long_policy_or_many_tags_are_too_large() {
        assert_eq!(policies(2_048).packed_percent(&[]).unwrap(), Some(50));
        assert!(policies(2_049).packed_percent(&[]).is_err());
        let tags = vec![("k".repeat(128), "v".repeat(256)); 11];
        assert!(policies(1).packed_percent(&tags).is_err());
    }
}
