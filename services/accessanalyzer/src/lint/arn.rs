//! Checks of ARNs in Resource and NotResource.

use super::{Check, Linter, Place};
use policy::{is_account_id, json::Node};

const PARTITIONS: [&str; 3] = ["aws", "aws-cn", "aws-us-gov"];

impl Linter<'_> {
    pub(super) fn arn(&mut self, place: &Place, arn: &str, node: &Node<'_>) {
        if arn == "*" {
            return;
        }
        let mut report = |code, message: String| {
            self.findings.add(Check::error(code), message, &[(place, node)]);
        };
        // A variable may hold colons of its own; what stands around it is looked at alone.
        if arn.contains("${") {
            if !arn.starts_with("arn:") {
                report("INVALID_ARN_PREFIX", PREFIX.into());
            }
            return;
        }
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        if parts.first() != Some(&"arn") && parts.first() != Some(&"*") {
            return report("INVALID_ARN_PREFIX", PREFIX.into());
        }
        if parts.len() < 6 && !arn.ends_with('*') {
            let message = "Resource ARNs must include at least 6 fields in the following \
                           structure: arn:partition:service:region:account:resource";
            return report("MISSING_ARN_FIELD", message.into());
        }
        let part = |at: usize| parts.get(at).copied().unwrap_or("*");
        let (partition, service, account) = (part(1), part(2), part(4));
        let wild = |text: &str| text.contains(['*', '?']);
        if !wild(partition) && !PARTITIONS.contains(&partition) {
            let values = PARTITIONS.join(", ");
            let message = format!(
                "The resource ARN for the service {service} does not support the partition \
                 {partition}. Use the supported values: {values}"
            );
            report("INVALID_PARTITION", message);
        }
        if service.chars().any(|char| char.is_ascii_uppercase()) {
            let message = format!(
                "Update the service name {service} in the resource ARN to use all lowercase \
                 letters."
            );
            report("INVALID_ARN_SERVICE_CASE", message);
        }
        let known = account.is_empty() || wild(account) || account == "aws";
        if !known && !is_account_id(account) {
            let message = format!(
                "The resource ARN account ID {account} is not valid. Provide a 12-digit account ID."
            );
            report("INVALID_ARN_ACCOUNT", message);
        }
        let nowhere = ["iam", "s3"].contains(&service) && !part(3).is_empty() && !wild(part(3));
        if nowhere {
            let message = format!(
                "The service {service} does not support specifying a Region in the resource ARN."
            );
            report("ARN_REGION_NOT_ALLOWED", message);
        }
    }
}

const PREFIX: &str = "Add the required prefix (arn) to the resource ARN.";
