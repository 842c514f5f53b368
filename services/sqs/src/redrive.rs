//! Dead-letter queues: where messages go that nobody manages to deal with.

use crate::{error::SqsError, queue_ref::QueueRef};
use serde_json::{Value, json};
use service_kit::prelude::*;

/// When a message is given up and where it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedrivePolicy {
    pub target_arn: String,
    pub max_receive_count: u32,
}

/// Which queues may use a queue as their dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AllowPolicy {
    All,
    None,
    Queues(Vec<String>),
}

fn malformed(name: &str, text: &str, reason: &str) -> SqsError {
    SqsError::parameter(text, name, reason)
}

impl RedrivePolicy {
    /// Reads the attribute's JSON; the count may be a number or text.
    ///
    /// # Errors
    /// [`SqsError::InvalidParameterValueException`].
    pub fn parse(text: &str) -> Result<Self, SqsError> {
        let bad = |reason: &str| malformed("RedrivePolicy", text, reason);
        let value: Value = serde_json::from_str(text)
            .map_err(|_| bad("Redrive policy is not a valid JSON map."))?;
        let fields =
            value.as_object().ok_or_else(|| bad("Redrive policy is not a valid JSON map."))?;
        let known = ["deadLetterTargetArn", "maxReceiveCount"];
        if fields.keys().any(|key| !known.contains(&key.as_str())) {
            return Err(bad("Only following attributes are supported: \
                            [deadLetterTargetArn, maxReceiveCount]."));
        }
        let target = fields.get("deadLetterTargetArn").and_then(Value::as_str);
        let target = target.ok_or_else(|| {
            bad("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.")
        })?;
        let count = fields.get("maxReceiveCount").ok_or_else(|| {
            bad("Redrive policy does not contain mandatory attribute: maxReceiveCount.")
        })?;
        let count = match count {
            Value::String(text) => text.parse().ok(),
            number => number.as_u64(),
        };
        let max_receive_count = count
            .filter(|count| (1..=1_000).contains(count))
            .and_then(|count| u32::try_from(count).ok())
            .ok_or_else(|| bad("Invalid value for maxReceiveCount: must be between 1 and 1000."))?;
        Ok(Self { target_arn: target.into(), max_receive_count })
    }

    /// The attribute as AWS writes it.
    pub fn text(&self) -> String {
        json!({
            "deadLetterTargetArn": self.target_arn,
            "maxReceiveCount": self.max_receive_count,
        })
        .to_string()
    }

    /// The queue messages go to.
    pub fn target(&self) -> Option<QueueRef> {
        QueueRef::of_arn(&self.target_arn)
    }

    /// Refuses a target that is not there, is elsewhere, or does not take dead letters of `source`.
    ///
    /// # Errors
    /// [`SqsError::InvalidParameterValueException`].
    pub fn check(&self, tx: &ReadTx<'_>, source: &QueueRef, fifo: bool) -> Result<(), SqsError> {
        let text = self.text();
        let bad = |reason: &str| malformed("RedrivePolicy", &text, reason);
        let target = self.target().ok_or_else(|| bad("Invalid value for deadLetterTargetArn."))?;
        if target.scope != source.scope {
            return Err(bad("Dead-letter target owner should be same as the source."));
        }
        let queue = target.get(tx).map_err(|_| bad("Dead letter target does not exist."))?;
        if queue.fifo.is_some() != fifo {
            return Err(bad("Dead-letter queue must be same type of queue as the source."));
        }
        let allowed = match &queue.redrive_allow {
            None | Some(AllowPolicy::All) => true,
            Some(AllowPolicy::None) => false,
            Some(AllowPolicy::Queues(arns)) => arns.contains(&source.arn()),
        };
        match allowed {
            true => Ok(()),
            false => Err(bad("Dead letter target does not allow this source queue.")),
        }
    }
}

impl AllowPolicy {
    /// Reads the attribute's JSON.
    ///
    /// # Errors
    /// [`SqsError::InvalidParameterValueException`].
    pub fn parse(text: &str) -> Result<Self, SqsError> {
        let bad = |reason: &str| malformed("RedriveAllowPolicy", text, reason);
        let value: Value = serde_json::from_str(text)
            .map_err(|_| bad("Redrive allow policy is not a valid JSON map."))?;
        let sources = value.get("sourceQueueArns").and_then(Value::as_array);
        match (value.get("redrivePermission").and_then(Value::as_str), sources) {
            (Some("allowAll"), None) => Ok(Self::All),
            (Some("denyAll"), None) => Ok(Self::None),
            (Some("byQueue"), Some(arns)) if (1..=10).contains(&arns.len()) => {
                let arns = arns.iter().filter_map(Value::as_str).map(str::to_owned);
                Ok(Self::Queues(arns.collect()))
            }
            _ => Err(bad("Amazon SQS can't create the redrive allow policy, as it's in an \
                          unsupported format.")),
        }
    }

    /// The attribute as AWS writes it.
    pub fn text(&self) -> String {
        match self {
            Self::All => json!({ "redrivePermission": "allowAll" }),
            Self::None => json!({ "redrivePermission": "denyAll" }),
            Self::Queues(arns) => {
                json!({ "redrivePermission": "byQueue", "sourceQueueArns": arns })
            }
        }
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_may_be_text_and_must_be_sensible() {
        let parse = |count: &str| {
            let arn = "arn:aws:sqs:us-east-1:111122223333:dead";
            let text = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":{count}}}"#);
            RedrivePolicy::parse(&text).map(|policy| policy.max_receive_count).ok()
        };
        assert_eq!(parse("3"), Some(3));
        assert_eq!(parse("\"3\""), Some(3));
        assert_eq!(parse("0"), None);
        assert_eq!(parse("1001"), None);
        assert!(RedrivePolicy::parse("[]").is_err());
    }
}
