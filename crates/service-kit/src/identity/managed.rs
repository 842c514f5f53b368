//! The managed policies that AWS keeps and everybody attaches.

use std::{collections::BTreeMap, sync::LazyLock};

/// A policy that AWS keeps.
pub struct AwsManaged {
    /// `arn:aws:iam::aws:policy/…`.
    pub arn: String,
    /// The document in force.
    pub document: String,
    /// AWS's version number of that document.
    pub version: u32,
}

/// The policies, by ARN: each line of the data file is path and name, version, document.
static POLICIES: LazyLock<BTreeMap<String, AwsManaged>> = LazyLock::new(|| {
    let lines = include_str!("aws_managed.txt").lines();
    let policies = lines.filter_map(|line| {
        let mut parts = line.splitn(3, ' ');
        let (name, version, document) = (parts.next()?, parts.next()?, parts.next()?);
        let arn = format!("arn:aws:iam::aws:policy/{name}");
        let (document, version) = (document.to_owned(), version.parse().ok()?);
        Some((arn.clone(), AwsManaged { arn, document, version }))
    });
    policies.collect()
});

/// The policy with this ARN.
pub fn aws_managed(arn: &str) -> Option<&'static AwsManaged> {
    POLICIES.get(arn)
}

/// All of them, in order of ARN.
pub fn aws_managed_policies() -> impl Iterator<Item = &'static AwsManaged> {
    POLICIES.values()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_policy() {
        assert_eq!(POLICIES.len(), include_str!("aws_managed.txt").lines().count());
        for managed in aws_managed_policies() {
            policy::Policy::parse(&managed.document, policy::Kind::Identity)
                .unwrap_or_else(|error| panic!("{}: {error:?}", managed.arn));
        }
    }
}
