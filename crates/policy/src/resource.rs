//! Resources: ARNs of which each part is matched by itself.
use std::sync::Arc;

use crate::{
    Keys, Kind, MalformedPolicy,
    arn::Parts,
    template::{Fit, Syntax, Template},
};

/// An ARN of which each part may hold wildcards and variables. No wildcard reaches across the
/// first five colons; in the last part it crosses `/` and `:` alike.
#[derive(Debug)]
pub(crate) struct ArnPattern {
    parts: [Template; 6],
}

impl ArnPattern {
    /// None for text of fewer than six parts.
    pub fn parse(text: &str, syntax: Syntax) -> Option<Self> {
        let parts = Template::parse(text, syntax).split_at_colons(6).try_into().ok()?;
        Some(ArnPattern { parts })
    }

    /// From left to right; what cannot be resolved counts only if all before it fits, save that a
    /// later mismatch also settles the answer.
    pub fn fits(&self, parts: &Parts<'_>, context: &dyn Keys, missing: &mut Vec<Arc<str>>) -> Fit {
        let mut answer = Fit::Yes;
        for (template, part) in self.parts.iter().zip(parts) {
            match template.fits(part, context, missing) {
                Fit::No => return Fit::No,
                Fit::Unresolved => answer = Fit::Unresolved,
                Fit::Yes => {}
            }
        }
        answer
    }

    /// Its six parts.
    pub fn parts(&self) -> &[Template; 6] {
        &self.parts
    }

    /// The keys of its variables.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().flat_map(Template::keys)
    }
}

/// What a Resource or NotResource element lists.
#[derive(Debug)]
pub(crate) enum ResourcePattern {
    /// `*`.
    Everything,
    Arn(ArnPattern),
    /// A variable before the last part, which IAM accepts and never expands.
    Nothing,
}

impl ResourcePattern {
    pub fn parse(text: &str, kind: Kind, variables: bool) -> Result<Self, MalformedPolicy> {
        if text == "*" {
            return Ok(ResourcePattern::Everything);
        }
        let syntax = Syntax { wildcards: true, variables };
        let mut parts = Template::parse(text, syntax).split_at_colons(6);
        pad(&mut parts, text, kind)?;
        check_parts(&parts, text)?;
        if parts[..5].iter().any(Template::is_variable) {
            return Ok(ResourcePattern::Nothing);
        }
        let parts = parts.try_into().map_err(|_| not_an_arn(text))?;
        Ok(ResourcePattern::Arn(ArnPattern { parts }))
    }

    /// Whether it covers the resource; `parts` is none for a resource without ARN.
    pub fn fits(
        &self,
        parts: Option<&Parts<'_>>,
        context: &dyn Keys,
        missing: &mut Vec<Arc<str>>,
    ) -> Fit {
        match (self, parts) {
            (ResourcePattern::Everything, _) => Fit::Yes,
            (ResourcePattern::Arn(pattern), Some(parts)) => pattern.fits(parts, context, missing),
            _ => Fit::No,
        }
    }

    /// The keys of its variables.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        let pattern = match self {
            ResourcePattern::Arn(pattern) => Some(pattern),
            _ => None,
        };
        pattern.into_iter().flat_map(ArnPattern::keys)
    }
}

/// A short ARN ends in wildcards where the kind of policy lets it.
fn pad(parts: &mut Vec<Template>, text: &str, kind: Kind) -> Result<(), MalformedPolicy> {
    if parts.len() == 6 {
        return Ok(());
    }
    match kind {
        Kind::ServiceControl | Kind::ResourceControl => return Err(unfit_for_organizations()),
        Kind::Resource | Kind::Key | Kind::Trust if !text.contains(['*', '?']) => {
            return Err(not_an_arn(text));
        }
        _ if parts.len() == 1 => return Err(not_an_arn(text)),
        _ => parts.resize_with(6, Template::anything),
    }
    Ok(())
}

