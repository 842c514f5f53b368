//! Deliveries: one message to one subscription, tried until it arrives or cannot.

use crate::{
    confirm_subscription::token,
    content::{Content, Message},
    envelope,
    subscription::{self, Protocol, Subscription},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use policy::Arn;
use serde_json::{Value, json};
use service_kit::{metrics::Series, prelude::*};
use shape::Failure;

/// Attempts at a queue or function, over 23 days (SNS Developer Guide, "Message delivery
/// retries", AWS managed endpoints).
const MAX_ATTEMPTS: u32 = 100_015;
const PRINCIPAL: &str = "sns.amazonaws.com";

/// Delivers a message to a subscription of its topic.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Deliver {
    pub message: Message,
    pub subscription: String,
}

impl Job for Deliver {
    const KIND: &'static str = "sns.deliver";

    async fn run(&self, cx: &Context, attempt: u32) -> Outcome {
        let topic = &self.message.topic;
        let found = cx.read(|tx| tx.get::<Subscription>((topic, &self.subscription)));
        let subscription = match found {
            Ok(Some(subscription)) => subscription,
            Ok(None) => return Outcome::Done,
            Err::<_, Fault>(_) => return Outcome::Again(pause(attempt)),
        };
        let Ok(content) = self.message.open(cx) else {
            self.count(cx, "NumberOfNotificationsFailed");
            return Outcome::Done;
        };
        let Err(failure) = deliver(cx, &subscription, &self.message, &content).await else {
            self.count(cx, "NumberOfNotificationsDelivered");
            return Outcome::Done;
        };
        if is_passing(&failure) && attempt < MAX_ATTEMPTS {
            return Outcome::Again(pause(attempt));
        }
        self.count(cx, "NumberOfNotificationsFailed");
        self.bury(cx, &subscription, &content, attempt).await
    }
}

impl Deliver {
    fn count(&self, cx: &Context, name: &'static str) {
        let series = Series::new("AWS/SNS", name, &[("TopicName", &self.message.topic)]);
        cx.count(series, 1.0, "Count");
    }

    /// Sends what cannot be delivered to the subscription's dead-letter queue, if it has one.
    async fn bury(
        &self,
        cx: &Context,
        subscription: &Subscription,
        content: &Content,
        attempt: u32,
    ) -> Outcome {
        let Some(queue) = &subscription.options.dead_letter_arn else { return Outcome::Done };
        let sent = send(cx, subscription, queue, &self.message, content).await;
        match sent {
            Ok(()) => {
                self.count(cx, "NumberOfNotificationsRedrivenToDlq");
                Outcome::Done
            }
            Err(failure) if is_passing(&failure) && attempt < MAX_ATTEMPTS => {
                Outcome::Again(pause(attempt))
            }
            Err(_) => {
                self.count(cx, "NumberOfNotificationsFailedToRedriveToDlq");
                Outcome::Done
            }
        }
    }
}

/// Whether trying again may help: what the endpoint refuses, it will refuse again.
fn is_passing(failure: &Failure) -> bool {
    failure.status >= 500 && failure.code != Fault::NOT_IMPLEMENTED
        || failure.status == 429
        || failure.code.contains("Throttl")
        || failure.code == "TooManyRequestsException"
}

/// How long to wait after that attempt.
fn pause(attempt: u32) -> Duration {
    match attempt {
        0..=2 => Duration::ZERO,
        3..=4 => Duration::from_secs(1),
        5..=14 => Duration::from_secs(1 << (attempt / 2 - 2).min(4)),
        _ => Duration::from_secs(20),
    }
}

async fn deliver(
    cx: &Context,
    subscription: &Subscription,
    message: &Message,
    content: &Content,
) -> Result<(), Failure> {
    match subscription.protocol {
        Protocol::Sqs => send(cx, subscription, &subscription.endpoint, message, content).await,
        Protocol::Lambda => {
            let event = envelope::event(cx, subscription, message, content);
            let input = json!({
                "FunctionName": subscription.endpoint,
                "InvocationType": "Event",
                "Payload": STANDARD.encode(event.to_string()),
            });
            call(cx, subscription, &subscription.endpoint, ("lambda", "Invoke", input)).await
        }
    }
}

async fn send(
    cx: &Context,
    subscription: &Subscription,
    queue: &str,
    message: &Message,
    content: &Content,
) -> Result<(), Failure> {
    let mut input = json!({ "QueueUrl": queue_url(queue) });
    if subscription.options.raw {
        input["MessageBody"] = content.text(subscription.protocol).into();
        if !content.attributes.is_empty() {
            input["MessageAttributes"] = envelope::sqs_attributes(content);
        }
    } else {
        let shown = envelope::notification(cx, subscription, message, content);
        input["MessageBody"] = shown.to_string().into();
    }
    call(cx, subscription, queue, ("sqs", "SendMessage", input)).await
}

/// A URL for the queue of that ARN; the host does not matter.
fn queue_url(arn: &str) -> String {
    let arn = Arn::parse(arn);
    arn.map(|arn| format!("http://localhost/{}/{}", arn.account, arn.resource)).unwrap_or_default()
}

/// Calls the endpoint's service as SNS, for the topic: the endpoint's own policy decides.
async fn call(
    cx: &Context,
    subscription: &Subscription,
    endpoint: &str,
    (service, operation, input): (&'static str, &'static str, Value),
) -> Result<(), Failure> {
    let scope = Arn::parse(endpoint).map(|arn| Scope::new(arn.account, arn.region));
    let name = As::Service {
        principal: PRINCIPAL,
        source_arn: subscription.topic_arn.clone(),
        source_account: cx.account().into(),
    };
    let scope = scope.unwrap_or_else(|| cx.scope().clone());
    cx.call_in(scope, service, operation, input, name).await.map(drop)
}

/// Asks the owner of a queue to confirm its subscription.
#[derive(Serialize, Deserialize)]
pub(crate) struct RequestConfirmation {
    /// The subscription's ARN.
    pub subscription: String,
}

impl Job for RequestConfirmation {
    const KIND: &'static str = "sns.request_confirmation";

    async fn run(&self, cx: &Context, attempt: u32) -> Outcome {
        let Ok(found) = cx.read(|tx| subscription::get(tx, &self.subscription)) else {
            return Outcome::Done;
        };
        let Ok(token) = token(cx, &self.subscription) else { return Outcome::Done };
        let body = envelope::confirmation(cx, &found, &token).to_string();
        let input = json!({ "QueueUrl": queue_url(&found.endpoint), "MessageBody": body });
        match call(cx, &found, &found.endpoint, ("sqs", "SendMessage", input)).await {
            Err(failure) if is_passing(&failure) && attempt < MAX_ATTEMPTS => {
                Outcome::Again(pause(attempt))
            }
            _ => Outcome::Done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_twenty_seconds() {
        let pauses: Vec<u64> = (1..=16).map(|attempt| pause(attempt).as_secs()).collect();
        assert!(pauses.is_sorted());
        assert_eq!((pauses[0], pauses[15]), (0, 20));
    }

    #[test]
    fn refusals_are_final() {
        assert!(!is_passing(&Failure::new("AccessDeniedException", 400, "")));
        assert!(!is_passing(&Failure::new("NotImplemented", 501, "")));
        assert!(is_passing(&Failure::new("InternalFailure", 500, "")));
        assert!(is_passing(&Failure::new("ThrottlingException", 400, "")));
    }
}
