//! The attributes of a queue: set from text, shown as text.

use crate::{
    error::SqsError,
    queue::{Encryption, Queue, Settings},
    queue_ref::QueueRef,
    redrive::{AllowPolicy, RedrivePolicy},
};
use policy::Kind;
use service_kit::{
    identity::{Unstorable, bind_principals, show_principals},
    prelude::*,
};

const DEFAULT_REUSE_SECONDS: u32 = 300;
/// AWS's limit for a queue's policy.
const MAX_POLICY_BYTES: usize = 20_480;

/// A numeric attribute: its name, bounds and place.
type Number = (&'static str, std::ops::RangeInclusive<u32>, fn(&mut Settings) -> &mut u32);

const NUMBERS: [Number; 5] = [
    ("DelaySeconds", 0..=900, |settings| &mut settings.delay_seconds),
    ("MaximumMessageSize", 1_024..=1_048_576, |settings| &mut settings.maximum_message_size),
    ("MessageRetentionPeriod", 60..=1_209_600, |settings| &mut settings.message_retention_period),
    ("ReceiveMessageWaitTimeSeconds", 0..=20, |settings| {
        &mut settings.receive_message_wait_time_seconds
    }),
    ("VisibilityTimeout", 0..=43_200, |settings| &mut settings.visibility_timeout),
];

/// The attributes that only FIFO queues have.
const FIFO: [&str; 4] =
    ["FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"];

fn invalid(name: &str) -> SqsError {
    SqsError::InvalidAttributeValue(format!("Invalid value for the parameter {name}."))
}

fn number(name: &str, text: &str, bounds: std::ops::RangeInclusive<u32>) -> Result<u32, SqsError> {
    text.parse().ok().filter(|number| bounds.contains(number)).ok_or_else(|| invalid(name))
}

/// Sets the attributes given as text; those not given stay.
///
/// # Errors
/// [`SqsError::InvalidAttributeName`], [`SqsError::InvalidAttributeValue`] and their kin.
pub fn set(
    tx: &ReadTx<'_>,
    queue: &mut Queue,
    given: &BTreeMap<String, String>,
) -> Result<(), SqsError> {
    for (name, text) in given {
        if let Some((_, bounds, place)) = NUMBERS.iter().find(|(known, ..)| known == name) {
            *place(&mut queue.settings) = number(name, text, bounds.clone())?;
            continue;
        }
        match name.as_str() {
            "Policy" => queue.policy = policy(tx, text)?,
            "RedrivePolicy" => {
                queue.redrive = given_text(text).map(RedrivePolicy::parse).transpose()?;
                let fifo = queue.fifo.is_some();
                let named = QueueRef { scope: queue.scope(), name: queue.name.clone() };
                queue.redrive.iter().try_for_each(|redrive| redrive.check(tx, &named, fifo))?;
            }
            "RedriveAllowPolicy" => {
                queue.redrive_allow = given_text(text).map(AllowPolicy::parse).transpose()?;
            }
            "KmsMasterKeyId" | "KmsDataKeyReusePeriodSeconds" | "SqsManagedSseEnabled" => {}
            name if FIFO.contains(&name) => set_fifo(queue, name, text)?,
            _ => return Err(SqsError::InvalidAttributeName(format!("Unknown Attribute {name}."))),
        }
    }
    encryption(queue, given)
}

fn given_text(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn set_fifo(queue: &mut Queue, name: &str, text: &str) -> Result<(), SqsError> {
    let unknown = || SqsError::InvalidAttributeName(format!("Unknown Attribute {name}."));
    let fifo = queue.fifo.as_mut().ok_or_else(unknown)?;
    match (name, text) {
        ("FifoQueue", "true") => {}
        ("ContentBasedDeduplication", "true") => fifo.content_based = true,
        ("ContentBasedDeduplication", "false") => fifo.content_based = false,
        ("DeduplicationScope", "queue") => fifo.by_group = false,
        ("DeduplicationScope", "messageGroup") => fifo.by_group = true,
        ("FifoThroughputLimit", "perQueue") => fifo.limit_by_group = false,
        ("FifoThroughputLimit", "perMessageGroupId") => fifo.limit_by_group = true,
        _ => return Err(invalid(name)),
    }
    Ok(())
}

/// The form of a policy to store: users and roles by unique id, so that a later one of the same
/// name is not meant.
fn policy(tx: &ReadTx<'_>, text: &str) -> Result<Option<String>, SqsError> {
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() > MAX_POLICY_BYTES {
        return Err(invalid("Policy"));
    }
    match bind_principals(tx, text, Kind::Resource) {
        Ok(stored) => Ok(Some(stored)),
        Err(Unstorable::Malformed(_)) => Err(invalid("Policy")),
        Err(Unstorable::Fault(fault)) => Err(fault.into()),
    }
}

fn encryption(queue: &mut Queue, given: &BTreeMap<String, String>) -> Result<(), SqsError> {
    let key = given.get("KmsMasterKeyId").map(String::as_str);
    let reuse = given.get("KmsDataKeyReusePeriodSeconds");
    let managed = match given.get("SqsManagedSseEnabled").map(String::as_str) {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => return Err(invalid("SqsManagedSseEnabled")),
    };
    let reuse =
        reuse.map(|text| number("KmsDataKeyReusePeriodSeconds", text, 60..=86_400)).transpose()?;
    if managed == Some(true) && key.is_some_and(|key| !key.is_empty()) {
        return Err(SqsError::InvalidAttributeValue(
            "You can use one type of server-side encryption (SSE) at one time. You can either \
             enable KMS SSE or SQS SSE."
                .into(),
        ));
    }
    match key {
        Some("") => queue.encryption = Encryption::None,
        Some(key) => {
            let reuse_seconds = reuse.unwrap_or(DEFAULT_REUSE_SECONDS);
            queue.encryption = Encryption::Kms { key: key.into(), reuse_seconds };
        }
        None => {}
    }
    match (managed, &mut queue.encryption) {
        (Some(true), encryption) => *encryption = Encryption::Managed,
        (Some(false), encryption @ Encryption::Managed) => *encryption = Encryption::None,
        (_, Encryption::Kms { reuse_seconds, .. }) => {
            *reuse_seconds = reuse.unwrap_or(*reuse_seconds);
        }
        _ => {}
    }
    Ok(())
}

/// The attributes that are settings, as AWS shows them: the policy has users and roles by ARN.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn shown(tx: &ReadTx<'_>, queue: &Queue) -> Result<BTreeMap<String, String>, Fault> {
    let mut settings = queue.settings.clone();
    let mut shown: BTreeMap<String, String> = NUMBERS
        .iter()
        .map(|(name, _, place)| ((*name).to_owned(), place(&mut settings).to_string()))
        .collect();
    let mut show = |name: &str, value: String| shown.insert(name.into(), value);
    show("QueueArn", queue.arn());
    show("CreatedTimestamp", queue.created.as_secs().to_string());
    show("LastModifiedTimestamp", queue.modified.as_secs().to_string());
    show("SqsManagedSseEnabled", (queue.encryption == Encryption::Managed).to_string());
    if let Encryption::Kms { key, reuse_seconds } = &queue.encryption {
        show("KmsMasterKeyId", key.clone());
        show("KmsDataKeyReusePeriodSeconds", reuse_seconds.to_string());
    }
    if let Some(fifo) = &queue.fifo {
        let (scope, limit) = (fifo.by_group, fifo.limit_by_group);
        show("FifoQueue", "true".into());
        show("ContentBasedDeduplication", fifo.content_based.to_string());
        show("DeduplicationScope", if scope { "messageGroup" } else { "queue" }.into());
        show("FifoThroughputLimit", if limit { "perMessageGroupId" } else { "perQueue" }.into());
    }
    if let Some(policy) = &queue.policy {
        show("Policy", show_principals(tx, policy, Kind::Resource)?);
    }
    if let Some(redrive) = &queue.redrive {
        show("RedrivePolicy", redrive.text());
    }
    if let Some(allow) = &queue.redrive_allow {
        show("RedriveAllowPolicy", allow.text());
    }
    Ok(shown)
}

/// Every attribute that GetQueueAttributes knows of.
pub const NAMES: [&str; 22] = [
    "All",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "ContentBasedDeduplication",
    "CreatedTimestamp",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "LastModifiedTimestamp",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "Policy",
    "QueueArn",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
];
