//! ListDeadLetterSourceQueues: the queues whose dead letters come to this one.

use crate::{error::SqsError, list_queues::page_size, queue::Queue, queue_ref};
use service_kit::prelude::*;

/// Lists the queues that have this one as their dead-letter queue.
pub(crate) enum ListDeadLetterSourceQueues {}

#[derive(Debug, Shape)]
pub struct ListDeadLetterSourceQueuesInput {
    pub queue_url: String,
    pub next_token: Option<String>,
    pub max_results: Option<i32>,
}

#[derive(Debug, Shape)]
pub struct ListDeadLetterSourceQueuesOutput {
    #[shape(name = "queueUrls", flattened, item = "QueueUrl")]
    pub queue_urls: Vec<String>,
    pub next_token: Option<String>,
}

impl Operation for ListDeadLetterSourceQueues {
    const NAME: &'static str = "ListDeadLetterSourceQueues";
    type Input = ListDeadLetterSourceQueuesInput;
    type Output = ListDeadLetterSourceQueuesOutput;
    type Error = SqsError;

    fn access(input: &Self::Input, at: &Scope) -> Vec<Access> {
        queue_ref::access("sqs:ListDeadLetterSourceQueues", &input.queue_url, at).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let limit = page_size(input.max_results)?;
        let target = queue_ref::queue(cx, &input.queue_url)?;
        let arn = target.arn();
        let here = cx.within(target.scope());
        let queues: Vec<Queue> = here.read(|tx| tx.list(()).map_err(SqsError::from))?;
        let is_source = |queue: &&Queue| {
            queue.redrive.as_ref().is_some_and(|redrive| redrive.target_arn == arn)
                && input.next_token.as_ref().is_none_or(|after| queue.name > *after)
        };
        let names: Vec<&Queue> = queues.iter().filter(is_source).take(limit + 1).collect();
        let more = names.len() > limit && input.max_results.is_some();
        let shown = &names[..names.len().min(limit)];
        Ok(ListDeadLetterSourceQueuesOutput {
            queue_urls: shown.iter().map(|queue| queue.url(cx)).collect(),
            next_token: shown.last().filter(|_| more).map(|queue| queue.name.clone()),
        })
    }
}
