//! Unsubscribe: stop sending a topic's messages somewhere.

use crate::{
    error::SnsError,
    subscription::{self, Subscription},
};
use service_kit::prelude::*;

/// Deletes a subscription; one that is not there is deleted already.
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

    fn access(input: &Self::Input, _: &Scope) -> Vec<Access> {
        let topic = subscription::topic_arn(&input.subscription_arn);
        Access::on("SNS:Unsubscribe", topic).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let (topic, id) = subscription::parse_arn(&input.subscription_arn)?;
        cx.write(|tx| {
            tx.within(topic.scope.clone()).delete::<Subscription>((&topic.name, &id));
            Ok(Empty)
        })
        .await
    }
}
