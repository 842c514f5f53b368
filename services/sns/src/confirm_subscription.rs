//! ConfirmSubscription: agree to a subscription that somebody else asked for.

use crate::{
    error::SnsError,
    subscription::{self, Subscription},
    topic::TopicRef,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use service_kit::prelude::*;

const PURPOSE: &str = "sns.confirmation";

/// The token that only the endpoint of `subscription` is sent.
///
/// # Errors
/// [`Fault::Internal`] when sealing fails.
pub fn token(cx: &Context, subscription: &str) -> Result<String, Fault> {
    let sealed = cx.platform().seal().seal(PURPOSE, b"", subscription.as_bytes())?;
    Ok(URL_SAFE_NO_PAD.encode(sealed))
}

/// Confirms a subscription by the token that its endpoint received.
pub(crate) enum ConfirmSubscription {}

#[derive(Debug, Shape)]
pub struct ConfirmSubscriptionInput {
    pub topic_arn: String,
    pub token: String,
}

#[derive(Debug, Shape)]
pub struct ConfirmSubscriptionOutput {
    pub subscription_arn: Option<String>,
}

impl Operation for ConfirmSubscription {
    const NAME: &'static str = "ConfirmSubscription";
    type Input = ConfirmSubscriptionInput;
    type Output = ConfirmSubscriptionOutput;
    type Error = SnsError;

    fn access(_: &Self::Input, _: &Scope) -> Vec<Access> {
        Access::anonymous("SNS:ConfirmSubscription", "the token is the permission")
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let named = TopicRef::parse(&input.topic_arn, cx.scope())?;
        let sealed = URL_SAFE_NO_PAD.decode(&input.token).ok();
        let arn = sealed
            .and_then(|sealed| cx.platform().seal().open(PURPOSE, b"", &sealed))
            .and_then(|plain| String::from_utf8(plain).ok())
            .filter(|arn| subscription::topic_arn(arn, cx.scope()) == input.topic_arn)
            .ok_or_else(|| SnsError::invalid("Token"))?;
        let kept: Subscription = cx
            .write(|tx| {
                let mut found = subscription::get(&tx.reader(), &arn)?;
                found.pending = false;
                found.put(&mut tx.within(named.scope.clone()))?;
                Ok::<_, SnsError>(found)
            })
            .await?;
        Ok(ConfirmSubscriptionOutput { subscription_arn: Some(kept.arn()) })
    }
}
