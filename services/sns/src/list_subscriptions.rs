//! ListSubscriptions and ListSubscriptionsByTopic: who receives what.

use crate::{
    error::SnsError,
    subscription::{self, Abroad},
    topic::TopicRef,
};
use service_kit::prelude::*;

/// AWS's page.
const PAGE: usize = 100;
/// What the tokens start with that go on with subscriptions to others' topics.
const ABROAD: &str = "abroad.";

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

/// Lists the account's subscriptions in this region: first those to its own topics, then those to
/// others'.
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
        let page = cx.read(|tx| owned(tx, input.next_token.as_deref()))?;
        let subscriptions = page.items.into_iter().map(Into::into).collect();
        Ok(ListSubscriptionsOutput { subscriptions: Some(subscriptions), next_token: page.next })
    }
}

/// A page of what the account in which `tx` reads owns. Of what others own of its topics' it has
/// what nobody has confirmed yet: it has asked for that.
fn owned(
    tx: &ReadTx<'_>,
    token: Option<&str>,
) -> Result<Page<subscription::Subscription>, SnsError> {
    let mut items = Vec::new();
    let abroad = token.and_then(|token| token.strip_prefix(ABROAD));
    if abroad.is_none() {
        let page: Page<subscription::Subscription> = tx.page((), token, PAGE)?;
        let is_own = |it: &subscription::Subscription| *it.owner == *tx.scope().account;
        items.extend(page.items.into_iter().filter(|it| it.pending || is_own(it)));
        if page.next.is_some() {
            return Ok(Page { items, next: page.next });
        }
    }
    let Some(room) = PAGE.checked_sub(items.len()).filter(|room| *room > 0) else {
        return Ok(Page { items, next: Some(ABROAD.to_owned()) });
    };
    let after = abroad.filter(|after| !after.is_empty());
    let page: Page<Abroad> = tx.page((), after, room)?;
    for note in page.items {
        // What its topic's account has erased is still noted here.
        items.extend(subscription::find(tx, &note.arn)?);
    }
    Ok(Page { items, next: page.next.map(|next| format!("{ABROAD}{next}")) })
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
        let named = TopicRef::parse(&input.topic_arn, cx.scope())?;
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
