//! A report as stored: made when it is asked for, from the usage that the platform notes.

use super::subject::{Member, Subject};
use crate::error::IamError;
use service_kit::{
    key::Key,
    prelude::*,
    usage::{KEPT as TRACKED, Usage},
};
use std::collections::BTreeSet;

/// How long reports are kept ("GenerateServiceLastAccessedDetails").
pub(super) const KEPT: Duration = Duration::from_secs(14 * 86_400);

/// The services that can be called here, with their names.
const SERVICES: [(&str, &str); 14] = [
    ("access-analyzer", "AWS IAM Access Analyzer"),
    ("apigateway", "Amazon API Gateway Management"),
    ("cloudtrail", "AWS CloudTrail"),
    ("cloudwatch", "Amazon CloudWatch"),
    ("dynamodb", "Amazon DynamoDB"),
    ("execute-api", "Amazon API Gateway"),
    ("iam", "AWS Identity and Access Management"),
    ("kms", "AWS Key Management Service"),
    ("lambda", "AWS Lambda"),
    ("logs", "Amazon CloudWatch Logs"),
    ("sns", "Amazon SNS"),
    ("sqs", "Amazon SQS"),
    ("sts", "AWS Security Token Service"),
    ("xray", "AWS X-Ray"),
];

/// A report.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Report {
    pub job_id: String,
    pub created: Timestamp,
    /// Whether it tells actions apart.
    pub by_action: bool,
    pub services: Vec<ServiceUse>,
}

/// One service that policies give access to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ServiceUse {
    pub namespace: String,
    pub name: String,
    /// Who has used it, and the latest use of each.
    pub entities: Vec<(Member, Last)>,
    /// The latest use of each action, by whom.
    pub actions: Vec<(String, String, Last)>,
}

/// When and where something was last asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Last {
    pub at: Timestamp,
    pub region: String,
}

impl Record for Report {
    const TABLE: &'static str = "iam.last_accessed";
    const REACH: Reach = Reach::Account;

    fn key(&self) -> impl Key {
        &self.job_id
    }
}

impl Report {
    /// A report on the user, role, group or policy with this ARN.
    pub fn make(
        tx: &ReadTx<'_>,
        arn: &str,
        (job_id, created): (String, Timestamp),
        by_action: bool,
    ) -> Result<Self, IamError> {
        let subject = Subject::of(tx, arn)?;
        let mut used = Vec::new();
        for member in &subject.members {
            let known = Usage::of(tx, &member.id)?.into_iter();
            let recent = known.filter(|usage| usage.tried + TRACKED > created);
            used.extend(recent.map(|usage| (member, usage)));
        }
        let known = SERVICES.iter().map(|(namespace, _)| (*namespace).to_owned());
        let others = used.iter().map(|(_, usage)| namespace(&usage.action).to_owned());
        let namespaces: BTreeSet<String> = known.chain(others).collect();
        let given = |namespace: &String| subject.policies.iter().any(|it| it.reaches(namespace));
        let services = namespaces.into_iter().filter(given).map(|it| ServiceUse::of(it, &used));
        Ok(Self { job_id, created, by_action, services: services.collect() })
    }

    /// The report of this job.
    pub fn get(tx: &ReadTx<'_>, job_id: &str, now: Timestamp) -> Result<Self, IamError> {
        let found = tx.get::<Self>(job_id)?.filter(|report| report.created + KEPT > now);
        found.ok_or_else(|| {
            IamError::NoSuchEntityException(format!("The job with id {job_id} cannot be found."))
        })
    }
}

impl ServiceUse {
    fn of(service: String, used: &[(&Member, Usage)]) -> Self {
        let of_it = used.iter().filter(|(_, usage)| namespace(&usage.action) == service);
        let mut entities: BTreeMap<&str, (&Member, Last)> = BTreeMap::new();
        let mut actions: BTreeMap<&str, (&Member, Last)> = BTreeMap::new();
        for (member, usage) in of_it {
            let last = Last { at: usage.tried, region: usage.region.clone() };
            let action = usage.action.split_once(':').map_or("", |(_, name)| name);
            for (latest, key) in [(&mut entities, &*member.id), (&mut actions, action)] {
                let known = latest.entry(key).or_insert_with(|| (member, last.clone()));
                if known.1.at < last.at {
                    *known = (member, last.clone());
                }
            }
        }
        let known = SERVICES.iter().find(|(known, _)| *known == service);
        let actions = actions.into_iter();
        Self {
            name: known.map_or_else(|| service.clone(), |(_, name)| (*name).to_owned()),
            entities: entities.into_values().map(|(it, last)| (it.clone(), last)).collect(),
            actions: actions.map(|(name, (it, at))| (name.into(), it.arn.clone(), at)).collect(),
            namespace: service,
        }
    }

    /// Who used it last.
    pub fn latest(&self) -> Option<&(Member, Last)> {
        self.entities.iter().max_by_key(|(_, last)| last.at)
    }
}

/// The service of an action.
fn namespace(action: &str) -> &str {
    action.split(':').next().unwrap_or_default()
}
