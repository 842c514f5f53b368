//! GetQueueUrl: where a queue is.

use crate::{error::SqsError, queue_ref::QueueRef};
use service_kit::prelude::*;

/// Tells the URL of a queue of this or another account.
pub(crate) enum GetQueueUrl {}

#[derive(Debug, Shape)]
pub struct GetQueueUrlInput {
    pub queue_name: String,
    #[shape(name = "QueueOwnerAWSAccountId")]
    pub queue_owner_aws_account_id: Option<String>,
}

#[derive(Debug, Shape)]
pub struct GetQueueUrlOutput {
    pub queue_url: Option<String>,
}

fn named(input: &GetQueueUrlInput, at: &Scope) -> QueueRef {
    let scope = match &input.queue_owner_aws_account_id {
        Some(account) => Scope::new(account.as_str(), at.region.clone()),
        None => at.clone(),
    };
    QueueRef { scope, name: input.queue_name.clone() }
}

impl Operation for GetQueueUrl {
    const NAME: &'static str = "GetQueueUrl";
    type Input = GetQueueUrlInput;
    type Output = GetQueueUrlOutput;
    type Error = SqsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("sqs:GetQueueUrl", named(input, at).arn()).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let queue = cx.read(|tx| named(&input, cx.scope()).get(tx))?;
        Ok(GetQueueUrlOutput { queue_url: Some(queue.url(cx)) })
    }
}
