//! Amazon Resource Names, split at their first five colons.
use std::fmt;

/// An ARN, borrowed from its text: `arn:partition:service:region:account:resource`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, …
    pub partition: &'a str,
    /// The service's name in ARNs, such as `dynamodb`.
    pub service: &'a str,
    /// Empty for global services and for S3 buckets.
    pub region: &'a str,
    /// Twelve digits, empty (S3 buckets) or `aws` (AWS-managed policies).
    pub account: &'a str,
    /// All that follows the fifth colon, colons included.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits `text`; none unless it starts with `arn:` and has at least six parts.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next()? != "arn" {
            return None;
        }
        Some(Arn {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        })
    }

    /// The resource's type and its id, split at the first `/` or `:`; the type is empty when
    /// there is neither (a queue's or a topic's name).
    pub fn type_and_id(&self) -> (&'a str, &'a str) {
        match self.resource.find(['/', ':']) {
            Some(at) => (&self.resource[..at], &self.resource[at + 1..]),
            None => ("", self.resource),
        }
    }

    /// The owner when the ARN names one: its account part if that is an account id.
    pub fn owner(&self) -> Option<&'a str> {
        is_account_id(self.account).then_some(self.account)
    }
}

impl fmt::Display for Arn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Arn { partition, service, region, account, resource } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

/// Whether `text` has the form of an account id: twelve digits.
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_colons_of_the_resource() {
        let text = "arn:aws:lambda:eu-west-1:111122223333:function:f:live";
        let arn = Arn::parse(text).unwrap();
        assert_eq!(arn.type_and_id(), ("function", "f:live"));
        assert_eq!(arn.owner(), Some("111122223333"));
        assert_eq!(arn.to_string(), text);
    }

    #[test]
    fn refuses_what_is_short_or_foreign() {
        for text in ["", "arn", "arn:aws:s3::b", "urn:aws:s3:::b"] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
        assert_eq!(Arn::parse("arn:aws:iam::aws:policy/X").unwrap().owner(), None);
        assert_eq!(Arn::parse("arn:aws:sns:r:1:t").unwrap().type_and_id(), ("", "t"));
    }
}
