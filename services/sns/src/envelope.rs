//! Messages as subscribers see them.
//!
//! `Signature` and `SigningCertURL` are there and empty: Heist does not sign notifications, and
//! does not pretend to. A subscriber that verifies signatures refuses them, as it should.

use crate::{
    content::{Content, Message},
    subscription::{Protocol, Subscription},
};
use serde_json::{Map, Value, json};
use service_kit::prelude::*;

/// The URL that ends a subscription.
fn unsubscribe_url(cx: &Context, subscription: &Subscription) -> String {
    let port = cx.platform().settings().port;
    let arn = subscription.arn();
    format!("http://localhost:{port}/?Action=Unsubscribe&SubscriptionArn={arn}")
}

fn attributes(content: &Content) -> Value {
    let mut shown = Map::new();
    for (name, attribute) in &content.attributes {
        let value = json!({ "Type": attribute.data_type, "Value": attribute.value });
        shown.insert(name.clone(), value);
    }
    shown.into()
}

/// The JSON document that a queue gets as its message.
pub fn notification(
    cx: &Context,
    subscription: &Subscription,
    message: &Message,
    content: &Content,
) -> Value {
    let mut shown = Map::new();
    shown.insert("Type".into(), "Notification".into());
    shown.insert("MessageId".into(), message.id.clone().into());
    shown.insert("TopicArn".into(), message.topic_arn.clone().into());
    if let Some(subject) = &content.subject {
        shown.insert("Subject".into(), subject.clone().into());
    }
    shown.insert("Message".into(), content.text(subscription.protocol).into());
    shown.insert("Timestamp".into(), message.published.date_time_millis().into());
    shown.insert("SignatureVersion".into(), "1".into());
    shown.insert("Signature".into(), "".into());
    shown.insert("SigningCertURL".into(), "".into());
    shown.insert("UnsubscribeURL".into(), unsubscribe_url(cx, subscription).into());
    if !content.attributes.is_empty() {
        shown.insert("MessageAttributes".into(), attributes(content));
    }
    shown.into()
}

/// The event that a function gets.
pub fn event(
    cx: &Context,
    subscription: &Subscription,
    message: &Message,
    content: &Content,
) -> Value {
    json!({ "Records": [{
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription.arn(),
        "Sns": {
            "Type": "Notification",
            "MessageId": message.id,
            "TopicArn": message.topic_arn,
            "Subject": content.subject,
            "Message": content.text(Protocol::Lambda),
            "Timestamp": message.published.date_time_millis(),
            "SignatureVersion": "1",
            "Signature": "",
            "SigningCertUrl": "",
            "UnsubscribeUrl": unsubscribe_url(cx, subscription),
            "MessageAttributes": attributes(content),
        },
    }] })
}

/// The JSON document that asks a queue's owner to confirm.
pub fn confirmation(cx: &Context, subscription: &Subscription, token: &str) -> Value {
    let topic = &subscription.topic_arn;
    let port = cx.platform().settings().port;
    json!({
        "Type": "SubscriptionConfirmation",
        "MessageId": cx.entropy().uuid(),
        "Token": token,
        "TopicArn": topic,
        "Message": format!(
            "You have chosen to subscribe to the topic {topic}.\nTo confirm the subscription, \
             visit the SubscribeURL included in this message."
        ),
        "SubscribeURL": format!(
            "http://localhost:{port}/?Action=ConfirmSubscription&TopicArn={topic}&Token={token}"
        ),
        "Timestamp": cx.now().date_time_millis(),
        "SignatureVersion": "1",
        "Signature": "",
        "SigningCertURL": "",
    })
}

/// Attributes in the form that SQS takes, for raw delivery.
pub fn sqs_attributes(content: &Content) -> Value {
    let mut shown = Map::new();
    for (name, attribute) in &content.attributes {
        let data_type = match attribute.data_type.as_str() {
            "String.Array" => "String",
            other => other,
        };
        let field = match data_type.starts_with("Binary") {
            true => "BinaryValue",
            false => "StringValue",
        };
        shown.insert(name.clone(), json!({ "DataType": data_type, field: attribute.value }));
    }
    shown.into()
}
