//! What requests would have cost on AWS.

use crate::evidence::got_through;
use serde::{Deserialize, Serialize};
use service_kit::journal::JournalEntry;
use std::collections::BTreeMap;

/// Whose list prices these are, and of when.
pub const PRICES_OF: &str = "us-east-1, list prices as of June 2025, without free tiers";

/// US dollars for a million reads of DynamoDB, of 4 KB on demand.
const READS: f64 = 0.125;
/// Operations that read there.
const READING: [&str; 6] =
    ["BatchGetItem", "ExecuteStatement", "GetItem", "Query", "Scan", "TransactGetItems"];

/// US dollars for a million requests, by service. What is not here costs nothing by request.
const PER_MILLION: [(&str, f64); 7] = [
    ("dynamodb", 0.625), // a write of 1 KB on demand
    ("execute-api", 3.5),
    ("kms", 3.0),
    ("lambda", 0.2),
    ("sns", 0.5),
    ("sqs", 0.4),
    ("logs", 0.5), // half a KB an event
];

/// What costs as long as it stands: what makes it, what it is, and US dollars a month for each.
const STANDING: [(&str, &str, &str, f64); 3] = [
    ("cloudwatch", "PutMetricAlarm", "alarm of CloudWatch", 0.1),
    ("kms", "CreateKey", "key of KMS", 1.0),
    ("secretsmanager", "CreateSecret", "secret of Secrets Manager", 0.4),
];

/// What some requests would have cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bill {
    /// Services, how many requests they had, and what those cost in US dollars.
    pub lines: Vec<(String, u64, f64)>,
    /// All together, in US dollars.
    pub total: f64,
    /// What was made that costs as long as it stands, how many of it, and what one costs a month.
    pub standing: Vec<(String, u64, f64)>,
}

/// The bill of `entries`.
pub fn bill<'e>(entries: impl Iterator<Item = &'e JournalEntry>) -> Bill {
    let mut sums = BTreeMap::<&str, (u64, f64)>::new();
    let mut made = STANDING.map(|_| 0);
    for entry in entries {
        for (count, (service, operation, ..)) in made.iter_mut().zip(STANDING) {
            let makes = (&*entry.service, &*entry.operation) == (service, operation);
            *count += u64::from(makes && got_through(entry));
        }
        let sum = sums.entry(&entry.service).or_default();
        *sum = (sum.0 + 1, sum.1 + price(entry) / 1e6);
    }
    let line = |(service, (count, cost)): (&str, _)| (service.to_owned(), count, cost);
    let lines: Vec<_> = sums.into_iter().map(line).collect();
    // The sum of no numbers is −0, which looks like a gain.
    let total = lines.iter().fold(0.0, |sum, line| sum + line.2);
    let standing = made.into_iter().zip(STANDING).filter(|(count, _)| *count > 0);
    let standing = standing.map(|(count, (_, _, what, monthly))| (what.to_owned(), count, monthly));
    Bill { lines, total, standing: standing.collect() }
}

/// What a million requests like this one cost.
fn price(entry: &JournalEntry) -> f64 {
    if entry.service == "dynamodb" && READING.contains(&&*entry.operation) {
        return READS;
    }
    let known = PER_MILLION.iter().find(|known| known.0 == entry.service);
    known.map_or(0.0, |known| known.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::sample::{VICTIM, entry};

    #[test]
    fn what_costs_as_long_as_it_stands_is_told() {
        let made = |status| {
            let mut made = entry(1, (VICTIM, VICTIM), "kms:CreateKey", VICTIM);
            (made.service, made.operation) = ("kms".into(), "CreateKey".into());
            made.status = status;
            made
        };
        let entries = [made(200), made(400), made(200)];
        let bill = bill(entries.iter());
        assert_eq!(bill.lines[0].1, 3);
        assert_eq!(bill.standing, [("key of KMS".to_owned(), 2, 1.0)]);
    }
}
