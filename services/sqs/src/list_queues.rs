//! ListQueues: the queues of the account in this region.

use crate::{
    error::SqsError,
    queue::{self, Queue},
};
use service_kit::prelude::*;

/// AWS's page when none is asked for.
const MAX_RESULTS: i32 = 1_000;

/// Lists queues by name, those with a prefix or all.
pub(crate) enum ListQueues {}

#[derive(Debug, Shape)]
pub struct ListQueuesInput {
    pub queue_name_prefix: Option<String>,
    pub next_token: Option<String>,
    pub max_results: Option<i32>,
}

#[derive(Debug, Shape)]
pub struct ListQueuesOutput {
    #[shape(flattened, item = "QueueUrl")]
    pub queue_urls: Option<Vec<String>>,
    pub next_token: Option<String>,
}

impl Operation for ListQueues {
    const NAME: &'static str = "ListQueues";
    type Input = ListQueuesInput;
    type Output = ListQueuesOutput;
    type Error = SqsError;

    fn access(_: &Self::Input, at: &Scope) -> Vec<Access> {
        Access::on("sqs:ListQueues", at.arn("sqs", "*")).only()
    }

    async fn run(cx: &Context, input: Self::Input) -> Result<Self::Output, Self::Error> {
        let limit = page_size(input.max_results)?;
        let prefix = input.queue_name_prefix.unwrap_or_default();
        let mut names = Vec::new();
        let mut token = input.next_token;
        // A name is not a prefix of the key of a longer name, so pages are filtered here.
        while names.len() <= limit {
            let page: Page<Queue> = cx.read(|tx| tx.page((), token.as_deref(), 1_000))?;
            let fitting = page.items.into_iter().map(|queue| queue.name);
            names.extend(fitting.filter(|name| name.starts_with(&prefix)));
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        let more = names.len() > limit;
        names.truncate(limit);
        let last = names.last().filter(|_| more && input.max_results.is_some());
        let next_token = last
            .map(|name| service_kit::page::encode(&service_kit::key::Key::bytes(name.as_str())));
        let urls: Vec<String> =
            names.iter().map(|name| queue::url(cx, cx.account(), name)).collect();
        Ok(ListQueuesOutput { queue_urls: Some(urls).filter(|urls| !urls.is_empty()), next_token })
    }
}

/// The size of a page, in its bounds.
///
/// # Errors
/// [`SqsError::InvalidParameterValueException`].
pub fn page_size(given: Option<i32>) -> Result<usize, SqsError> {
    let wanted = given.unwrap_or(MAX_RESULTS);
    match usize::try_from(wanted) {
        Ok(size) if (1..=MAX_RESULTS).contains(&wanted) => Ok(size),
        _ => {
            let reason = "MaxResults must be an integer between 1 and 1000.";
            Err(SqsError::parameter(wanted, "MaxResults", reason))
        }
    }
}
