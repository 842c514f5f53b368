//! Unsubscribe: stop sending a topic's messages somewhere.

use crate::{
    error::SnsError,
    subscription::{self, Subscription},
};
use service_kit::prelude::*;

/// Deletes a subscription, as its owner or the topic's; one that is not there is deleted already.
pub(crate) enum Unsubscribe {}

#[derive(Debug, Shape)]
pub struct UnsubscribeInput {
    pub subscription_arn: String,
}

impl Operation for Unsubscribe {
    const NAME: &'static str = "Unsubscribe";
    type Input = UnsubscribeInput;
    type Output = Empty;
    type Error = SnsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        let topic = subscription::topic_arn(&input.subscription_arn, at);
        Access::on("SNS:Unsubscribe", topic).only()
    }

    fn resources(input: &Self::Input, tx: &ReadTx<'_>, access: &mut [Access]) -> Result<(), Fault> {
        subscription::name_owner(&input.subscription_arn, tx, access)
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let (topic, id) = subscription::parse_arn(&input.subscription_arn, cx.scope())?;
        cx.write(|tx| {
            let mut tx = tx.within(topic.scope.clone());
            if let Some(found) = tx.get::<Subscription>((&topic.name, &id))? {
                found.remove(&mut tx);
            }
            Ok(Empty)
        })
        .await
    }
}
