//! The attributes of a topic: set one at a time, shown all at once.

use crate::{
    error::SnsError,
    subscription::Subscription,
    topic::{self, Topic, TopicRef},
};
use policy::{Kind, Policy};
use serde_json::json;
use service_kit::{
    identity::{Unstorable, bind_principals, show_principals},
    prelude::*,
};

/// AWS's limit for a topic's policy.
const MAX_POLICY_BYTES: usize = 30 * 1024;

/// Sets one attribute.
///
/// # Errors
/// An invalid parameter; what Heist lacks is named.
pub fn set(tx: &ReadTx<'_>, topic: &mut Topic, name: &str, value: &str) -> Result<(), SnsError> {
    match name {
        "Policy" => topic.policy = Some(policy(tx, value)?),
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

/// The form of a policy to store: users and roles by unique id, so that a later one of the same
/// name is not meant.
fn policy(tx: &ReadTx<'_>, document: &str) -> Result<String, SnsError> {
    Policy::parse(document, Kind::Resource).map_err(|malformed| {
        SnsError::invalid(format_args!("Policy Error: {}", malformed.message))
    })?;
    if document.len() > MAX_POLICY_BYTES {
        return Err(SnsError::invalid("Policy Error: too long"));
    }
    bind_principals(tx, document, Kind::Resource).map_err(|error| match error {
        Unstorable::Malformed(_) => SnsError::invalid("Policy Error: PrincipalNotFound"),
        Unstorable::Fault(fault) => fault.into(),
    })
}

/// The attributes that are settings, the policy with users and roles by ARN.
///
/// # Errors
/// [`Fault`] when storage fails.
pub fn shown(tx: &ReadTx<'_>, topic: &Topic) -> Result<BTreeMap<String, String>, Fault> {
    let mut shown = BTreeMap::new();
    let mut show = |name: &str, value: String| shown.insert(name.to_owned(), value);
    show("TopicArn", topic.arn());
    show("Owner", topic.account.clone());
    show("Policy", show_principals(tx, &topic.policy_text(), Kind::Resource)?);
    show("DisplayName", topic.display_name.clone());
    show("EffectiveDeliveryPolicy", effective_delivery_policy());
    if let Some(key) = &topic.kms_key {
        show("KmsMasterKeyId", key.clone());
    }
    Ok(shown)
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
        let named = TopicRef::parse(&input.topic_arn, cx.scope())?;
        let (mut shown, pending, confirmed) = cx.read(|tx| {
            let topic = named.get(tx)?;
            let all: Vec<Subscription> = tx.within(named.scope.clone()).list(&named.name)?;
            let pending = all.iter().filter(|subscription| subscription.pending).count();
            Ok::<_, SnsError>((shown(tx, &topic)?, pending, all.len() - pending))
        })?;
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
        topic::change(cx, &input.topic_arn, |tx, topic| {
            set(tx, topic, &input.attribute_name, &value)?;
            Ok(Empty)
        })
        .await
    }
}
