//! ListSubscriptions and ListSubscriptionsByTopic: who receives what.

use crate::{error::SnsError, subscription, topic::TopicRef};
use service_kit::prelude::*;

/// AWS's page.
const PAGE: usize = 100;

#[derive(Clone, Debug, PartialEq, Shape)]
pub struct Subscription {
    pub subscription_arn: Option<String>,
    pub owner: Option<String>,
    pub protocol: Option<String>,
    pub endpoint: Option<String>,
    pub topic_arn: Option<String>,
}

impl From<subscription::Subscription> for Subscription {
    fn from(stored: subscription::Subscription) -> Self {
        let arn = match stored.pending {
            true => "PendingConfirmation".to_owned(),
            false => stored.arn(),
        };
        Self {
            subscription_arn: Some(arn),
            owner: Some(stored.owner),
            protocol: Some(stored.protocol.as_str().into()),
            endpoint: Some(stored.endpoint),
            topic_arn: Some(stored.topic_arn),
        }
    }
}

/// Lists the subscriptions to the account's topics in this region.
pub(crate) enum ListSubscriptions {}

#[derive(Debug, Shape)]
pub struct ListSubscriptionsInput {
    pub next_token: Option<String>,
}

#[derive(Debug, Shape)]
pub struct ListSubscriptionsOutput {
    pub subscriptions: Option<Vec<Subscription>>,
    pub next_token: Option<String>,
}

impl Operation for ListSubscriptions {
    const NAME: &'static str = "ListSubscriptions";
    type Input = ListSubscriptionsInput;
    type Output = ListSubscriptionsOutput;
    type Error = SnsError;

    fn access(_: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("SNS:ListSubscriptions", at.arn("sns", "*")).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let page: Page<subscription::Subscription> =
            cx.read(|tx| tx.page((), input.next_token.as_deref(), PAGE))?;
        let subscriptions = page.items.into_iter().map(Into::into).collect();
        Ok(ListSubscriptionsOutput { subscriptions: Some(subscriptions), next_token: page.next })
    }
}

/// Lists the subscriptions to a topic.
pub(crate) enum ListSubscriptionsByTopic {}

#[derive(Debug, Shape)]
pub struct ListSubscriptionsByTopicInput {
    pub topic_arn: String,
    pub next_token: Option<String>,
}

#[derive(Debug, Shape)]
pub struct ListSubscriptionsByTopicOutput {
    pub subscriptions: Option<Vec<Subscription>>,
    pub next_token: Option<String>,
}

impl Operation for ListSubscriptionsByTopic {
    const NAME: &'static str = "ListSubscriptionsByTopic";
    type Input = ListSubscriptionsByTopicInput;
    type Output = ListSubscriptionsByTopicOutput;
    type Error = SnsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("SNS:ListSubscriptionsByTopic", &input.topic_arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = TopicRef::parse(&input.topic_arn)?;
        let page: Page<subscription::Subscription> = cx.read(|tx| {
            named.get(tx)?;
            let tx = tx.within(named.scope.clone());
            tx.page(&named.name, input.next_token.as_deref(), PAGE).map_err(SnsError::from)
        })?;
        let subscriptions = page.items.into_iter().map(Into::into).collect();
        let (subscriptions, next_token) = (Some(subscriptions), page.next);
        Ok(ListSubscriptionsByTopicOutput { subscriptions, next_token })
    }
}
