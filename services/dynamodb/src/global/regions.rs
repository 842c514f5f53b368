//! The regions that global tables may span.

use super::actions::MultiRegionConsistency;
use crate::error::{DynamoError, invalid};

/// Where there is DynamoDB.
const REGIONS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// A strongly consistent global table stays within one of these sets: "Multi-Region strong
/// consistency (MRSC)".
const STRONG_SETS: [&[&str]; 3] = [
    &["us-east-1", "us-east-2", "us-west-2"],
    &["eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"],
    &["ap-northeast-1", "ap-northeast-2", "ap-northeast-3"],
];

/// `region` must be one.
///
/// # Errors
/// AWS's `ValidationException` with those that are.
pub(crate) fn check(region: &str) -> Result<(), DynamoError> {
    if REGIONS.contains(&region) {
        return Ok(());
    }
    Err(invalid(format!(
        "Region {region} is not supported. The latest version of global tables are only supported \
         in the following regions: [{}]",
        REGIONS.join(", ")
    )))
}

/// Replicas and witness of a strongly consistent global table must be in `regions` that may be
/// together; the first is that of the table itself.
///
/// # Errors
/// AWS's `ValidationException` with those that may not.
pub(crate) fn check_strong(regions: &[&str]) -> Result<(), DynamoError> {
    let home = regions.first().copied().unwrap_or_default();
    let set = STRONG_SETS.iter().find(|set| set.contains(&home));
    let wrong: Vec<&str> = match set {
        None => vec![home],
        Some(set) => regions.iter().copied().filter(|region| !set.contains(region)).collect(),
    };
    if wrong.is_empty() {
        return Ok(());
    }
    Err(invalid(format!(
        "Unsupported Region(s) specified for global tables with MultiRegionConsistency set to {}: \
         [{}].",
        MultiRegionConsistency::Strong.as_str(),
        wrong.join(", ")
    )))
}
