//! The managed policies that AWS keeps and everybody attaches.

use shape::Timestamp;
use std::{collections::BTreeMap, sync::LazyLock};

/// A policy that AWS keeps.
pub struct AwsManaged {
    /// `arn:aws:iam::aws:policy/…`.
    pub arn: String,
    /// The document in force.
    pub document: String,
    /// AWS's version number of that document.
    pub version: u32,
    /// When AWS published the policy.
    pub created: Timestamp,
    /// When AWS published that version.
    pub updated: Timestamp,
}

impl AwsManaged {
    /// The last part of its ARN.
    pub fn name(&self) -> &str {
        self.arn.rsplit_once('/').map_or("", |(_, name)| name)
    }

    /// Its path, with slashes at both ends.
    pub fn path(&self) -> &str {
        let from_path = self.arn.split_once(":policy").map_or("/", |(_, rest)| rest);
        from_path.rfind('/').and_then(|end| from_path.get(..=end)).unwrap_or("/")
    }
}

/// The policies, by ARN. Each line of the data file is path and name, version, the seconds of
/// creation and of update, document.
static POLICIES: LazyLock<BTreeMap<String, AwsManaged>> = LazyLock::new(|| {
    include_str!("aws_managed.txt")
        .lines()
        .filter_map(read)
        .map(|managed| (managed.arn.clone(), managed))
        .collect()
});

fn read(line: &str) -> Option<AwsManaged> {
    let mut parts = line.splitn(5, ' ');
    Some(AwsManaged {
        arn: format!("arn:aws:iam::aws:policy/{}", parts.next()?),
        version: parts.next()?.parse().ok()?,
        created: Timestamp::from_secs(parts.next()?.parse().ok()?),
        updated: Timestamp::from_secs(parts.next()?.parse().ok()?),
        document: parts.next()?.to_owned(),
    })
}

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

    #[test]
    fn names_and_paths_come_from_the_arn() {
        let arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
        let managed = aws_managed(arn).unwrap();
        assert_eq!(managed.path(), "/service-role/");
        assert_eq!(managed.name(), "AWSLambdaBasicExecutionRole");
        assert_eq!(aws_managed("arn:aws:iam::aws:policy/AdministratorAccess").unwrap().path(), "/");
    }
}
