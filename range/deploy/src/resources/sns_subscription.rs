//! `AWS::SNS::Subscription`: where a topic's messages go.

use crate::{
    form::{Form, Property, optional, required},
    kind::{Cause, Made, Make, ResourceType, Unmake, text_of},
};
use serde_json::json;

pub(super) enum Subscription {}

const ATTRIBUTES: [&str; 6] = [
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "SubscriptionRoleArn",
];

impl ResourceType for Subscription {
    const NAME: &'static str = "AWS::SNS::Subscription";
    const PROPERTIES: &'static [Property] = &[
        required("Protocol", Form::Text),
        required("TopicArn", Form::Text),
        optional("DeliveryPolicy", Form::Json),
        optional("Endpoint", Form::Text),
        optional("FilterPolicy", Form::Json),
        optional("FilterPolicyScope", Form::Text),
        optional("RawMessageDelivery", Form::Text),
        optional("RedrivePolicy", Form::Json),
        optional("SubscriptionRoleArn", Form::Text),
    ];
    const ATTRIBUTES: &'static [&'static str] = &["Arn"];

    async fn create(it: &Make<'_>) -> Result<Made, Cause> {
        let mut input = it.pick(&["Protocol", "TopicArn", "Endpoint"]);
        input.insert("ReturnSubscriptionArn".to_owned(), true.into());
        let attributes = it.pick(&ATTRIBUTES);
        if !attributes.is_empty() {
            input.insert("Attributes".to_owned(), attributes.into());
        }
        let arn = text_of(&it.call("sns", "Subscribe", input).await?, "SubscriptionArn");
        it.begun(json!({"SubscriptionArn": arn}));
        Ok(Made::new(&arn).with("Arn", arn))
    }

    async fn delete(it: &Unmake<'_>) -> Result<(), Cause> {
        it.delete("sns", "Unsubscribe").await
    }
}
