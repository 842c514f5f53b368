//! Subscribe: let a queue or function have a topic's messages.

use crate::{
    delivery::RequestConfirmation,
    error::SnsError,
    subscription::{self, Options, Protocol, Subscription},
    topic::{Topic, TopicRef},
};
use policy::Arn;
use service_kit::prelude::*;

/// The most subscriptions of one topic.
const MAX_SUBSCRIPTIONS: usize = 10_000;
/// What AWS delivers to and Heist does not yet.
const LATER: [&str; 7] = ["http", "https", "email", "email-json", "sms", "application", "firehose"];

/// Subscribes an endpoint. An endpoint of another account has to confirm.
pub(crate) enum Subscribe {}

#[derive(Debug, Shape)]
pub struct SubscribeInput {
    pub topic_arn: String,
    pub protocol: String,
    pub endpoint: Option<String>,
    pub attributes: Option<BTreeMap<String, String>>,
    pub return_subscription_arn: Option<bool>,
}

#[derive(Debug, Shape)]
pub struct SubscribeOutput {
    pub subscription_arn: Option<String>,
}

impl Operation for Subscribe {
    const NAME: &'static str = "Subscribe";
    type Input = SubscribeInput;
    type Output = SubscribeOutput;
    type Error = SnsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("SNS:Subscribe", &input.topic_arn)
            .with("sns:Protocol", &input.protocol)
            .with_some("sns:Endpoint", input.endpoint.as_deref())
            .only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = TopicRef::parse(&input.topic_arn, cx.scope())?;
        let endpoint = input.endpoint.unwrap_or_default();
        let protocol = protocol(&input.protocol, &endpoint)?;
        let mut options = Options::default();
        for (name, value) in input.attributes.iter().flatten() {
            options.set(protocol, name, value)?;
        }
        options.filter()?;
        let caller = cx.caller().account().unwrap_or_default().to_owned();
        let owner = Arn::parse(&endpoint).map(|arn| arn.account.to_owned()).unwrap_or_default();
        let pending = owner != caller;
        if pending && protocol == Protocol::Lambda {
            let reason = "Endpoint Reason: a function is subscribed by its own account";
            return Err(SnsError::invalid(reason));
        }
        let id = cx.entropy().uuid();
        let kept = cx
            .write(|tx| {
                let topic = named.get(&tx.reader())?;
                let fresh = Subscription {
                    topic: topic.name.clone(),
                    topic_created: topic.created,
                    topic_arn: topic.arn(),
                    id: id.clone(),
                    owner: owner.clone(),
                    principal: cx.caller().principal.arn(),
                    protocol,
                    endpoint: endpoint.clone(),
                    pending,
                    options: options.clone(),
                };
                add(&mut tx.within(named.scope.clone()), &topic, fresh)
            })
            .await?;
        let shown = match kept.pending && input.return_subscription_arn != Some(true) {
            true => "pending confirmation".to_owned(),
            false => kept.arn(),
        };
        Ok(SubscribeOutput { subscription_arn: Some(shown) })
    }
}

fn protocol(name: &str, endpoint: &str) -> Result<Protocol, SnsError> {
    let protocol = match name {
        "sqs" => Protocol::Sqs,
        "lambda" => Protocol::Lambda,
        later if LATER.contains(&later) => {
            let what = format!("SNS subscriptions with the protocol {later}");
            return Err(Fault::unsupported(what).into());
        }
        other => {
            return Err(SnsError::invalid(format_args!(
                "Amazon SNS does not support this protocol string: {other}"
            )));
        }
    };
    match protocol {
        Protocol::Sqs if subscription::queue(endpoint).is_none() => {
            Err(SnsError::invalid("SQS endpoint ARN"))
        }
        Protocol::Lambda if !is_function(endpoint) => Err(SnsError::invalid("Lambda endpoint ARN")),
        known => Ok(known),
    }
}

/// Whether `endpoint` is the ARN of a function, in whatever region.
fn is_function(endpoint: &str) -> bool {
    let arn = Arn::parse(endpoint).filter(|arn| arn.service == "lambda" && arn.owner().is_some());
    arn.is_some_and(|arn| !arn.region.is_empty() && arn.resource.starts_with("function:"))
}

/// Writes a subscription, or finds the one of that endpoint that is there already.
fn add(tx: &mut Tx<'_>, topic: &Topic, fresh: Subscription) -> Result<Subscription, SnsError> {
    let known: Vec<Subscription> = tx.list(&topic.name)?;
    let same = known.iter().find(|it| {
        it.protocol == fresh.protocol
            && it.endpoint == fresh.endpoint
            && it.topic_created == topic.created
    });
    if let Some(same) = same {
        if same.options != fresh.options {
            return Err(SnsError::invalid(
                "Attributes Reason: Subscription already exists with different attributes",
            ));
        }
        if same.pending {
            tx.enqueue(&RequestConfirmation { subscription: same.arn() })?;
        }
        return Ok(same.clone());
    }
    if known.len() >= MAX_SUBSCRIPTIONS {
        return Err(SnsError::SubscriptionLimitExceededException);
    }
    fresh.put(tx)?;
    if fresh.pending {
        tx.enqueue(&RequestConfirmation { subscription: fresh.arn() })?;
    }
    Ok(fresh)
}
