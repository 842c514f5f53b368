//! The managed policies that AWS keeps and everybody attaches.

use flate2::read::ZlibDecoder;
use shape::Timestamp;
use std::{collections::BTreeMap, io::Read as _, sync::LazyLock};

/// What every such policy's ARN begins with.
const PREFIX: &str = "arn:aws:iam::aws:policy/";

/// Their table, packed by `cargo xtask managed-policies` from models/aws-managed-policies.txt.
static PACKED: &[u8] = include_bytes!("aws_managed.zlib");

/// A policy that AWS keeps.
pub struct AwsManaged {
    /// `arn:aws:iam::aws:policy/…`.
    pub arn: String,
    /// `ANPA…`; not known of the newest ones.
    pub id: Option<&'static str>,
    /// The document in force.
    pub document: &'static str,
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

    /// Whether it belongs to service-linked roles, and to no role of a customer's.
    pub fn is_service_linked(&self) -> bool {
        self.path() == "/aws-service-role/"
    }
}

/// Unpacked when first asked for. Each line is path and name, id, version, the seconds of creation
/// and of update, document.
static TEXT: LazyLock<String> = LazyLock::new(|| {
    let mut text = String::new();
    // It is part of the program: a test holds that it can be read.
    ZlibDecoder::new(PACKED).read_to_string(&mut text).map_or_else(|_| String::new(), |_| text)
});

static POLICIES: LazyLock<BTreeMap<String, AwsManaged>> = LazyLock::new(|| {
    TEXT.lines().filter_map(read).map(|managed| (managed.arn.clone(), managed)).collect()
});

fn read(line: &'static str) -> Option<AwsManaged> {
    let mut parts = line.splitn(6, ' ');
    Some(AwsManaged {
        arn: format!("{PREFIX}{}", parts.next()?),
        id: parts.next().filter(|id| *id != "-"),
        version: parts.next()?.parse().ok()?,
        created: Timestamp::from_secs(parts.next()?.parse().ok()?),
        updated: Timestamp::from_secs(parts.next()?.parse().ok()?),
        document: parts.next()?,
    })
}

/// The policy with this ARN.
pub fn aws_managed(arn: &str) -> Option<&'static AwsManaged> {
    // Others are told apart without unpacking anything.
    if arn.starts_with(PREFIX) { POLICIES.get(arn) } else { None }
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
        assert_eq!(POLICIES.len(), TEXT.lines().count());
        assert!(POLICIES.len() > 200);
        for managed in aws_managed_policies() {
            policy::Policy::parse(managed.document, policy::Kind::Identity)
                .unwrap_or_else(|error| panic!("{}: {error:?}", managed.arn));
        }
    }

    #[test]
    fn names_and_paths_come_from_the_arn() {
        let arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
        let managed = aws_managed(arn).unwrap();
        assert_eq!(managed.path(), "/service-role/");
        assert_eq!(managed.name(), "AWSLambdaBasicExecutionRole");
        assert!(!managed.is_service_linked());
        let everything = aws_managed("arn:aws:iam::aws:policy/AdministratorAccess").unwrap();
        assert_eq!((everything.path(), everything.version), ("/", 1));
        assert_eq!(everything.id, Some("ANPAIWMBCKSKIEE64ZLYK"));
        let linked = "arn:aws:iam::aws:policy/aws-service-role/CloudTrailServiceRolePolicy";
        assert!(aws_managed(linked).unwrap().is_service_linked());
    }
}
