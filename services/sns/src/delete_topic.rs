//! DeleteTopic: remove a topic with its subscriptions.

use crate::{
    error::SnsError,
    subscription::Subscription,
    topic::{Topic, TopicRef},
};
use service_kit::prelude::*;

const BATCH: usize = 500;

/// Deletes a topic; one that is not there is deleted already.
pub(crate) enum DeleteTopic {}

#[derive(Debug, Shape)]
pub struct DeleteTopicInput {
    pub topic_arn: String,
}

impl Operation for DeleteTopic {
    const NAME: &'static str = "DeleteTopic";
    type Input = DeleteTopicInput;
    type Output = Empty;
    type Error = SnsError;

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::on("SNS:DeleteTopic", &input.topic_arn).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = TopicRef::parse(&input.topic_arn, cx.scope())?;
        cx.write(|tx| {
            let mut tx = tx.within(named.scope.clone());
            if let Some(topic) = tx.get::<Topic>(&named.name)? {
                tx.delete::<Topic>(&topic.name);
                drop_some(&mut tx, &topic.name, topic.created)?;
            }
            Ok(Empty)
        })
        .await
    }
}

/// Deletes subscriptions made for a topic that is gone, those of a later namesake excepted.
fn drop_some(tx: &mut Tx<'_>, topic: &str, created: Timestamp) -> Result<(), Fault> {
    let page: Page<Subscription> = tx.reader().page(topic, None, BATCH)?;
    let mut dropped = false;
    for subscription in page.items.iter().filter(|it| it.topic_created == created) {
        subscription.remove(tx);
        dropped = true;
    }
    match dropped && page.next.is_some() {
        true => tx.enqueue(&DropSubscriptions { topic: topic.into(), created }),
        false => Ok(()),
    }
}

/// Goes on where DeleteTopic left off.
#[derive(Serialize, Deserialize)]
pub(crate) struct DropSubscriptions {
    topic: String,
    created: Timestamp,
}

impl Job for DropSubscriptions {
    const KIND: &'static str = "sns.drop_subscriptions";

    async fn run(&self, cx: &Context, _: u32) -> Outcome {
        match cx.write(|tx| drop_some(tx, &self.topic, self.created)).await {
            Ok(()) => Outcome::Done,
            Err(_) => Outcome::Again(Duration::from_secs(30)),
        }
    }
}
