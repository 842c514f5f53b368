//! The attributes of a topic: set one at a time, shown all at once.

use crate::{
    error::SnsError,
    subscription::Subscription,
    topic::{self, Topic, TopicRef},
};
use policy::{Kind, Policy};
use serde_json::json;
use service_kit::prelude::*;

/// AWS's limit for a topic's policy.
const MAX_POLICY_BYTES: usize = 30 * 1024;

/// Sets one attribute.
///
/// # Errors
/// An invalid parameter; what Heist lacks is named.
pub fn set(topic: &mut Topic, name: &str, value: &str) -> Result<(), SnsError> {
    match name {
        "Policy" => {
            let parsed = Policy::parse(value, Kind::Resource).map_err(|malformed| {
                SnsError::invalid(format_args!("Policy Error: {}", malformed.message))
            })?;
            if parsed.text().len() > MAX_POLICY_BYTES {
                return Err(SnsError::invalid("Policy Error: too long"));
            }
            topic.policy = Some(value.into());
        }
        "DisplayName" if value.chars().count() <= 100 => topic.display_name = value.into(),
        "DisplayName" => return Err(SnsError::invalid("DisplayName")),
        "KmsMasterKeyId" => topic.kms_key = Some(value.to_owned()).filter(|key| !key.is_empty()),
        "FifoTopic" if value == "false" => {}
        "FifoTopic" | "ContentBasedDeduplication" | "FifoThroughputScope" | "ArchivePolicy" => {
            return Err(Fault::unsupported("FIFO topics").into());
        }
        "DeliveryPolicy" | "SignatureVersion" | "TracingConfig" | "DataProtectionPolicy" => {
            return Err(Fault::unsupported(format_args!("the topic attribute {name}")).into());
        }
        feedback if feedback.contains("Feedback") => {
            return Err(Fault::unsupported(format_args!("the topic attribute {name}")).into());
        }
        _ => return Err(SnsError::invalid("AttributeName")),
    }
    Ok(())
}

/// The attributes that are settings.
pub fn shown(topic: &Topic) -> BTreeMap<String, String> {
    let mut shown = BTreeMap::new();
    let mut show = |name: &str, value: String| shown.insert(name.to_owned(), value);
    show("TopicArn", topic.arn());
    show("Owner", topic.account.clone());
    show("Policy", topic.policy_text());
    show("DisplayName", topic.display_name.clone());
    show("EffectiveDeliveryPolicy", effective_delivery_policy());
    if let Some(key) = &topic.kms_key {
        show("KmsMasterKeyId", key.clone());
    }
    shown
}

/// AWS shows this for every topic that has no policy of its own.
fn effective_delivery_policy() -> String {
    json!({ "http": {
        "defaultHealthyRetryPolicy": {
            "minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3, "numMaxDelayRetries": 0,
            "numNoDelayRetries": 0, "numMinDelayRetries": 0, "backoffFunction": "linear",
        },
        "disableSubscriptionOverrides": false,
        "defaultRequestPolicy": { "headerContentType": "text/plain; charset=UTF-8" },
    } })
    .to_string()
}

/// Tells the attributes of a topic.
pub(crate) enum GetTopicAttributes {}

#[derive(Debug, Shape)]
pub struct GetTopicAttributesInput {
    pub topic_arn: String,
}

#[derive(Debug, Shape)]
pub struct GetTopicAttributesOutput {
    pub attributes: Option<BTreeMap<String, String>>,
}

impl Operation for GetTopicAttributes {
    const NAME: &'static str = "GetTopicAttributes";
    type Input = GetTopicAttributesInput;
    type Output = GetTopicAttributesOutput;
    type Error = SnsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("SNS:GetTopicAttributes", &input.topic_arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = TopicRef::parse(&input.topic_arn)?;
        let (topic, pending, confirmed) = cx.read(|tx| {
            let topic = named.get(tx)?;
            let all: Vec<Subscription> = tx.within(named.scope.clone()).list(&named.name)?;
            let pending = all.iter().filter(|subscription| subscription.pending).count();
            Ok::<_, SnsError>((topic, pending, all.len() - pending))
        })?;
        let mut shown = shown(&topic);
        shown.insert("SubscriptionsPending".into(), pending.to_string());
        shown.insert("SubscriptionsConfirmed".into(), confirmed.to_string());
        shown.insert("SubscriptionsDeleted".into(), "0".into());
        Ok(GetTopicAttributesOutput { attributes: Some(shown) })
    }
}

/// Sets one attribute of a topic.
pub(crate) enum SetTopicAttributes {}

#[derive(Debug, Shape)]
pub struct SetTopicAttributesInput {
    pub topic_arn: String,
    pub attribute_name: String,
    pub attribute_value: Option<String>,
}

impl Operation for SetTopicAttributes {
    const NAME: &'static str = "SetTopicAttributes";
    type Input = SetTopicAttributesInput;
    type Output = Empty;
    type Error = SnsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("SNS:SetTopicAttributes", &input.topic_arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let value = input.attribute_value.unwrap_or_default();
        topic::change(cx, &input.topic_arn, |topic| {
            set(topic, &input.attribute_name, &value)?;
            Ok(Empty)
        })
        .await
    }
}
