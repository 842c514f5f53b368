//! Actions: `service:Name`, both ignoring case, the name with wildcards.
use crate::{
    MalformedPolicy,
    glob::{self, Token},
};

/// What an Action or NotAction element lists.
#[derive(Debug)]
pub(crate) struct ActionPattern {
    /// In lower case; none means any service.
    service: Option<Box<str>>,
    /// In lower case.
    name: Box<[Token]>,
}

impl ActionPattern {
    pub fn parse(text: &str) -> Result<Self, MalformedPolicy> {
        if text == "*" {
            return Ok(Self::everything());
        }
        let Some((service, name)) = text.split_once(':') else {
            return Err(MalformedPolicy::new(NO_VENDOR));
        };
        if name.contains(':') {
            return Err(MalformedPolicy::new("Actions/Condition can contain only one colon."));
        }
        let valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
        if service != "*" && !service.bytes().all(valid) {
            return Err(MalformedPolicy::new(format!("Vendor {service} is not valid")));
        }
        if service.is_empty() || name.is_empty() {
            return Err(MalformedPolicy::syntax());
        }
        let name = name.bytes().map(|byte| match byte {
            b'*' => Token::Many,
            b'?' => Token::One,
            _ => Token::Byte(byte.to_ascii_lowercase()),
        });
        let service = (service != "*").then(|| service.to_ascii_lowercase().into());
        Ok(ActionPattern { service, name: name.collect() })
    }

    pub fn matches(&self, action: &Action<'_>) -> bool {
        self.service.as_ref().is_none_or(|service| service.eq_ignore_ascii_case(action.service))
            && glob::matches_ignoring_case(&self.name, action.name)
    }

    /// The pattern of every action.
    pub fn everything() -> Self {
        ActionPattern { service: None, name: Box::new([Token::Many]) }
    }

    /// How much there is to compare.
    pub fn size(&self) -> usize {
        self.name.len() + 1
    }

    /// Whether its name surely covers all that `inner`'s does.
    pub fn covers_name(&self, inner: &Self) -> bool {
        glob::covers(&self.name, &inner.name, |_, _| false)
    }

    /// Whether some name may fit both.
    pub fn may_meet_name(&self, other: &Self) -> bool {
        glob::may_meet(&self.name, &other.name)
    }

    /// Whether it covers every action.
    pub fn is_everything(&self) -> bool {
        self.service.is_none() && *self.name == [Token::Many]
    }

    /// The service in lower case; none for any.
    pub fn service(&self) -> Option<&str> {
        self.service.as_deref()
    }
}

/// Also the answer to a condition key without prefix.
pub(crate) const NO_VENDOR: &str =
    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";

/// The action of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Action<'a> {
    service: &'a str,
    name: &'a str,
}

impl<'a> Action<'a> {
    pub fn new(text: &'a str) -> Self {
        let (service, name) = text.split_once(':').unwrap_or(("", text));
        Action { service, name }
    }

    pub fn is(&self, service: &str, name: &str) -> bool {
        self.service.eq_ignore_ascii_case(service) && self.name.eq_ignore_ascii_case(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_ignore_case() {
        let fits = |pattern: &str, action| {
            ActionPattern::parse(pattern).unwrap().matches(&Action::new(action))
        };
        assert!(fits("DynamoDB:getITEM", "dynamodb:GetItem"));
        assert!(fits("s3:Get*Tagging", "s3:GetObjectTagging"));
        assert!(fits("*", "s3:GetObject"));
        assert!(fits("*:Get*", "s3:GetObject"));
        assert!(!fits("s3:Get", "s3:GetObject"));
        assert!(!fits("s3:*", "s3express:CreateSession"));
        assert!(!fits("s3:Get*, Put*", "s3:GetObject"));
    }

    #[test]
    fn refuses_what_no_service_answers_to() {
        for (text, message) in [
            ("GetObject", NO_VENDOR),
            ("s3*", NO_VENDOR),
            ("a:b:c", "Actions/Condition can contain only one colon."),
            ("s3*:Get", "Vendor s3* is not valid"),
            ("s3:", "Syntax errors in policy."),
        ] {
            assert_eq!(ActionPattern::parse(text).unwrap_err().message, message);
        }
    }
}
