//! Amazon Resource Names, in the one form that each resource has.
use std::fmt;

/// The only partition.
const PARTITION: &str = "aws";
/// The longest name of a region.
const MAX_REGION_CHARS: usize = 32;

/// An ARN, borrowed from its text: `arn:partition:service:region:account:resource`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Arn<'a> {
    /// `aws`; another only in what [`Arn::split`] gives.
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
    /// Reads the ARN of a resource; none for what cannot be one's. Policies compare ARNs letter by
    /// letter, so a second spelling that still led to the resource would get past every statement
    /// about it: the partition is `aws`, the service and the region are plain names, and the
    /// account is one, none, or AWS itself where there is no region.
    pub fn parse(text: &'a str) -> Option<Self> {
        let arn = Self::split(text)?;
        let account = match arn.account {
            "" => true,
            "aws" => arn.region.is_empty(),
            account => is_account_id(account),
        };
        let canonical = arn.partition == PARTITION
            && account
            && is_name(arn.service)
            && (arn.region.is_empty() || is_region(arn.region))
            && !arn.resource.is_empty();
        canonical.then_some(arn)
    }

    /// Splits `text`, whatever its parts say; none unless it starts with `arn:` and has at least
    /// six of them. For patterns and for what only looks like an ARN.
    pub fn split(text: &'a str) -> Option<Self> {
        let ["arn", partition, service, region, account, resource] = parts(text)? else {
            return None;
        };
        Some(Arn { partition, service, region, account, resource })
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

/// The six parts of an ARN, `arn` included.
pub(crate) type Parts<'a> = [&'a str; 6];

/// Splits at the first five colons; none for text with fewer.
pub(crate) fn parts(text: &str) -> Option<Parts<'_>> {
    let mut rest = text;
    // Each request has some ARNs read, of short parts: looking at their bytes in turn is faster
    // than the search that `split` makes ready for each.
    let mut part = || {
        let end = rest.bytes().position(|byte| byte == b':')?;
        let (part, after) = rest.split_at(end);
        rest = &after[1..];
        Some(part)
    };
    let [arn, partition, service, region, account] = [part()?, part()?, part()?, part()?, part()?];
    Some([arn, partition, service, region, account, rest])
}

/// Whether `text` can be a region's name, such as `us-east-1` or `local`.
pub fn is_region(text: &str) -> bool {
    text.len() <= MAX_REGION_CHARS && is_name(text)
}

/// Whether `text` is of small letters, digits and hyphens.
fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(plain)
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
            assert_eq!(Arn::split(text), None, "{text}");
        }
        assert_eq!(Arn::parse("arn:aws:iam::aws:policy/X").unwrap().owner(), None);
        let topic = Arn::parse("arn:aws:sns:eu-west-1:111122223333:t").unwrap();
        assert_eq!(topic.type_and_id(), ("", "t"));
    }

    #[test]
    fn a_resource_has_one_arn() {
        for twisted in [
            "ARN:aws:sns:eu-west-1:111122223333:t",
            " arn:aws:sns:eu-west-1:111122223333:t",
            "arn:aws-cn:sns:eu-west-1:111122223333:t",
            "arn::sns:eu-west-1:111122223333:t",
            "arn:AWS:sns:eu-west-1:111122223333:t",
            "arn:*:sns:eu-west-1:111122223333:t",
            "arn:aws::eu-west-1:111122223333:t",
            "arn:aws:SNS:eu-west-1:111122223333:t",
            "arn:aws:sns:EU-WEST-1:111122223333:t",
            "arn:aws:sns:eu-west-?:111122223333:t",
            "arn:aws:sns:eu west:111122223333:t",
            "arn:aws:sns:%65u-west-1:111122223333:t",
            "arn:aws:sns:eu-west-1:range:t",
            "arn:aws:sns:eu-west-1:aws:t",
            "arn:aws:sns:eu-west-1:*:t",
            "arn:aws:sns:eu-west-1:11112222333:t",
            "arn:aws:sns:eu-west-1:111122223333:",
        ] {
            assert_eq!(Arn::parse(twisted), None, "{twisted}");
            assert!(Arn::split(twisted).is_some() || !twisted.starts_with("arn:"), "{twisted}");
        }
    }
}