fn check_parts(parts: &[Template], text: &str) -> Result<(), MalformedPolicy> {
    let [arn, partition, service, ..] = parts else { return Err(not_an_arn(text)) };
    if arn.literal().as_deref() != Some("arn") && !arn.is_anything() {
        return Err(not_an_arn(text));
    }
    if let Some(partition) = partition.literal()
        && !matches!(&*partition, "aws" | "aws-cn" | "aws-us-gov")
    {
        let message = format!("Partition \"{partition}\" is not valid for resource \"{text}\".");
        return Err(MalformedPolicy::new(message));
    }
    if service.literal().is_none_or(|service| service.is_empty()) && !service.is_anything() {
        let message = "Resource vendor must be fully qualified and cannot contain regexes.";
        return Err(MalformedPolicy::new(message));
    }
    Ok(())
}

fn not_an_arn(text: &str) -> MalformedPolicy {
    MalformedPolicy::new(format!("Resource {text} must be in ARN format or \"*\"."))
}

/// The answer of Organizations to what its two policy types do not allow.
pub(crate) fn unfit_for_organizations() -> MalformedPolicy {
    MalformedPolicy::new(
        "The provided policy document does not meet the requirements of the specified policy type.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Context, arn::parts};

    fn fits(pattern: &str, resource: &str) -> bool {
        let pattern = ResourcePattern::parse(pattern, Kind::Identity, true).unwrap();
        let fit = pattern.fits(parts(resource).as_ref(), &Context::default(), &mut Vec::new());
        fit == Fit::Yes
    }

    #[test]
    fn wildcards_stay_within_the_first_five_colons() {
        for (pattern, resource, expected) in [
            ("*", "arn:aws:s3:::b", true),
            ("*", "*", true),
            ("arn:aws:s3:::b*", "arn:aws:s3:::b/k/x", true),
            ("arn:aws:s3:::b", "arn:aws:s3:::b/k", false),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b", false),
            ("arn:aws:sns:*:1:t", "arn:aws:sns:r:1:t", true),
            ("arn:aws:sns:*:t", "arn:aws:sns:r:1:t", false),
            ("arn:aws:s3*:::b", "arn:aws:s3:::b", false),
            ("arn:aws:dynamodb", "arn:aws:dynamodb:r:1:table/t", true),
            ("arn:aws:dynamodb:r:*", "arn:aws:dynamodb:r:1:table/t", true),
            ("arn:aws:sqs:r:1:*", "*", false),
        ] {
            if pattern.contains("s3*") {
                assert!(ResourcePattern::parse(pattern, Kind::Identity, true).is_err());
            } else {
                assert_eq!(fits(pattern, resource), expected, "{pattern} on {resource}");
            }
        }
    }

    #[test]
    fn short_arns_depend_on_the_kind() {
        let parse = |text, kind| ResourcePattern::parse(text, kind, true);
        let short = "arn:aws:sqs:r";
        assert!(parse(short, Kind::Session).is_ok());
        assert!(parse(short, Kind::Resource).is_err());
        assert!(parse("arn:aws:sqs:*", Kind::Resource).is_ok());
        assert!(parse("arn:aws:sqs:*", Kind::ServiceControl).is_err());
        assert!(parse("queue", Kind::Identity).is_err());
        assert!(parse("arn:was:sqs:r:1:q", Kind::Identity).is_err());
    }

    #[test]
    fn a_variable_outside_the_tail_matches_nothing() {
        let account = "111122223333";
        let mut context = Context::default();
        context.set("aws:PrincipalAccount", account);
        let text = "arn:aws:iam::${aws:PrincipalAccount}:user/x";
        let pattern = ResourcePattern::parse(text, Kind::Identity, true).unwrap();
        let user = format!("arn:aws:iam::{account}:user/x");
        assert_eq!(pattern.fits(parts(&user).as_ref(), &context, &mut Vec::new()), Fit::No);
    }
}
