//! The attributes of a subscription: set one at a time, shown all at once.

use crate::{
    error::SnsError,
    subscription::{self, Subscription},
};
use serde_json::json;
use service_kit::prelude::*;

fn shown(subscription: &Subscription) -> BTreeMap<String, String> {
    let mut shown = BTreeMap::new();
    let mut show = |name: &str, value: String| shown.insert(name.to_owned(), value);
    let options = &subscription.options;
    show("SubscriptionArn", subscription.arn());
    show("TopicArn", subscription.topic_arn.clone());
    show("Owner", subscription.owner.clone());
    show("SubscriptionPrincipal", subscription.principal.clone());
    show("Protocol", subscription.protocol.as_str().into());
    show("Endpoint", subscription.endpoint.clone());
    show("PendingConfirmation", subscription.pending.to_string());
    show("ConfirmationWasAuthenticated", (!subscription.pending).to_string());
    show("RawMessageDelivery", options.raw.to_string());
    if let Some(policy) = &options.filter_policy {
        show("FilterPolicy", policy.clone());
        show("FilterPolicyScope", options.filter_scope.as_str().into());
    }
    if let Some(arn) = &options.dead_letter_arn {
        show("RedrivePolicy", json!({ "deadLetterTargetArn": arn }).to_string());
    }
    shown
}

/// Tells the attributes of a subscription.
pub(crate) enum GetSubscriptionAttributes {}

#[derive(Debug, Shape)]
pub struct GetSubscriptionAttributesInput {
    pub subscription_arn: String,
}

#[derive(Debug, Shape)]
pub struct GetSubscriptionAttributesOutput {
    pub attributes: Option<BTreeMap<String, String>>,
}

impl Operation for GetSubscriptionAttributes {
    const NAME: &'static str = "GetSubscriptionAttributes";
    type Input = GetSubscriptionAttributesInput;
    type Output = GetSubscriptionAttributesOutput;
    type Error = SnsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let topic = subscription::topic_arn(&input.subscription_arn, at);
        Access::on("SNS:GetSubscriptionAttributes", topic).only()
    }

    fn resources(input: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        subscription::name_owner(&input.subscription_arn, tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let found = cx.read(|tx| subscription::get(tx, &input.subscription_arn))?;
        found.check_owner(cx)?;
        Ok(GetSubscriptionAttributesOutput { attributes: Some(shown(&found)) })
    }
}

/// Sets one attribute of a subscription.
pub(crate) enum SetSubscriptionAttributes {}

#[derive(Debug, Shape)]
pub struct SetSubscriptionAttributesInput {
    pub subscription_arn: String,
    pub attribute_name: String,
    pub attribute_value: Option<String>,
}

impl Operation for SetSubscriptionAttributes {
    const NAME: &'static str = "SetSubscriptionAttributes";
    type Input = SetSubscriptionAttributesInput;
    type Output = Empty;
    type Error = SnsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let topic = subscription::topic_arn(&input.subscription_arn, at);
        Access::on("SNS:SetSubscriptionAttributes", topic).only()
    }

    fn resources(input: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        subscription::name_owner(&input.subscription_arn, tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let (topic, _) = subscription::parse_arn(&input.subscription_arn, cx.scope())?;
        let value = input.attribute_value.unwrap_or_default();
        cx.write(|tx| {
            let mut found = subscription::get(&tx.reader(), &input.subscription_arn)?;
            found.check_owner(cx)?;
            found.options.set(found.protocol, &input.attribute_name, &value)?;
            found.options.filter()?;
            tx.within(topic.scope.clone()).put(&found)?;
            Ok(Empty)
        })
        .await
    }
}
